//! Events of a tenant: its streams, how far each is, and the keys they are signed with, as they lie in the store;
//! and what sends them.
//!
//! What is told to whom is decided in the crate `events`; here it is read, sent and remembered.

mod batch;
mod deliver;
mod jobs;
mod keys;
mod known;
mod link;
mod outbox;
mod retain;
pub(crate) mod send;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ::events::{KeyRecord, Progress, Scope, Signer, State, StreamRecord};
use arc_swap::ArcSwapOption;
use directory::{Directory, DirectoryError, Keep, Kind, Links, Position};
use store::{Batch, CommitError, Guard, Kv, Revision, StoreError, Table, TableError};
use thiserror::Error;
use tokio::sync::{Mutex, Semaphore};
use uuid::Uuid;

pub(crate) use batch::{bound, pending};
pub(crate) use deliver::deliver;
pub(crate) use jobs::Completed;
use known::known_writes;
pub(crate) use outbox::{Outbox, OutboxError};
pub(crate) use retain::retain;

/// The streams, progress and keys of one tenant.
pub(crate) struct Events {
    kv: Kv,
    streams: Table<StreamRecord>,
    progress: Table<Progress>,
    keys: Table<KeyRecord>,
    jobs: jobs::Jobs,
    /// The places for requests that are done after their answer.
    places: Arc<Semaphore>,
    /// Before the ids of streams, under which the resources in their scopes are noted.
    known: store::Key,
    /// Whether any stream needs the values of changes. Until the streams were read, it may be so.
    values: AtomicBool,
    /// Held from where `values` is decided to where that is true: who reads all streams and who makes one take turns.
    deciding: Mutex<()>,
    /// Held while a signing key is made, so that only one of all is active.
    keying: Mutex<()>,
    signer: ArcSwapOption<Signer>,
}

/// An operation on streams failed.
#[derive(Debug, Error)]
pub(crate) enum EventsError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error("the same stream is being changed by many at once")]
    Contended,
    #[error("the signing key cannot be read")]
    Key,
}

impl From<StoreError> for EventsError {
    fn from(failed: StoreError) -> EventsError {
        EventsError::Table(failed.into())
    }
}

/// A stream and how far it is, with the commits that wrote both.
#[derive(Clone)]
pub(crate) struct Stream {
    pub(crate) record: StreamRecord,
    pub(crate) revision: Revision,
    pub(crate) progress: Progress,
    pub(crate) progress_revision: Revision,
}

impl Events {
    /// The events of a tenant, by its number.
    pub(crate) fn new(kv: Kv, tenant: u16) -> Events {
        let place = |room: &str| [&tenant.to_be_bytes(), room.as_bytes()].concat();
        Events {
            kv,
            streams: Table::new(place("xstream/")),
            progress: Table::new(place("xprogress/")),
            keys: Table::new(place("xkey/")),
            jobs: jobs::Jobs::new(place("xjob/")),
            places: jobs::places(),
            known: place("xknown/"),
            values: AtomicBool::new(true),
            deciding: Mutex::default(),
            keying: Mutex::default(),
            signer: ArcSwapOption::empty(),
        }
    }

    /// How much the feed has to keep of a change.
    pub(crate) fn keep(&self) -> Keep {
        if self.values.load(Ordering::Relaxed) { Keep::Values } else { Keep::Names }
    }

    /// Every stream, in the order in which they were made.
    pub(crate) async fn all(&self) -> Result<Vec<Stream>, EventsError> {
        let _deciding = self.deciding.lock().await;
        let mut all = Vec::new();
        for entry in self.streams.list(&self.kv, None, usize::MAX).await? {
            let progress = self.progress.get(&self.kv, &entry.id).await?;
            if let Some(progress) = progress {
                all.push(Stream {
                    record: entry.record,
                    revision: entry.revision,
                    progress: progress.record,
                    progress_revision: progress.revision,
                });
            }
        }
        self.values.store(all.iter().any(|stream| stream.record.needs_values()), Ordering::Relaxed);
        Ok(all)
    }

    /// One stream.
    pub(crate) async fn stream(&self, id: Uuid) -> Result<Option<Stream>, EventsError> {
        let Some(stream) = self.streams.get(&self.kv, id.as_bytes()).await? else { return Ok(None) };
        let Some(progress) = self.progress.get(&self.kv, id.as_bytes()).await? else { return Ok(None) };
        Ok(Some(Stream {
            record: stream.record,
            revision: stream.revision,
            progress: progress.record,
            progress_revision: progress.revision,
        }))
    }

    /// Makes a stream that tells of everything after `from`; of everything from now on where it is `None`. `also` is
    /// committed with it.
    pub(crate) async fn create(
        &self,
        record: StreamRecord,
        directory: &Directory,
        from: Option<Position>,
        also: Batch,
    ) -> Result<Stream, EventsError> {
        let _deciding = self.deciding.lock().await;
        if record.needs_values() {
            // before the position is taken: what comes after it must have its values
            self.values.store(true, Ordering::Relaxed);
        }
        let position = from.unwrap_or_else(|| directory.end_of_feed());
        if let Scope::Group { group } = record.scope {
            self.note_members(&record, directory, group).await?;
        }
        let progress = Progress { position, ..Progress::default() };
        let batch = Batch::new()
            .guard(Guard::Absent(self.streams.key(record.id.as_bytes())))
            .write(self.streams.put(record.id.as_bytes(), &record)?)
            .write(self.progress.put(record.id.as_bytes(), &progress)?);
        let revision = self.commit(batch.and(also)).await?.ok_or(EventsError::Contended)?;
        Ok(Stream { record, revision, progress, progress_revision: revision })
    }

    /// Notes those who are in a group already: their changes are told, and that they are in it is not news.
    async fn note_members(
        &self,
        record: &StreamRecord,
        directory: &Directory,
        group: Uuid,
    ) -> Result<(), EventsError> {
        let Some(entry) = directory.get(Kind::Group, group, Links::With).await? else { return Ok(()) };
        for members in entry.members.chunks(1_000) {
            let named =
                members.iter().map(|member| (member.id, Some(directory.name(member.kind).to_owned())));
            let mut batch = Batch::new();
            batch.extend(known_writes(&self.known, record.id, named));
            self.commit(batch).await?;
        }
        Ok(())
    }

    /// Writes a stream over the one that was read; `None` where another came first. `also` is committed with it.
    pub(crate) async fn put(
        &self,
        read: &Stream,
        record: StreamRecord,
        also: Batch,
    ) -> Result<Option<Stream>, EventsError> {
        let _deciding = self.deciding.lock().await;
        if record.needs_values() {
            self.values.store(true, Ordering::Relaxed);
        }
        let key = self.streams.key(record.id.as_bytes());
        let batch = Batch::new()
            .guard(Guard::At(key, read.revision))
            .write(self.streams.put(record.id.as_bytes(), &record)?);
        let written = self.commit(batch.and(also)).await?;
        Ok(written.map(|revision| Stream { record, revision, ..read.clone() }))
    }

    /// Writes how far a stream is over what was read, with whatever follows from it; `None` where another came first:
    /// the stream was deleted, or set back.
    pub(crate) async fn advance(
        &self,
        id: Uuid,
        read: Revision,
        progress: &Progress,
        also: Batch,
    ) -> Result<Option<Revision>, EventsError> {
        let batch = Batch::new()
            .guard(Guard::At(self.progress.key(id.as_bytes()), read))
            .write(self.progress.put(id.as_bytes(), progress)?);
        self.commit(batch.and(also)).await
    }

    /// Deletes a stream; says whether it was there. `also` is committed with it.
    pub(crate) async fn delete(&self, id: Uuid, also: Batch) -> Result<bool, EventsError> {
        let key = self.streams.key(id.as_bytes());
        let batch = Batch::new()
            .guard(Guard::Present(key))
            .write(self.streams.remove(id.as_bytes()))
            .write(self.progress.remove(id.as_bytes()));
        let deleted = self.commit(batch.and(also)).await?.is_some();
        if deleted {
            self.forget_known(id).await?;
        }
        self.all().await?;
        Ok(deleted)
    }

    /// Sets a stream back, or on: everything after `position` is told, again or for the first time. `also` is committed
    /// with it.
    pub(crate) async fn replay(
        &self,
        id: Uuid,
        position: Position,
        also: &Batch,
    ) -> Result<Option<Stream>, EventsError> {
        for _ in 0..100 {
            let Some(stream) = self.stream(id).await? else { return Ok(None) };
            let mut progress = stream.progress;
            progress.position = position;
            progress.ahead.clear();
            progress.failing = None;
            if self.advance(id, stream.progress_revision, &progress, also.clone()).await?.is_some() {
                return self.stream(id).await;
            }
        }
        Err(EventsError::Contended)
    }

    /// Changes whether a stream runs; `None` where there is no such stream. `also` is committed with it.
    pub(crate) async fn set_state(
        &self,
        id: Uuid,
        state: State,
        also: &Batch,
    ) -> Result<Option<Stream>, EventsError> {
        for _ in 0..100 {
            let Some(stream) = self.stream(id).await? else { return Ok(None) };
            let record = StreamRecord { state, ..stream.record.clone() };
            if let Some(written) = self.put(&stream, record, also.clone()).await? {
                return Ok(Some(written));
            }
        }
        Err(EventsError::Contended)
    }

    /// Commits; `None` where a guard did not hold.
    async fn commit(&self, batch: Batch) -> Result<Option<Revision>, EventsError> {
        match self.kv.commit(batch).await {
            Ok(revision) => Ok(Some(revision)),
            Err(CommitError::Refused { .. }) => Ok(None),
            Err(CommitError::Store(failed)) => Err(failed.into()),
        }
    }
}
