//! Sends what streams have to tell to receivers that are posted to: one task for each stream, several connections
//! for each task, the events of one resource on one connection and in order.
//!
//! How far a stream is gets written after its receiver acknowledged, so whatever happens is told at least once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ::events::{Event, Mark, Next, Outcome, PausedBy, Signer, State, StreamRecord, Target};
use store::Batch;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use uuid::Uuid;

use super::batch::{Pending, pending};
use super::link::Link;
use super::{EventsError, Stream, send};
use crate::app::App;
use crate::http::Stop;
use crate::tenant::Tenant;

/// Connections to one receiver.
const LANES: usize = 16;
/// Records that are told before the position is written.
const BATCH: usize = 512;
/// How soon a change is noticed by a stream that has nothing to tell.
const LOOK: Duration = Duration::from_millis(100);
/// How soon new tenants are noticed, and how long a failed read of the store waits.
const LOOK_AROUND: Duration = Duration::from_secs(5);

/// Keeps a task for each stream that runs, until told to stop.
pub(crate) async fn deliver(app: Arc<App>, mut stop: Stop) {
    let mut bell = app.outbox.listen();
    let mut set = JoinSet::new();
    let mut running: HashMap<(String, Uuid), (StreamRecord, AbortHandle)> = HashMap::new();
    loop {
        bell.mark_unchanged();
        let mut wanted = HashMap::new();
        for tenant in app.tenants.all() {
            match tenant.events.all().await {
                Ok(streams) => wanted.extend(
                    streams
                        .into_iter()
                        .filter(|stream| stream.record.state == State::Running)
                        .filter(|stream| stream.record.delivery.url().is_some())
                        .map(|stream| {
                            (
                                (tenant.base_url.clone(), stream.record.id),
                                (Arc::clone(&tenant), stream.record),
                            )
                        }),
                ),
                Err(error) => tracing::warn!(%error, "the streams of events cannot be read; trying again"),
            }
        }
        running.retain(|key, (record, task)| {
            let stays = wanted.get(key).is_some_and(|(_, wanted)| wanted == record) && !task.is_finished();
            if !stays {
                task.abort();
            }
            stays
        });
        for (key, (tenant, record)) in wanted {
            running.entry(key).or_insert_with(|| {
                let task = Courier { app: Arc::clone(&app), tenant, stream: record.clone() };
                (record, set.spawn(task.run()))
            });
        }
        tokio::select! {
            () = stop.asked() => return,
            _ = bell.changed() => {}
            () = tokio::time::sleep(LOOK_AROUND) => {}
            Some(_) = set.join_next(), if !set.is_empty() => {}
        }
    }
}

/// Sends the events of one stream.
struct Courier {
    app: Arc<App>,
    tenant: Arc<Tenant>,
    stream: StreamRecord,
}

/// What came of a round.
enum Round {
    /// There was nothing to tell.
    Idle,
    /// Something was told.
    Told,
    /// The receiver did not take something; wait.
    Wait(Duration),
    /// The stream does not run any more.
    Over,
}

impl Courier {
    async fn run(self) {
        let mut links: Vec<Link> = (0..LANES).map(|_| Link::new(Arc::clone(&self.app.outbox))).collect();
        let mut bell = self.app.outbox.listen();
        loop {
            let seen = self.app.kv.revision();
            match self.round(&mut links).await {
                Ok(Round::Told) => {}
                Ok(Round::Idle) => self.wait_for_more(seen, &mut bell).await,
                Ok(Round::Wait(time)) => {
                    tokio::select! {
                        () = tokio::time::sleep(time) => {}
                        _ = bell.changed() => {}
                    }
                }
                Ok(Round::Over) => return,
                Err(error) => {
                    tracing::warn!(%error, stream = %self.stream.id, "a stream of events cannot go on; trying again");
                    tokio::time::sleep(LOOK_AROUND).await;
                }
            }
        }
    }

    /// Waits for a commit or for a stream to be changed.
    async fn wait_for_more(&self, seen: store::Revision, bell: &mut watch::Receiver<u64>) {
        while self.app.kv.revision() == seen {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = bell.changed() => return,
            }
        }
    }

    async fn round(&self, links: &mut Vec<Link>) -> Result<Round, EventsError> {
        let (events, directory) = (&self.tenant.events, self.tenant.directory());
        let Some(stream) = events.stream(self.stream.id).await? else { return Ok(Round::Over) };
        let pending = pending(events, &directory, &self.stream, stream.progress.position, BATCH).await?;
        // A change of schemas waits for those who hold a directory, and a receiver may take its time.
        drop(directory);
        if pending.records.is_empty() {
            return Ok(Round::Idle);
        }
        let told = self.tell(&pending, &stream, links).await?;
        self.settle(stream, &pending, told).await
    }

    /// Sends what the receiver does not have yet.
    async fn tell(
        &self,
        pending: &Pending,
        stream: &Stream,
        links: &mut Vec<Link>,
    ) -> Result<Vec<Told>, EventsError> {
        let target = match self.stream.delivery.url().map(|url| Target::parse(url, &self.app.outbox.policy)) {
            Some(Ok(target)) => Arc::new(target),
            Some(Err(error)) => {
                // the configuration has changed since the stream was made
                return Ok(vec![Told { marks: vec![], failed: Some(Failed::refused(error.to_string())) }]);
            }
            None => return Ok(vec![]),
        };
        let (random, now) = (self.app.world.random(), self.app.world.now());
        let signer = self.tenant.events.signer(&self.app.outbox.vault, random, now).await?;
        let mut lanes: Vec<Vec<Event>> = vec![Vec::new(); LANES];
        for event in pending.events.iter().filter(|event| !stream.progress.ahead.contains(&event.mark)) {
            lanes[lane(event.subject)].push(event.clone());
        }
        let mut set = JoinSet::new();
        for (events, link) in lanes.into_iter().zip(links.drain(..)) {
            let lane = Lane {
                app: Arc::clone(&self.app),
                issuer: self.tenant.base_url.clone(),
                stream: self.stream.clone(),
                signer: Arc::clone(&signer),
                target: Arc::clone(&target),
                link,
            };
            set.spawn(lane.tell(events));
        }
        let mut all = Vec::new();
        while let Some(done) = set.join_next().await {
            if let Ok((told, link)) = done {
                all.push(told);
                links.push(link);
            }
        }
        links.resize_with(LANES, || Link::new(Arc::clone(&self.app.outbox)));
        Ok(all)
    }

    /// Writes how far the stream is, and decides what comes next.
    async fn settle(&self, stream: Stream, pending: &Pending, told: Vec<Told>) -> Result<Round, EventsError> {
        let (events, now) = (&self.tenant.events, self.app.world.now());
        let mut progress = stream.progress;
        let before = progress.clone();
        let marks: Vec<Mark> = told.iter().flat_map(|told| told.marks.iter().copied()).collect();
        let failed = told.into_iter().filter_map(|told| told.failed).max_by_key(|failed| failed.is_gone);
        if !marks.is_empty() || failed.is_none() && progress.failing.is_some() {
            progress.succeed(0, now);
        }
        let passed = progress.acknowledge(marks, &pending.records);
        let failures = failed.as_ref().map(|failed| progress.fail(failed.error.clone(), now));
        if progress == before {
            return Ok(Round::Idle);
        }
        let also = events.note_known(stream.record.id, pending.moves(passed));
        if events.advance(stream.record.id, stream.progress_revision, &progress, also).await?.is_none() {
            // set back or deleted meanwhile
            return Ok(Round::Told);
        }
        let Some((failed, failures)) = failed.zip(failures) else { return Ok(Round::Told) };
        let since = progress.failing.map_or(now, |failing| failing.since);
        let [dice] = self.app.world.random();
        let paused_by = if failed.is_gone { PausedBy::Receiver } else { PausedBy::Failures };
        match self.app.outbox.patience.after(failures, since, now, dice) {
            Next::Wait(wait) if !failed.is_gone => {
                let asked = Duration::from_secs(failed.after_s.unwrap_or(0).into());
                let longest = self.app.outbox.patience.longest.unsigned_abs();
                if failures == 1 {
                    tracing::info!(stream = %self.stream.name, error = failed.error, "a receiver of events refused");
                }
                Ok(Round::Wait(wait.unsigned_abs().max(asked.min(longest))))
            }
            Next::Wait(_) | Next::Pause => {
                tracing::warn!(stream = %self.stream.name, error = failed.error, "a stream of events was paused");
                events
                    .set_state(stream.record.id, State::Paused { by: paused_by, at: now }, &Batch::new())
                    .await?;
                self.app.outbox.ring();
                Ok(Round::Over)
            }
        }
    }
}

/// All events of one resource take the same lane.
fn lane(subject: Uuid) -> usize {
    // the end of an id of version 7 is random
    usize::from(subject.as_bytes()[15]) % LANES
}

/// What became of the events of a lane.
struct Told {
    marks: Vec<Mark>,
    failed: Option<Failed>,
}

struct Failed {
    error: String,
    after_s: Option<u32>,
    is_gone: bool,
}

impl Failed {
    fn refused(error: String) -> Failed {
        Failed { error, after_s: None, is_gone: false }
    }
}

/// One connection to a receiver, and what is needed to use it.
struct Lane {
    app: Arc<App>,
    issuer: String,
    stream: StreamRecord,
    signer: Arc<Signer>,
    target: Arc<Target>,
    link: Link,
}

impl Lane {
    /// Sends events one after the other, up to the first that is not taken: what follows may be about the same
    /// resource.
    async fn tell(mut self, events: Vec<Event>) -> (Told, Link) {
        let mut told = Told { marks: Vec::with_capacity(events.len()), failed: None };
        for event in events {
            let now = self.app.world.now();
            let Some((headers, body)) =
                send::post(&self.stream, &self.issuer, &self.signer, &self.app.outbox.vault, &event, now)
            else {
                told.failed = Some(Failed::refused("the stream's secret is damaged".to_owned()));
                break;
            };
            match self.link.post(&self.target, headers, body).await {
                Outcome::Accepted => told.marks.push(event.mark),
                Outcome::Failed { error, after_s } => {
                    told.failed = Some(Failed { error, after_s, is_gone: false });
                    break;
                }
                Outcome::Gone => {
                    let error = "answered 410: the receiver is gone".to_owned();
                    told.failed = Some(Failed { error, after_s: None, is_gone: true });
                    break;
                }
            }
        }
        (told, self.link)
    }
}
