//! A stretch of the rows of an index, and reading on in it. Pure.

use std::ops::Bound;

use scim::sort::Direction;
use store::{Key, Range};

use crate::layout::escaped;
use crate::plan::Bounds;

/// Rows of an index that lie side by side.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    prefix: Key,
    from: Bound<Key>,
    to: Bound<Key>,
}

impl Stretch {
    /// All rows under a prefix.
    pub(super) fn all(prefix: Key) -> Self {
        Self { prefix, from: Bound::Unbounded, to: Bound::Unbounded }
    }

    /// Those of the rows that hold values within bounds.
    pub(super) fn of(rows: Key, bounds: &Bounds) -> Self {
        let (start, end) = (|value: &[u8]| value_start(&rows, value), |value: &[u8]| value_end(&rows, value));
        match bounds {
            Bounds::Prefix(prefix) => Self::all([rows, escaped(prefix)].concat()),
            Bounds::From { value, exclusive } => {
                let from = if *exclusive { end(value) } else { start(value) };
                Self { from: Bound::Included(from), to: Bound::Unbounded, prefix: rows }
            }
            Bounds::To { value, inclusive } => {
                let to = if *inclusive { end(value) } else { start(value) };
                Self { from: Bound::Unbounded, to: Bound::Excluded(to), prefix: rows }
            }
        }
    }

    /// All of it, ascending.
    pub(super) fn range(&self) -> Range {
        Range::within(self.prefix.clone(), self.from.clone(), self.to.clone())
    }

    /// What follows a row, ascending.
    pub(super) fn after(&self, key: Key) -> Range {
        self.beyond(&Bound::Excluded(key), Direction::Ascending)
    }

    /// What follows a bound, in a direction.
    pub(super) fn beyond(&self, bound: &Bound<Key>, direction: Direction) -> Range {
        let key = |bound: &Bound<Key>| match bound {
            Bound::Included(key) | Bound::Excluded(key) => Some(key.clone()),
            Bound::Unbounded => None,
        };
        match direction {
            Direction::Ascending => {
                let from = if key(bound) >= key(&self.from) { bound } else { &self.from };
                Range::within(self.prefix.clone(), from.clone(), self.to.clone())
            }
            Direction::Descending => {
                let within = key(&self.to).is_none() || key(bound).is_some_and(|b| Some(b) <= key(&self.to));
                let to = if within { bound } else { &self.to };
                Range::within(self.prefix.clone(), self.from.clone(), to.clone()).descending()
            }
        }
    }
}

/// Every row of a value is this key or begins with it.
pub(super) fn value_start(rows: &[u8], value: &[u8]) -> Key {
    [rows, &escaped(value), &[0, 1]].concat()
}

/// Sorts after every row of a value, and before every row of the next value.
pub(super) fn value_end(rows: &[u8], value: &[u8]) -> Key {
    [rows, &escaped(value), &[0, 2]].concat()
}
