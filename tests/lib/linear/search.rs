//! The search for an order that explains a history.

use std::collections::HashSet;
use std::fmt::Write;

use super::Event;
use super::model::{Moment, State, moments};

/// Finds an order of all moments of all calls that keeps to time and gives the answers; says what was tried if none.
pub(crate) fn explain(clients: &[Vec<Event>]) -> Result<(), String> {
    let mut search =
        Search { clients, seen: HashSet::new(), furthest: vec![Place::default(); clients.len()] };
    let start = vec![Place::default(); clients.len()];
    if search.from(&start, &State::default()) { Ok(()) } else { Err(search.story()) }
}

/// How far a client's calls have happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Place {
    call: usize,
    moment: usize,
}

struct Search<'h> {
    clients: &'h [Vec<Event>],
    seen: HashSet<(Vec<Place>, State)>,
    /// The most that an order explained.
    furthest: Vec<Place>,
}

impl Search<'_> {
    fn from(&mut self, places: &[Place], state: &State) -> bool {
        let open = |client: usize| self.clients[client].get(places[client].call);
        if (0..places.len()).all(|client| open(client).is_none()) {
            return true;
        }
        if !self.seen.insert((places.to_vec(), state.clone())) {
            return false;
        }
        let reached = |places: &[Place]| places.iter().map(|place| place.call).sum::<usize>();
        if reached(places) > reached(&self.furthest) {
            self.furthest = places.to_vec();
        }
        // what was answered before another call began has happened before it
        let due = (0..places.len()).filter_map(open).map(|event| event.answered).min().unwrap_or(u64::MAX);
        for client in 0..places.len() {
            let Some(event) = self.clients[client].get(places[client].call) else { continue };
            if event.called > due {
                continue;
            }
            let Place { call, moment } = places[client];
            let all: &[Moment] = moments(&event.call, &event.answer);
            let Some(after) = state.step(&event.call, &event.answer, all[moment]) else { continue };
            let mut next = places.to_vec();
            next[client] = if moment + 1 == all.len() {
                Place { call: call + 1, moment: 0 }
            } else {
                Place { call, moment: moment + 1 }
            };
            if self.from(&next, &after) {
                return true;
            }
        }
        false
    }

    fn story(&self) -> String {
        let mut events: Vec<(usize, usize, &Event)> = Vec::new();
        for (client, calls) in self.clients.iter().enumerate() {
            events.extend(calls.iter().enumerate().map(|(place, event)| (client, place, event)));
        }
        events.sort_by_key(|(_, _, event)| event.called);
        let mut story =
            String::from("no order explains this history; `?` marks what the best one left over\n");
        for (client, place, Event { call, answer, called, answered }) in events {
            let mark = if place < self.furthest[client].call { ' ' } else { '?' };
            let _ =
                writeln!(story, "{mark} {called:>3}-{answered:<3} client {client}: {call:?} -> {answer:?}");
        }
        story
    }
}
