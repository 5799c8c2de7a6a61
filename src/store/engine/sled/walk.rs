//! Reads a range row by row without holding up anyone.
//!
//! The first rows are read at once, because most ranges are short; what follows is read on the pool for
//! blocking work, in stretches, so that closing never waits long. It is no snapshot.

use std::ops::ControlFlow;

use sled::IVec;

use super::{Sled, unreadable};
use crate::{Order, Range, StoreError};

/// Rows read on the caller's own thread: well under a millisecond.
const INLINE_ROWS: usize = 256;

/// Rows read between two looks at whether the store was closed.
const STRETCH_ROWS: usize = 4096;

type Step<T> = Box<dyn FnMut(&mut T, &IVec, &IVec) -> Result<ControlFlow<()>, StoreError> + Send>;

/// A range still to be read, what was found in it so far, and what to do with a row.
pub(super) struct Walk<T> {
    range: Range,
    found: T,
    step: Step<T>,
}

impl<T> Walk<T> {
    pub(super) fn new(
        range: Range,
        found: T,
        step: impl FnMut(&mut T, &IVec, &IVec) -> Result<ControlFlow<()>, StoreError> + Send + 'static,
    ) -> Self {
        Self { range, found, step: Box::new(step) }
    }

    /// Reads up to `limit` rows; breaks when the walk is over.
    fn stretch(&mut self, db: &sled::Db, limit: usize) -> Result<ControlFlow<()>, StoreError> {
        let mut last = None;
        let mut rows = rows(db, &self.range);
        for row in rows.by_ref().take(limit) {
            let (key, value) = row.map_err(|e| unreadable(&e))?;
            if (self.step)(&mut self.found, &key, &value)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            last = Some(key);
        }
        let Some(last) = last.filter(|_| rows.seen == limit) else { return Ok(ControlFlow::Break(())) };
        self.range = self.range.rest(last.to_vec());
        Ok(ControlFlow::Continue(()))
    }
}

impl Sled {
    pub(super) async fn walk<T: Send + 'static>(&self, mut walk: Walk<T>) -> Result<T, StoreError> {
        if self.with(|open| walk.stretch(&open.db, INLINE_ROWS))?.is_break() {
            return Ok(walk.found);
        }
        let store = self.clone();
        let rest = tokio::task::spawn_blocking(move || {
            while store.with(|open| walk.stretch(&open.db, STRETCH_ROWS))?.is_continue() {}
            Ok(walk.found)
        });
        rest.await.unwrap_or_else(|e| Err(StoreError::Unreadable { detail: e.to_string().into() }))
    }
}

/// Ends a walk when its aim is reached.
pub(super) fn until(reached: bool) -> ControlFlow<()> {
    if reached { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// The sealed rows of a range, in its order.
pub(super) struct Rows {
    iter: Option<sled::Iter>,
    order: Order,
    seen: usize,
}

pub(super) fn rows(db: &sled::Db, range: &Range) -> Rows {
    Rows { iter: range.bounds().map(|bounds| db.range::<&[u8], _>(bounds)), order: range.order(), seen: 0 }
}

impl Iterator for Rows {
    type Item = sled::Result<(IVec, IVec)>;

    fn next(&mut self) -> Option<Self::Item> {
        let iter = self.iter.as_mut()?;
        let row = match self.order {
            Order::Ascending => iter.next(),
            Order::Descending => iter.next_back(),
        }?;
        self.seen += 1;
        Some(row)
    }
}
