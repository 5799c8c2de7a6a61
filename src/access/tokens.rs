//! Issuing and revoking the tokens of service accounts.

use crate::access::{Access, Inner, WriteError};
use crate::account::{AccountId, FreshToken, LIVE_TOKENS, Room, TokenError, TokenRecord};
use crate::accounts::target;
use crate::audit::{Action, Actor, Entry};
use crate::seed::Seed;
use crate::token::{Presented, TokenId, mint};
use jiff::Timestamp;
use std::sync::Arc;
use zeroize::Zeroizing;

impl Access {
    /// Makes a token for an account; `None` when there is no such account. The secret is in the answer and
    /// nowhere else.
    pub async fn issue_token(
        &self,
        account: AccountId,
        room: Room,
        seed: Seed,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<FreshToken>, TokenError> {
        self.uninterrupted(move |inner| async move { inner.issue(account, room, &seed, actor, now).await })
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
        room: Room,
        seed: &Seed,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<FreshToken>, TokenError> {
        // looked at before the costly hash, and again under the lock
        match self.record(account).await.map_err(WriteError::from)? {
            None => return Ok(None),
            Some((_, record)) => has_room(record.tokens.len(), room)?,
        }
        let (id, secret) = mint(seed);
        let presented = Presented::parse(secret.reveal()).expect("what mint makes has the form of a token");
        let tag = self.verifier.tag(&presented);
        let bytes = Zeroizing::new(presented.secret().as_bytes().to_vec());
        let phc = self.minting.hash(bytes, seed.salt()).await.map_err(|_| TokenError::Busy)?;

        let mut writer = self.writer.lock().await;
        let Some((revision, mut record)) = self.record(account).await.map_err(WriteError::from)? else {
            return Ok(None);
        };
        has_room(record.tokens.len(), room)?;
        let mut text = format!("{} token {id}", target(&record));
        while record.tokens.len() >= LIVE_TOKENS {
            let oldest = record.tokens[0].id;
            record.revoke(oldest);
            text = format!("{text}, revoked {oldest}");
        }
        let token = TokenRecord { id, phc, tag, created_at: now, expires_at: None };
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

fn has_room(live: usize, room: Room) -> Result<(), TokenError> {
    match room {
        Room::Required if live >= LIVE_TOKENS => Err(TokenError::TwoLive),
        Room::Required | Room::Made => Ok(()),
    }
}
