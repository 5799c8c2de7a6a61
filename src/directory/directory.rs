//! The shell: where resources are read from the store. Changes are in `create`, `update` and `delete`.

use std::sync::Arc;

use jiff::Timestamp;
use scim::resource::Meta;
use scim::{Registry, ResourceType};
use store::{Guard, Kv, Moment, Stored};
use tokio::sync::watch;
use uuid::Uuid;

use crate::bin::Deleting;
use crate::codec::Record;
use crate::ctx::Ctx;
use crate::entry::{Entry, Links};
use crate::error::DirectoryError;
use crate::index::{Indexes, Rows};
use crate::instant;
use crate::kinds::Kinds;
use crate::layout::{Kind, Layout, Tenant, row_value};
use crate::links::CALM;
use crate::membership::Strangers;
use crate::rosters::Rosters;
use crate::shape::Model;
use crate::turns::Turns;
use crate::watch::Watch;

/// How often a change is tried when others change the same resource in between.
pub(crate) const MAX_ATTEMPTS: u32 = 1_000;

/// The resources of one tenant, kept in a store. Cloning is cheap.
///
/// It is made with a [`Model`] and keeps to it. Schemas change by putting another directory in its place, and what
/// follows from the change waits until nobody holds the one before. So hold one for a request or for one step of a
/// job, and never for as long as the program runs.
#[derive(Clone)]
pub struct Directory {
    pub(crate) kv: Kv,
    pub(crate) registry: Arc<Registry>,
    pub(crate) kinds: Arc<Kinds>,
    pub(crate) indexes: Arc<Indexes>,
    pub(crate) layout: Layout,
    pub(crate) turns: Arc<Turns>,
    pub(crate) rosters: Arc<Rosters>,
    /// Dropped with the last directory of this model.
    held: Arc<watch::Sender<()>>,
    pub(crate) deleting: Deleting,
    pub(crate) watch: Arc<Watch>,
    pub(crate) strangers: Strangers,
}

/// Waits until every directory of one model is dropped.
#[derive(Debug)]
pub struct Retired(watch::Receiver<()>);

impl Retired {
    /// Returns once nobody can read or write by that model any more.
    pub async fn wait(&mut self) {
        while self.0.changed().await.is_ok() {}
    }

    /// Whether that is so.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.0.has_changed().is_err()
    }
}

/// A resource's record and the revision that wrote it.
pub(crate) struct Current {
    pub(crate) record: Record,
    pub(crate) revision: store::Revision,
}

impl Directory {
    /// The directory of a tenant.
    #[must_use]
    pub fn new(kv: Kv, registry: Arc<Registry>, tenant: Tenant) -> Self {
        Self::made(kv, Model::of(registry), tenant)
    }

    /// The directory of a tenant, made with a model.
    #[must_use]
    pub(crate) fn made(kv: Kv, model: Model, tenant: Tenant) -> Self {
        let Model { registry, kinds, indexes } = model;
        let (layout, turns, rosters) = (Layout(tenant), Arc::new(Turns::new()), Arc::default());
        let held = Arc::new(watch::Sender::new(()));
        Self {
            kv,
            registry,
            kinds,
            indexes,
            layout,
            turns,
            rosters,
            held,
            deleting: Deleting::IntoBin,
            watch: Arc::default(),
            strangers: Strangers::default(),
        }
    }

    /// The same resources by another model.
    #[must_use]
    pub(crate) fn with(&self, model: Model) -> Self {
        let Model { registry, kinds, indexes } = model;
        let (rosters, held) = (Arc::default(), Arc::new(watch::Sender::new(())));
        Self { registry, kinds, indexes, rosters, held, ..self.clone() }
    }

    /// Waits for the end of every directory of this model, this one included.
    #[must_use]
    pub fn retired(&self) -> Retired {
        Retired(self.held.subscribe())
    }

    /// The same directory, for which nobody waits: for reading members, which no model changes, as slowly as a
    /// client takes them.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self { held: Arc::new(watch::Sender::new(())), ..self.clone() }
    }

    /// The same directory with another fate for what is deleted.
    #[must_use]
    pub fn with_deleting(self, deleting: Deleting) -> Self {
        Self { deleting, ..self }
    }

    /// The same directory with another fate for members whose id names nobody.
    #[must_use]
    pub fn with_strangers(self, strangers: Strangers) -> Self {
        Self { strangers, ..self }
    }

    /// The schemas and resource types.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// What is indexed.
    #[must_use]
    pub fn indexes(&self) -> &Indexes {
        &self.indexes
    }

    /// The resource types that are kept, and their kinds.
    #[must_use]
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// The resource type of a kind.
    ///
    /// # Panics
    /// Where the kind is none of [`Self::kinds`]: kinds come from there.
    #[must_use]
    pub fn resource_type(&self, kind: Kind) -> &Arc<ResourceType> {
        self.kinds.resource_type(kind).expect("a kind comes from the kinds of this directory")
    }

    /// The name of the resource type of a kind, for people and for `meta.resourceType`.
    #[must_use]
    pub fn name(&self, kind: Kind) -> &str {
        &self.resource_type(kind).name
    }

    /// How many resources of a kind there are.
    pub async fn count(&self, kind: Kind) -> Result<u64, DirectoryError> {
        Ok(self.kv.counter(&self.layout.count(kind)).await?.try_into().unwrap_or(0))
    }

    /// One resource, or `None` where there is none with that id.
    pub async fn get(&self, kind: Kind, id: Uuid, links: Links) -> Result<Option<Entry>, DirectoryError> {
        if kind == Kind::Group {
            return self.group(id, links).await;
        }
        let begun = self.kv.moment();
        match self.current(kind, id).await? {
            Some(current) => self.complete(kind, id, current, links, begun).await,
            None => Ok(None),
        }
    }

    /// Completes a record, read after the moment `begun`, with what is kept beside it: the resource as it was at one
    /// moment, so a group is read anew, and a user where others have written since. `None` where it is gone.
    pub(crate) async fn complete(
        &self,
        kind: Kind,
        id: Uuid,
        current: Current,
        links: Links,
        begun: Option<Moment>,
    ) -> Result<Option<Entry>, DirectoryError> {
        match (kind, links) {
            (Kind::Group, _) => self.group(id, links).await,
            (Kind::User, Links::With) => self.user(id, current, begun).await,
            (Kind::User, Links::Without) | (Kind::Custom(_), _) => {
                let modified = (current.record.modified, current.revision.get());
                self.entry(kind, id, current.record, modified).await.map(Some)
            }
        }
    }

    /// A user with its groups as they were at one moment. Edges are many rows: where others have written since the
    /// user was read, only what two looks in a row have shown was there at one moment.
    async fn user(
        &self,
        id: Uuid,
        mut current: Current,
        begun: Option<Moment>,
    ) -> Result<Option<Entry>, DirectoryError> {
        let mut groups = self.groups_of(id).await?;
        let mut calm = begun.is_some() && begun == self.kv.moment();
        let mut tries = 0;
        while !calm {
            if tries == MAX_ATTEMPTS {
                return Err(DirectoryError::Contention(MAX_ATTEMPTS));
            }
            tries += 1;
            let Some(after) = self.current(Kind::User, id).await? else { return Ok(None) };
            let again = self.groups_of(id).await?;
            calm = after.revision == current.revision && again == groups;
            (current, groups) = (after, again);
        }
        let modified = (current.record.modified, current.revision.get());
        let entry = self.entry(Kind::User, id, current.record, modified).await?;
        Ok(Some(Entry { groups, ..entry }))
    }

    /// A group as it was at one moment. Name, version and members change by one commit and are read one by one; each
    /// such commit writes the group's pointer, so what is read between two equal pointers is one state.
    async fn group(&self, id: Uuid, links: Links) -> Result<Option<Entry>, DirectoryError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let pointer = self.kv.get(&self.layout.modified(id)).await?;
            let Some(current) = self.current(Kind::Group, id).await? else { return Ok(None) };
            let seen = pointer.as_ref().map(|pointer| pointer.revision);
            let mut calm = seen.is_some_and(|seen| seen >= current.revision);
            let modified = match pointer {
                Some(pointer) => self.group_modified(id, &pointer)?,
                None => (current.record.modified, current.revision.get()),
            };
            let mut entry = self.entry(Kind::Group, id, current.record, modified).await?;
            if links == Links::With {
                entry.members = self.all_members(id).await?;
                let after = self.kv.get(&self.layout.modified(id)).await?;
                calm &= after.map(|pointer| pointer.revision) == seen;
            }
            // Under a storm of changes it is shown as it was read, rather than not at all.
            if calm || tries == CALM {
                return Ok(Some(entry));
            }
            tokio::task::yield_now().await;
        }
    }

    /// The resource a change has just written. The change stands also when it cannot be read back.
    pub(crate) async fn written(
        &self,
        kind: Kind,
        id: Uuid,
        links: Links,
    ) -> Result<Option<Entry>, DirectoryError> {
        self.get(kind, id, links).await.map_err(|error| DirectoryError::ReadBack(Box::new(error)))
    }

    pub(crate) async fn current(&self, kind: Kind, id: Uuid) -> Result<Option<Current>, DirectoryError> {
        let stored = self.kv.get(&self.layout.resource(kind, id)).await?;
        stored.map(|stored| current(kind, id, &stored)).transpose()
    }

    /// A record as a resource, all but the links, with its time of modification and its version.
    async fn entry(
        &self,
        kind: Kind,
        id: Uuid,
        record: Record,
        (last_modified, version): (Timestamp, u64),
    ) -> Result<Entry, DirectoryError> {
        let resource_type = self.resource_type(kind);
        let meta = Meta {
            resource_type: resource_type.name.clone(),
            endpoint: resource_type.endpoint.clone(),
            created: record.created,
            last_modified,
            version,
        };
        let manager = self.manager(&record).await?;
        let Record { display, text, split, .. } = record;
        Ok(Entry { kind, id, meta, display, groups: vec![], members: vec![], manager, text, split })
    }

    /// Holds what a change expects against the version there is. What it gives keeps that version still until the
    /// commit, where the expectation is about more than the record: the version of a group is that of its members too.
    pub(crate) async fn as_expected(
        &self,
        ctx: &Ctx,
        kind: Kind,
        id: Uuid,
        current: &Current,
    ) -> Result<Option<Guard>, DirectoryError> {
        if ctx.expected.is_empty() {
            return Ok(None);
        }
        let (key, version) = match kind {
            Kind::User | Kind::Custom(_) => (self.layout.resource(kind, id), current.revision),
            Kind::Group => {
                let key = self.layout.modified(id);
                // The group was deleted a moment ago: the commit finds out.
                let pointer = self.kv.get(&key).await?.map_or(current.revision, |pointer| pointer.revision);
                (key, pointer)
            }
        };
        ctx.expected.allow_change(version.get())?;
        Ok(Some(Guard::At(key, version)))
    }

    /// When a group was last changed, members included, and by which commit.
    fn group_modified(&self, id: Uuid, pointer: &Stored) -> Result<(Timestamp, u64), DirectoryError> {
        let index = self.modified_index();
        let modified = row_value(&pointer.value, self.layout.index_rows(index).len())
            .and_then(|bytes| instant::of_bytes(&bytes))
            .ok_or_else(|| DirectoryError::Unreadable(format!("the modification time of group {id}")))?;
        Ok((modified, pointer.revision.get()))
    }

    /// The number of the index of groups by modification time.
    pub(crate) fn modified_index(&self) -> u8 {
        let pointed = self.indexes.iter().find(|i| i.rows == Rows::Pointed);
        pointed.expect("the table has an index of groups by modification time").number
    }
}

pub(crate) fn current(kind: Kind, id: Uuid, stored: &Stored) -> Result<Current, DirectoryError> {
    let record =
        Record::decode(&stored.value).ok_or_else(|| DirectoryError::Unreadable(format!("{kind} {id}")))?;
    Ok(Current { record, revision: stored.revision })
}
