//! A tenant: a directory of its own with service accounts of its own, below a base URI of its own; and the set of
//! all tenants.
//!
//! It holds; requests are answered elsewhere. What the store keeps of the list is `access`'s.

mod erase;
mod files;
mod place;
mod shape;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockWriteGuard, Weak};

use access::{
    Access, Actor, Limiter, Limits, Slug, TenantChanges, TenantDraft, TenantError, TenantState, WriteError,
};
use arc_swap::ArcSwap;
use directory::{Deleting, Directory, ReshapeError};
use jiff::Timestamp;
use scim::Registry;
use store::Kv;
use tokio::sync::Notify;

use crate::events::Events;
use shape::Shaping;

pub(crate) use erase::erase;
pub(crate) use files::FileError;
pub(crate) use place::split;
pub(crate) use shape::{DefineError, tend};

/// The path of the protocol below the place of a tenant.
pub(crate) const BASE: &str = "/scim/v2";

/// One tenant. A plain install has one, and sees no trace of the idea.
pub(crate) struct Tenant {
    /// Its name in paths; the default tenant has none.
    pub(crate) slug: Option<Slug>,
    /// What an identity provider is given as Tenant URL, and what every link begins with. It is never taken from a
    /// request.
    pub(crate) base_url: String,
    pub(crate) access: Access,
    pub(crate) limiter: Limiter,
    pub(crate) events: Events,
    /// Whether memberships are served as resources.
    pub(crate) group_members: bool,
    limits: ArcSwap<Limits>,
    directory: ArcSwap<Directory>,
    shaping: Shaping,
}

impl Tenant {
    /// The directory as it is now; a request keeps to the one it began with.
    pub(crate) fn directory(&self) -> Arc<Directory> {
        self.directory.load_full()
    }

    /// How much it may ask.
    pub(crate) fn limits(&self) -> Limits {
        **self.limits.load()
    }
}

/// All tenants.
pub(crate) struct Tenants {
    default: Arc<Tenant>,
    named: RwLock<BTreeMap<Slug, Arc<Tenant>>>,
    /// Those that were closed since the start, until the last request has let go of them.
    closed: Mutex<BTreeMap<Slug, Weak<Tenant>>>,
    /// Told whenever a tenant was closed.
    ending: Notify,
    /// Told whenever definitions of a tenant changed.
    shaped: Notify,
    soil: Soil,
}

/// What tenants grow from.
struct Soil {
    kv: Kv,
    /// Scheme, host and port of every link.
    origin: String,
    /// The limits of a tenant that has none of its own.
    usual: Limits,
    usage: Usage,
}

/// What the configuration says of every tenant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// What becomes of what is deleted.
    pub(crate) deleting: Deleting,
    /// Whether memberships are served as resources.
    pub(crate) group_members: bool,
}

impl Soil {
    /// Opens what the store keeps for a tenant.
    async fn open(
        &self,
        record: Option<&access::Tenant>,
        access: Access,
    ) -> Result<Arc<Tenant>, ReshapeError> {
        let number = record.map_or(access::TenantNumber::DEFAULT, |record| record.number);
        let directory = Directory::open(self.kv.clone(), directory::Tenant(number.get())).await?;
        Ok(self.hold(record, access, directory))
    }

    fn hold(&self, record: Option<&access::Tenant>, access: Access, directory: Directory) -> Arc<Tenant> {
        let Soil { origin, usual, usage, .. } = self;
        let directory = directory.with_deleting(usage.deleting);
        let base_url = base_url(origin, record.map(|record| &record.slug));
        let number = record.map_or(access::TenantNumber::DEFAULT, |record| record.number);
        let events = Events::new(self.kv.clone(), number.get());
        let limits = record.map_or(*usual, |record| record.limits.over(*usual));
        Arc::new(Tenant {
            slug: record.map(|record| record.slug.clone()),
            base_url,
            access,
            limiter: Limiter::default(),
            events,
            group_members: usage.group_members,
            limits: ArcSwap::from_pointee(limits),
            directory: ArcSwap::from_pointee(directory),
            shaping: Shaping::default(),
        })
    }
}

impl Tenants {
    /// Opens every tenant the store knows. `access` is the default tenant's.
    pub(crate) async fn open(
        kv: Kv,
        access: Access,
        origin: String,
        usual: Limits,
        usage: Usage,
    ) -> Result<Tenants, ReshapeError> {
        let soil = Soil { kv, origin, usual, usage };
        let default = soil.open(None, access).await?;
        let mut named = BTreeMap::new();
        for record in default.access.tenants().await? {
            match record.state {
                TenantState::Open => {
                    let access = default.access.open_tenant(record.number).await?;
                    named.insert(record.slug.clone(), soil.open(Some(&record), access).await?);
                }
                TenantState::Ending | TenantState::Gone => {}
            }
        }
        Ok(Tenants {
            default,
            named: RwLock::new(named),
            closed: Mutex::default(),
            ending: Notify::new(),
            shaped: Notify::new(),
            soil,
        })
    }

    /// The tenant of a plain install.
    pub(crate) fn default(&self) -> &Arc<Tenant> {
        &self.default
    }

    /// The open tenant of a name in paths.
    pub(crate) fn named(&self, slug: &str) -> Option<Arc<Tenant>> {
        let slug = slug.parse().ok()?;
        self.named.read().unwrap_or_else(PoisonError::into_inner).get(&slug).cloned()
    }

    /// Every open tenant, the default one first.
    pub(crate) fn all(&self) -> Vec<Arc<Tenant>> {
        let named = self.named.read().unwrap_or_else(PoisonError::into_inner);
        std::iter::once(&self.default).chain(named.values()).cloned().collect()
    }

    /// Makes a tenant and opens it.
    pub(crate) async fn create(
        self: &Arc<Self>,
        draft: TenantDraft,
        actor: Actor,
        now: Timestamp,
    ) -> Result<access::Tenant, TenantError> {
        let all = Arc::clone(self);
        uninterrupted(async move {
            let record = all.default.access.create_tenant(&draft, actor, now).await?;
            let access = all.default.access.open_tenant(record.number).await?;
            // Its number is new, so the store has nothing of it.
            let (kv, number) = (all.soil.kv.clone(), directory::Tenant(record.number.get()));
            let directory = Directory::new(kv, Arc::new(Registry::builtin()), number);
            let tenant = all.soil.hold(Some(&record), access, directory);
            all.named_mut().insert(record.slug.clone(), tenant);
            Ok(record)
        })
        .await
    }

    /// Changes an open tenant; `None` when there is none. New limits hold from the answer on.
    pub(crate) async fn change(
        self: &Arc<Self>,
        slug: Slug,
        changes: TenantChanges,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<access::Tenant>, TenantError> {
        let all = Arc::clone(self);
        uninterrupted(async move {
            let record = all.default.access.change_tenant(&slug, changes, actor, now).await?;
            if let (Some(record), Some(tenant)) = (&record, all.named(slug.as_str())) {
                tenant.limits.store(Arc::new(record.limits.over(all.soil.usual)));
            }
            Ok(record)
        })
        .await
    }

    /// Ends an open tenant, and says whether it was there: it is not found from the answer on, and its data is
    /// freed behind.
    pub(crate) async fn end(
        self: &Arc<Self>,
        slug: Slug,
        actor: Actor,
        now: Timestamp,
    ) -> Result<bool, WriteError> {
        let all = Arc::clone(self);
        uninterrupted(async move {
            let ended = all.default.access.end_tenant(&slug, actor, now).await?;
            {
                // held over both steps: who looks in between must not find the tenant in neither
                let mut closed = all.closed.lock().unwrap_or_else(PoisonError::into_inner);
                let tenant = all.named_mut().remove(&slug);
                closed.extend(tenant.map(|tenant| (slug, Arc::downgrade(&tenant))));
            }
            all.ending.notify_one();
            Ok(ended.is_some())
        })
        .await
    }

    /// The Tenant URL of a tenant, open or not.
    pub(crate) fn url_of(&self, slug: &Slug) -> String {
        base_url(&self.soil.origin, Some(slug))
    }

    /// Whether there is no tenant but the default one: then nothing tells of the idea.
    pub(crate) fn is_plain(&self) -> bool {
        self.named.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Whether a tenant may still be written for: it is open, or a request or a job that began before it was closed
    /// holds it.
    pub(crate) fn is_held(&self, slug: &Slug) -> bool {
        let is_open = self.named(slug.as_str()).is_some();
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        closed.retain(|_, tenant| tenant.strong_count() > 0);
        is_open || closed.contains_key(slug)
    }

    fn named_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<Slug, Arc<Tenant>>> {
        self.named.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what is written behind, of every tenant.
    pub(crate) async fn flush(&self) -> Result<(), access::WriteError> {
        for tenant in self.all() {
            tenant.access.flush().await?;
        }
        Ok(())
    }
}

fn base_url(origin: &str, slug: Option<&Slug>) -> String {
    match slug {
        Some(slug) => format!("{origin}/t/{slug}{BASE}"),
        None => format!("{origin}{BASE}"),
    }
}

/// Carries a change through, also when the caller goes away: what is in memory must be what is on disk.
async fn uninterrupted<T: Send + 'static>(change: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(change).await {
        Ok(done) => done,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}
