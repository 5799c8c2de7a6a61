//! Requests that were answered before they are done: kept until they are, and for a while after.

use std::sync::Arc;
use std::time::Duration;

use ::events::{Job, JobState, Operation};
use directory::{Change, Directory, FeedRecord};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use store::{Batch, Guard, Table, Write};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use uuid::Uuid;

use super::{Events, EventsError};

/// How long the end of a request can be asked for.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many records of requests are deleted in one commit.
const AT_ONCE: usize = 500;

/// How many of a tenant's are done at the same time. Each has its body in memory, which no listener counts any more.
const PLACES: usize = 64;
/// How long a request waits for its place.
const PATIENCE: Duration = Duration::from_secs(2);

/// The places of one tenant.
pub(super) fn places() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(PLACES))
}

/// The table of such requests.
pub(super) struct Jobs(Table<Job>);

impl Jobs {
    pub(super) fn new(place: store::Key) -> Jobs {
        Jobs(Table::new(place))
    }
}

/// A completed request as the feed tells of it.
pub(crate) struct Completed {
    /// The transaction; for an operation of a bulk request with its index.
    pub(crate) txn: String,
    /// The resource type.
    pub(crate) resource_type: String,
    /// The resource; nil where there is none.
    pub(crate) id: Uuid,
    /// How it ended.
    pub(crate) operation: Operation,
}

impl Events {
    /// A place for a request that is done after its answer, until it is dropped; `None` where none comes free soon.
    pub(crate) async fn place(&self) -> Option<OwnedSemaphorePermit> {
        timeout(PATIENCE, Arc::clone(&self.places).acquire_owned()).await.ok()?.ok()
    }

    /// Keeps a request. Once this is done, it will be done, whatever happens.
    pub(crate) async fn accept(&self, job: &Job) -> Result<(), EventsError> {
        let batch = Batch::new()
            .guard(Guard::Absent(self.jobs.0.key(&job.txn)))
            .write(self.jobs.0.put(&job.txn, job)?);
        self.commit(batch).await?.map(|_| ()).ok_or(EventsError::Contended)
    }

    /// A request by its transaction.
    pub(crate) async fn job(&self, txn: &str) -> Result<Option<Job>, EventsError> {
        Ok(self.jobs.0.get(&self.kv, txn).await?.map(|entry| entry.record))
    }

    /// The requests that were accepted before a time and are still to be done, in the order they came.
    pub(crate) async fn open_jobs(&self, before: Timestamp) -> Result<Vec<Job>, EventsError> {
        let all = self.jobs.0.list(&self.kv, None, usize::MAX).await?.into_iter().map(|entry| entry.record);
        Ok(all.filter(|job| job.state == JobState::Pending && job.accepted_at < before).collect())
    }

    /// Notes in one commit that a request is done, and tells the streams.
    pub(crate) async fn complete(
        &self,
        job: Job,
        completed: Vec<Completed>,
        directory: &Directory,
        now: Timestamp,
    ) -> Result<(), EventsError> {
        let mut batch = Batch::new();
        for done in &completed {
            batch.push(directory.clear_mark(&done.txn));
            batch.push(directory.append(&FeedRecord {
                change: Change::Completed,
                resource_type: done.resource_type.clone(),
                id: done.id,
                at_ms: now.as_millisecond(),
                actor: job.account.to_string(),
                request: None,
                before: None,
                after: None,
                external_id: None,
                attributes: vec![],
                turned: None,
                txn: Some(done.txn.clone()),
                values: serde_json::to_value(&done.operation).ok().filter(Value::is_object),
                added: vec![],
                removed: vec![],
            }));
        }
        let operations = completed.into_iter().map(|done| done.operation).collect();
        let txn = job.txn.clone();
        // the body is not needed any more, and may hold what nobody should find here
        let job = Job { body: String::new(), state: JobState::Done { at: now, operations }, ..job };
        batch.push(self.jobs.0.put(&txn, &job)?);
        self.commit(batch).await?;
        Ok(())
    }

    /// Forgets a request whose answer was given after all.
    pub(crate) async fn answered(
        &self,
        job: &Job,
        ended: &[Completed],
        directory: &Directory,
    ) -> Result<(), EventsError> {
        let mut batch = Batch::new().write(self.jobs.0.remove(&job.txn));
        batch.extend(ended.iter().map(|ended| directory.clear_mark(&ended.txn)));
        self.commit(batch).await?;
        Ok(())
    }

    /// Forgets requests that were done long ago.
    pub(super) async fn forget_jobs(&self, now: Timestamp) -> Result<(), EventsError> {
        let is_old = |job: &Job| match job.state {
            JobState::Pending => false,
            JobState::Done { at, .. } => now.duration_since(at) > KEPT,
        };
        let all = self.jobs.0.list(&self.kv, None, usize::MAX).await?;
        let old: Vec<Write> = all
            .iter()
            .filter(|entry| is_old(&entry.record))
            .map(|entry| self.jobs.0.remove(&entry.id))
            .collect();
        for some in old.chunks(AT_ONCE) {
            let mut batch = Batch::new();
            batch.extend(some.iter().cloned());
            self.commit(batch).await?;
        }
        Ok(())
    }
}
