//! Making, reading, changing and deleting service accounts.

use crate::access::{Access, CommitFailed, Inner, WriteError};
use crate::account::{Account, AccountError, AccountId, AccountRecord, Changes, Draft, name_key};
use crate::audit::{Action, Actor, Entry};
use crate::layout;
use jiff::Timestamp;
use std::sync::Arc;
use store::{Batch, Guard, Revision, TableError};

impl Access {
    /// Every service account, in the order in which they were made.
    pub async fn accounts(&self) -> Result<Vec<Account>, TableError> {
        let stored = self.inner.tables.accounts.list(&self.inner.kv, None, usize::MAX).await?;
        Ok(stored.iter().map(|stored| self.inner.view(&stored.record)).collect())
    }

    /// One service account.
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, TableError> {
        let stored = self.inner.record(id).await?;
        Ok(stored.map(|(_, record)| self.inner.view(&record)))
    }

    /// Makes a service account; it has no token yet. The id is the caller's, fresh.
    pub async fn create_account(
        &self,
        id: AccountId,
        draft: &Draft,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Account, AccountError> {
        let record = AccountRecord::new(id, draft, now)?;
        self.uninterrupted(move |inner| async move { inner.create(record, actor, now).await }).await
    }

    /// Changes a service account; `None` when there is none. New permissions hold for every answer given after
    /// this one.
    pub async fn change_account(
        &self,
        id: AccountId,
        changes: Changes,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<Account>, AccountError> {
        self.uninterrupted(move |inner| async move { inner.change(id, &changes, actor, now).await }).await
    }

    /// Deletes a service account and all its tokens; says whether it was there.
    pub async fn delete_account(
        &self,
        id: AccountId,
        actor: Actor,
        now: Timestamp,
    ) -> Result<bool, WriteError> {
        self.uninterrupted(move |inner| async move { inner.delete(id, actor, now).await }).await
    }
}

impl Inner {
    pub(crate) async fn record(
        &self,
        id: AccountId,
    ) -> Result<Option<(Revision, AccountRecord)>, TableError> {
        let stored = self.tables.accounts.get(&self.kv, id.bytes()).await?;
        Ok(stored.map(|stored| (stored.revision, stored.record)))
    }

    pub(crate) fn view(&self, record: &AccountRecord) -> Account {
        record.view(|token| self.activity.last_used(record.id, token))
    }

    /// The guard and the row of an account changed from a known revision.
    pub(crate) fn rewrite(&self, revision: Revision, record: &AccountRecord) -> Result<Batch, WriteError> {
        let key = self.tables.accounts.key(record.id.bytes());
        let put = self.tables.accounts.put(record.id.bytes(), record)?;
        Ok(Batch::new().guard(Guard::At(key, revision)).write(put))
    }

    async fn create(
        self: Arc<Self>,
        record: AccountRecord,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Account, AccountError> {
        let mut writer = self.writer.lock().await;
        let name_row = layout::name(&name_key(&record.name));
        let batch = Batch::new()
            .guard(Guard::Absent(name_row.clone()))
            .guard(Guard::Absent(self.tables.accounts.key(record.id.bytes())))
            .put(name_row, record.id.bytes().to_vec())
            .write(self.tables.accounts.put(record.id.bytes(), &record).map_err(WriteError::from)?);
        let entry = Entry::success(actor, Action::AccountCreated, target(&record), now);
        match self.commit(&mut writer, batch, entry).await {
            Ok(_) => {}
            Err(CommitFailed::Guard(0)) => return Err(AccountError::NameTaken(record.name)),
            Err(failed) => return Err(WriteError::from(failed).into()),
        }
        self.verifier.put(&record);
        Ok(self.view(&record))
    }

    async fn change(
        self: Arc<Self>,
        id: AccountId,
        changes: &Changes,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<Account>, AccountError> {
        let mut writer = self.writer.lock().await;
        let Some((revision, before)) = self.record(id).await.map_err(WriteError::from)? else {
            return Ok(None);
        };
        let (after, fields) = before.changed(changes)?;
        if fields.is_empty() {
            return Ok(Some(self.view(&after)));
        }
        let mut batch = self.rewrite(revision, &after)?;
        let (old_row, new_row) =
            (layout::name(&name_key(&before.name)), layout::name(&name_key(&after.name)));
        if old_row != new_row {
            batch =
                batch.guard(Guard::Absent(new_row.clone())).delete(old_row).put(new_row, id.bytes().to_vec());
        }
        let text = format!("{}: {}", target(&before), fields.join(", "));
        let entry = Entry::success(actor, Action::AccountChanged, text, now);
        match self.commit(&mut writer, batch, entry).await {
            Ok(_) => {}
            // guard 0 is the account's revision, guard 1 the new name
            Err(CommitFailed::Guard(1)) => return Err(AccountError::NameTaken(after.name)),
            Err(failed) => return Err(WriteError::from(failed).into()),
        }
        self.verifier.put(&after);
        Ok(Some(self.view(&after)))
    }

    async fn delete(
        self: Arc<Self>,
        id: AccountId,
        actor: Actor,
        now: Timestamp,
    ) -> Result<bool, WriteError> {
        let mut writer = self.writer.lock().await;
        let Some((revision, record)) = self.record(id).await? else { return Ok(false) };
        let batch = Batch::new()
            .guard(Guard::At(self.tables.accounts.key(id.bytes()), revision))
            .delete(layout::name(&name_key(&record.name)))
            .write(self.tables.accounts.remove(id.bytes()))
            .write(self.tables.activity.remove(id.bytes()));
        let entry = Entry::success(actor, Action::AccountDeleted, target(&record), now);
        self.commit(&mut writer, batch, entry).await?;
        self.verifier.remove(id);
        self.activity.forget(id);
        Ok(true)
    }
}

/// How the audit trail names an account.
pub(crate) fn target(record: &AccountRecord) -> String {
    format!("{} ({})", record.name, record.id)
}
