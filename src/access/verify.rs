//! Says whose token a request carries, fast: the form and the checksum first, then the roster, then a tag, then
//! the proof kept in memory; argon2 only when all of that agrees and no proof is kept.

use crate::account::{AccountId, AccountRecord};
use crate::hash::{Cost, HashPool};
use crate::roster::{Look, Roster, Unproven};
use crate::scope::{DialectChoice, Permissions, Scope};
use crate::token::{Presented, Tag, TokenId};
use jiff::Timestamp;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use zeroize::Zeroizing;

const HASHES_AT_ONCE: usize = 2;
const HASH_QUEUE: usize = 16;
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
    pub dialect: DialectChoice,
}

impl Grant {
    /// May an action that needs this scope be done?
    #[must_use]
    pub fn allows(&self, scope: Scope) -> bool {
        self.permissions.allows(scope)
    }
}

/// Why a request's token was not accepted. All but `Busy` are a 401; which one it was is for the
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
    hashes: HashPool,
    tag_key: [u8; 32],
    proof_key: [u8; 32],
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("hashes_run", &self.hashes_run()).finish_non_exhaustive()
    }
}

impl Verifier {
    pub(crate) fn new(tag_key: [u8; 32], proof_key: [u8; 32]) -> Verifier {
        Verifier {
            roster: RwLock::default(),
            hashes: HashPool::new(Cost::Token, HASHES_AT_ONCE, HASH_QUEUE),
            tag_key,
            proof_key,
        }
    }

    /// How many argon2 runs presented tokens have cost since the start.
    #[must_use]
    pub fn hashes_run(&self) -> u64 {
        self.hashes.runs()
    }

    /// Accepts or refuses what stood after `Bearer `. What is accepted was live at the moment of the answer:
    /// a revocation that has been acknowledged is seen by every answer given after it.
    pub async fn verify(&self, presented: &str, now: Timestamp) -> Result<Grant, Refusal> {
        if presented.is_empty() {
            return Err(Refusal::Missing);
        }
        let token = Presented::parse(presented).map_err(|_| Refusal::Malformed)?;
        let tag = Tag::of(&self.tag_key, &token);
        let digest = *blake3::keyed_hash(&self.proof_key, token.whole().as_bytes()).as_bytes();
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

    // a panic while the lock is held leaves whole entries behind, so the roster stays usable
    fn read(&self) -> RwLockReadGuard<'_, Roster> {
        self.roster.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Roster> {
        self.roster.write().unwrap_or_else(PoisonError::into_inner)
    }
}
