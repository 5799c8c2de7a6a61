//! How far a stream's receiver is. Kept beside the stream, written after each acknowledgement.

use std::collections::BTreeSet;

use directory::Position;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One event of a record of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mark {
    /// The record.
    pub position: Position,
    /// Which of its events.
    pub number: u32,
}

/// What is wrong with a receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failing {
    /// Since when nothing was accepted.
    pub since: Timestamp,
    /// How often in a row.
    pub failures: u32,
    /// The last reason.
    pub error: String,
}

/// How far a receiver is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// It has acknowledged everything up to here.
    pub position: Position,
    /// Events after the position that it has acknowledged too: who polls may do so in any order.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub ahead: BTreeSet<Mark>,
    /// How many events it has acknowledged.
    #[serde(default)]
    pub delivered: u64,
    /// How many it has refused for good, by `setErrs`.
    #[serde(default)]
    pub refused: u64,
    /// When it last acknowledged something.
    #[serde(default)]
    pub delivered_at: Option<Timestamp>,
    /// What is wrong with it now.
    #[serde(default)]
    pub failing: Option<Failing>,
    /// The last error, also after it has gone.
    #[serde(default)]
    pub last_error: Option<String>,
}

impl store::Record for Progress {
    const VERSION: u8 = 1;
}

impl Progress {
    /// Takes acknowledgements of events that lie after the position, and moves the position over the records that
    /// are wholly acknowledged. `records` are those after the position, in order, each with its events. Says how
    /// many of the records the position moved over.
    pub fn acknowledge(
        &mut self,
        marks: impl IntoIterator<Item = Mark>,
        records: &[(Position, Vec<Mark>)],
    ) -> usize {
        let known: BTreeSet<Mark> = records.iter().flat_map(|(_, marks)| marks.iter().copied()).collect();
        for mark in marks {
            if known.contains(&mark) && self.ahead.insert(mark) {
                self.delivered += 1;
            }
        }
        let mut passed = 0;
        for (position, marks) in records {
            if !marks.iter().all(|mark| self.ahead.contains(mark)) {
                break;
            }
            for mark in marks {
                self.ahead.remove(mark);
            }
            self.position = *position;
            passed += 1;
        }
        passed
    }

    /// Nothing was accepted, once more.
    pub fn fail(&mut self, error: String, now: Timestamp) -> u32 {
        let (since, failures) = match &self.failing {
            Some(failing) => (failing.since, failing.failures.saturating_add(1)),
            None => (now, 1),
        };
        self.last_error = Some(error.clone());
        self.failing = Some(Failing { since, failures, error });
        failures
    }

    /// Something was accepted.
    pub fn succeed(&mut self, events: u64, now: Timestamp) {
        self.delivered += events;
        self.delivered_at = Some(now);
        self.failing = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn records(sizes: &[u32]) -> Vec<(Position, Vec<Mark>)> {
        let record = |(place, size): (usize, &u32)| {
            let position = Position { revision: place as u64 + 1, index: 0 };
            (position, (0..*size).map(|number| Mark { position, number }).collect())
        };
        sizes.iter().enumerate().map(record).collect()
    }

    #[test]
    fn a_name_that_was_never_given_out_acknowledges_nothing() {
        let mut progress = Progress::default();
        let stray = Mark { position: Position { revision: 9, index: 0 }, number: 0 };
        assert_eq!(progress.acknowledge([stray], &records(&[1, 1])), 0);
        assert_eq!(progress, Progress::default());
    }

    proptest! {
        #[test]
        fn the_position_moves_over_what_is_wholly_acknowledged_in_any_order(
            sizes in prop::collection::vec(0u32..4, 0..12),
            picks in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        ) {
            let all = records(&sizes);
            let marks: Vec<Mark> = all.iter().flat_map(|(_, marks)| marks.clone()).collect();
            let (mut progress, mut model) = (Progress::default(), BTreeSet::new());
            let mut rest = all.as_slice();
            for pick in picks {
                if marks.is_empty() { break; }
                let mark = marks[pick.index(marks.len())];
                model.insert(mark);
                let passed = progress.acknowledge([mark], rest);
                rest = &rest[passed..];
                let whole = all.iter().take_while(|(_, marks)| marks.iter().all(|m| model.contains(m))).count();
                prop_assert_eq!(all.len() - rest.len(), whole);
                prop_assert_eq!(progress.delivered, model.len() as u64);
            }
        }
    }
}
