//! Holding a record against a filter and finding its place in an order, with no more reading than these ask for.

use scim::filter::BoundFilter;
use scim::resource::Meta;
use scim::sort::{By, Sort};
use store::Moment;
use uuid::Uuid;

use super::Wanted;
use super::read::created_spot;
use super::spot::Spot;
use crate::codec::Record;
use crate::directory::{Current, Directory};
use crate::entry::{Entry, Links};
use crate::error::DirectoryError;
use crate::layout::Kind;
use crate::plan::Planned;

/// A filter and an order, and what they need to know of a resource.
pub(super) struct Probe<'p> {
    directory: &'p Directory,
    kind: Kind,
    /// `None` where every candidate matches.
    filter: Option<&'p BoundFilter>,
    sort: &'p Sort,
    base: &'p str,
    links: Links,
    needs: Needs,
    /// What is held against the filter was read after this moment.
    begun: Option<Moment>,
}

/// What is kept beside a record and costs a look-up.
struct Needs {
    manager: bool,
    meta: bool,
}

impl Directory {
    pub(super) fn probe<'p>(&'p self, wanted: &Wanted<'p>, planned: &Planned, base: &'p str) -> Probe<'p> {
        let filter = wanted.filter.filter(|_| !planned.exact);
        let speaks = |name: &str| filter.is_some_and(|f| f.mentions(name)) || wanted.sort.mentions(name);
        let links = if speaks("members") || speaks("groups") { Links::With } else { Links::Without };
        let needs = Needs { manager: speaks("manager"), meta: speaks("meta") };
        Probe {
            directory: self,
            kind: wanted.kind,
            filter,
            sort: wanted.sort,
            base,
            links,
            needs,
            begun: self.kv.moment(),
        }
    }

    /// What a resource is sorted by, read anew; `None` where it is gone.
    pub(super) async fn sort_key(
        &self,
        kind: Kind,
        id: Uuid,
        sort: &Sort,
    ) -> Result<Option<Spot>, DirectoryError> {
        let Some(current) = self.current(kind, id).await? else { return Ok(None) };
        let needs = Needs { manager: sort.mentions("manager"), meta: sort.mentions("meta") };
        let probe = Probe {
            directory: self,
            kind,
            filter: None,
            sort,
            base: "",
            links: Links::Without,
            needs,
            begun: None,
        };
        probe.spot(id, current).await
    }
}

impl Probe<'_> {
    /// The place of a resource in the order; `None` where the filter does not match it.
    pub(super) async fn spot(&self, id: Uuid, current: Current) -> Result<Option<Spot>, DirectoryError> {
        let by_id = matches!(self.sort.by, By::Creation | By::Id);
        if self.filter.is_none() && by_id {
            return Ok(Some(created_spot(self.kind, id, &self.sort.by)));
        }
        let Some(sketch) = self.sketch(id, current).await? else { return Ok(None) };
        let shown = sketch.to_object(self.base);
        if self.filter.is_some_and(|filter| !filter.matches(&shown)) {
            return Ok(None);
        }
        if by_id {
            return Ok(Some(created_spot(self.kind, id, &self.sort.by)));
        }
        Ok(Some(Spot { key: self.sort.key(&shown), kind: self.kind, id }))
    }

    /// The resource, complete in what is asked about; `None` where it is gone by now.
    async fn sketch(&self, id: Uuid, current: Current) -> Result<Option<Entry>, DirectoryError> {
        if self.links == Links::With || self.needs.meta {
            return self.directory.complete(self.kind, id, current, self.links, self.begun).await;
        }
        let Current { record, revision } = current;
        let manager = if self.needs.manager { self.directory.manager(&record).await? } else { None };
        let resource_type = self.directory.resource_type(self.kind);
        let meta = Meta {
            resource_type: resource_type.name.clone(),
            endpoint: resource_type.endpoint.clone(),
            created: record.created,
            last_modified: record.modified,
            version: revision.get(),
        };
        let Record { display, text, split, .. } = record;
        let (groups, members) = (vec![], vec![]);
        Ok(Some(Entry { kind: self.kind, id, meta, display, groups, members, manager, text, split }))
    }
}
