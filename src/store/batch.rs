//! A batch: guards that must hold, and writes that then happen all at once.
//!
//! It decides nothing; the engine's writer does, one batch after the other.

use bytes::Bytes;

use crate::{Key, Revision};

/// A condition on the state before the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// The key has no value.
    Absent(Key),
    /// The key has a value.
    Present(Key),
    /// The key has a value, and this commit wrote it.
    At(Key, Revision),
    /// No key under the prefix was written by a commit after `since`.
    ///
    /// Deletes are not seen: a row that is gone tells nothing. The check reads the rows under the prefix
    /// unless `since` is still the last commit, so it is meant for small sets of rows.
    Quiet {
        /// What the keys start with.
        prefix: Key,
        /// The last commit that may have written one of them.
        since: Revision,
    },
}

/// One change. The writes of a batch happen in their order, each seeing those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Gives the key a value.
    Put(Key, Bytes),
    /// Takes the key away; one that is not there is no error.
    Delete(Key),
    /// Adds to a counter; one that is not there counts as zero. Kept as 8 bytes, little-endian.
    Add(Key, i64),
    /// Puts a value under `prefix`, then this commit's revision (8 bytes), then the index of this write
    /// in its batch (4 bytes), both big-endian: rows in the order of commits, without a read.
    Append {
        /// What the key starts with.
        prefix: Key,
        /// The value.
        value: Bytes,
    },
    /// Moves a row of which there is one at a time: deletes the key that the value of `pointer` names,
    /// if any, puts `row` with an empty value, and makes the value of `pointer` the key `row`.
    Repoint {
        /// The key whose value names the row.
        pointer: Key,
        /// The key of the new row.
        row: Key,
    },
}

/// Guards and writes that are committed together.
///
/// Built by value, so that it chains: `Batch::new().guard(..).put(..).put(..)`. In loops,
/// [`require`](Self::require) and [`push`](Self::push) add in place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    pub(crate) guards: Vec<Guard>,
    pub(crate) writes: Vec<Write>,
}

impl Batch {
    /// A batch that asks and does nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a guard.
    #[must_use]
    pub fn guard(mut self, guard: Guard) -> Self {
        self.guards.push(guard);
        self
    }

    /// Adds a write.
    #[must_use]
    pub fn write(mut self, write: Write) -> Self {
        self.writes.push(write);
        self
    }

    /// Adds a [`Write::Put`].
    #[must_use]
    pub fn put(self, key: impl Into<Key>, value: impl Into<Bytes>) -> Self {
        self.write(Write::Put(key.into(), value.into()))
    }

    /// Adds a [`Write::Delete`].
    #[must_use]
    pub fn delete(self, key: impl Into<Key>) -> Self {
        self.write(Write::Delete(key.into()))
    }

    /// Adds a [`Write::Add`].
    #[must_use]
    pub fn add(self, key: impl Into<Key>, amount: i64) -> Self {
        self.write(Write::Add(key.into(), amount))
    }

    /// Adds a [`Write::Append`].
    #[must_use]
    pub fn append(self, prefix: impl Into<Key>, value: impl Into<Bytes>) -> Self {
        self.write(Write::Append { prefix: prefix.into(), value: value.into() })
    }

    /// Adds a [`Write::Repoint`].
    #[must_use]
    pub fn repoint(self, pointer: impl Into<Key>, row: impl Into<Key>) -> Self {
        self.write(Write::Repoint { pointer: pointer.into(), row: row.into() })
    }

    /// Adds all guards and writes of another batch after those of this one.
    #[must_use]
    pub fn and(mut self, other: Batch) -> Self {
        self.guards.extend(other.guards);
        self.writes.extend(other.writes);
        self
    }

    /// Adds a guard in place and gives its index, by which a refusal names it.
    pub fn require(&mut self, guard: Guard) -> usize {
        self.guards.push(guard);
        self.guards.len() - 1
    }

    /// Adds a write in place.
    pub fn push(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// The guards, in the order by which a refusal counts them.
    #[must_use]
    pub fn guards(&self) -> &[Guard] {
        &self.guards
    }

    /// The writes, in the order in which they happen.
    #[must_use]
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// Whether there are neither guards nor writes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.guards.is_empty() && self.writes.is_empty()
    }

    /// Roughly the bytes it brings, by which the writer bounds a group.
    pub(crate) fn weight(&self) -> usize {
        let write = |write: &Write| match write {
            Write::Put(key, value) | Write::Append { prefix: key, value } => key.len() + value.len(),
            Write::Delete(key) | Write::Add(key, _) => key.len(),
            Write::Repoint { pointer, row } => pointer.len() + 2 * row.len(),
        };
        self.writes.iter().map(write).sum()
    }
}

impl Extend<Write> for Batch {
    fn extend<T: IntoIterator<Item = Write>>(&mut self, writes: T) {
        self.writes.extend(writes);
    }
}
