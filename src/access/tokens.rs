//! Issuing and revoking the tokens of service accounts.

use crate::access::{Access, Inner, WriteError};
use crate::account::{AccountId, AccountRecord, FreshToken, Invalid, LIVE_TOKENS, TokenError, TokenRecord};
use crate::accounts::target;
use crate::audit::{Action, Actor, Entry};
use crate::seed::Seed;
use crate::token::{Presented, TokenId, mint};
use jiff::Timestamp;
use std::sync::Arc;
use zeroize::Zeroizing;

impl Access {
    /// Makes a token for an account; `None` when there is no such account. The secret is in the answer and
    /// nowhere else. Without `expires_at` it is good until it is revoked: identity providers stop for good when
    /// their token ends. A token that has expired makes room for the new one.
    pub async fn issue_token(
        &self,
        account: AccountId,
        expires_at: Option<Timestamp>,
        seed: Seed,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<FreshToken>, TokenError> {
        if expires_at.is_some_and(|end| end <= now) {
            return Err(Invalid { field: "expiresAt", reason: "must be in the future".to_owned() }.into());
        }
        self.uninterrupted(
            move |inner| async move { inner.issue(account, expires_at, &seed, actor, now).await },
        )
        .await
    }

    /// Revokes a live token; says whether it was there. No answer given after this one accepts it.
    pub async fn revoke_token(
        &self,
        account: AccountId,
        token: TokenId,
        actor: Actor,
        now: Timestamp,
    ) -> Result<bool, WriteError> {
        self.uninterrupted(move |inner| async move { inner.revoke(account, token, actor, now).await }).await
    }
}

impl Inner {
    async fn issue(
        self: Arc<Self>,
        account: AccountId,
        expires_at: Option<Timestamp>,
        seed: &Seed,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<FreshToken>, TokenError> {
        // looked at before the costly hash, and again under the lock
        match self.record(account).await.map_err(WriteError::from)? {
            None => return Ok(None),
            Some((_, mut record)) => {
                record.retire(now);
                has_room(&record)?;
            }
        }
        let (id, secret) = mint(seed);
        let presented = Presented::parse(secret.reveal()).expect("what mint makes has the form of a token");
        let tag = self.verifier.tag(&presented);
        let bytes = Zeroizing::new(presented.secret().as_bytes().to_vec());
        let phc = self.pools.minting.hash(bytes, seed.salt()).await.map_err(|_| TokenError::Busy)?;

        let mut writer = self.writer.lock().await;
        let Some((revision, mut record)) = self.record(account).await.map_err(WriteError::from)? else {
            return Ok(None);
        };
        record.retire(now);
        has_room(&record)?;
        let text = format!("{} token {id}", target(&record));
        let token = TokenRecord { id, phc, tag, created_at: now, expires_at };
        let view = token.view(None);
        record.tokens.push(token);
        let entry = Entry::success(actor, Action::TokenIssued, text, now);
        let batch = self.rewrite(revision, &record)?;
        self.commit(&mut writer, batch, entry).await.map_err(WriteError::from)?;
        self.verifier.put(&record);
        Ok(Some(FreshToken { token: view, secret }))
    }

    async fn revoke(
        self: Arc<Self>,
        account: AccountId,
        token: TokenId,
        actor: Actor,
        now: Timestamp,
    ) -> Result<bool, WriteError> {
        let mut writer = self.writer.lock().await;
        let Some((revision, mut record)) = self.record(account).await? else { return Ok(false) };
        if !record.revoke(token) {
            return Ok(false);
        }
        let text = format!("{} token {token}", target(&record));
        let entry = Entry::success(actor, Action::TokenRevoked, text, now);
        let batch = self.rewrite(revision, &record)?;
        self.commit(&mut writer, batch, entry).await?;
        self.verifier.put(&record);
        Ok(true)
    }
}

fn has_room(record: &AccountRecord) -> Result<(), TokenError> {
    if record.tokens.len() >= LIVE_TOKENS { Err(TokenError::TwoLive) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Refusal;
    use crate::fixture::{account, empty, id, noon, seed, token};
    use jiff::SignedDuration;

    #[tokio::test]
    async fn a_third_live_token_is_a_conflict_until_one_is_revoked() {
        let access = empty().await;
        let account = account(&access, 1).await;
        let first = token(&access, account.id).await;
        token(&access, account.id).await;
        let issue = || access.issue_token(account.id, None, seed(), Actor::Local, noon());
        assert!(matches!(issue().await, Err(TokenError::TwoLive)));
        access.revoke_token(account.id, first.token.id, Actor::Local, noon()).await.unwrap();
        assert!(issue().await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_token_with_an_end_is_refused_from_then_on_and_makes_room() {
        let access = empty().await;
        let account = account(&access, 1).await;
        let end = noon() + SignedDuration::from_mins(1);
        let issue = |end, now| access.issue_token(account.id, end, seed(), Actor::Local, now);
        let fresh = issue(Some(end), noon()).await.unwrap().unwrap();
        assert_eq!(fresh.token.expires_at, Some(end));
        let verify = |now| access.verifier().verify(fresh.secret.reveal(), now);
        assert!(verify(noon()).await.is_ok());
        assert_eq!(verify(end).await, Err(Refusal::Expired));
        issue(None, noon()).await.unwrap().unwrap();
        assert!(matches!(issue(None, noon()).await, Err(TokenError::TwoLive)));
        assert!(issue(None, end).await.unwrap().is_some());
        assert!(matches!(issue(Some(end), end).await, Err(TokenError::Invalid(_))));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn of_five_tokens_asked_for_at_once_two_are_issued() {
        let access = empty().await;
        let account = account(&access, 1).await;
        let tasks: Vec<_> = (0..5)
            .map(|_| {
                let access = access.clone();
                tokio::spawn(async move {
                    access.issue_token(account.id, None, seed(), Actor::Local, noon()).await
                })
            })
            .collect();
        let mut issued = Vec::new();
        for task in tasks {
            match task.await.unwrap() {
                Ok(fresh) => issued.push(fresh.unwrap()),
                Err(TokenError::TwoLive) => {}
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(issued.len(), 2);
        for fresh in issued {
            assert!(access.verifier().verify(fresh.secret.reveal(), noon()).await.is_ok());
        }
    }

    #[tokio::test]
    async fn an_unknown_account_has_no_tokens() {
        let access = empty().await;
        let issued = access.issue_token(id(7), None, seed(), Actor::Local, noon()).await;
        assert!(issued.unwrap().is_none());
        let token = "000000000000".parse().unwrap();
        assert!(!access.revoke_token(id(7), token, Actor::Local, noon()).await.unwrap());
    }
}
