//! Ids in their order, each with its place: which id stands at a place, and at which place an id stands. Pure.

use uuid::Uuid;

/// A block grows to this many ids before it is parted.
const BLOCK: usize = 512;

/// A set of ids in order. Finding a place adds up the sizes of blocks, of which there are few.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Roster {
    /// None of them is empty.
    blocks: Vec<Vec<Uuid>>,
    len: usize,
}

impl FromIterator<Uuid> for Roster {
    /// Ids that come in ascending order, each once.
    fn from_iter<I: IntoIterator<Item = Uuid>>(ids: I) -> Self {
        let mut roster = Self::default();
        for id in ids {
            roster.len += 1;
            match roster.blocks.last_mut() {
                Some(block) if block.len() < BLOCK / 2 => block.push(id),
                Some(_) | None => roster.blocks.push(vec![id]),
            }
        }
        roster
    }
}

impl Roster {
    /// How many ids there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The id at a place, counted from 0.
    pub(crate) fn at(&self, mut place: usize) -> Option<Uuid> {
        for block in &self.blocks {
            match block.get(place) {
                Some(id) => return Some(*id),
                None => place -= block.len(),
            }
        }
        None
    }

    /// How many ids are smaller than this one.
    pub(crate) fn below(&self, id: Uuid) -> usize {
        let Some(block) = self.block(id) else { return 0 };
        let before: usize = self.blocks[..block].iter().map(Vec::len).sum();
        before + self.blocks[block].partition_point(|other| *other < id)
    }

    /// Adds an id; one that is there stays.
    pub(crate) fn insert(&mut self, id: Uuid) {
        let Some(at) = self.block(id) else {
            match self.blocks.first_mut() {
                Some(first) => first.insert(0, id),
                None => self.blocks.push(vec![id]),
            }
            self.len += 1;
            return;
        };
        let block = &mut self.blocks[at];
        let Err(place) = block.binary_search(&id) else { return };
        block.insert(place, id);
        self.len += 1;
        if block.len() > BLOCK {
            let upper = block.split_off(BLOCK / 2);
            self.blocks.insert(at + 1, upper);
        }
    }

    /// Takes an id away; one that is not there is no error.
    pub(crate) fn remove(&mut self, id: Uuid) {
        let Some(at) = self.block(id) else { return };
        let block = &mut self.blocks[at];
        let Ok(place) = block.binary_search(&id) else { return };
        block.remove(place);
        self.len -= 1;
        if block.is_empty() {
            self.blocks.remove(at);
        }
    }

    /// The last block that begins at or below the id.
    fn block(&self, id: Uuid) -> Option<usize> {
        self.blocks.partition_point(|block| block[0] <= id).checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn id(number: u16) -> Uuid {
        Uuid::from_u128(number.into())
    }

    proptest! {
        /// The model is a set that counts by walking.
        #[test]
        fn a_roster_is_a_set_that_knows_places(
            start in prop::collection::btree_set(0u16..3_000, 0..2_000),
            changes in prop::collection::vec((0u16..3_000, any::<bool>()), 0..1_500),
            asked in prop::collection::vec(0u16..3_000, 1..20),
        ) {
            let mut model: BTreeSet<Uuid> = start.iter().map(|n| id(*n)).collect();
            let mut roster: Roster = model.iter().copied().collect();
            for (number, comes) in changes {
                if comes {
                    roster.insert(id(number));
                    model.insert(id(number));
                } else {
                    roster.remove(id(number));
                    model.remove(&id(number));
                }
            }
            prop_assert_eq!(roster.len(), model.len());
            for number in asked {
                prop_assert_eq!(roster.at(number.into()), model.iter().nth(number.into()).copied());
                prop_assert_eq!(roster.below(id(number)), model.range(..id(number)).count());
            }
        }
    }
}
