//! The place of a resource in an order, and choosing the ones a page wants out of many. Pure.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use scim::sort::{Direction, SortKey};
use uuid::Uuid;

use crate::layout::Kind;

/// A resource and its place in an order: by key, then by kind, then by id. It is where a cursor stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// What the order is by.
    pub key: SortKey,
    /// The kind.
    pub kind: Kind,
    /// The id.
    pub id: Uuid,
}

impl Spot {
    /// The place of a resource in the order of creation.
    #[must_use]
    pub fn created(kind: Kind, id: Uuid) -> Self {
        Self { key: SortKey::Missing, kind, id }
    }

    /// Whether it comes after another one when read in a direction.
    pub(crate) fn follows(&self, other: &Self, direction: Direction) -> bool {
        match direction {
            Direction::Ascending => self > other,
            Direction::Descending => self < other,
        }
    }
}

impl Ord for Spot {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key
            .cmp(&other.key)
            .then_with(|| rank(self.kind).cmp(&rank(other.kind)))
            .then_with(|| self.id.cmp(&other.id))
    }
}

impl PartialOrd for Spot {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The order of kinds where nothing else decides.
pub(crate) fn rank(kind: Kind) -> u16 {
    match kind {
        Kind::User => 0,
        Kind::Group => 1,
        Kind::Custom(number) => 2 + u16::from(number),
    }
}

/// What is read of an order.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) direction: Direction,
    /// Only what comes after this.
    pub(crate) beyond: Option<Spot>,
    /// How many are passed over.
    pub(crate) skip: usize,
    /// How many are wanted then.
    pub(crate) limit: usize,
}

impl Reading {
    /// What it has of a kind whose resources are in order of creation: the spot it begins at may lie before them all,
    /// behind them all, or among them.
    pub(crate) fn among_created(&self, kind: Kind) -> Self {
        let has = |id| self.has(&Spot::created(kind, id));
        match (has(Uuid::nil()), has(Uuid::max())) {
            (true, true) => Self { beyond: None, ..self.clone() },
            (false, false) => Self { beyond: None, limit: 0, ..self.clone() },
            (true, false) | (false, true) => self.clone(),
        }
    }

    pub(crate) fn has(&self, spot: &Spot) -> bool {
        self.beyond.as_ref().is_none_or(|beyond| spot.follows(beyond, self.direction))
    }
}

/// Keeps of all resources that are offered the first ones of a reading, and no more than these in memory.
pub(crate) struct Top<'r> {
    reading: &'r Reading,
    heap: BinaryHeap<Ranked>,
    offered: u64,
}

impl<'r> Top<'r> {
    pub(crate) fn new(reading: &'r Reading) -> Self {
        Self { reading, heap: BinaryHeap::new(), offered: 0 }
    }

    pub(crate) fn offer(&mut self, spot: Spot) {
        self.offered += 1;
        if self.reading.limit == 0 || !self.reading.has(&spot) {
            return;
        }
        let spot = Ranked { spot, direction: self.reading.direction };
        if !self.is_full() {
            self.heap.push(spot);
        } else if let Some(mut worst) = self.heap.peek_mut()
            && spot < *worst
        {
            *worst = spot;
        }
    }

    /// Whether there is all that is wanted; only what comes before the last of it can still change it.
    pub(crate) fn is_full(&self) -> bool {
        self.heap.len() >= self.reading.skip.saturating_add(self.reading.limit)
    }

    /// How many were offered.
    pub(crate) fn offered(&self) -> u64 {
        self.offered
    }

    /// What is wanted, in order.
    pub(crate) fn into_spots(self) -> Vec<Spot> {
        let sorted = self.heap.into_sorted_vec();
        sorted.into_iter().skip(self.reading.skip).map(|ranked| ranked.spot).collect()
    }
}

/// A spot that compares as it is read: the last one is the greatest.
#[derive(PartialEq, Eq)]
struct Ranked {
    spot: Spot,
    direction: Direction,
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        match self.direction {
            Direction::Ascending => self.spot.cmp(&other.spot),
            Direction::Descending => other.spot.cmp(&self.spot),
        }
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spots() -> impl Strategy<Value = Vec<Spot>> {
        let key = prop_oneof![
            Just(SortKey::Missing),
            (0u8..2, prop::collection::vec(0u8..3, 0..3))
                .prop_map(|(rank, bytes)| SortKey::Value { rank, bytes }),
        ];
        let kind = prop_oneof![Just(Kind::User), Just(Kind::Group), Just(Kind::Custom(130))];
        let spot =
            (key, kind, 0u128..6).prop_map(|(key, kind, id)| Spot { key, kind, id: Uuid::from_u128(id) });
        prop::collection::vec(spot, 1..30)
    }

    proptest! {
        /// The model sorts all of them and cuts the page out.
        #[test]
        fn the_top_is_what_sorting_everything_gives(
            spots in spots(), down in any::<bool>(), from in any::<Option<prop::sample::Index>>(),
            skip in 0usize..5, limit in 0usize..8,
        ) {
            let direction = if down { Direction::Descending } else { Direction::Ascending };
            let beyond = from.map(|index| index.get(&spots).clone());
            let reading = Reading { direction, beyond, skip, limit };
            let mut top = Top::new(&reading);
            for spot in &spots {
                top.offer(spot.clone());
            }
            let mut model: Vec<Spot> = spots.iter().filter(|spot| reading.has(spot)).cloned().collect();
            model.sort();
            if down {
                model.reverse();
            }
            let model: Vec<Spot> = model.into_iter().skip(skip).take(limit).collect();
            prop_assert_eq!(top.offered(), spots.len() as u64);
            prop_assert_eq!(top.into_spots(), model);
        }
    }
}
