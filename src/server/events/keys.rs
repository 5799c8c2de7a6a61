//! The keys a tenant's tokens are signed with: one is active, those before it still verify what they signed.

use std::sync::Arc;

use ::events::{KeyRecord, KeyState, Signer, Vault};
use jiff::Timestamp;
use store::Batch;

use super::{Events, EventsError};

impl Events {
    /// Every key, the oldest first.
    pub(crate) async fn keys(&self) -> Result<Vec<KeyRecord>, EventsError> {
        let mut keys: Vec<KeyRecord> =
            self.keys.list(&self.kv, None, usize::MAX).await?.into_iter().map(|entry| entry.record).collect();
        keys.sort_by_key(|key| key.created_at);
        Ok(keys)
    }

    /// What signs; the first use makes a key of `random`.
    pub(crate) async fn signer(
        &self,
        vault: &Vault,
        random: [u8; 32],
        now: Timestamp,
    ) -> Result<Arc<Signer>, EventsError> {
        if let Some(signer) = self.signer.load_full() {
            return Ok(signer);
        }
        let _keying = self.keying.lock().await;
        let active = self.keys().await?.into_iter().rfind(|key| key.state == KeyState::Active);
        let key = active.clone().unwrap_or_else(|| KeyRecord::new(random, vault, now));
        if active.is_none() {
            self.activate(&key, now, Batch::new()).await?;
        }
        let signer = Arc::new(key.signer(vault).ok_or(EventsError::Key)?);
        self.signer.store(Some(Arc::clone(&signer)));
        Ok(signer)
    }

    /// Makes a new key the active one and retires the others. What they signed can still be verified. `also` is
    /// committed with it.
    pub(crate) async fn rotate(
        &self,
        key: &KeyRecord,
        now: Timestamp,
        also: Batch,
    ) -> Result<(), EventsError> {
        let _keying = self.keying.lock().await;
        self.activate(key, now, also).await
    }

    async fn activate(&self, key: &KeyRecord, now: Timestamp, also: Batch) -> Result<(), EventsError> {
        let mut batch = also.write(self.keys.put(&key.kid, key)?);
        for old in self.keys().await? {
            if old.state == KeyState::Active {
                batch.push(self.keys.put(old.kid.clone(), &old.retired(now))?);
            }
        }
        self.commit(batch).await?.ok_or(EventsError::Contended)?;
        self.signer.store(None);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::Kv;

    #[tokio::test]
    async fn of_keys_made_at_once_one_is_active() {
        let vault = Vault::new(&[1; 32]);
        let events = Events::new(Kv::restless(7), 0);
        let now = Timestamp::UNIX_EPOCH;
        let keys = [3, 4].map(|random| KeyRecord::new([random; 32], &vault, now));
        let rotated = |key| events.rotate(key, now, Batch::new());
        let first = |random| events.signer(&vault, [random; 32], now);
        let (one, other, three, four) =
            tokio::join!(first(1), first(2), rotated(&keys[0]), rotated(&keys[1]));
        assert!(one.is_ok() && other.is_ok() && three.is_ok() && four.is_ok());
        let active = events.keys().await.unwrap().into_iter().filter(|key| key.state == KeyState::Active);
        assert_eq!(active.count(), 1);
    }
}
