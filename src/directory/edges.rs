//! What a request wants of a group's members, folded into one intent. Pure.

use std::collections::{HashMap, HashSet};

use store::Guard;
use uuid::Uuid;

/// The members a group is to gain and lose. Later operations win over earlier ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Intent {
    /// Whether every member that is not added goes.
    pub(crate) clear: bool,
    /// Who is not to be a member.
    pub(crate) remove: HashSet<Uuid>,
    /// Who is to be a member, in the order given; who was taken back leaves a gap.
    add: Vec<Option<Uuid>>,
    /// Where each of them stands in `add`.
    places: HashMap<Uuid, usize>,
    /// Where members were chosen by a filter: that none came or went since they were looked at.
    pub(crate) seen: Option<Guard>,
}

impl Intent {
    pub(crate) fn add(&mut self, members: impl IntoIterator<Item = Uuid>) {
        for id in members {
            self.remove.remove(&id);
            self.places.entry(id).or_insert_with(|| {
                self.add.push(Some(id));
                self.add.len() - 1
            });
        }
    }

    pub(crate) fn remove(&mut self, members: impl IntoIterator<Item = Uuid>) {
        for id in members {
            if let Some(place) = self.places.remove(&id) {
                self.add[place] = None;
            }
            if !self.clear {
                self.remove.insert(id);
            }
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self { clear: true, ..Self::default() };
    }

    /// Who is to be a member, in the order given.
    pub(crate) fn added(&self) -> impl Iterator<Item = &Uuid> {
        self.add.iter().flatten()
    }

    /// Whether someone is wanted as a member.
    pub(crate) fn wants(&self, id: Uuid) -> bool {
        self.places.contains_key(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[derive(Debug, Clone)]
    enum Op {
        Add(Vec<u8>),
        Remove(Vec<u8>),
        Clear,
    }

    fn op() -> impl Strategy<Value = Op> {
        let ids = || proptest::collection::vec(0u8..6, 0..4);
        prop_oneof![ids().prop_map(Op::Add), ids().prop_map(Op::Remove), Just(Op::Clear)]
    }

    proptest! {
        /// The model applies each operation to the set itself.
        #[test]
        fn an_intent_does_what_its_operations_do_one_by_one(
            start in proptest::collection::btree_set(0u8..6, 0..6),
            ops in proptest::collection::vec(op(), 0..8),
        ) {
            let (mut model, mut intent) = (start.clone(), Intent::default());
            let uuid = |n: &u8| Uuid::from_u128(u128::from(*n));
            for op in &ops {
                match op {
                    Op::Add(ids) => { model.extend(ids); intent.add(ids.iter().map(uuid)); }
                    Op::Remove(ids) => { model.retain(|m| !ids.contains(m)); intent.remove(ids.iter().map(uuid)); }
                    Op::Clear => { model.clear(); intent.clear(); }
                }
            }
            let mut result: BTreeSet<Uuid> = if intent.clear { BTreeSet::new() } else { start.iter().map(uuid).collect() };
            result.retain(|id| !intent.remove.contains(id));
            result.extend(intent.added().copied());
            prop_assert_eq!(result, model.iter().map(uuid).collect::<BTreeSet<_>>());
        }
    }
}
