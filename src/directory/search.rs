//! Answering a query (RFC 7644 section 3.4.2): candidates from a plan, the filter where the plan needs it, a page.

use std::collections::{BTreeSet, HashSet};
use std::ops::Bound;

use scim::filter::BoundFilter;
use scim::{ScimError, ScimType};
use store::{Key, Range, Row};
use uuid::Uuid;

use crate::chunks::{CHUNK, Chunks, breathe};
use crate::directory::{Current, Directory, current};
use crate::edge::Edge;
use crate::entry::{Entry, Links};
use crate::error::DirectoryError;
use crate::index::Rows;
use crate::layout::{Kind, escaped, id_at_end};
use crate::plan::{Bounds, Column, Plan, Planned, plan};

/// Which part of the matches is wanted. Matches are in order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// By place: `start_index` counts from 1 (RFC 7644 section 3.4.2.4).
    Window {
        /// The place of the first one.
        start_index: u64,
        /// The most that are returned.
        count: usize,
    },
    /// Those after a resource; a page costs the same wherever it lies.
    After {
        /// The last resource of the page before.
        last: Option<Uuid>,
        /// The most that are returned.
        count: usize,
    },
}

/// The answer to a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// How many resources match in all.
    pub total: u64,
    /// The page.
    pub entries: Vec<Entry>,
    /// How the answer was found.
    pub planned: Planned,
}

impl Directory {
    /// How a filter would be answered.
    #[must_use]
    pub fn explain(&self, kind: Kind, filter: Option<&BoundFilter>) -> Planned {
        plan(filter, kind, &self.indexes)
    }

    /// Finds the resources a filter matches, all of them without one.
    pub async fn search(
        &self,
        kind: Kind,
        filter: Option<&BoundFilter>,
        page: Page,
        links: Links,
    ) -> Result<Found, DirectoryError> {
        let planned = self.explain(kind, filter);
        let ids = match (&planned.plan, planned.exact) {
            (Plan::Scan, true) => return self.everything(kind, page, links, planned).await,
            (Plan::Scan, false) => self.scan_matches(kind, filter).await?,
            (narrow, true) => self.candidates(kind, narrow).await?,
            (narrow, false) => {
                let candidates = self.candidates(kind, narrow).await?;
                self.matching(kind, candidates, filter).await?
            }
        };
        let total = ids.len() as u64;
        let mut entries = Vec::new();
        let mut budget = LinkBudget::new();
        for id in pick(&ids, page) {
            // A resource deleted since the index was read is no match any more.
            if let Some(entry) = self.get(kind, id, links).await? {
                budget.take(entry.members.len() + entry.groups.len())?;
                entries.push(entry);
            }
        }
        Ok(Found { total, entries, planned })
    }

    /// A page of all resources of a kind.
    async fn everything(
        &self,
        kind: Kind,
        page: Page,
        links: Links,
        planned: Planned,
    ) -> Result<Found, DirectoryError> {
        let total = self.count(kind).await?;
        let prefix = self.layout.resources(kind);
        let (mut range, mut skip, count) = match page {
            Page::Window { start_index, count } => {
                (Range::prefix(prefix.clone()), start_index.saturating_sub(1), count)
            }
            Page::After { last: None, count } => (Range::prefix(prefix.clone()), 0, count),
            Page::After { last: Some(last), count } => {
                (Range::after(prefix.clone(), self.layout.resource(kind, last)), 0, count)
            }
        };
        let (mut entries, mut budget) = (Vec::new(), LinkBudget::new());
        if skip >= total {
            return Ok(Found { total, entries, planned });
        }
        while entries.len() < count {
            let wanted =
                usize::try_from(skip).unwrap_or(usize::MAX).saturating_add(count - entries.len()).min(CHUNK);
            let rows = self.kv.scan(range, wanted).await?;
            let Some(last) = rows.last().map(|row| row.key.clone()) else { break };
            for row in &rows {
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                let (id, current) = Self::read(kind, row)?;
                let entry = self.entry(kind, id, current, links).await?;
                budget.take(entry.members.len() + entry.groups.len())?;
                entries.push(entry);
            }
            if rows.len() < wanted {
                break;
            }
            range = Range::after(prefix.clone(), last);
            tokio::task::yield_now().await;
        }
        Ok(Found { total, entries, planned })
    }

    fn read(kind: Kind, row: &Row) -> Result<(Uuid, Current), DirectoryError> {
        let id = id_at_end(&row.key).ok_or_else(|| DirectoryError::Unreadable(format!("a {kind} key")))?;
        let stored = store::Stored { revision: row.revision, value: row.value.clone() };
        Ok((id, current(kind, id, &stored)?))
    }

    /// Holds every resource of a kind against the filter.
    async fn scan_matches(
        &self,
        kind: Kind,
        filter: Option<&BoundFilter>,
    ) -> Result<BTreeSet<Uuid>, DirectoryError> {
        let mut found = BTreeSet::new();
        let mut chunks = Chunks::new(&self.kv, self.layout.resources(kind));
        while let Some(rows) = chunks.next().await? {
            for row in &rows {
                let (id, current) = Self::read(kind, row)?;
                if self.matches(kind, id, current, filter).await? {
                    found.insert(id);
                }
            }
        }
        Ok(found)
    }

    async fn matching(
        &self,
        kind: Kind,
        candidates: BTreeSet<Uuid>,
        filter: Option<&BoundFilter>,
    ) -> Result<BTreeSet<Uuid>, DirectoryError> {
        let mut found = BTreeSet::new();
        for (i, id) in candidates.into_iter().enumerate() {
            breathe(i).await;
            if let Some(current) = self.current(kind, id).await?
                && self.matches(kind, id, current, filter).await?
            {
                found.insert(id);
            }
        }
        Ok(found)
    }

    async fn matches(
        &self,
        kind: Kind,
        id: Uuid,
        current: Current,
        filter: Option<&BoundFilter>,
    ) -> Result<bool, DirectoryError> {
        let Some(filter) = filter else { return Ok(true) };
        // Members and groups are read only for a filter that speaks of them.
        let links = if filter.mentions("members") || filter.mentions("groups") {
            Links::With
        } else {
            Links::Without
        };
        let entry = self.entry(kind, id, current, links).await?;
        Ok(filter.matches(&entry.to_object("")))
    }

    /// The ids a narrow plan finds.
    async fn candidates(&self, kind: Kind, plan: &Plan) -> Result<BTreeSet<Uuid>, DirectoryError> {
        match plan {
            Plan::Nothing => Ok(BTreeSet::new()),
            Plan::Id(id) => {
                let there = self.kv.get(&self.layout.resource(kind, *id)).await?.is_some();
                Ok(there.then_some(*id).into_iter().collect())
            }
            Plan::Point(column, value) => self.point(column, value).await,
            Plan::Range(column, bounds) => self.range(column, bounds).await,
            Plan::GroupsOf(member) => Ok(self.parents(*member).await?.into_iter().collect()),
            Plan::UsersIn(group) => self.users_in(*group).await,
            Plan::Union(parts) => {
                let mut all = BTreeSet::new();
                for part in parts {
                    all.append(&mut Box::pin(self.candidates(kind, part)).await?);
                }
                Ok(all)
            }
            Plan::Intersect(parts) => {
                let mut parts = parts.iter();
                let Some(first) = parts.next() else { return Ok(BTreeSet::new()) };
                let mut all = Box::pin(self.candidates(kind, first)).await?;
                for part in parts {
                    let other = Box::pin(self.candidates(kind, part)).await?;
                    all.retain(|id| other.contains(id));
                }
                Ok(all)
            }
            Plan::Scan => self.scan_matches(kind, None).await,
        }
    }

    fn is_unique(&self, column: &Column) -> bool {
        self.indexes.number(column.index).is_some_and(|i| i.rows == Rows::Unique)
    }

    async fn point(&self, column: &Column, value: &[u8]) -> Result<BTreeSet<Uuid>, DirectoryError> {
        if self.is_unique(column) {
            let holder = self.kv.get(&self.layout.unique_row(column.index, value)).await?;
            return Ok(holder.and_then(|h| Uuid::from_slice(&h.value).ok()).into_iter().collect());
        }
        self.ids(column, self.layout.index_value(column.index, value), Bound::Unbounded, Bound::Unbounded)
            .await
    }

    async fn range(&self, column: &Column, bounds: &Bounds) -> Result<BTreeSet<Uuid>, DirectoryError> {
        let rows = if self.is_unique(column) {
            self.layout.unique_rows(column.index)
        } else {
            self.layout.index_rows(column.index)
        };
        let of = |value: &[u8]| [rows.clone(), escaped(value)].concat();
        // Every row of a value is this key, or this key and an id; the next value sorts after both.
        let end = |value: &[u8]| [of(value), vec![0, 1]].concat();
        let after = |value: &[u8]| [of(value), vec![0, 2]].concat();
        let (prefix, from, to) = match bounds {
            Bounds::Prefix(prefix) => (of(prefix), Bound::Unbounded, Bound::Unbounded),
            Bounds::From { value, exclusive: true } => {
                (rows.clone(), Bound::Included(after(value)), Bound::Unbounded)
            }
            Bounds::From { value, exclusive: false } => {
                (rows.clone(), Bound::Included(end(value)), Bound::Unbounded)
            }
            Bounds::To { value, inclusive: true } => {
                (rows.clone(), Bound::Unbounded, Bound::Excluded(after(value)))
            }
            Bounds::To { value, inclusive: false } => {
                (rows.clone(), Bound::Unbounded, Bound::Excluded(end(value)))
            }
        };
        self.ids(column, prefix, from, to).await
    }

    /// The ids of the rows in a range.
    async fn ids(
        &self,
        column: &Column,
        prefix: Key,
        mut from: Bound<Key>,
        to: Bound<Key>,
    ) -> Result<BTreeSet<Uuid>, DirectoryError> {
        let unique = self.is_unique(column);
        let mut found = BTreeSet::new();
        loop {
            let rows = self.kv.scan(Range::within(prefix.clone(), from, to.clone()), CHUNK).await?;
            let id = |row: &Row| if unique { Uuid::from_slice(&row.value).ok() } else { id_at_end(&row.key) };
            found.extend(rows.iter().filter_map(id));
            match rows.last() {
                Some(last) if rows.len() == CHUNK => from = Bound::Excluded(last.key.clone()),
                _ => return Ok(found),
            }
            tokio::task::yield_now().await;
        }
    }

    /// The users in a group and in the groups nested in it.
    async fn users_in(&self, group: Uuid) -> Result<BTreeSet<Uuid>, DirectoryError> {
        let (mut users, mut seen, mut open) = (BTreeSet::new(), HashSet::from([group]), vec![group]);
        while let Some(group) = open.pop() {
            for row in self.all_rows(self.layout.members(group)).await? {
                let Some(Edge { member, kind, .. }) = Edge::of(&row) else { continue };
                match kind {
                    Kind::User => {
                        users.insert(member);
                    }
                    Kind::Group if seen.insert(member) => open.push(member),
                    Kind::Group | Kind::Custom(_) => {}
                }
            }
        }
        Ok(users)
    }
}

/// The most members and groups that the resources of one page may show together. One large group always fits.
const MAX_LINKS: usize = 500_000;

/// What is left of [`MAX_LINKS`]. A page is refused rather than cut: clients page by a fixed step.
struct LinkBudget {
    shown: usize,
    resources: usize,
}

impl LinkBudget {
    fn new() -> Self {
        Self { shown: 0, resources: 0 }
    }

    fn take(&mut self, links: usize) -> Result<(), ScimError> {
        self.shown += links;
        self.resources += 1;
        if self.shown <= MAX_LINKS || self.resources == 1 {
            return Ok(());
        }
        Err(ScimError::new(
            ScimType::TooMany,
            format!(
                "the resources of this page have more than {MAX_LINKS} members together; ask for \
                 excludedAttributes=members, or for a smaller count"
            ),
        ))
    }
}

fn pick(ids: &BTreeSet<Uuid>, page: Page) -> Vec<Uuid> {
    match page {
        Page::Window { start_index, count } => {
            let skip = usize::try_from(start_index.saturating_sub(1)).unwrap_or(usize::MAX);
            ids.iter().skip(skip).take(count).copied().collect()
        }
        Page::After { last: None, count } => ids.iter().take(count).copied().collect(),
        Page::After { last: Some(last), count } => {
            ids.range((Bound::Excluded(last), Bound::Unbounded)).take(count).copied().collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_large_group_fits_a_page_and_two_are_too_many() {
        let mut budget = LinkBudget::new();
        assert!(budget.take(2 * MAX_LINKS).is_ok());
        assert_eq!(budget.take(0).unwrap_err().scim_type(), Some(ScimType::TooMany));
        let mut budget = LinkBudget::new();
        assert!((0..1_000).all(|_| budget.take(MAX_LINKS / 1_000).is_ok()));
    }
}
