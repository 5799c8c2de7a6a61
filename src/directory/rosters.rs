//! The rosters a directory keeps in memory: the ids of a kind, and those that lack a value in an index.
//!
//! They are made when first asked for, and brought up to date from the change feed each time they are used, so that
//! no write pays for them and nothing can be missed: whatever changed a resource is in the feed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};

use store::{Key, Range};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use crate::directory::Directory;
use crate::error::DirectoryError;
use crate::feed::FeedRecord;
use crate::index::{Index, Rows};
use crate::layout::{Kind, id_at_end};
use crate::roster::Roster;

/// Keys read at a time while a roster is made.
const STRETCH: usize = 4096;
/// After more changes than this a roster is made anew.
const MAX_CHANGES: usize = 10_000;

/// Which ids a roster has: all of a kind, or those without a row in an index of that number.
type Which = (Kind, Option<u8>);

/// All rosters of a directory.
#[derive(Default)]
pub(crate) struct Rosters(Mutex<HashMap<Which, Arc<tokio::sync::Mutex<Kept>>>>);

/// A roster, and how far in the feed it has been brought.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) roster: Roster,
    /// The feed's last row at that time; `None` where it had none, or before the roster is made.
    seen: Option<Key>,
}

impl Directory {
    /// The ids of a kind, in order of creation.
    pub(crate) async fn created(&self, kind: Kind) -> Result<OwnedMutexGuard<Kept>, DirectoryError> {
        self.roster(kind, None).await
    }

    /// The ids of those resources that have no value in an index.
    pub(crate) async fn lacking(&self, index: &Index) -> Result<OwnedMutexGuard<Kept>, DirectoryError> {
        self.roster(index.kind, Some(index)).await
    }

    async fn roster(
        &self,
        kind: Kind,
        lacking: Option<&Index>,
    ) -> Result<OwnedMutexGuard<Kept>, DirectoryError> {
        let which = (kind, lacking.map(|index| index.number));
        let kept = {
            // Nothing panics while it holds the lock, and a map that was poisoned is as good as another.
            let mut all = self.rosters.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(which).or_default())
        };
        let mut kept = kept.lock_owned().await;
        if !self.catch_up(kind, lacking, &mut kept).await? {
            // Changes that happen meanwhile are looked at once more, which does no harm.
            let seen = self.last_change().await?;
            kept.seen = None;
            kept.roster = self.take_roll(kind, lacking).await?;
            kept.seen = seen;
        }
        Ok(kept)
    }

    /// The key of the feed's last row.
    async fn last_change(&self) -> Result<Option<Key>, DirectoryError> {
        let last = self.kv.keys(Range::prefix(self.layout.feed()).descending(), 1).await?;
        Ok(last.into_iter().next())
    }

    /// The commit of the last change; an answer stays true for as long as it stays the same.
    pub(crate) async fn position(&self) -> Result<u64, DirectoryError> {
        let last = self.kv.scan(Range::prefix(self.layout.feed()).descending(), 1).await?;
        Ok(last.first().map_or(0, |row| row.revision.get()))
    }

    /// Applies what the feed tells since the roster was used; `false` where that cannot be told.
    async fn catch_up(
        &self,
        kind: Kind,
        lacking: Option<&Index>,
        kept: &mut Kept,
    ) -> Result<bool, DirectoryError> {
        let Some(seen) = kept.seen.clone() else { return Ok(false) };
        let range = Range::within(self.layout.feed(), Bound::Included(seen.clone()), Bound::Unbounded);
        let rows = self.kv.scan(range, MAX_CHANGES + 1).await?;
        // Where the row that was seen is gone, so may be some that follow it.
        let Some((first, changes)) = rows.split_first() else { return Ok(false) };
        if first.key != seen || changes.len() == MAX_CHANGES {
            return Ok(false);
        }
        let name = self.name(kind);
        let mut touched = BTreeSet::new();
        for row in changes {
            let Ok(record) = serde_json::from_slice::<FeedRecord>(&row.value) else { return Ok(false) };
            if record.resource_type == name {
                touched.insert(record.id);
            }
        }
        for id in touched {
            let belongs = match (self.current(kind, id).await?, lacking) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some(current), Some(index)) => {
                    let attributes = current
                        .record
                        .attributes()
                        .ok_or_else(|| DirectoryError::Unreadable(format!("{kind} {id}")))?;
                    !index.has_value(&attributes)
                }
            };
            if belongs {
                kept.roster.insert(id);
            } else {
                kept.roster.remove(id);
            }
        }
        if let Some(last) = changes.last() {
            kept.seen = Some(last.key.clone());
        }
        Ok(true)
    }

    /// Makes a roster from the keys alone.
    async fn take_roll(&self, kind: Kind, lacking: Option<&Index>) -> Result<Roster, DirectoryError> {
        let mut having = HashSet::new();
        if let Some(index) = lacking {
            having = self.ids_in(index).await?;
        }
        let mut ids = Vec::new();
        let prefix = self.layout.resources(kind);
        let mut range = Range::prefix(prefix.clone());
        loop {
            let keys = self.kv.keys(range, STRETCH).await?;
            ids.extend(keys.iter().filter_map(|key| id_at_end(key)).filter(|id| !having.contains(id)));
            let Some(last) = keys.last().filter(|_| keys.len() == STRETCH) else { break };
            range = Range::after(prefix.clone(), last.clone());
            tokio::task::yield_now().await;
        }
        Ok(ids.into_iter().collect())
    }

    /// The resources that have a row in an index.
    async fn ids_in(&self, index: &Index) -> Result<HashSet<Uuid>, DirectoryError> {
        let unique = index.rows == Rows::Unique;
        let prefix = match index.rows {
            Rows::Unique => self.layout.unique_rows(index.number),
            Rows::Plain | Rows::Pointed => self.layout.index_rows(index.number),
        };
        let mut found = HashSet::new();
        let mut range = Range::prefix(prefix.clone());
        loop {
            let (last, read) = if unique {
                let rows = self.kv.scan(range, STRETCH).await?;
                found.extend(rows.iter().filter_map(|row| Uuid::from_slice(&row.value).ok()));
                (rows.last().map(|row| row.key.clone()), rows.len())
            } else {
                let keys = self.kv.keys(range, STRETCH).await?;
                found.extend(keys.iter().filter_map(|key| id_at_end(key)));
                (keys.last().cloned(), keys.len())
            };
            let Some(last) = last.filter(|_| read == STRETCH) else { return Ok(found) };
            range = Range::after(prefix.clone(), last);
            tokio::task::yield_now().await;
        }
    }
}
