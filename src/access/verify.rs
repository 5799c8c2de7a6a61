//! Says whose token a request carries, fast: the form and the checksum first, then the roster, then a tag, then
//! the proof kept in memory; argon2 only when all of that agrees and no proof is kept.

use crate::account::{AccountId, AccountRecord};
use crate::dialect::DialectChoice;
use crate::hash::HashPool;
use crate::roster::{Look, Roster, Unproven};
use crate::scope::{Permissions, Scope};
use crate::token::{Presented, Tag, TokenId};
use jiff::Timestamp;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use uuid::Uuid;
use zeroize::Zeroizing;

const BUSY_RETRY_S: u32 = 1;

/// A request's token was accepted: who asks, and what it may do at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The account.
    pub account: AccountId,
    /// Its name, for logs and `modifiedBy`-like uses.
    pub account_name: Arc<str>,
    /// Which of its tokens was presented.
    pub token: TokenId,
    /// What it may do.
    pub permissions: Permissions,
    /// How strictly its requests are read.
    pub dialect: Arc<DialectChoice>,
    /// The user it stands for (RFC 7644 section 3.11).
    pub user: Option<Uuid>,
}

impl Grant {
    /// May an action that needs this scope be done?
    #[must_use]
    pub fn allows(&self, scope: Scope) -> bool {
        self.permissions.allows(scope)
    }
}

/// Why a request's token was not accepted. All but `Busy` and `TooMany` are a 401; which one it was is for the
/// administrator's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No token at all.
    #[error("no token was sent")]
    Missing,
    /// Not the form of a token, or its checksum is wrong: it was not copied wholly.
    #[error("the token is incomplete or mistyped")]
    Malformed,
    /// Well formed, but not one of ours.
    #[error("the token is unknown")]
    Unknown,
    /// It was revoked.
    #[error("the token was revoked")]
    Revoked,
    /// Its last day is over.
    #[error("the token has expired")]
    Expired,
    /// Too many tokens from the same place were refused; this one was not looked at.
    #[error("too many tokens from this address were refused")]
    TooMany {
        /// When to come again, in seconds.
        retry_after_s: u32,
    },
    /// Too many tokens wait to be hashed; this one was not looked at.
    #[error("too many tokens are being checked at once")]
    Busy {
        /// When to come again, in seconds.
        retry_after_s: u32,
    },
}

/// Verifies presented tokens.
pub struct Verifier {
    roster: RwLock<Roster>,
    hashes: Arc<HashPool>,
    tag_key: [u8; 32],
    proof_key: [u8; 32],
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("hashes_run", &self.hashes_run()).finish_non_exhaustive()
    }
}

impl Verifier {
    pub(crate) fn new(hashes: Arc<HashPool>, tag_key: [u8; 32], proof_key: [u8; 32]) -> Verifier {
        Verifier { roster: RwLock::default(), hashes, tag_key, proof_key }
    }

    /// How many argon2 runs presented tokens have cost since the start, over all tenants.
    #[must_use]
    pub fn hashes_run(&self) -> u64 {
        self.hashes.runs()
    }

    /// The grant of a token that argon2 accepted not long ago: the answer to nearly every request. Nothing is said
    /// of any other token.
    #[must_use]
    pub fn proven(&self, presented: &str, now: Timestamp) -> Option<Grant> {
        let token = Presented::parse(presented).ok()?;
        match self.read().look(token.id(), self.tag(&token), &self.digest(&token), now) {
            Ok(Look::Proven(grant)) => Some(grant),
            Ok(Look::Unproven(_)) | Err(_) => None,
        }
    }

    fn digest(&self, token: &Presented<'_>) -> [u8; 32] {
        *blake3::keyed_hash(&self.proof_key, token.whole().as_bytes()).as_bytes()
    }

    /// Accepts or refuses what stood after `Bearer `. What is accepted was live at the moment of the answer:
    /// a revocation that has been acknowledged is seen by every answer given after it.
    pub async fn verify(&self, presented: &str, now: Timestamp) -> Result<Grant, Refusal> {
        if presented.is_empty() {
            return Err(Refusal::Missing);
        }
        let token = Presented::parse(presented).map_err(|_| Refusal::Malformed)?;
        let (tag, digest) = (self.tag(&token), self.digest(&token));
        // another turn is needed only when an administrator changed the account meanwhile
        loop {
            let gate = match self.read().look(token.id(), tag, &digest, now)? {
                Look::Proven(grant) => return Ok(grant),
                Look::Unproven(unproven) => unproven.gate,
            };
            let _turn = gate.lock().await;
            let Unproven { phc, epoch, .. } = match self.read().look(token.id(), tag, &digest, now)? {
                Look::Proven(grant) => return Ok(grant),
                Look::Unproven(unproven) => unproven,
            };
            let secret = Zeroizing::new(token.secret().as_bytes().to_vec());
            let matched = self
                .hashes
                .matches(secret, phc)
                .await
                .map_err(|_| Refusal::Busy { retry_after_s: BUSY_RETRY_S })?;
            if !matched {
                return Err(Refusal::Unknown);
            }
            if let Some(grant) = self.write().prove(token.id(), epoch, digest, now)? {
                return Ok(grant);
            }
        }
    }

    /// What a token permits now whose request was accepted earlier: of a request that is done later, its rights must
    /// still be there then.
    pub fn grant(&self, token: TokenId, now: Timestamp) -> Result<Grant, Refusal> {
        self.read().grant(token, now)
    }

    pub(crate) fn tag(&self, presented: &Presented<'_>) -> Tag {
        Tag::of(&self.tag_key, presented)
    }

    pub(crate) fn put(&self, record: &AccountRecord) {
        self.write().put(record);
    }

    pub(crate) fn remove(&self, account: AccountId) {
        self.write().remove(account);
    }

    pub(crate) fn knows(&self, account: AccountId) -> bool {
        self.read().knows(account)
    }

    /// The account that has or had a token of this id, as far as revoked ones are remembered.
    pub(crate) fn owner(&self, token: TokenId) -> Option<AccountId> {
        self.read().owner(token)
    }

    // a panic while the lock is held leaves whole entries behind, so the roster stays usable
    fn read(&self) -> RwLockReadGuard<'_, Roster> {
        self.roster.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Roster> {
        self.roster.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{account, all_bytes, empty, holds, id, noon, open, seed, token};
    use crate::{Actor, Changes, Permissions};
    use jiff::SignedDuration;
    use std::sync::atomic::{AtomicBool, Ordering};
    use store::Kv;

    #[tokio::test]
    async fn a_fresh_token_is_accepted_with_what_its_account_permits() {
        let access = empty().await;
        let account = account(&access, 1).await;
        let token = token(&access, account.id).await;
        let grant = access.verifier().verify(token.secret.reveal(), noon()).await.unwrap();
        assert_eq!(grant.account, account.id);
        assert_eq!(&*grant.account_name, "account 1");
        assert_eq!(grant.token, token.token.id);
        assert!(Scope::ALL.into_iter().all(|scope| grant.allows(scope)));
    }

    #[tokio::test]
    async fn a_thousand_verifies_cost_one_argon2_run() {
        let access = empty().await;
        let token = token(&access, account(&access, 1).await.id).await;
        for _ in 0..1_000 {
            assert!(access.verifier().verify(token.secret.reveal(), noon()).await.is_ok());
        }
        assert_eq!(access.verifier().hashes_run(), 1);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_hundred_first_requests_at_once_cost_one_argon2_run_and_all_are_accepted() {
        let access = empty().await;
        let token = token(&access, account(&access, 1).await.id).await;
        let text: Arc<str> = token.secret.reveal().into();
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (access, text) = (access.clone(), Arc::clone(&text));
                tokio::spawn(async move { access.verifier().verify(&text, noon()).await })
            })
            .collect();
        for task in tasks {
            assert!(task.await.unwrap().is_ok());
        }
        assert_eq!(access.verifier().hashes_run(), 1);
    }

    #[tokio::test]
    async fn a_proof_is_renewed_after_ten_minutes() {
        let access = empty().await;
        let token = token(&access, account(&access, 1).await.id).await;
        for (minute, runs) in [(0, 1), (10, 1), (11, 2), (12, 2), (-30, 3)] {
            let now = noon() + SignedDuration::from_mins(minute);
            assert!(access.verifier().verify(token.secret.reveal(), now).await.is_ok());
            assert_eq!(access.verifier().hashes_run(), runs, "minute {minute}");
        }
    }

    #[tokio::test]
    async fn what_is_no_token_of_ours_is_refused_before_any_hashing() {
        let access = empty().await;
        let token = token(&access, account(&access, 1).await.id).await;
        let whole = token.secret.reveal();
        let verify = |text: String| {
            let access = access.clone();
            async move { access.verifier().verify(&text, noon()).await.unwrap_err() }
        };
        assert_eq!(verify(String::new()).await, Refusal::Missing);
        for wrong in [
            whole[..64].to_owned(),
            format!("{whole}x"),
            format!("Bearer {whole}"),
            format!("{}{}", &whole[..64], if whole.ends_with('0') { '1' } else { '0' }),
            "eyJhbGciOiJIUzI1NiJ9.e30.x".to_owned(),
            "\u{0}".repeat(65),
            "x".repeat(1_000_000),
        ] {
            assert_eq!(verify(wrong).await, Refusal::Malformed);
        }
        let (_, never_issued) = crate::token::mint(&seed());
        assert_eq!(verify(never_issued.reveal().to_owned()).await, Refusal::Unknown);
        assert_eq!(access.verifier().hashes_run(), 0);
    }

    #[tokio::test]
    async fn a_right_id_with_another_secret_is_refused_by_its_tag_before_hashing() {
        let access = empty().await;
        let ours = token(&access, account(&access, 1).await.id).await;
        for _ in 0..200 {
            let (_, other) = crate::token::mint(&seed());
            let forged = crate::token::forge(ours.token.id, &other);
            let refusal = access.verifier().verify(&forged, noon()).await.unwrap_err();
            assert_eq!(refusal, Refusal::Unknown);
        }
        assert_eq!(access.verifier().hashes_run(), 0);
    }

    #[tokio::test]
    async fn a_revoked_token_is_refused_on_the_very_next_verify() {
        let access = empty().await;
        let account = account(&access, 1).await;
        let first = token(&access, account.id).await;
        let second = token(&access, account.id).await;
        let verifier = access.verifier();
        assert!(verifier.verify(first.secret.reveal(), noon()).await.is_ok());
        assert!(access.revoke_token(account.id, first.token.id, Actor::Administrator, noon()).await.unwrap());
        assert_eq!(verifier.verify(first.secret.reveal(), noon()).await, Err(Refusal::Revoked));
        assert!(verifier.verify(second.secret.reveal(), noon()).await.is_ok(), "the other one lives on");
        assert!(
            !access.revoke_token(account.id, first.token.id, Actor::Administrator, noon()).await.unwrap()
        );
    }

    #[tokio::test]
    async fn a_scope_change_and_a_deletion_hold_on_the_very_next_verify() {
        let access = empty().await;
        let account = account(&access, 1).await;
        let token = token(&access, account.id).await;
        let verifier = access.verifier();
        assert!(verifier.verify(token.secret.reveal(), noon()).await.unwrap().allows(Scope::UsersWrite));
        let changes =
            Changes { permissions: Some(Permissions::scoped([Scope::UsersRead])), ..Changes::default() };
        access.change_account(account.id, changes, Actor::Administrator, noon()).await.unwrap();
        let grant = verifier.verify(token.secret.reveal(), noon()).await.unwrap();
        assert!(grant.allows(Scope::UsersRead) && !grant.allows(Scope::UsersWrite));
        assert!(access.delete_account(account.id, Actor::Administrator, noon()).await.unwrap());
        assert_eq!(verifier.verify(token.secret.reveal(), noon()).await, Err(Refusal::Unknown));
    }

    /// Verifies race a revocation; whatever begins after its acknowledgement must be refused.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_verify_is_accepted_after_a_racing_revocation_is_acknowledged() {
        let access = empty().await;
        let account = account(&access, 1).await;
        for round in 0..60 {
            let token = token(&access, account.id).await;
            let text: Arc<str> = token.secret.reveal().into();
            if round % 2 == 0 {
                assert!(access.verifier().verify(&text, noon()).await.is_ok());
            }
            let acknowledged = Arc::new(AtomicBool::new(false));
            let racers: Vec<_> = (0..4)
                .map(|_| {
                    let (access, text) = (access.clone(), Arc::clone(&text));
                    let acknowledged = Arc::clone(&acknowledged);
                    tokio::spawn(async move {
                        loop {
                            let too_late = acknowledged.load(Ordering::SeqCst);
                            let accepted = access.verifier().verify(&text, noon()).await.is_ok();
                            if too_late {
                                return accepted;
                            }
                            tokio::task::yield_now().await;
                        }
                    })
                })
                .collect();
            tokio::task::yield_now().await;
            access.revoke_token(account.id, token.token.id, Actor::Administrator, noon()).await.unwrap();
            acknowledged.store(true, Ordering::SeqCst);
            for racer in racers {
                assert!(!racer.await.unwrap(), "accepted after the revocation, round {round}");
            }
        }
    }

    /// An answer given after the acknowledgement is a refusal also when its hashing began before.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_verify_in_the_middle_of_hashing_does_not_outlive_the_revocation() {
        let access = empty().await;
        let account = account(&access, 1).await;
        let mut overtaken = 0;
        for _ in 0..20 {
            let token = token(&access, account.id).await;
            let text = token.secret.reveal().to_owned();
            let before = access.verifier().hashes_run();
            let running = tokio::spawn({
                let access = access.clone();
                async move { access.verifier().verify(&text, noon()).await }
            });
            while access.verifier().hashes_run() == before {
                tokio::task::yield_now().await;
            }
            access.revoke_token(account.id, token.token.id, Actor::Administrator, noon()).await.unwrap();
            let finished_before = running.is_finished();
            let answer = running.await.unwrap();
            if !finished_before && answer == Err(Refusal::Revoked) {
                overtaken += 1;
            }
            assert!(finished_before || answer == Err(Refusal::Revoked), "{answer:?}");
        }
        assert!(overtaken > 0, "the revocation never came while a hash ran");
    }

    #[tokio::test]
    async fn a_cancelled_revocation_is_still_carried_through() {
        let access = empty().await;
        let account = account(&access, 1).await;
        let token = token(&access, account.id).await;
        let revocation = access.revoke_token(account.id, token.token.id, Actor::Administrator, noon());
        // polled once, then dropped, as when the administrator's browser hangs up
        let _ = tokio::time::timeout(std::time::Duration::ZERO, revocation).await;
        let mut refused = false;
        for _ in 0..10_000 {
            refused = access.verifier().verify(token.secret.reveal(), noon()).await == Err(Refusal::Revoked);
            if refused {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert!(refused);
        assert!(access.account(account.id).await.unwrap().unwrap().tokens.is_empty());
    }

    #[tokio::test]
    async fn tokens_and_revocations_survive_a_restart_and_no_secret_is_in_the_store() {
        let kv = Kv::memory();
        let access = open(&kv).await;
        let account = account(&access, 1).await;
        let (dead, live) = (token(&access, account.id).await, token(&access, account.id).await);
        access.revoke_token(account.id, dead.token.id, Actor::Administrator, noon()).await.unwrap();
        drop(access);
        let access = open(&kv).await;
        let verifier = access.verifier();
        assert!(verifier.verify(live.secret.reveal(), noon()).await.is_ok());
        assert_eq!(verifier.verify(dead.secret.reveal(), noon()).await, Err(Refusal::Revoked));
        let bytes = all_bytes(&kv).await;
        for token in [&dead, &live] {
            let presented = Presented::parse(token.secret.reveal()).unwrap();
            assert!(holds(&bytes, token.token.id.as_str()));
            assert!(!holds(&bytes, presented.secret()));
            assert!(!holds(&bytes, &presented.secret()[..12]));
            assert!(!format!("{token:?} {access:?}").contains(presented.secret()));
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn more_unproven_tokens_than_the_queue_holds_are_told_to_come_again() {
        let access = empty().await;
        let mut tokens = Vec::new();
        for number in 0..40 {
            let account = account(&access, number).await;
            let made = access.issue_token(account.id, None, seed(), Actor::System, noon()).await;
            tokens.push(made.unwrap().unwrap());
        }
        assert_eq!(access.accounts().await.unwrap().len(), 40);
        assert_eq!(access.accounts().await.unwrap()[7].id, id(7));
        let tasks: Vec<_> = tokens
            .iter()
            .map(|token| {
                let (access, text) = (access.clone(), token.secret.reveal().to_owned());
                tokio::spawn(async move { access.verifier().verify(&text, noon()).await })
            })
            .collect();
        let mut busy = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(_) => {}
                Err(Refusal::Busy { retry_after_s }) => {
                    assert!(retry_after_s > 0);
                    busy += 1;
                }
                Err(other) => panic!("{other}"),
            }
        }
        assert!(busy > 0, "nobody was told to come again");
        assert!(access.verifier().hashes_run() >= 18);
    }
}
