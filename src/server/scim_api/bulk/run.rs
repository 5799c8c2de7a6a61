//! Follows the plan of a job: begins each step once those it waits for are done, a bounded number at a time.
//!
//! All of a job's commits in flight at one moment become one write of the store, and there are few enough of them
//! that other writers get their turn in between.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use scim::ScimError;
use scim::bulk::{self, Job, Plan, Unresolved, Verb, Work};

use super::circle::{Begun, complete, take_back};
use super::done::Done;
use super::not_tried;
use super::request::{Prepared, Step};
use crate::scim_api::Client;

/// How many steps are under way at the same time.
const AT_ONCE: usize = 64;

/// The results a step brings, by the place of their operation in the message.
pub(super) type Results = Vec<(usize, Done)>;
type Running<'r> = Pin<Box<dyn Future<Output = (usize, Results)> + Send + 'r>>;

/// A job being run.
pub(super) struct Run<'r> {
    client: &'r Client<'r>,
    job: Job,
    until: Timestamp,
    /// The POST of each `bulkId`.
    made: HashMap<String, usize>,
    results: Vec<Option<Done>>,
    errors: usize,
}

impl<'r> Run<'r> {
    pub(super) fn new(client: &'r Client<'r>, job: Job, until: Timestamp) -> Self {
        let posts = job
            .operations
            .iter()
            .enumerate()
            .filter(|(_, o)| o.wish.as_ref().is_ok_and(|w| w.verb == Verb::Post));
        let made = posts.filter_map(|(i, o)| Some((o.bulk_id.clone()?, i))).collect();
        let results = vec![None; job.operations.len()];
        Self { client, job, until, made, results, errors: 0 }
    }

    /// Runs all steps, or those there are before the job is to stop; operations that were not begun have no result.
    pub(super) async fn finish(mut self) -> Vec<Option<Done>> {
        let directory = self.client.directory;
        let unique = |endpoint: &str| match directory.kinds().at(endpoint) {
            Some(kind) => directory.indexes().unique(kind).map(str::to_owned).collect(),
            None => vec![],
        };
        let steps = Plan::new(&self.job, unique).steps;
        let mut waits: Vec<usize> = steps.iter().map(|step| step.after.len()).collect();
        let mut followers = vec![Vec::new(); steps.len()];
        for (i, step) in steps.iter().enumerate() {
            step.after.iter().for_each(|&before| followers[before].push(i));
        }
        let mut ready: BTreeSet<usize> = (0..steps.len()).filter(|&i| waits[i] == 0).collect();
        // Whoever wants to stop at the first error means that nothing after it has happened.
        let at_once = if self.job.fail_on_errors.is_some() { 1 } else { AT_ONCE };
        let mut running: FuturesUnordered<Running<'r>> = FuturesUnordered::new();
        let mut open: BTreeSet<usize> = (0..steps.len()).collect();
        loop {
            while running.len() < at_once && self.goes_on() {
                let Some(step) = ready.pop_first() else { break };
                running.push(self.begin(step, &steps[step].work));
            }
            let Some((step, results)) = running.next().await else { break };
            open.remove(&step);
            self.take(results);
            for &follower in &followers[step] {
                waits[follower] -= 1;
                if waits[follower] == 0 {
                    ready.insert(follower);
                }
            }
        }
        // Where the job stopped between the two halves of a circle, there are resources that nobody asked for.
        for step in open {
            if let Work::Complete(circle) = &steps[step].work {
                let made = self.begun(circle).into_iter().map(|b| (b.operation, b.done, b.removal)).collect();
                let results = take_back(self.client, made, "the job stopped before").await;
                self.take(results);
            }
        }
        if self.client.app.world.now() >= self.until {
            let late = ScimError::http(
                503,
                "the job took too long, and this operation was not begun; send it again",
            );
            for result in &mut self.results {
                result.get_or_insert_with(|| not_tried(&late, None));
            }
        }
        self.results
    }

    fn take(&mut self, results: Results) {
        for (operation, done) in results {
            self.errors += usize::from(!done.is_success());
            let before = self.results[operation].replace(done);
            self.errors -= usize::from(before.is_some_and(|before| !before.is_success()));
        }
    }

    fn goes_on(&self) -> bool {
        self.job.fail_on_errors.is_none_or(|most| self.errors < most)
            && self.client.app.world.now() < self.until
    }

    fn begin(&mut self, step: usize, work: &Work) -> Running<'r> {
        let client = self.client;
        match work {
            Work::Wait => Box::pin(async move { (step, vec![]) }),
            Work::Run(operation) => self.begin_one(step, *operation, None),
            Work::Begin { operation, circle } => self.begin_one(step, *operation, Some(circle)),
            Work::Impossible(circle) => {
                let error =
                    ScimError::http(409, "groups that are members of each other would contain themselves");
                let results = circle.iter().map(|&i| (i, not_tried(&error, None))).collect();
                Box::pin(async move { (step, results) })
            }
            Work::Complete(circle) => {
                let circle = self.begun(circle);
                Box::pin(async move { (step, complete(client, circle).await) })
            }
        }
    }

    fn begin_one(
        &mut self,
        step: usize,
        operation: usize,
        circle: Option<&Arc<BTreeSet<usize>>>,
    ) -> Running<'r> {
        let client = self.client;
        let prepared = self.prepare(operation, circle);
        match prepared.map(|prepared| prepared.at(client, operation, Step::First)) {
            Ok(prepared) => Box::pin(async move { (step, vec![(operation, prepared.run(client).await)]) }),
            Err(error) => {
                let done = not_tried(&error, self.place_of(operation));
                Box::pin(async move { (step, vec![(operation, done)]) })
            }
        }
    }

    /// Where the path of an operation leads, other than that of a POST.
    fn place_of(&self, operation: usize) -> Option<String> {
        let wish = self.job.operations[operation].wish.as_ref().ok()?;
        // What leads nowhere has no place, and need not even be a URI (RFC 3986 section 2).
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(&b);
        let is_place = wish.verb != Verb::Post && wish.path.bytes().all(is_plain);
        is_place.then(|| format!("{}{}", self.client.tenant.base_url, wish.path))
    }

    fn prepare(
        &mut self,
        operation: usize,
        circle: Option<&Arc<BTreeSet<usize>>>,
    ) -> Result<Prepared, ScimError> {
        let wish = self.job.operations[operation].wish.as_ref().map_err(Clone::clone)?;
        let (verb, version) = (wish.verb, wish.version.clone());
        let path = bulk::resolve_path(&wish.path, |id| self.id_of(id)).map_err(|e| self.unresolved(&e))?;
        let mut data = match circle {
            Some(circle) => {
                let later = |id: &str| self.made.get(id).is_some_and(|i| circle.contains(i));
                wish.data.as_ref().map(|data| bulk::without(data, &later))
            }
            // A body can be megabytes, and this one is not needed again.
            None => self.job.operations[operation].wish.as_mut().ok().and_then(|wish| wish.data.take()),
        };
        if let Some(data) = &mut data {
            bulk::resolve_data(data, |id| self.id_of(id)).map_err(|e| self.unresolved(&e))?;
        }
        Prepared::new(self.client, verb, &path, data, version)
    }

    /// The operations of a circle that were begun, with the requests that end it either way.
    fn begun(&self, circle: &BTreeSet<usize>) -> Vec<Begun> {
        let begun = |&operation: &usize| {
            let done = self.results[operation].clone()?;
            let wish = self.job.operations[operation].wish.as_ref().ok()?;
            let collection = wish.path.split('?').next().unwrap_or_default().trim_end_matches('/');
            let path = format!("{collection}/{}", done.id().unwrap_or_default());
            let any = || Some("*".to_owned());
            let mut data = wish.data.clone().unwrap_or_default();
            let completion = bulk::resolve_data(&mut data, |id| self.id_of(id))
                .map_err(|e| self.unresolved(&e))
                .and_then(|()| Prepared::new(self.client, Verb::Put, &path, Some(data), any()));
            let removal = Prepared::new(self.client, Verb::Delete, &path, None, any());
            let second = |prepared: Prepared| prepared.at(self.client, operation, Step::Second);
            let (completion, removal) = (completion.map(second), removal.map(second));
            Some(Begun { operation, done, completion, removal })
        };
        circle.iter().filter_map(begun).collect()
    }

    fn id_of(&self, bulk_id: &str) -> Option<String> {
        let done = self.results[*self.made.get(bulk_id)?].as_ref()?;
        done.is_success().then(|| done.id().map(str::to_owned)).flatten()
    }

    fn unresolved(&self, Unresolved(bulk_id): &Unresolved) -> ScimError {
        match self.made.get(bulk_id).map(|&i| self.results[i].as_ref()) {
            None => ScimError::invalid_value(format!("bulkId:{bulk_id} names no POST of this job")),
            Some(done) => {
                let status = done.map(|done| format!(" with {}", done.status().as_str())).unwrap_or_default();
                ScimError::http(
                    409,
                    format!("what bulkId:{bulk_id} names was not made: its POST failed{status}"),
                )
            }
        }
    }
}
