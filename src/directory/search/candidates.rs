//! The ids a plan finds in the indexes and among the edges.

use std::collections::{BTreeSet, HashSet};

use store::Range;
use uuid::Uuid;

use super::rows::Stretch;
use crate::directory::Directory;
use crate::edge::Edge;
use crate::error::DirectoryError;
use crate::index::Rows;
use crate::layout::{Kind, id_at_end};
use crate::plan::{Bounds, Column, Plan};

/// Keys read at a time; a key is small.
const KEYS: usize = 4096;

impl Directory {
    /// The ids a narrow plan finds, in order and each once.
    pub(super) async fn candidates(&self, kind: Kind, plan: &Plan) -> Result<Vec<Uuid>, DirectoryError> {
        let mut found = match plan {
            Plan::Nothing => vec![],
            Plan::Id(id) => {
                let there = self.kv.get(&self.layout.resource(kind, *id)).await?.is_some();
                there.then_some(*id).into_iter().collect()
            }
            Plan::Point(column, value) => self.point(column, value).await?,
            Plan::Range(column, bounds) => self.ids(column, &self.stretch(column, bounds)).await?,
            Plan::GroupsOf(member) => self.parents(*member).await?,
            Plan::UsersIn(group) => return Ok(self.users_in(*group).await?.into_iter().collect()),
            Plan::Union(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.append(&mut Box::pin(self.candidates(kind, part)).await?);
                }
                all
            }
            Plan::Intersect(parts) => {
                let mut parts = parts.iter();
                let Some(first) = parts.next() else { return Ok(vec![]) };
                let mut all = Box::pin(self.candidates(kind, first)).await?;
                for part in parts {
                    let other = Box::pin(self.candidates(kind, part)).await?;
                    all.retain(|id| other.binary_search(id).is_ok());
                }
                return Ok(all);
            }
            Plan::Scan => self.every_id(kind).await?,
        };
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    fn is_unique(&self, column: &Column) -> bool {
        self.indexes.number(column.index).is_some_and(|i| i.rows == Rows::Unique)
    }

    async fn point(&self, column: &Column, value: &[u8]) -> Result<Vec<Uuid>, DirectoryError> {
        if self.is_unique(column) {
            let holder = self.kv.get(&self.layout.unique_row(column.index, value)).await?;
            return Ok(holder.and_then(|h| Uuid::from_slice(&h.value).ok()).into_iter().collect());
        }
        self.ids(column, &Stretch::all(self.layout.index_value(column.index, value))).await
    }

    /// The rows of an index that hold a range of values.
    pub(super) fn stretch(&self, column: &Column, bounds: &Bounds) -> Stretch {
        let rows = if self.is_unique(column) {
            self.layout.unique_rows(column.index)
        } else {
            self.layout.index_rows(column.index)
        };
        Stretch::of(rows, bounds)
    }

    /// The ids of the rows in a stretch.
    async fn ids(&self, column: &Column, stretch: &Stretch) -> Result<Vec<Uuid>, DirectoryError> {
        let unique = self.is_unique(column);
        let mut found = Vec::new();
        let mut range = stretch.range();
        loop {
            let (last, read) = if unique {
                let rows = self.kv.scan(range, KEYS).await?;
                found.extend(rows.iter().filter_map(|row| Uuid::from_slice(&row.value).ok()));
                (rows.last().map(|row| row.key.clone()), rows.len())
            } else {
                let keys = self.kv.keys(range, KEYS).await?;
                found.extend(keys.iter().filter_map(|key| id_at_end(key)));
                (keys.last().cloned(), keys.len())
            };
            let Some(last) = last.filter(|_| read == KEYS) else { return Ok(found) };
            range = stretch.after(last);
            tokio::task::yield_now().await;
        }
    }

    async fn every_id(&self, kind: Kind) -> Result<Vec<Uuid>, DirectoryError> {
        let prefix = self.layout.resources(kind);
        let mut found = Vec::new();
        let mut range = Range::prefix(prefix.clone());
        loop {
            let keys = self.kv.keys(range, KEYS).await?;
            found.extend(keys.iter().filter_map(|key| id_at_end(key)));
            let Some(last) = keys.last().filter(|_| keys.len() == KEYS) else { return Ok(found) };
            range = Range::after(prefix.clone(), last.clone());
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
