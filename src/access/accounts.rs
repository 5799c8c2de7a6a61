//! Making, reading, changing and deleting service accounts.

use crate::access::{Access, CommitFailed, Inner, WriteError};
use crate::account::{Account, AccountError, AccountId, AccountRecord, Changes, Draft, name_key};
use crate::audit::{Action, Actor, Entry};
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
        let name_row = self.layout.name(&name_key(&record.name));
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
            (self.layout.name(&name_key(&before.name)), self.layout.name(&name_key(&after.name)));
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
            .delete(self.layout.name(&name_key(&record.name)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{account, draft, empty, id, noon, open, token};
    use crate::{Invalid, RequestNote};
    use jiff::SignedDuration;
    use store::Kv;

    #[tokio::test]
    async fn an_account_is_made_read_changed_and_deleted() {
        let access = empty().await;
        let made = account(&access, 1).await;
        assert_eq!(access.account(made.id).await.unwrap().unwrap(), made);
        let changes = Changes { description: Some("for Entra".into()), ..Changes::default() };
        let after = access.change_account(made.id, changes, Actor::Local, noon()).await.unwrap().unwrap();
        assert_eq!(after.description, "for Entra");
        assert_eq!(access.accounts().await.unwrap(), [after]);
        assert!(access.delete_account(made.id, Actor::Local, noon()).await.unwrap());
        assert!(!access.delete_account(made.id, Actor::Local, noon()).await.unwrap());
        assert_eq!(access.account(made.id).await.unwrap(), None);
        assert!(
            access.change_account(made.id, Changes::default(), Actor::Local, noon()).await.unwrap().is_none()
        );
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_twenty_accounts_with_one_name_in_any_case_one_is_made() {
        let access = empty().await;
        let tasks: Vec<_> = (0..20_u128)
            .map(|number| {
                let access = access.clone();
                let name = if number % 2 == 0 { "Entra ÄÖ" } else { "ENTRA äö" };
                tokio::spawn(async move {
                    access.create_account(id(number), &draft(name), Actor::Administrator, noon()).await
                })
            })
            .collect();
        let mut made = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(_) => made += 1,
                Err(AccountError::NameTaken(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(made, 1);
        assert_eq!(access.accounts().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_name_can_be_given_away_and_taken_again() {
        let access = empty().await;
        let (one, two) = (account(&access, 1).await, account(&access, 2).await);
        let rename = |id, name: &str| {
            let changes = Changes { name: Some(name.into()), ..Changes::default() };
            let access = access.clone();
            async move { access.change_account(id, changes, Actor::Administrator, noon()).await }
        };
        assert!(matches!(rename(two.id, "ACCOUNT 1").await, Err(AccountError::NameTaken(_))));
        assert_eq!(rename(one.id, "Account 1").await.unwrap().unwrap().name, "Account 1");
        assert!(rename(one.id, "other").await.is_ok());
        assert!(rename(two.id, "account 1").await.is_ok());
        access.delete_account(one.id, Actor::Administrator, noon()).await.unwrap();
        assert!(rename(two.id, "Other").await.is_ok());
        assert!(matches!(
            rename(two.id, " ").await,
            Err(AccountError::Invalid(Invalid { field: "name", .. }))
        ));
    }

    #[tokio::test]
    async fn every_change_has_one_audit_record_and_a_refused_one_has_none() {
        let kv = Kv::memory();
        let access = open(&kv).await;
        let made = account(&access, 1).await;
        assert!(access.create_account(id(9), &draft("Account 1"), Actor::Local, noon()).await.is_err());
        let unchanged = Changes { name: Some(made.name.clone()), ..Changes::default() };
        access.change_account(made.id, unchanged, Actor::Local, noon()).await.unwrap();
        let fresh = token(&access, made.id).await;
        access.revoke_token(made.id, fresh.token.id, Actor::Local, noon()).await.unwrap();
        // the numbers go on after a restart
        let access = open(&kv).await;
        access.delete_account(made.id, Actor::Local, noon()).await.unwrap();
        let trail = access.audit(None, 100).await.unwrap();
        let seen: Vec<_> = trail.iter().map(|record| (record.seq, record.action.as_str())).collect();
        assert_eq!(
            seen,
            [(4, "account.deleted"), (3, "token.revoked"), (2, "token.issued"), (1, "account.created")]
        );
        assert_eq!(trail[3].target, format!("account 1 ({})", made.id));
        assert_eq!(access.audit(Some(3), 1).await.unwrap()[0].seq, 2);
        assert!(access.audit(Some(1), 10).await.unwrap().is_empty());
        assert_eq!(
            serde_json::to_value(&trail[1]).unwrap(),
            serde_json::json!({
                "seq": 3, "at": "2026-11-23T12:00:00Z", "actor": "local", "action": "token.revoked",
                "target": format!("account 1 ({}) token {}", made.id, fresh.token.id), "result": "success"
            })
        );
    }

    #[tokio::test]
    async fn activity_is_written_behind_and_read_again_after_a_restart() {
        let kv = Kv::memory();
        let access = open(&kv).await;
        let made = account(&access, 1).await;
        let fresh = token(&access, made.id).await;
        let later = noon() + SignedDuration::from_mins(5);
        let before = kv.revision();
        let note = RequestNote {
            at: later,
            method: "GET".into(),
            path: "/scim/v2/Users".into(),
            status: 200,
            detail: String::new(),
        };
        access.activity().record(made.id, fresh.token.id, note);
        assert_eq!(kv.revision(), before, "a request writes nothing itself");
        let view = access.account(made.id).await.unwrap().unwrap();
        assert_eq!((view.last_used_at, view.tokens[0].last_used_at), (Some(later), Some(later)));
        access.flush().await.unwrap();
        let after = kv.revision();
        access.flush().await.unwrap();
        assert_eq!(kv.revision(), after, "nothing new, nothing written");

        let access = open(&kv).await;
        let view = access.account(made.id).await.unwrap().unwrap();
        assert_eq!(view.tokens[0].last_used_at, Some(later));
        let report = access.activity().report(made.id);
        assert_eq!(report.requests[0].path, "/scim/v2/Users");
        access.delete_account(made.id, Actor::Local, noon()).await.unwrap();
        access.activity().test_connection(made.id, later);
        access.flush().await.unwrap();
        let access = open(&kv).await;
        assert_eq!(access.activity().report(made.id).test_connection_at, None);
    }
}
