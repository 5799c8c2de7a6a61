//! What a change of definitions leaves to be done in the background: index rows are added or taken away, and data
//! that no schema speaks of any more goes.
//!
//! Each step may stop anywhere and be done again from its start: rows are put where they are missing, and taken away
//! where they are. A step is for a directory whose model keeps the index, or does not know what goes, and begins when
//! every directory of an earlier model is [`retired`](Directory::retired): otherwise a change by the earlier model
//! could slip past it. Who calls it tells the directory how it ended, by [`Edit`].

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use store::{Batch, Guard, Key, Range, Row, Write};
use uuid::Uuid;

use crate::change::Change;
use crate::chunks::Chunks;
use crate::ctx::Ctx;
use crate::directory::{Current, Directory, MAX_ATTEMPTS, current};
use crate::error::{DirectoryError, refused};
use crate::feed::{self, FeedRecord};
use crate::index::{self, Index, Rows};
use crate::layout::{Kind, id_at_end};
use crate::shape::edit::{Edit, Progressed};
use crate::shape::{Chore, Failure, Place, Shape, Stage};

/// How many resources are committed together.
const TOGETHER: usize = 64;
/// How many problems are told in words; more are only counted.
const TOLD: usize = 20;

/// How far the background work is. Shared between who works and who looks.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
}

impl Progress {
    /// Resources or rows that are done, and how many there are about.
    #[must_use]
    pub fn seen(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    fn start(&self, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    fn add(&self, done: usize) {
        self.done.fetch_add(done as u64, Ordering::Relaxed);
    }
}

/// The next thing to be done in the background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Rows are added to an index.
    Build(u8),
    /// The rows of an index are taken away.
    Clear(u8),
    /// Data that no schema speaks of any more is taken away.
    Chore(Chore),
}

impl Task {
    /// Whether it is work on an index.
    #[must_use]
    pub fn is_on(&self, index: u8) -> bool {
        match self {
            Self::Build(number) | Self::Clear(number) => *number == index,
            Self::Chore(_) => false,
        }
    }
}

impl Shape {
    /// The next thing to be done. What frees a value or a number comes first.
    #[must_use]
    pub fn next_task(&self) -> Option<Task> {
        let clear = self.indexes.iter().find(|i| matches!(i.stage, Stage::Clearing { .. }));
        let build = || self.indexes.iter().find(|i| i.stage == Stage::Building);
        clear
            .map(|index| Task::Clear(index.number))
            .or_else(|| self.chores.first().cloned().map(Task::Chore))
            .or_else(|| build().map(|index| Task::Build(index.number)))
    }
}

/// A resource that is being indexed: its key, the rows it has, and the revision they are of.
struct Indexed {
    id: Uuid,
    revision: store::Revision,
    rows: Vec<index::Row>,
}

impl Directory {
    /// Does a task. The edit says how it ended; `None` where `goes_on` said no.
    pub async fn perform(
        &self,
        ctx: &Ctx,
        task: &Task,
        shape: &Shape,
        progress: &Progress,
        goes_on: impl Fn() -> bool,
    ) -> Result<Option<Edit>, DirectoryError> {
        match task {
            Task::Build(number) => self.build(*number, progress, goes_on).await,
            Task::Clear(number) => {
                let rows = [self.layout.unique_rows(*number), self.layout.index_rows(*number)];
                progress.start(0);
                for prefix in rows {
                    if !self.clear(prefix, progress, &goes_on).await? {
                        return Ok(None);
                    }
                }
                Ok(Some(Edit::Advance(*number, Progressed::Cleared)))
            }
            Task::Chore(chore) => {
                let done = match chore {
                    Chore::Strip(place) => self.strip_all(ctx, place, progress, goes_on).await?,
                    Chore::Empty { resource_type } => {
                        let kind = shape.kind(resource_type);
                        self.empty(ctx, kind, resource_type, progress, goes_on).await?
                    }
                };
                Ok(done.then(|| Edit::Done(chore.clone())))
            }
        }
    }

    async fn build(
        &self,
        number: u8,
        progress: &Progress,
        goes_on: impl Fn() -> bool,
    ) -> Result<Option<Edit>, DirectoryError> {
        let Some(index) = self.indexes.number(number) else { return Ok(None) };
        progress.start(self.count(index.kind).await?);
        let mut failure = Failure::default();
        let mut chunks = Chunks::new(&self.kv, self.layout.resources(index.kind));
        while let Some(rows) = chunks.next().await? {
            for together in rows.chunks(TOGETHER) {
                if !goes_on() {
                    return Ok(None);
                }
                self.add_rows(index, together, &mut failure).await?;
                progress.add(together.len());
            }
        }
        let ended = if failure.count == 0 { Progressed::Built } else { Progressed::Failed(failure) };
        Ok(Some(Edit::Advance(number, ended)))
    }

    /// Adds the rows of some resources: all in one commit, or one by one where something came in between.
    async fn add_rows(
        &self,
        index: &Index,
        rows: &[Row],
        failure: &mut Failure,
    ) -> Result<(), DirectoryError> {
        let mut batch = Batch::new();
        let (mut taken, mut alone): (HashSet<Key>, Vec<Uuid>) = (HashSet::new(), vec![]);
        let mut together: Vec<Uuid> = vec![];
        for row in rows {
            let id = id_at_end(&row.key).unwrap_or_default();
            let stored = store::Stored { revision: row.revision, value: row.value.clone() };
            let Ok(indexed) = Self::indexed(index, id, &current(index.kind, id, &stored)?) else {
                alone.push(id);
                continue;
            };
            let keys: Vec<Key> = indexed.rows.iter().map(|row| row.key(self.layout, id)).collect();
            // Guards look at the state before the commit: two resources of one value must not be in one.
            if index.rows == Rows::Unique && keys.iter().any(|key| taken.contains(key)) {
                alone.push(id);
                continue;
            }
            let missing = match self.missing(&indexed).await? {
                Missing::Rows(missing) => missing,
                Missing::TakenBy(..) => {
                    alone.push(id);
                    continue;
                }
            };
            if missing.is_empty() {
                continue;
            }
            taken.extend(keys);
            together.push(id);
            self.put(index, &indexed, missing, &mut batch);
        }
        if !batch.is_empty()
            && let Err(error) = self.kv.commit(batch).await
        {
            refused(error)?;
            alone.append(&mut together);
        }
        for id in alone {
            self.add_alone(index, id, failure).await?;
        }
        Ok(())
    }

    /// Adds the rows of one resource as it is now.
    async fn add_alone(&self, index: &Index, id: Uuid, failure: &mut Failure) -> Result<(), DirectoryError> {
        for _ in 0..MAX_ATTEMPTS {
            let Some(current) = self.current(index.kind, id).await? else { return Ok(()) };
            let revision = current.revision;
            let indexed = match Self::indexed(index, id, &current) {
                Ok(indexed) => indexed,
                Err(problem) => {
                    failure.add(problem);
                    return Ok(());
                }
            };
            match self.missing(&indexed).await? {
                Missing::TakenBy(value, other) => {
                    // Only where the value is still this resource's do the two have it at once.
                    if self.current(index.kind, id).await?.is_some_and(|c| c.revision == revision) {
                        let value =
                            index.text_of(&value).map_or("one value".to_owned(), |text| format!("{text:?}"));
                        failure.add(format!("{value} is that of {other} and of {id}"));
                        return Ok(());
                    }
                }
                Missing::Rows(missing) if missing.is_empty() => return Ok(()),
                Missing::Rows(missing) => {
                    let mut batch = Batch::new();
                    self.put(index, &indexed, missing, &mut batch);
                    match self.kv.commit(batch).await {
                        Ok(_) => return Ok(()),
                        Err(error) => refused(error)?,
                    };
                }
            }
            tokio::task::yield_now().await;
        }
        Err(DirectoryError::Contention(MAX_ATTEMPTS))
    }

    fn put(&self, index: &Index, indexed: &Indexed, missing: Vec<Key>, batch: &mut Batch) {
        batch.require(Guard::At(self.layout.resource(index.kind, indexed.id), indexed.revision));
        for key in missing {
            let value = match index.rows {
                Rows::Unique => {
                    batch.require(Guard::Absent(key.clone()));
                    bytes::Bytes::copy_from_slice(indexed.id.as_bytes())
                }
                Rows::Plain | Rows::Pointed => bytes::Bytes::new(),
            };
            batch.push(Write::Put(key, value));
        }
    }

    /// The rows a resource has in an index; the error says why it cannot have them.
    fn indexed(index: &Index, id: Uuid, current: &Current) -> Result<Indexed, String> {
        let unreadable = || format!("{id} cannot be read");
        let attributes = current.record.attributes().ok_or_else(unreadable)?;
        let rows = index.rows_of(&attributes, current.record.modified);
        let rows = rows.map_err(|error| format!("{id}: {}", error.detail()))?;
        Ok(Indexed { id, revision: current.revision, rows })
    }

    /// Which rows are not there yet.
    async fn missing(&self, indexed: &Indexed) -> Result<Missing, DirectoryError> {
        let mut missing = vec![];
        for row in &indexed.rows {
            let key = row.key(self.layout, indexed.id);
            match self.kv.get(&key).await? {
                None => missing.push(key),
                Some(stored) if row.unique && stored.value.as_ref() != indexed.id.as_bytes() => {
                    let other = Uuid::from_slice(&stored.value).unwrap_or_default();
                    return Ok(Missing::TakenBy(row.value.clone(), other));
                }
                Some(_) => {}
            }
        }
        Ok(Missing::Rows(missing))
    }

    /// Takes every row under a prefix away; `false` where it was stopped.
    async fn clear(
        &self,
        prefix: Key,
        progress: &Progress,
        goes_on: &impl Fn() -> bool,
    ) -> Result<bool, DirectoryError> {
        loop {
            if !goes_on() {
                return Ok(false);
            }
            let rows = self.kv.scan(Range::prefix(prefix.clone()), TOGETHER).await?;
            if rows.is_empty() {
                return Ok(true);
            }
            progress.add(rows.len());
            let mut batch = Batch::new();
            batch.extend(rows.into_iter().map(|row| Write::Delete(row.key)));
            if let Err(error) = self.kv.commit(batch).await {
                refused(error)?;
            }
        }
    }

    /// Takes a place away from every resource; `false` where it was stopped.
    async fn strip_all(
        &self,
        ctx: &Ctx,
        place: &Place,
        progress: &Progress,
        goes_on: impl Fn() -> bool,
    ) -> Result<bool, DirectoryError> {
        // A type that is gone too loses its resources altogether.
        let Some(kind) = self.kinds.named(&place.resource_type) else { return Ok(true) };
        progress.start(self.count(kind).await?);
        let mut chunks = Chunks::new(&self.kv, self.layout.resources(kind));
        while let Some(rows) = chunks.next().await? {
            if !goes_on() {
                return Ok(false);
            }
            progress.add(rows.len());
            for row in rows {
                let id = id_at_end(&row.key).unwrap_or_default();
                let stored = store::Stored { revision: row.revision, value: row.value };
                let attributes = current(kind, id, &stored)?.record.attributes();
                if attributes.is_some_and(|attributes| place.is_in(&attributes)) {
                    self.strip(ctx, kind, id, place).await?;
                }
            }
        }
        Ok(true)
    }

    /// Takes every resource of a type away that is not defined any more; `false` where it was stopped. Nobody else
    /// can read or write them, and their index rows go with their indexes.
    async fn empty(
        &self,
        ctx: &Ctx,
        kind: Option<Kind>,
        name: &str,
        progress: &Progress,
        goes_on: impl Fn() -> bool,
    ) -> Result<bool, DirectoryError> {
        let Some(kind) = kind else { return Ok(true) };
        progress.start(self.count(kind).await?);
        loop {
            if !goes_on() {
                return Ok(false);
            }
            let rows = self.kv.scan(Range::prefix(self.layout.resources(kind)), TOGETHER).await?;
            if rows.is_empty() {
                return Ok(true);
            }
            progress.add(rows.len());
            let mut change = Change::new(self.layout);
            for row in rows {
                let id = id_at_end(&row.key).unwrap_or_default();
                change.require(Guard::At(row.key, row.revision));
                change.delete_record(kind, id);
                change.count(kind, -1);
                change.feed(&FeedRecord::new(feed::Change::Delete, name, id, ctx));
            }
            let (batch, _) = change.finish();
            if let Err(error) = self.kv.commit(batch).await {
                refused(error)?;
            }
        }
    }
}

enum Missing {
    Rows(Vec<Key>),
    /// A value another resource has.
    TakenBy(Vec<u8>, Uuid),
}

impl Failure {
    fn add(&mut self, problem: String) {
        self.count += 1;
        if self.problems.len() < TOLD {
            self.problems.push(problem);
        }
    }
}
