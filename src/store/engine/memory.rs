//! Rows in an ordered map behind a mutex, for tests and dry runs.
//!
//! Nothing reaches a disk, and nothing can be damaged, so no value carries a checksum.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    Verification,
    group::{Before, Group},
};
use crate::{Batch, CommitError, Key, Moment, Order, Range, Revision, Row, StoreError, Stored, key::Bounds};

type Rows = BTreeMap<Key, Stored>;

/// A store in memory.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    state: Arc<Mutex<State>>,
    /// For one that gives way before each access: what decides how often.
    unrest: Option<Arc<AtomicU64>>,
}

#[derive(Debug, Default)]
struct State {
    rows: Rows,
    last: Revision,
    closed: bool,
}

impl Memory {
    /// Gives way before each access, a few times or not at all, as the seed decides.
    pub(crate) fn restless(seed: u64) -> Self {
        Self { unrest: Some(Arc::new(AtomicU64::new(seed))), ..Self::default() }
    }

    /// Lets others go first, if it is restless.
    pub(crate) async fn give_way(&self) {
        let Some(unrest) = &self.unrest else { return };
        // Weyl's sequence, mixed: even enough for who goes first
        let number = unrest.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let times = ((number ^ (number >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 61) / 2;
        for _ in 0..times {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Stored>, StoreError> {
        Ok(self.open()?.rows.get(key).cloned())
    }

    pub(crate) fn scan(&self, range: &Range, limit: usize) -> Result<Vec<Row>, StoreError> {
        let state = self.open()?;
        let row = |(key, stored): (&Key, &Stored)| Row {
            key: key.clone(),
            revision: stored.revision,
            value: stored.value.clone(),
        };
        let rows = between(&state.rows, range);
        Ok(match range.order() {
            Order::Ascending => rows.take(limit).map(row).collect(),
            Order::Descending => rows.rev().take(limit).map(row).collect(),
        })
    }

    pub(crate) fn keys(&self, range: &Range, limit: usize) -> Result<Vec<Key>, StoreError> {
        Ok(self.scan(range, limit)?.into_iter().map(|row| row.key).collect())
    }

    pub(crate) fn count(&self, range: &Range) -> Result<u64, StoreError> {
        Ok(between(&self.open()?.rows, range).map(|_| 1).sum())
    }

    pub(crate) fn commit(&self, batch: Batch) -> Result<Revision, CommitError> {
        let mut state = self.open()?;
        let mut group = Group::new(&state.rows, state.last);
        let revision = group.admit(batch)?;
        let (last, changes) = group.finish();
        for (key, change) in changes {
            match change {
                Some(stored) => state.rows.insert(key, stored),
                None => state.rows.remove(&key),
            };
        }
        state.last = last;
        Ok(revision)
    }

    pub(crate) fn revision(&self) -> Revision {
        self.locked().last
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment::new(self.locked().last.get())
    }

    pub(crate) fn verify(&self) -> Result<Verification, StoreError> {
        Ok(Verification { keys: self.count(&Range::prefix([]))?, damaged: Vec::new() })
    }

    pub(crate) fn close(&self) {
        let mut state = self.locked();
        state.closed = true;
        state.rows.clear();
    }

    fn open(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let state = self.locked();
        if state.closed { Err(StoreError::Closed) } else { Ok(state) }
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this mutex panics")
    }
}

impl Before for Rows {
    fn stored(&self, key: &[u8]) -> Result<Option<Stored>, StoreError> {
        Ok(self.get(key).cloned())
    }

    fn written_since(
        &self,
        range: &Range,
        since: Revision,
        counts: &dyn Fn(&[u8]) -> bool,
    ) -> Result<bool, StoreError> {
        Ok(between(self, range).any(|(key, stored)| stored.revision > since && counts(key)))
    }
}

fn between<'r>(rows: &'r Rows, range: &Range) -> std::collections::btree_map::Range<'r, Key, Stored> {
    // An impossible range becomes one that is possible and empty, so that both cases have one type.
    let nothing: Bounds<'_> = (Bound::Included(&[]), Bound::Excluded(&[]));
    rows.range::<[u8], _>(range.bounds().unwrap_or(nothing))
}
