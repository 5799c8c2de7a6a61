//! Keys and ranges of keys.
//!
//! It does not know what keys mean; crates above lay them out. Keys are compared byte by byte.

use std::ops::Bound;

use crate::StoreError;

/// A key: any bytes but none, and none that start with 0xff.
pub type Key = Vec<u8>;

/// Keys from here on belong to the store itself.
pub(crate) const RESERVED: u8 = 0xff;

/// Refuses a key that callers may not use.
pub(crate) fn check(key: &[u8]) -> Result<(), StoreError> {
    match key.first() {
        None | Some(&RESERVED) => Err(StoreError::ReservedKey { key: key.to_vec() }),
        Some(_) => Ok(()),
    }
}

/// Both ends of a range, as ordered maps take them.
pub(crate) type Bounds<'k> = (Bound<&'k [u8]>, Bound<&'k [u8]>);

/// Which end of a range comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The smallest key first.
    Ascending,
    /// The greatest key first.
    Descending,
}

/// A stretch of keys under one prefix, and the order to read it in.
///
/// The bounds are whole keys, as [`Row::key`](crate::Row::key) gives them. A range never leaves its
/// prefix, whatever the bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    from: Bound<Key>,
    to: Bound<Key>,
    order: Order,
}

impl Range {
    /// Every key that starts with `prefix`; an empty prefix means every key there is.
    #[must_use]
    pub fn prefix(prefix: impl Into<Key>) -> Self {
        let prefix = prefix.into();
        let to = Bound::Excluded(end_of(&prefix));
        Self { from: Bound::Included(prefix), to, order: Order::Ascending }
    }

    /// The keys under `prefix` between two whole keys.
    #[must_use]
    pub fn within(prefix: impl Into<Key>, from: Bound<Key>, to: Bound<Key>) -> Self {
        let all = Self::prefix(prefix);
        Self { from: later(all.from, from), to: earlier(all.to, to), order: Order::Ascending }
    }

    /// The keys under `prefix` that follow `key`: the next page after a row.
    #[must_use]
    pub fn after(prefix: impl Into<Key>, key: impl Into<Key>) -> Self {
        Self::within(prefix, Bound::Excluded(key.into()), Bound::Unbounded)
    }

    /// The keys under `prefix` that precede `key`, greatest first: the next page when reading backwards.
    #[must_use]
    pub fn before(prefix: impl Into<Key>, key: impl Into<Key>) -> Self {
        Self::within(prefix, Bound::Unbounded, Bound::Excluded(key.into())).descending()
    }

    /// The same keys, greatest first.
    #[must_use]
    pub fn descending(self) -> Self {
        Self { order: Order::Descending, ..self }
    }

    /// The order in which the keys are read.
    #[must_use]
    pub fn order(&self) -> Order {
        self.order
    }

    /// Whether a key lies in the range.
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        let from = match &self.from {
            Bound::Included(from) => key >= from.as_slice(),
            Bound::Excluded(from) => key > from.as_slice(),
            Bound::Unbounded => true,
        };
        let to = match &self.to {
            Bound::Included(to) => key <= to.as_slice(),
            Bound::Excluded(to) => key < to.as_slice(),
            Bound::Unbounded => true,
        };
        from && to
    }

    /// The bounds for an ordered map, or `None` where no key can lie between them: maps panic on those.
    pub(crate) fn bounds(&self) -> Option<Bounds<'_>> {
        let from = self.from.as_ref().map(Vec::as_slice);
        let to = self.to.as_ref().map(Vec::as_slice);
        let possible = match (from, to) {
            (Bound::Included(from), Bound::Included(to)) => from <= to,
            (Bound::Included(from) | Bound::Excluded(from), Bound::Excluded(to))
            | (Bound::Excluded(from), Bound::Included(to)) => from < to,
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
        };
        possible.then_some((from, to))
    }

    /// What is left of the range once it was read up to and including `key`.
    pub(crate) fn rest(&self, key: Key) -> Self {
        match self.order {
            Order::Ascending => Self { from: Bound::Excluded(key), ..self.clone() },
            Order::Descending => Self { to: Bound::Excluded(key), ..self.clone() },
        }
    }
}

/// The first key after every key that starts with `prefix`, and never past the store's own keys.
fn end_of(prefix: &[u8]) -> Key {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return end;
        }
    }
    vec![RESERVED]
}

fn later(a: Bound<Key>, b: Bound<Key>) -> Bound<Key> {
    match (&a, &b) {
        (_, Bound::Unbounded) => a,
        (Bound::Unbounded, _) => b,
        (Bound::Included(x) | Bound::Excluded(x), Bound::Included(y)) => {
            if x >= y {
                a
            } else {
                b
            }
        }
        (Bound::Included(x) | Bound::Excluded(x), Bound::Excluded(y)) => {
            if x > y {
                a
            } else {
                b
            }
        }
    }
}

fn earlier(a: Bound<Key>, b: Bound<Key>) -> Bound<Key> {
    match (&a, &b) {
        (_, Bound::Unbounded) => a,
        (Bound::Unbounded, _) => b,
        (Bound::Included(x) | Bound::Excluded(x), Bound::Included(y)) => {
            if x <= y {
                a
            } else {
                b
            }
        }
        (Bound::Included(x) | Bound::Excluded(x), Bound::Excluded(y)) => {
            if x < y {
                a
            } else {
                b
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_prefix_of_high_bytes_ends_before_the_stores_own_keys() {
        assert_eq!(end_of(b"a"), b"b");
        assert_eq!(end_of(b"a\xff\xff"), b"b");
        assert_eq!(end_of(b"\xff"), b"\xff");
        assert_eq!(end_of(b""), b"\xff");
        assert_eq!(Range::prefix(*b"\xff").bounds(), None);
    }

    #[test]
    fn the_stores_own_keys_and_the_empty_key_are_refused() {
        assert!(check(b"").is_err());
        assert!(check(b"\xffhead").is_err());
        assert!(check(b"a\xff").is_ok());
    }

    fn bound() -> impl Strategy<Value = Bound<Key>> {
        let key = prop::collection::vec(0u8..4, 0..4);
        prop_oneof![
            key.clone().prop_map(Bound::Included),
            key.prop_map(Bound::Excluded),
            Just(Bound::Unbounded)
        ]
    }

    proptest! {
        #[test]
        fn a_range_holds_the_keys_that_have_the_prefix_and_meet_both_bounds(
            prefix in prop::collection::vec(0u8..4, 0..3),
            from in bound(),
            to in bound(),
            key in prop::collection::vec(0u8..4, 1..5),
        ) {
            let range = Range::within(prefix.clone(), from.clone(), to.clone());
            let plain = |key: &[u8]| {
                key.starts_with(&prefix)
                    && (match &from {
                        Bound::Included(b) => key >= b.as_slice(),
                        Bound::Excluded(b) => key > b.as_slice(),
                        Bound::Unbounded => true,
                    })
                    && (match &to {
                        Bound::Included(b) => key <= b.as_slice(),
                        Bound::Excluded(b) => key < b.as_slice(),
                        Bound::Unbounded => true,
                    })
            };
            prop_assert_eq!(range.contains(&key), plain(&key));
            if range.bounds().is_none() {
                prop_assert!(!plain(&key));
            }
        }
    }
}
