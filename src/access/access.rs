//! The one door to everything this crate keeps: opens it from the store, and carries each change through.
//!
//! A change is decided, committed together with its audit record, and put into the verifier's memory under one
//! lock, on a task of its own: a caller that goes away in the middle (a browser that hangs up) must not leave a
//! token revoked on disk and alive in memory. What others do by [`Access::enact`] runs on the task of its caller; where
//! that ends early, the trail is looked at again before the next record.

use crate::account::AccountRecord;
use crate::activity::{Activity, ActivityReport};
use crate::admin::Passphrase;
use crate::audit::{Action, Actor, AuditRecord, Deed, Entry, row};
use crate::hash::{Cost, HashPool};
use crate::layout::{Layout, TenantNumber};
use crate::rejected::Rejections;
use crate::session::Sessions;
use crate::setup::SetupRecord;
use crate::tenants::TenantRecord;
use crate::throttle::Throttle;
use crate::verify::Verifier;
use jiff::Timestamp;
use std::fmt;
use std::sync::{Arc, Mutex};
use store::{Batch, CommitError, Guard, Kv, Revision, Table, TableError};

const VERIFYING_AT_ONCE: usize = 2;
const VERIFYING_QUEUE: usize = 16;
const HASHES_AT_ONCE: usize = 1;
const HASH_QUEUE: usize = 8;

/// The keys this crate works with. Both are 256 random bits.
#[derive(Clone)]
pub struct Keys {
    /// Kept beside the data for as long as its tokens shall work.
    pub server: [u8; 32],
    /// New at each start; keys the proofs in memory.
    pub boot: [u8; 32],
}

impl Keys {
    /// The keys of a tenant: those of the default tenant are the server's own, all others are derived, so that
    /// nothing made with one tenant's keys means anything to another. A number is never used again, so keys are not.
    #[must_use]
    pub fn of(&self, tenant: TenantNumber) -> Keys {
        if tenant == TenantNumber::DEFAULT {
            return self.clone();
        }
        let derived = |context, key: &[u8; 32]| {
            blake3::derive_key(context, &[key.as_slice(), &tenant.prefix()].concat())
        };
        Keys {
            server: derived("rollcall 2026 server key of a tenant", &self.server),
            boot: derived("rollcall 2026 boot key of a tenant", &self.boot),
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(hidden)")
    }
}

/// A change that was decided but could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Somebody else changed the same record in between; nothing was written.
    #[error("the record was changed by somebody else at the same moment")]
    Contended,
    /// The store failed; whether the change was written is unknown.
    #[error(transparent)]
    Store(#[from] TableError),
}

/// How a commit failed, before it is known what the failed guard means.
pub(crate) enum CommitFailed {
    Guard(usize),
    Store(TableError),
}

/// Whether a change that others decided was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defined {
    /// It is on disk, and its audit record with it.
    Yes,
    /// One of its guards failed: it has to be decided anew.
    Refused,
}

impl From<TableError> for CommitFailed {
    fn from(source: TableError) -> CommitFailed {
        CommitFailed::Store(source)
    }
}

impl From<CommitError> for CommitFailed {
    fn from(failed: CommitError) -> CommitFailed {
        match failed {
            CommitError::Refused { guard } => CommitFailed::Guard(guard),
            CommitError::Store(source) => CommitFailed::Store(source.into()),
        }
    }
}

impl From<CommitFailed> for WriteError {
    fn from(failed: CommitFailed) -> WriteError {
        match failed {
            CommitFailed::Guard(_) => WriteError::Contended,
            CommitFailed::Store(source) => WriteError::Store(source),
        }
    }
}

/// Service accounts, tokens and the audit trail of one tenant, over a store; that of the default tenant also
/// holds the administrator and the list of tenants.
#[derive(Clone)]
pub struct Access {
    pub(crate) inner: Arc<Inner>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("verifier", &self.inner.verifier).finish_non_exhaustive()
    }
}

pub(crate) struct Inner {
    pub(crate) kv: Kv,
    pub(crate) layout: Layout,
    /// Those of the default tenant, from which the others' are derived.
    root: Keys,
    pub(crate) tables: Tables,
    pub(crate) verifier: Verifier,
    pub(crate) activity: Activity,
    pub(crate) rejections: Rejections,
    /// Hashing for the administrator has its own places: a flood of tokens cannot lock him out.
    pub(crate) pools: Pools,
    pub(crate) sessions: Mutex<Sessions>,
    pub(crate) throttle: Mutex<Throttle>,
    pub(crate) writer: tokio::sync::Mutex<Writer>,
    pub(crate) setup_key: [u8; 32],
}

/// Where argon2 runs; shared by all tenants, because the memory of the machine is.
#[derive(Clone)]
pub(crate) struct Pools {
    pub(crate) verifying: Arc<HashPool>,
    pub(crate) minting: Arc<HashPool>,
    pub(crate) passphrases: Arc<HashPool>,
}

impl Default for Pools {
    fn default() -> Pools {
        Pools {
            verifying: Arc::new(HashPool::new(Cost::Token, VERIFYING_AT_ONCE, VERIFYING_QUEUE)),
            minting: Arc::new(HashPool::new(Cost::Token, HASHES_AT_ONCE, HASH_QUEUE)),
            passphrases: Arc::new(HashPool::new(Cost::Passphrase, HASHES_AT_ONCE, HASH_QUEUE)),
        }
    }
}

pub(crate) struct Tables {
    pub(crate) accounts: Table<AccountRecord>,
    pub(crate) activity: Table<ActivityReport>,
    pub(crate) passphrase: Table<Passphrase>,
    pub(crate) setup: Table<SetupRecord>,
    pub(crate) audit: Table<AuditRecord>,
    pub(crate) tenants: Table<TenantRecord>,
}

/// Held by whoever changes something.
pub(crate) struct Writer {
    last_audit: u64,
    /// Whether a record may have been written after that one: a commit failed, or nobody waited for it.
    unsure: bool,
}

impl Access {
    /// Reads what the store holds for the default tenant. The server key must be the one its tokens were made with.
    pub async fn open(kv: Kv, keys: &Keys) -> Result<Access, TableError> {
        Access::read(kv, keys.clone(), TenantNumber::DEFAULT, Pools::default()).await
    }

    /// Reads what the store holds for another tenant of the same server.
    pub async fn open_tenant(&self, tenant: TenantNumber) -> Result<Access, TableError> {
        let Inner { kv, root, pools, .. } = &*self.inner;
        Access::read(kv.clone(), root.clone(), tenant, pools.clone()).await
    }

    async fn read(kv: Kv, root: Keys, tenant: TenantNumber, pools: Pools) -> Result<Access, TableError> {
        let layout = Layout(tenant);
        let keys = root.of(tenant);
        let tables = Tables {
            accounts: Table::new(layout.accounts()),
            activity: Table::new(layout.activity()),
            passphrase: Table::new(layout.passphrase()),
            setup: Table::new(layout.setup()),
            audit: Table::new(layout.audit()),
            tenants: Table::new(layout.tenants()),
        };
        let tag_key = blake3::derive_key("rollcall 2026 token tag", &keys.server);
        let verifier = Verifier::new(Arc::clone(&pools.verifying), tag_key, keys.boot);
        for stored in tables.accounts.list(&kv, None, usize::MAX).await? {
            verifier.put(&stored.record);
        }
        let activity = Activity::default();
        for stored in tables.activity.list(&kv, None, usize::MAX).await? {
            if let Ok(id) = uuid::Uuid::from_slice(&stored.id) {
                activity.load(crate::AccountId::new(id), stored.record);
            }
        }
        let last_audit = newest(&tables.audit, &kv).await?;
        let inner = Inner {
            kv,
            layout,
            root,
            tables,
            verifier,
            activity,
            rejections: Rejections::default(),
            pools,
            sessions: Mutex::default(),
            throttle: Mutex::default(),
            writer: tokio::sync::Mutex::new(Writer { last_audit, unsure: false }),
            setup_key: blake3::derive_key("rollcall 2026 setup code", &keys.server),
        };
        Ok(Access { inner: Arc::new(inner) })
    }

    /// Verifies the tokens of requests.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.inner.verifier
    }

    /// Notes and tells what service accounts did lately.
    #[must_use]
    pub fn activity(&self) -> &Activity {
        &self.inner.activity
    }

    /// Writes activity changed since the last call. The server calls it every minute or sooner, and at its end.
    pub async fn flush(&self) -> Result<(), WriteError> {
        self.uninterrupted(|inner| async move { inner.flush().await }).await
    }

    /// Has something done elsewhere by an administrator, and its audit record written in the same commit: `act`
    /// commits the batch it is given together with what it does, or gives `None` where it does nothing.
    pub async fn enact<T, E, F>(
        &self,
        deed: Deed,
        target: String,
        actor: Actor,
        now: Timestamp,
        act: impl FnOnce(Batch) -> F,
    ) -> Result<Option<T>, E>
    where
        E: From<TableError>,
        F: Future<Output = Result<Option<T>, E>>,
    {
        let mut writer = self.inner.writer.lock().await;
        let entry = Entry::success(actor, deed.into(), target, now);
        let (seq, record) = self.inner.next_record(&mut writer, entry).await?;
        // until it is known how it went, which nobody learns where the caller stops waiting
        writer.unsure = true;
        let done = act(record).await?;
        if done.is_some() {
            writer.last_audit = seq;
            writer.unsure = false;
        }
        Ok(done)
    }

    /// The audit trail, newest first: records older than `before`, at most `limit`.
    pub async fn audit(&self, before: Option<u64>, limit: usize) -> Result<Vec<AuditRecord>, TableError> {
        let before = before.map(row);
        let before = before.as_ref().map(<[u8; 8]>::as_slice);
        let stored = self.inner.tables.audit.latest(&self.inner.kv, before, limit).await?;
        Ok(stored.into_iter().map(|stored| stored.record).collect())
    }

    /// Commits a change of schemas, resource types or indexes, which others decided, with its audit record. `what`
    /// names it.
    pub async fn define(
        &self,
        batch: Batch,
        what: String,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Defined, WriteError> {
        self.uninterrupted(move |inner| inner.define(batch, what, actor, now)).await
    }

    /// Runs a change to its end, even when the caller does not wait for it.
    pub(crate) async fn uninterrupted<T, F>(&self, change: impl FnOnce(Arc<Inner>) -> F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        match tokio::spawn(change(Arc::clone(&self.inner))).await {
            Ok(done) => done,
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    }
}

impl Inner {
    async fn define(
        self: Arc<Self>,
        batch: Batch,
        what: String,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Defined, WriteError> {
        let mut writer = self.writer.lock().await;
        let entry = Entry::success(actor, Action::DefinitionsChanged, what, now);
        match self.commit(&mut writer, batch, entry).await {
            Ok(_) => Ok(Defined::Yes),
            Err(CommitFailed::Guard(_)) => Ok(Defined::Refused),
            Err(failed) => Err(failed.into()),
        }
    }

    /// Commits a change with its audit record.
    pub(crate) async fn commit(
        &self,
        writer: &mut Writer,
        batch: Batch,
        entry: Entry,
    ) -> Result<Revision, CommitFailed> {
        let (seq, record) = self.next_record(writer, entry).await?;
        writer.unsure = true;
        let revision = self.kv.commit(batch.and(record)).await?;
        writer.last_audit = seq;
        writer.unsure = false;
        Ok(revision)
    }

    /// The next audit record: its number, and what has to be committed for it.
    async fn next_record(&self, writer: &mut Writer, entry: Entry) -> Result<(u64, Batch), TableError> {
        if writer.unsure {
            // its turn comes after whatever is still on its way
            if let Err(CommitError::Store(failed)) = self.kv.commit(Batch::new()).await {
                return Err(failed.into());
            }
            writer.last_audit = newest(&self.tables.audit, &self.kv).await?;
            writer.unsure = false;
        }
        let seq = writer.last_audit + 1;
        let put = self.tables.audit.put(row(seq), &entry.numbered(seq))?;
        Ok((seq, Batch::new().guard(Guard::Absent(self.tables.audit.key(row(seq)))).write(put)))
    }

    async fn flush(&self) -> Result<(), WriteError> {
        // under the writer's lock, so that no row is written for an account deleted at this moment
        let _writer = self.writer.lock().await;
        let mut batch = Batch::new();
        let mut written = Vec::new();
        for (account, report) in self.activity.take_changed() {
            if self.verifier.knows(account) {
                batch.push(self.tables.activity.put(account.bytes(), &report)?);
                written.push(account);
            } else {
                self.activity.forget(account);
            }
        }
        if written.is_empty() {
            return Ok(());
        }
        match self.kv.commit(batch).await {
            Ok(_) => Ok(()),
            Err(failed) => {
                self.activity.put_back(written.into_iter());
                Err(CommitFailed::from(failed).into())
            }
        }
    }
}

/// The number of the newest audit record; zero before the first.
async fn newest(audit: &Table<AuditRecord>, kv: &Kv) -> Result<u64, TableError> {
    Ok(audit.latest(kv, None, 1).await?.first().map_or(0, |stored| stored.record.seq))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{noon, open};

    /// Does something that writes a row of its own, and gives what is said then.
    async fn act(access: &Access, kv: &Kv, then: Result<Option<()>, TableError>) {
        let done = access.enact(Deed::Protected, "User 1".into(), Actor::Local, noon(), async |also| {
            if !matches!(then, Ok(None)) {
                kv.commit(also.append("deeds/", "")).await.unwrap();
            }
            then
        });
        let _ = done.await;
    }

    #[tokio::test]
    async fn a_deed_and_its_record_are_one_commit_however_it_ends() {
        let kv = Kv::memory();
        let access = open(&kv).await;
        let failed = || Err(TableError::Store(store::StoreError::Closed));
        act(&access, &kv, Ok(Some(()))).await;
        act(&access, &kv, Ok(None)).await;
        act(&access, &kv, failed()).await;
        // nobody waits for the answer
        let commit = |also: Batch| {
            let kv = kv.clone();
            async move {
                kv.commit(also.append("deeds/", "")).await.unwrap();
                std::future::pending::<Result<Option<()>, TableError>>().await
            }
        };
        let left = access.enact(Deed::Protected, "User 2".into(), Actor::Local, noon(), commit);
        tokio::select! {
            biased;
            _ = left => unreachable!("it never answers"),
            () = tokio::task::yield_now() => {}
        }
        act(&access, &kv, Ok(Some(()))).await;
        let trail = access.audit(None, 100).await.unwrap();
        assert_eq!(trail.iter().map(|record| record.seq).collect::<Vec<_>>(), [4, 3, 2, 1]);
        assert_eq!(kv.count(store::Range::prefix("deeds/")).await.unwrap(), 4);
        assert!(access.verify().await.unwrap().is_empty());
    }
}
