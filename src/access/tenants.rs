//! The tenants beside the default one: making, changing and ending them. The default tenant's [`Access`] keeps the
//! list.
//!
//! Ending a tenant closes it at once; that its data goes is work of its own, done behind and noted at its end. The
//! record stays for ever, so that neither its slug nor its number, and with it its keys, are used again.

use crate::access::{Access, CommitFailed, Inner, WriteError};
use crate::account::{Invalid, checked_label};
use crate::audit::{Action, Actor, Entry};
use crate::layout::TenantNumber;
use crate::limit::{LEAST_PER_SECOND, Limits, MOST_PER_SECOND};
use crate::slug::Slug;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{Batch, Guard, Record, Revision, TableError};

/// Where a tenant is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TenantState {
    /// It answers.
    Open,
    /// It was deleted, and its data is being freed.
    Ending,
    /// Nothing is left of it but its name and number.
    Gone,
}

/// How many requests a second a tenant may send; what is not said is as the configuration says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantLimits {
    /// All its tokens together; zero is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<u32>,
    /// Each of its tokens; zero is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_requests_per_second: Option<u32>,
}

impl TenantLimits {
    /// The limits that hold, where `usual` are the configuration's.
    #[must_use]
    pub fn over(self, usual: Limits) -> Limits {
        let over = |own: Option<u32>, usual| own.map_or(usual, |own| (own > 0).then_some(own));
        Limits {
            per_second: over(self.requests_per_second, usual.per_second),
            token_per_second: over(self.token_requests_per_second, usual.token_per_second),
        }
    }

    fn checked(self) -> Result<TenantLimits, Invalid> {
        for (field, value) in [
            ("limits.requestsPerSecond", self.requests_per_second),
            ("limits.tokenRequestsPerSecond", self.token_requests_per_second),
        ] {
            if value.is_some_and(|value| value != 0 && !(LEAST_PER_SECOND..=MOST_PER_SECOND).contains(&value))
            {
                let reason = format!("must be {LEAST_PER_SECOND} to {MOST_PER_SECOND}, or 0 for no limit");
                return Err(Invalid { field, reason });
            }
        }
        Ok(self)
    }
}

/// A tenant as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TenantRecord {
    number: TenantNumber,
    slug: Slug,
    name: String,
    limits: TenantLimits,
    created_at: Timestamp,
    state: TenantState,
}

impl Record for TenantRecord {
    const VERSION: u8 = 1;
}

/// A tenant as the server and the administrator see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its number, for good.
    pub number: TenantNumber,
    /// Its name in paths, for good.
    pub slug: Slug,
    /// What people call it; may be empty.
    pub name: String,
    /// Its own limits.
    pub limits: TenantLimits,
    /// When it was made.
    pub created_at: Timestamp,
    /// Where it is in its life.
    pub state: TenantState,
}

impl TenantRecord {
    fn view(&self) -> Tenant {
        let TenantRecord { number, slug, name, limits, created_at, state } = self.clone();
        Tenant { number, slug, name, limits, created_at, state }
    }
}

/// What the administrator gives to make a tenant.
#[derive(Debug, Clone)]
pub struct TenantDraft {
    /// Required, and never used before.
    pub slug: String,
    /// May be empty.
    pub name: String,
    /// Its own limits.
    pub limits: TenantLimits,
}

/// What the administrator changes of a tenant; `None` leaves a field alone.
#[derive(Debug, Clone, Default)]
pub struct TenantChanges {
    /// The new name.
    pub name: Option<String>,
    /// The new limits, all of them.
    pub limits: Option<TenantLimits>,
}

/// Why a tenant was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// There is or was a tenant of this name.
    #[error(
        "the name {0} is or was a tenant's; a name is never used again, because clients may still hold its address"
    )]
    Taken(Slug),
    /// A field cannot be accepted as it is.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There are no numbers left.
    #[error("there can be no more than {} tenants, deleted ones included", TenantNumber::LAST)]
    Full,
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<TableError> for TenantError {
    fn from(source: TableError) -> TenantError {
        TenantError::Write(source.into())
    }
}

impl Access {
    /// Every tenant beside the default one that is not gone, in the order of their slugs.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, TableError> {
        let all = self.inner.all_tenants().await?;
        Ok(all.into_iter().filter(|tenant| tenant.state != TenantState::Gone).collect())
    }

    /// Makes a tenant and gives it its number.
    pub async fn create_tenant(
        &self,
        draft: &TenantDraft,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Tenant, TenantError> {
        let slug: Slug = draft
            .slug
            .parse()
            .map_err(|wrong: crate::SlugError| Invalid { field: "slug", reason: wrong.to_string() })?;
        let (name, limits) = (checked_label("name", &draft.name)?, draft.limits.checked()?);
        self.uninterrupted(
            move |inner| async move { inner.create_tenant(slug, name, limits, actor, now).await },
        )
        .await
    }

    /// Changes an open tenant; `None` when there is none.
    pub async fn change_tenant(
        &self,
        slug: &Slug,
        changes: TenantChanges,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<Tenant>, TenantError> {
        let slug = slug.clone();
        let name = changes.name.map(|name| checked_label("name", &name)).transpose()?;
        let limits = changes.limits.map(TenantLimits::checked).transpose()?;
        self.uninterrupted(
            move |inner| async move { inner.change_tenant(slug, name, limits, actor, now).await },
        )
        .await
    }

    /// Ends an open tenant, and gives what it was; `None` when there is none.
    pub async fn end_tenant(
        &self,
        slug: &Slug,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<Tenant>, WriteError> {
        let slug = slug.clone();
        let step = Step { from: TenantState::Open, to: TenantState::Ending, action: Action::TenantDeleted };
        self.uninterrupted(move |inner| async move { inner.advance(slug, step, actor, now).await }).await
    }

    /// Notes that nothing is left of an ended tenant.
    pub async fn tenant_is_gone(&self, slug: &Slug, now: Timestamp) -> Result<(), WriteError> {
        let slug = slug.clone();
        let step = Step { from: TenantState::Ending, to: TenantState::Gone, action: Action::TenantErased };
        self.uninterrupted(move |inner| async move { inner.advance(slug, step, Actor::System, now).await })
            .await?;
        Ok(())
    }
}

/// A step in a tenant's life.
struct Step {
    from: TenantState,
    to: TenantState,
    action: Action,
}

impl Inner {
    pub(crate) async fn all_tenants(&self) -> Result<Vec<Tenant>, TableError> {
        let stored = self.tables.tenants.list(&self.kv, None, usize::MAX).await?;
        Ok(stored.iter().map(|stored| stored.record.view()).collect())
    }

    async fn open_tenant(&self, slug: &Slug) -> Result<Option<(Revision, TenantRecord)>, TableError> {
        let stored = self.tables.tenants.get(&self.kv, slug.as_str()).await?;
        Ok(stored.map(|stored| (stored.revision, stored.record)))
    }

    fn rewrite_tenant(&self, revision: Revision, record: &TenantRecord) -> Result<Batch, WriteError> {
        let key = self.tables.tenants.key(record.slug.as_str());
        let put = self.tables.tenants.put(record.slug.as_str(), record)?;
        Ok(Batch::new().guard(Guard::At(key, revision)).write(put))
    }

    async fn create_tenant(
        self: Arc<Self>,
        slug: Slug,
        name: String,
        limits: TenantLimits,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Tenant, TenantError> {
        let mut writer = self.writer.lock().await;
        let newest = self.all_tenants().await?.iter().map(|tenant| tenant.number).max();
        let number = newest.unwrap_or(TenantNumber::DEFAULT).next().ok_or(TenantError::Full)?;
        let record = TenantRecord {
            number,
            slug: slug.clone(),
            name,
            limits,
            created_at: now,
            state: TenantState::Open,
        };
        let number_row = self.layout.tenant_number(number);
        let batch = Batch::new()
            .guard(Guard::Absent(self.tables.tenants.key(slug.as_str())))
            .guard(Guard::Absent(number_row.clone()))
            .put(number_row, slug.as_str().as_bytes().to_vec())
            .write(self.tables.tenants.put(slug.as_str(), &record)?);
        let entry = Entry::success(actor, Action::TenantCreated, target(&record), now);
        match self.commit(&mut writer, batch, entry).await {
            Ok(_) => Ok(record.view()),
            Err(CommitFailed::Guard(0)) => Err(TenantError::Taken(slug)),
            Err(failed) => Err(WriteError::from(failed).into()),
        }
    }

    async fn change_tenant(
        self: Arc<Self>,
        slug: Slug,
        name: Option<String>,
        limits: Option<TenantLimits>,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<Tenant>, TenantError> {
        let mut writer = self.writer.lock().await;
        let Some((revision, before)) = self.open_tenant(&slug).await? else { return Ok(None) };
        if before.state != TenantState::Open {
            return Ok(None);
        }
        let mut after = before.clone();
        after.name = name.unwrap_or(after.name);
        after.limits = limits.unwrap_or(after.limits);
        if after == before {
            return Ok(Some(after.view()));
        }
        let batch = self.rewrite_tenant(revision, &after)?;
        let entry = Entry::success(actor, Action::TenantChanged, target(&after), now);
        self.commit(&mut writer, batch, entry).await.map_err(WriteError::from)?;
        Ok(Some(after.view()))
    }

    async fn advance(
        self: Arc<Self>,
        slug: Slug,
        step: Step,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<Tenant>, WriteError> {
        let mut writer = self.writer.lock().await;
        let Some((revision, before)) = self.open_tenant(&slug).await? else { return Ok(None) };
        if before.state != step.from {
            return Ok(None);
        }
        let after = TenantRecord { state: step.to, ..before };
        let batch = self.rewrite_tenant(revision, &after)?;
        let entry = Entry::success(actor, step.action, target(&after), now);
        self.commit(&mut writer, batch, entry).await?;
        Ok(Some(after.view()))
    }
}

/// How the audit trail names a tenant.
fn target(record: &TenantRecord) -> String {
    format!("{} (number {})", record.slug, record.number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{account, empty, noon, open, token};
    use crate::{Draft, Refusal};
    use store::Kv;

    fn draft(slug: &str) -> TenantDraft {
        TenantDraft { slug: slug.into(), name: String::new(), limits: TenantLimits::default() }
    }

    async fn made(access: &Access, slug: &str) -> Tenant {
        access.create_tenant(&draft(slug), Actor::Local, noon()).await.unwrap()
    }

    #[tokio::test]
    async fn a_name_and_a_number_are_never_used_again() {
        let kv = Kv::memory();
        let house = open(&kv).await;
        assert_eq!(house.tenants().await.unwrap(), []);
        let (one, two) = (made(&house, "acme").await, made(&house, "globex").await);
        assert_eq!((one.number.get(), two.number.get()), (1, 2));
        house.end_tenant(&two.slug, Actor::Local, noon()).await.unwrap().unwrap();
        assert_eq!(house.tenants().await.unwrap()[1].state, TenantState::Ending);
        house.tenant_is_gone(&two.slug, noon()).await.unwrap();
        assert_eq!(house.tenants().await.unwrap(), std::slice::from_ref(&one));
        let house = open(&kv).await;
        let again = house.create_tenant(&draft("globex"), Actor::Local, noon()).await;
        assert!(matches!(again, Err(TenantError::Taken(slug)) if slug == two.slug));
        assert_eq!(made(&house, "initech").await.number.get(), 3);
        assert!(house.end_tenant(&two.slug, Actor::Local, noon()).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_tenant_is_changed_while_it_is_open_and_each_step_is_audited() {
        let house = empty().await;
        let slug = made(&house, "acme").await.slug;
        let limits = TenantLimits { requests_per_second: Some(100), ..TenantLimits::default() };
        let changes = TenantChanges { name: Some(" Acme ".into()), limits: Some(limits) };
        let after = house.change_tenant(&slug, changes.clone(), Actor::Local, noon()).await.unwrap().unwrap();
        assert_eq!((after.name.as_str(), after.limits), ("Acme", limits));
        for wrong in [1, 24, MOST_PER_SECOND + 1] {
            let limits = TenantLimits { token_requests_per_second: Some(wrong), ..limits };
            let changes = TenantChanges { name: None, limits: Some(limits) };
            let refused = house.change_tenant(&slug, changes, Actor::Local, noon()).await;
            assert!(matches!(refused, Err(TenantError::Invalid(_))), "{wrong}");
        }
        house.end_tenant(&slug, Actor::Local, noon()).await.unwrap().unwrap();
        assert!(house.change_tenant(&slug, changes, Actor::Local, noon()).await.unwrap().is_none());
        house.tenant_is_gone(&slug, noon()).await.unwrap();
        let trail = house.audit(None, 10).await.unwrap();
        let seen: Vec<_> = trail.iter().rev().map(|record| record.action.as_str()).collect();
        assert_eq!(seen, ["tenant.created", "tenant.changed", "tenant.deleted", "tenant.erased"]);
    }

    #[tokio::test]
    async fn tenants_share_no_account_no_token_and_no_trail() {
        let house = empty().await;
        let acme = house.open_tenant(made(&house, "acme").await.number).await.unwrap();
        let (ours, theirs) = (account(&house, 1).await, account(&acme, 1).await);
        assert_eq!(ours.id, theirs.id, "even the same id and name are two accounts");
        let (our_token, their_token) = (token(&house, ours.id).await, token(&acme, theirs.id).await);
        for (access, own, foreign) in [(&house, &our_token, &their_token), (&acme, &their_token, &our_token)]
        {
            assert!(access.verifier().verify(own.secret.reveal(), noon()).await.is_ok());
            let refused = access.verifier().verify(foreign.secret.reveal(), noon()).await;
            assert_eq!(refused, Err(Refusal::Unknown));
        }
        house.delete_account(ours.id, Actor::Local, noon()).await.unwrap();
        assert!(acme.account(theirs.id).await.unwrap().is_some());
        assert_eq!(acme.audit(None, 10).await.unwrap().len(), 2);
        assert_eq!(acme.verify().await.unwrap(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn tokens_of_a_tenant_survive_a_restart() {
        let kv = Kv::memory();
        let house = open(&kv).await;
        let number = made(&house, "acme").await.number;
        let acme = house.open_tenant(number).await.unwrap();
        let draft = Draft { name: "entra".into(), ..crate::fixture::draft("x") };
        let id = crate::fixture::id(7);
        acme.create_account(id, &draft, Actor::Local, noon()).await.unwrap();
        let fresh = token(&acme, id).await;
        let acme = open(&kv).await.open_tenant(number).await.unwrap();
        let grant = acme.verifier().verify(fresh.secret.reveal(), noon()).await.unwrap();
        assert_eq!(&*grant.account_name, "entra");
        assert_eq!(acme.verifier().proven(fresh.secret.reveal(), noon()).unwrap().account, id);
        assert!(acme.verifier().proven("rc_x", noon()).is_none());
    }

    #[test]
    fn a_tenants_own_limit_wins_and_zero_lifts_the_usual_one() {
        let usual = Limits { per_second: Some(200), token_per_second: Some(50) };
        let own = TenantLimits { requests_per_second: Some(0), token_requests_per_second: None };
        assert_eq!(own.over(usual), Limits { per_second: None, token_per_second: Some(50) });
        assert_eq!(TenantLimits::default().over(usual), usual);
    }
}
