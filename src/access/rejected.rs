//! Requests whose token was not accepted, so that the administrator sees why a client does not get in.
//!
//! Anybody can send such requests, so they are few, live in memory only, and are no account's activity.

use crate::access::Access;
use crate::account::{Account, AccountId};
use crate::activity::RequestNote;
use crate::token::Presented;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Rejected requests remembered, over all accounts and strangers.
const KEPT: usize = 64;

/// The last rejected requests, newest first, each with the account whose token it named, if it named one.
#[derive(Debug, Default)]
pub(crate) struct Rejections(Mutex<VecDeque<(Option<AccountId>, RequestNote)>>);

impl Rejections {
    fn note(&self, account: Option<AccountId>, mut note: RequestNote) {
        note.cut();
        let mut kept = self.lock();
        kept.truncate(KEPT - 1);
        kept.push_front((account, note));
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Option<AccountId>, RequestNote)>> {
        // a panic under the lock can at worst lose one note
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Access {
    /// Notes a request whose token was not accepted; `presented` is what stood in the token's place, and is
    /// not kept.
    pub fn reject(&self, presented: &str, note: RequestNote) {
        let token = Presented::parse(presented).ok().map(|token| token.id());
        let account = token.and_then(|token| self.inner.verifier.owner(token));
        self.inner.rejections.note(account, note);
    }

    /// The rejected requests that concern an account, newest first: those that named a token of it, live or
    /// revoked. As long as no token of it was ever accepted, also those since it was made that named no
    /// account's, because a token pasted badly names nobody.
    #[must_use]
    pub fn rejected(&self, account: &Account) -> Vec<RequestNote> {
        let is_waiting = account.last_used_at.is_none();
        let concerns = |owner: Option<AccountId>, note: &RequestNote| match owner {
            Some(owner) => owner == account.id,
            None => is_waiting && note.at >= account.created_at,
        };
        let kept = self.inner.rejections.lock();
        kept.iter().filter(|(owner, note)| concerns(*owner, note)).map(|(_, note)| note.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Actor;
    use crate::fixture::{account, empty, id, noon, token};
    use jiff::{SignedDuration, Timestamp};

    fn note(at: Timestamp, detail: &str) -> RequestNote {
        let (method, path) = ("GET".into(), "/scim/v2/Users".into());
        RequestNote { at, method, path, status: 401, detail: detail.into() }
    }

    fn details(notes: &[RequestNote]) -> Vec<&str> {
        notes.iter().map(|note| note.detail.as_str()).collect()
    }

    #[tokio::test]
    async fn a_revoked_token_tells_on_its_own_account_only() {
        let access = empty().await;
        let (one, other) = (account(&access, 1).await, account(&access, 2).await);
        let token = token(&access, one.id).await;
        access.revoke_token(one.id, token.token.id, Actor::Administrator, noon()).await.unwrap();
        access.reject(token.secret.reveal(), note(noon(), "revoked"));
        assert_eq!(details(&access.rejected(&one)), ["revoked"]);
        assert!(access.rejected(&other).is_empty());
    }

    #[tokio::test]
    async fn a_request_of_nobody_shows_while_the_account_waits_for_its_first() {
        let access = empty().await;
        account(&access, 1).await;
        let second = SignedDuration::from_secs(1);
        access.reject("", note(noon() - second, "before it was made"));
        access.reject("rc_cut", note(noon(), "cut"));
        let waiting = access.account(id(1)).await.unwrap().unwrap();
        assert_eq!(details(&access.rejected(&waiting)), ["cut"]);
        let served = token(&access, id(1)).await.token.id;
        access.activity().record(id(1), served, note(noon() + second, ""));
        let served = access.account(id(1)).await.unwrap().unwrap();
        assert!(access.rejected(&served).is_empty());
    }

    #[tokio::test]
    async fn only_the_newest_are_kept_and_none_is_long() {
        let access = empty().await;
        let waiting = account(&access, 1).await;
        for number in 0..100 {
            access.reject("x", note(noon(), &format!("{number} {}", "y".repeat(10_000))));
        }
        let kept = access.rejected(&waiting);
        assert_eq!(kept.len(), KEPT);
        assert!(kept[0].detail.starts_with("99 ") && kept[0].detail.len() < 600);
    }
}
