//! In which order the operations of a job run, and which of them may run at the same time.
//!
//! The result is that of running them one by one in the order of the message, with one exception: what refers to
//! something made further down waits for it (RFC 7644 section 3.7.1). Operations that could notice each other keep
//! that order; all others may overlap, because a store answers many commits at once as fast as one.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::{Job, Verb, Wish, references};
use crate::json::{self, Object};
use crate::value::fold;

/// The steps of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Each step waits for steps before it only, so that running them in this order is always right.
    pub steps: Vec<Step>,
}

/// A step, and what must be done before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub work: Work,
    /// The steps it waits for, by their places in the plan.
    pub after: Vec<usize>,
}

/// What a step does; numbers are places in the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Runs an operation.
    Run(usize),
    /// Makes a resource without its references to those of the same circle, which are not there yet.
    Begin {
        /// The operation.
        operation: usize,
        /// The operations of its circle.
        circle: Arc<BTreeSet<usize>>,
    },
    /// Replaces each resource of a circle by what its operation really says; all are there now.
    Complete(Arc<BTreeSet<usize>>),
    /// These refer to each other as members of groups, and a group cannot contain itself.
    Impossible(BTreeSet<usize>),
    /// Does nothing: others wait for many by waiting for this.
    Wait,
}

/// A reference of one operation to another.
struct Reference {
    to: usize,
    /// Whether it is a member of a group.
    member: bool,
}

impl Plan {
    /// Plans a job. `unique` names the attributes of an endpoint, such as `/Users`, whose values are unique.
    #[must_use]
    pub fn new(job: &Job, unique: impl Fn(&str) -> Vec<String>) -> Self {
        let references = references_of(job);
        let circles = circles(&references);
        let sequence = sequence(&references, &circles);
        let mut planner = Planner::new(job, &references, unique);
        for work in sequence {
            planner.add(work);
        }
        Self { steps: planner.steps }
    }
}

fn references_of(job: &Job) -> Vec<Vec<Reference>> {
    let is_post = |wish: &Wish| wish.verb == Verb::Post;
    let made: HashMap<&str, usize> = (job.operations.iter().enumerate())
        .filter(|(_, o)| o.wish.as_ref().is_ok_and(is_post))
        .filter_map(|(i, o)| Some((o.bulk_id.as_deref()?, i)))
        .collect();
    let of = |wish: &Wish| {
        let mut found = Vec::new();
        let path = references::of_path(&wish.path);
        found.extend(path.and_then(|id| made.get(id)).map(|&to| Reference { to, member: false }));
        for (name, value) in wish.data.iter().flatten() {
            let member = name.eq_ignore_ascii_case("members");
            let mut see = |id: &str| found.extend(made.get(id).map(|&to| Reference { to, member }));
            references::each(value, &mut see);
        }
        found
    };
    job.operations.iter().map(|o| o.wish.as_ref().map(of).unwrap_or_default()).collect()
}

/// The circle each operation is in: the smallest place of an operation in it. Alone is a circle of one.
///
/// Tarjan's algorithm, with a stack of its own: a chain of references can be as long as the job.
fn circles(references: &[Vec<Reference>]) -> Vec<usize> {
    const NEW: usize = usize::MAX;
    let count = references.len();
    let (mut found, mut low, mut circle) = (vec![NEW; count], vec![0; count], vec![NEW; count]);
    let (mut next, mut open) = (0, Vec::new());
    for root in 0..count {
        if found[root] != NEW {
            continue;
        }
        let mut walk = vec![(root, 0)];
        while let Some((at, edge)) = walk.pop() {
            if edge == 0 {
                (found[at], low[at]) = (next, next);
                next += 1;
                open.push(at);
            } else {
                let to = references[at][edge - 1].to;
                if circle[to] == NEW {
                    low[at] = low[at].min(low[to]);
                }
            }
            match references[at][edge..].iter().position(|r| circle[r.to] == NEW) {
                Some(skipped) => {
                    let to = references[at][edge + skipped].to;
                    walk.push((at, edge + skipped + 1));
                    if found[to] == NEW {
                        walk.push((to, 0));
                    }
                }
                None if low[at] == found[at] => {
                    let from = open.iter().rposition(|&o| o == at).expect("it was opened above");
                    let ring = open.split_off(from);
                    let least = ring.iter().copied().min().unwrap_or(at);
                    for member in ring {
                        circle[member] = least;
                    }
                }
                None => {}
            }
        }
    }
    circle
}

/// What is done in which order: that of the message, but nothing before what it refers to.
fn sequence(references: &[Vec<Reference>], circles: &[usize]) -> Vec<Work> {
    let mut rings: HashMap<usize, BTreeSet<usize>> = HashMap::new();
    for (i, &circle) in circles.iter().enumerate() {
        rings.entry(circle).or_default().insert(i);
    }
    let mut waits: HashMap<usize, BTreeSet<usize>> = HashMap::new();
    let mut followers: HashMap<usize, Vec<usize>> = HashMap::new();
    for (i, found) in references.iter().enumerate() {
        for to in found.iter().map(|r| circles[r.to]).filter(|&to| to != circles[i]) {
            if waits.entry(circles[i]).or_default().insert(to) {
                followers.entry(to).or_default().push(circles[i]);
            }
        }
    }
    let free = |circle: &&usize| waits.get(*circle).is_none_or(BTreeSet::is_empty);
    let mut ready: BinaryHeap<Reverse<usize>> = rings.keys().filter(free).copied().map(Reverse).collect();
    let mut sequence = Vec::new();
    while let Some(Reverse(circle)) = ready.pop() {
        sequence.extend(works(&rings[&circle], references));
        for follower in followers.remove(&circle).unwrap_or_default() {
            let left = waits.entry(follower).or_default();
            left.remove(&circle);
            if left.is_empty() {
                ready.push(Reverse(follower));
            }
        }
    }
    sequence
}

fn works(ring: &BTreeSet<usize>, references: &[Vec<Reference>]) -> Vec<Work> {
    let inside = || ring.iter().flat_map(|&i| &references[i]).filter(|r| ring.contains(&r.to));
    match ring.first() {
        Some(&lone) if inside().next().is_none() => vec![Work::Run(lone)],
        _ if inside().all(|r| r.member) => vec![Work::Impossible(ring.clone())],
        _ => {
            let circle = Arc::new(ring.clone());
            let begin = |&operation: &usize| Work::Begin { operation, circle: Arc::clone(&circle) };
            ring.iter().map(begin).chain([Work::Complete(Arc::clone(&circle))]).collect()
        }
    }
}

/// What two steps may both be about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Thing {
    /// A resource that was there before, by its id.
    There(String),
    /// What an operation makes.
    Made(usize),
    /// A value that only one resource can have, with its endpoint and attribute.
    Name(String, String, String),
}

/// What a step does to the names that are taken at an endpoint. Steps that do the same may overlap, but for the
/// last: which names such a step frees is not known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Take,
    Free,
    Both,
}

#[derive(Default)]
struct Uses {
    last_change: Option<usize>,
    seen_since: Vec<usize>,
}

/// The steps since the names at an endpoint were last used in another way.
struct Turn {
    names: Names,
    steps: Vec<usize>,
    after: Option<usize>,
}

/// What a step needs for itself, and what it only looks at.
#[derive(Default)]
struct Needs {
    changes: Vec<Thing>,
    sees: Vec<Thing>,
    names: Vec<(String, Names)>,
}

struct Planner<'p, U> {
    job: &'p Job,
    references: &'p [Vec<Reference>],
    unique: U,
    unique_of: HashMap<String, Vec<String>>,
    /// The ids that paths of the job name.
    targets: BTreeSet<&'p str>,
    uses: HashMap<Thing, Uses>,
    turns: HashMap<String, Turn>,
    steps: Vec<Step>,
}

impl<'p, U: Fn(&str) -> Vec<String>> Planner<'p, U> {
    fn new(job: &'p Job, references: &'p [Vec<Reference>], unique: U) -> Self {
        let wishes = job.operations.iter().filter_map(|o| o.wish.as_ref().ok());
        let targets = wishes.filter_map(|wish| place(&wish.path).1).collect();
        let (uses, turns, unique_of) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { job, references, unique, unique_of, targets, uses, turns, steps: Vec::new() }
    }

    fn add(&mut self, work: Work) {
        let mut needs = Needs::default();
        match &work {
            Work::Run(i) => self.needs(*i, None, &mut needs),
            Work::Begin { operation, circle } => self.needs(*operation, Some(circle), &mut needs),
            Work::Complete(circle) => {
                for i in circle.iter() {
                    self.needs(*i, None, &mut needs);
                }
                needs.names.iter_mut().for_each(|(_, names)| *names = Names::Both);
            }
            Work::Impossible(_) | Work::Wait => {}
        }
        let mut after = BTreeSet::new();
        needs.names.sort_by(|a, b| a.0.cmp(&b.0));
        needs.names.dedup();
        for (endpoint, names) in &needs.names {
            after.extend(self.turn(endpoint, *names));
        }
        let step = self.steps.len();
        for (endpoint, _) in &needs.names {
            self.turns.get_mut(endpoint).expect("its turn was taken above").steps.push(step);
        }
        for thing in needs.changes {
            let uses = self.uses.entry(thing).or_default();
            after.extend(uses.last_change.replace(step));
            after.extend(uses.seen_since.drain(..));
        }
        for thing in needs.sees {
            let uses = self.uses.entry(thing).or_default();
            after.extend(uses.last_change);
            uses.seen_since.push(step);
        }
        after.remove(&step);
        self.steps.push(Step { work, after: after.into_iter().collect() });
    }

    /// Begins a step's turn with the names at an endpoint; gives the step it has to wait for.
    fn turn(&mut self, endpoint: &str, names: Names) -> Option<usize> {
        let Some(turn) = self.turns.get_mut(endpoint) else {
            self.turns.insert(endpoint.to_owned(), Turn { names, steps: vec![], after: None });
            return None;
        };
        if turn.names != names || names == Names::Both {
            let ended = std::mem::take(&mut turn.steps);
            turn.names = names;
            turn.after = match ended.as_slice() {
                [] => turn.after,
                [lone] => Some(*lone),
                _ => {
                    self.steps.push(Step { work: Work::Wait, after: ended });
                    Some(self.steps.len() - 1)
                }
            };
        }
        turn.after
    }

    fn needs(&mut self, operation: usize, circle: Option<&BTreeSet<usize>>, needs: &mut Needs) {
        let job = self.job;
        let Ok(wish) = &job.operations[operation].wish else { return };
        let (endpoint, id) = place(&wish.path);
        let endpoint = endpoint.to_ascii_lowercase();
        let outside = |r: &&Reference| circle.is_none_or(|circle| !circle.contains(&r.to));
        let to = self.references[operation].iter().filter(outside).map(|r| Thing::Made(r.to));
        match (wish.verb, id) {
            (Verb::Post, _) => needs.changes.push(Thing::Made(operation)),
            // What the path names is changed; that it is also referred to does not matter.
            (_, Some(id)) => match references::of_path(&wish.path) {
                Some(_) => needs.changes.extend(to.clone().take(1)),
                None => needs.changes.push(Thing::There(id.to_owned())),
            },
            (_, None) => {}
        }
        needs.sees.extend(to);
        for value in wish.data.iter().flat_map(Object::values) {
            self.mentions(value, &mut needs.sees);
        }
        let unique = self.unique(&endpoint);
        let names = match wish.verb {
            Verb::Post => Some(Names::Take),
            Verb::Put => Some(Names::Both),
            Verb::Delete => Some(Names::Free),
            Verb::Patch => {
                wish.data.as_ref().is_some_and(|data| renames(data, &unique)).then_some(Names::Both)
            }
        };
        if let (Verb::Post, Some(data)) = (wish.verb, &wish.data) {
            for name in unique {
                for value in texts(data, &name) {
                    needs.changes.push(Thing::Name(endpoint.clone(), name.clone(), fold(value).into_owned()));
                }
            }
        }
        needs.names.extend(names.map(|names| (endpoint, names)));
    }

    /// The resources with an operation of their own that a body speaks of.
    fn mentions(&self, value: &Value, sees: &mut Vec<Thing>) {
        let mut see = |text: &str| {
            if self.targets.contains(text) {
                sees.push(Thing::There(text.to_owned()));
            }
        };
        match value {
            // The filter of a PATCH path has ids in quotes.
            Value::String(text) if text.contains('"') => text.split('"').skip(1).step_by(2).for_each(see),
            Value::String(text) => see(text),
            Value::Array(list) => list.iter().for_each(|value| self.mentions(value, sees)),
            Value::Object(object) => object.values().for_each(|value| self.mentions(value, sees)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn unique(&mut self, endpoint: &str) -> Vec<String> {
        let unique = &self.unique;
        self.unique_of.entry(endpoint.to_owned()).or_insert_with(|| unique(endpoint)).clone()
    }
}

/// The endpoint and the id that a path names.
fn place(path: &str) -> (&str, Option<&str>) {
    let path = path.split('?').next().unwrap_or_default();
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    (segments.next().unwrap_or_default(), segments.next())
}

/// The texts a body has for an attribute, by its canonical name: `userName`, `emails.value`, `urn:..:User:tag`.
fn texts<'d>(data: &'d Object, name: &str) -> Vec<&'d str> {
    let (holder, name) = match name.rsplit_once(':') {
        Some((extension, name)) => (json::member(data, extension).and_then(Value::as_object), name),
        None => (Some(data), name),
    };
    let (top, sub) = name.split_once('.').map_or((name, None), |(top, sub)| (top, Some(sub)));
    let Some(found) = holder.and_then(|holder| json::member(holder, top)) else { return vec![] };
    let elements = found.as_array().map_or(std::slice::from_ref(found), Vec::as_slice);
    let pick = |element: &'d Value| match sub {
        Some(sub) => json::member(element.as_object()?, sub)?.as_str(),
        None => element.as_str(),
    };
    elements.iter().filter_map(pick).collect()
}

/// Whether a PATCH may give a unique attribute another value.
fn renames(data: &Object, unique: &[String]) -> bool {
    let is_unique = |path: &str| {
        let last = path.rsplit([':', '.']).next().unwrap_or_default();
        let ends =
            |name: &String| name.rsplit([':', '.']).next().is_some_and(|n| n.eq_ignore_ascii_case(last));
        unique.iter().any(ends)
    };
    let Some(Value::Array(operations)) = json::member(data, "Operations") else { return false };
    operations.iter().filter_map(Value::as_object).any(|operation| {
        let path = json::member(operation, "path").and_then(Value::as_str);
        let value = json::member(operation, "value").and_then(Value::as_object);
        path.is_some_and(is_unique) || value.is_some_and(|value| value.keys().any(|name| is_unique(name)))
    })
}
