//! Decides batches one after the other against one state, so that they can be applied as one.
//!
//! It is pure: it reads through [`Before`] and gives back what to change. Batches of a group see what
//! those before them will have written.

use std::{collections::BTreeMap, ops::Bound};

use bytes::Bytes;

use super::counter;
use crate::{
    Batch, CommitError, Guard, Key, Revision, StoreError, Stored, Write,
    key::{self, Range},
};

/// The state before the group.
pub(crate) trait Before {
    /// The value of a key.
    fn stored(&self, key: &[u8]) -> Result<Option<Stored>, StoreError>;

    /// Whether a commit after `since` wrote a key of the range, of those that `counts` accepts.
    fn written_since(
        &self,
        range: &Range,
        since: Revision,
        counts: &dyn Fn(&[u8]) -> bool,
    ) -> Result<bool, StoreError>;
}

/// What becomes of each changed key; `None` takes it away.
pub(crate) type Changes = BTreeMap<Key, Option<Stored>>;

/// Batches that will be applied together.
pub(crate) struct Group<'a, B> {
    before: &'a B,
    last: Revision,
    changes: Changes,
}

impl<'a, B: Before> Group<'a, B> {
    /// An empty group over a state whose last commit is `last`.
    pub(crate) fn new(before: &'a B, last: Revision) -> Self {
        Self { before, last, changes: Changes::new() }
    }

    /// Takes a batch in, unless a guard refuses it; a batch that is not taken in leaves no trace.
    pub(crate) fn admit(&mut self, batch: Batch) -> Result<Revision, CommitError> {
        for (index, guard) in batch.guards.iter().enumerate() {
            if !self.holds(guard)? {
                return Err(CommitError::Refused { guard: index });
            }
        }
        if batch.writes.is_empty() {
            return Ok(self.last);
        }
        let revision = self.last.next();
        let mut stage = Stage { group: self, revision, changes: Changes::new() };
        for (index, write) in batch.writes.into_iter().enumerate() {
            stage.write(index, write)?;
        }
        let staged = stage.changes;
        self.changes.extend(staged);
        self.last = revision;
        Ok(revision)
    }

    /// The last revision given out, and what to apply.
    pub(crate) fn finish(self) -> (Revision, Changes) {
        (self.last, self.changes)
    }

    fn stored(&self, key: &[u8]) -> Result<Option<Stored>, StoreError> {
        match self.changes.get(key) {
            Some(change) => Ok(change.clone()),
            None => self.before.stored(key),
        }
    }

    fn holds(&self, guard: &Guard) -> Result<bool, StoreError> {
        match guard {
            Guard::Absent(key) => Ok(self.stored(key)?.is_none()),
            Guard::Present(key) => Ok(self.stored(key)?.is_some()),
            Guard::At(key, revision) => {
                Ok(self.stored(key)?.is_some_and(|stored| stored.revision == *revision))
            }
            Guard::Quiet { prefix, since } => self.quiet(prefix, *since),
        }
    }

    fn quiet(&self, prefix: &[u8], since: Revision) -> Result<bool, StoreError> {
        // Nothing at all was written since: the usual case, and the only one that reads no rows.
        if since >= self.last {
            return Ok(true);
        }
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let mut under = self.changes.range::<[u8], _>(from).take_while(|(key, _)| key.starts_with(prefix));
        if under.any(|(_, change)| change.as_ref().is_some_and(|stored| stored.revision > since)) {
            return Ok(false);
        }
        let counts = |key: &[u8]| !self.changes.contains_key(key);
        Ok(!self.before.written_since(&Range::prefix(prefix), since, &counts)?)
    }
}

/// One batch being taken in: its own changes lie over those of the group until all of it went well.
struct Stage<'s, 'a, B> {
    group: &'s Group<'a, B>,
    revision: Revision,
    changes: Changes,
}

impl<B: Before> Stage<'_, '_, B> {
    fn write(&mut self, index: usize, write: Write) -> Result<(), StoreError> {
        match write {
            Write::Put(key, value) => self.put(key, value),
            Write::Delete(key) => self.delete(key),
            Write::Add(key, amount) => {
                let now = self.stored(&key)?.map_or(Ok(0), |stored| counter(&key, &stored.value))?;
                let Some(sum) = now.checked_add(amount) else {
                    return Err(StoreError::CounterOverflow { key });
                };
                self.put(key, Bytes::copy_from_slice(&sum.to_le_bytes()))
            }
            Write::Append { prefix, value } => {
                key::check(&prefix)?;
                let index = u32::try_from(index).expect("a batch of 4 billion writes does not fit in memory");
                let mut key = prefix;
                key.extend_from_slice(&self.revision.get().to_be_bytes());
                key.extend_from_slice(&index.to_be_bytes());
                self.put(key, value)
            }
            Write::Repoint { pointer, row } => {
                if let Some(old) = self.stored(&pointer)? {
                    self.delete(old.value.into())?;
                }
                self.put(pointer, Bytes::copy_from_slice(&row))?;
                self.put(row, Bytes::new())
            }
        }
    }

    fn stored(&self, key: &[u8]) -> Result<Option<Stored>, StoreError> {
        match self.changes.get(key) {
            Some(change) => Ok(change.clone()),
            None => self.group.stored(key),
        }
    }

    fn put(&mut self, key: Key, value: Bytes) -> Result<(), StoreError> {
        key::check(&key)?;
        self.changes.insert(key, Some(Stored { revision: self.revision, value }));
        Ok(())
    }

    fn delete(&mut self, key: Key) -> Result<(), StoreError> {
        key::check(&key)?;
        self.changes.insert(key, None);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A state of one row that cannot be read: only keys the group has changed may be asked for.
    struct Unread;

    impl Before for Unread {
        fn stored(&self, key: &[u8]) -> Result<Option<Stored>, StoreError> {
            match key {
                b"damaged" => Err(StoreError::Checksum { key: key.to_vec() }),
                _ => Ok(None),
            }
        }

        fn written_since(
            &self,
            range: &Range,
            since: Revision,
            counts: &dyn Fn(&[u8]) -> bool,
        ) -> Result<bool, StoreError> {
            Ok(range.contains(b"old") && since < Revision::new(5) && counts(b"old"))
        }
    }

    fn group() -> Group<'static, Unread> {
        Group::new(&Unread, Revision::new(5))
    }

    const REFUSED: Result<Revision, CommitError> = Err(CommitError::Refused { guard: 0 });

    #[test]
    fn a_batch_sees_what_earlier_batches_of_its_group_write() {
        let mut group = group();
        let create = || Batch::new().guard(Guard::Absent(b"a".to_vec())).put("a", "1").add("n", 1);
        assert_eq!(group.admit(create()), Ok(Revision::new(6)));
        assert_eq!(group.admit(create()), REFUSED);
        let replace = |at| Batch::new().guard(Guard::At(b"a".to_vec(), Revision::new(at))).put("a", "2");
        assert_eq!(group.admit(replace(6).add("n", 1)), Ok(Revision::new(7)));
        assert_eq!(group.admit(replace(6)), REFUSED);
        assert_eq!(group.admit(Batch::new().delete("a")), Ok(Revision::new(8)));
        assert_eq!(group.admit(Batch::new().guard(Guard::Present(b"a".to_vec()))), REFUSED);
        let (last, changes) = group.finish();
        assert_eq!(last, Revision::new(8));
        assert_eq!(changes[&b"a"[..]], None);
        assert_eq!(&changes[&b"n"[..]].as_ref().unwrap().value[..], 2_i64.to_le_bytes());
    }

    #[test]
    fn quiet_sees_the_rows_before_the_group_and_those_of_the_group() {
        let quiet = |prefix: &str, since| {
            let since = Revision::new(since);
            Batch::new().guard(Guard::Quiet { prefix: prefix.into(), since }).put("x", "")
        };
        let mut group = group();
        assert_eq!(group.admit(quiet("old", 4)), REFUSED);
        assert_eq!(group.admit(quiet("new", 4)), Ok(Revision::new(6)));
        assert_eq!(group.admit(Batch::new().put("new/1", "")), Ok(Revision::new(7)));
        assert_eq!(group.admit(quiet("new", 6)), REFUSED);
        assert_eq!(group.admit(quiet("new", 7)), Ok(Revision::new(8)));
        assert_eq!(group.admit(quiet("new", 7)), Ok(Revision::new(9)));
        // Deleted within the group: the row before it is gone too.
        assert_eq!(group.admit(Batch::new().delete("old").delete("new/1")), Ok(Revision::new(10)));
        assert_eq!(group.admit(quiet("old", 4)), Ok(Revision::new(11)));
        assert_eq!(group.admit(quiet("new", 4)), Ok(Revision::new(12)));
    }

    #[test]
    fn a_batch_that_fails_in_the_middle_leaves_no_trace() {
        let mut group = group();
        let damaged = StoreError::Checksum { key: b"damaged".to_vec() };
        let failing = Batch::new().put("a", "1").add("damaged", 1);
        assert_eq!(group.admit(failing), Err(CommitError::Store(damaged)));
        assert_eq!(group.admit(Batch::new().put("b", "1")), Ok(Revision::new(6)));
        let (_, changes) = group.finish();
        assert_eq!(changes.into_keys().collect::<Vec<_>>(), [b"b"]);
    }
}
