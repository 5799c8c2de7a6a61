//! Every live token in memory, with what it permits now: what the verifier looks into on each request.
//!
//! It is a copy of what the store holds. Whoever changes an account puts the new record here before telling
//! anybody that the change is done.

use crate::account::{AccountId, AccountRecord};
use crate::dialect::DialectChoice;
use crate::scope::Permissions;
use crate::token::{Tag, TokenId};
use crate::verify::{Grant, Refusal};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// How long one argon2 run proves a token.
const PROOF_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// What an account permits; shared by its tokens.
struct Standing {
    id: AccountId,
    name: Arc<str>,
    permissions: Permissions,
    dialect: Arc<DialectChoice>,
    user: Option<Uuid>,
}

/// A keyed digest of the presented token, kept since argon2 accepted it.
struct Proof {
    digest: [u8; 32],
    at: Timestamp,
}

impl Proof {
    fn covers(&self, digest: &[u8; 32], now: Timestamp) -> bool {
        let same: bool = self.digest.ct_eq(digest).into();
        // absolute: a clock that jumped back only costs one more run
        same && now.duration_since(self.at).abs() <= PROOF_LIFE
    }
}

struct Live {
    standing: Arc<Standing>,
    tag: Tag,
    phc: Arc<str>,
    expires_at: Option<Timestamp>,
    /// Which putting of the account this is: a proof begun under an older one does not count.
    epoch: u64,
    proof: Option<Proof>,
    /// One caller at a time runs argon2 for a token, so that a restart under load costs one run per token.
    gate: Arc<tokio::sync::Mutex<()>>,
}

/// What a look at the roster says of a token that is not refused.
pub(crate) enum Look {
    /// Proven not long ago.
    Proven(Grant),
    /// Argon2 has to say.
    Unproven(Unproven),
}

/// What is needed to prove a token.
pub(crate) struct Unproven {
    pub(crate) phc: Arc<str>,
    pub(crate) epoch: u64,
    pub(crate) gate: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
pub(crate) struct Roster {
    live: HashMap<TokenId, Live>,
    revoked: HashMap<TokenId, AccountId>,
    accounts: HashMap<AccountId, Vec<TokenId>>,
    epoch: u64,
}

impl Roster {
    /// Makes the account what the record says, and forgets every proof of its tokens.
    pub(crate) fn put(&mut self, record: &AccountRecord) {
        self.remove(record.id);
        self.epoch += 1;
        let standing = Arc::new(Standing {
            id: record.id,
            name: record.name.as_str().into(),
            permissions: record.permissions,
            dialect: Arc::new(record.choice()),
            user: record.user,
        });
        for token in &record.tokens {
            let live = Live {
                standing: Arc::clone(&standing),
                tag: token.tag,
                phc: token.phc.as_str().into(),
                expires_at: token.expires_at,
                epoch: self.epoch,
                proof: None,
                gate: Arc::default(),
            };
            self.live.insert(token.id, live);
        }
        self.revoked.extend(record.revoked.iter().map(|token| (*token, record.id)));
        let tokens = record.tokens.iter().map(|token| token.id).chain(record.revoked.iter().copied());
        self.accounts.insert(record.id, tokens.collect());
    }

    /// Forgets the account and all its tokens.
    pub(crate) fn remove(&mut self, account: AccountId) {
        for token in self.accounts.remove(&account).unwrap_or_default() {
            self.live.remove(&token);
            self.revoked.remove(&token);
        }
    }

    pub(crate) fn knows(&self, account: AccountId) -> bool {
        self.accounts.contains_key(&account)
    }

    pub(crate) fn owner(&self, token: TokenId) -> Option<AccountId> {
        let live = self.live.get(&token).map(|live| live.standing.id);
        live.or_else(|| self.revoked.get(&token).copied())
    }

    pub(crate) fn look(
        &self,
        token: TokenId,
        tag: Tag,
        digest: &[u8; 32],
        now: Timestamp,
    ) -> Result<Look, Refusal> {
        let live = self.live(token, now)?;
        if !live.tag.matches(tag) {
            return Err(Refusal::Unknown);
        }
        Ok(match &live.proof {
            Some(proof) if proof.covers(digest, now) => Look::Proven(live.grant(token)),
            Some(_) | None => Look::Unproven(Unproven {
                phc: Arc::clone(&live.phc),
                epoch: live.epoch,
                gate: Arc::clone(&live.gate),
            }),
        })
    }

    /// What a token permits that was proven when its request came.
    pub(crate) fn grant(&self, token: TokenId, now: Timestamp) -> Result<Grant, Refusal> {
        Ok(self.live(token, now)?.grant(token))
    }

    /// Keeps what argon2 proved, unless the account has changed since; `None` says so.
    pub(crate) fn prove(
        &mut self,
        token: TokenId,
        epoch: u64,
        digest: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<Grant>, Refusal> {
        self.live(token, now)?;
        let live = self.live.get_mut(&token).expect("the token was live one line above");
        if live.epoch != epoch {
            return Ok(None);
        }
        live.proof = Some(Proof { digest, at: now });
        Ok(Some(live.grant(token)))
    }

    fn live(&self, token: TokenId, now: Timestamp) -> Result<&Live, Refusal> {
        let Some(live) = self.live.get(&token) else {
            return Err(if self.revoked.contains_key(&token) { Refusal::Revoked } else { Refusal::Unknown });
        };
        if live.expires_at.is_some_and(|end| now >= end) {
            return Err(Refusal::Expired);
        }
        Ok(live)
    }
}

impl Live {
    fn grant(&self, token: TokenId) -> Grant {
        Grant {
            account: self.standing.id,
            account_name: Arc::clone(&self.standing.name),
            token,
            permissions: self.standing.permissions,
            dialect: Arc::clone(&self.standing.dialect),
            user: self.standing.user,
        }
    }
}
