//! Rows on disk, kept by sled in one tree.
//!
//! Reads go straight to the tree; everything that changes it goes through one writer thread, see
//! [`writer`]. What sled does not promise is added here: bytes that are truly on disk ([`folder`]), a
//! checksum per value, and the lock's release as part of closing.

mod folder;
#[cfg(test)]
mod tests;
mod walk;
mod writer;

use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc, Mutex, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering, fence},
    },
    thread::{self, JoinHandle},
};

use bytes::Bytes;
use sled::IVec;
use tokio::sync::{mpsc, oneshot, watch};

use self::{
    folder::Folder,
    walk::{Walk, rows},
    writer::{Head, Job, Writer},
};
use super::{Settings, Verification, group::Before};
use crate::{
    Batch, CommitError, Key, Moment, OpenError, Range, Revision, Row, StoreError, Stored, key,
    value::{HEAD_BYTES, unseal},
};

/// Commits that may wait for the writer; those beyond wait for a place.
const QUEUE: usize = 1024;

/// Below this size a copy is cheaper than sharing sled's own buffer.
const COPY_BYTES: usize = 256;

/// A store on disk.
#[derive(Clone)]
pub struct Sled {
    shared: Arc<Shared>,
}

struct Shared {
    /// `None` once closed.
    open: RwLock<Option<Open>>,
    progress: Arc<Progress>,
    /// Its other end is dropped when the writer has let go of the folder.
    done: watch::Receiver<()>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// The fields are dropped in this order: when the writer sees the queue end, its own handle of the
/// database is the last one.
struct Open {
    db: sled::Db,
    jobs: mpsc::Sender<Job>,
}

/// What the writer tells everyone.
struct Progress {
    last: AtomicU64,
    /// Odd while a group is being applied, and another even number after each: what is read between two equal even
    /// numbers is one state.
    applied: AtomicU64,
    failure: OnceLock<Arc<str>>,
}

impl Sled {
    pub(crate) fn open(path: &Path, settings: Settings) -> Result<Self, OpenError> {
        Self::open_with(path, settings, |disk| disk)
    }

    /// `wrap` lets a test put a failing disk in place of the real one.
    fn open_with<F>(path: &Path, settings: Settings, wrap: F) -> Result<Self, OpenError>
    where
        F: FnOnce(writer::Sync) -> writer::Sync,
    {
        let folder = Folder::claim(path)?;
        let db = open_tree(&folder, settings)?;
        let unusable = |source| OpenError::Folder { path: path.to_owned(), source };
        let mut disk = folder.disk().map_err(unusable)?;
        let last = match Head::read(&db, path)? {
            Some(head) => head.last,
            None => Head::write_first(&db, &mut disk).map_err(unusable)?,
        };
        let progress = Arc::new(Progress {
            last: AtomicU64::new(last.get()),
            applied: AtomicU64::new(0),
            failure: OnceLock::new(),
        });
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (finished, done) = watch::channel(());
        let sync = wrap(Box::new(move || disk.sync()));
        let writer = Writer { db: db.clone(), folder, sync, last, progress: Arc::clone(&progress), finished };
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run(queue))
            .map_err(unusable)?;
        let open = RwLock::new(Some(Open { db, jobs }));
        let shared = Shared { open, progress, done, writer: Mutex::new(Some(thread)) };
        Ok(Self { shared: Arc::new(shared) })
    }

    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Stored>, StoreError> {
        self.with(|open| stored(&open.db, key))
    }

    pub(crate) async fn scan(&self, range: Range, limit: usize) -> Result<Vec<Row>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        self.walk(Walk::new(range, Vec::new(), move |rows: &mut Vec<Row>, key, value| {
            let revision = unseal(key, value)?;
            rows.push(Row { key: key.to_vec(), revision, value: content(value) });
            Ok(walk::until(rows.len() == limit))
        }))
        .await
    }

    pub(crate) async fn keys(&self, range: Range, limit: usize) -> Result<Vec<Key>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        self.walk(Walk::new(range, Vec::new(), move |keys: &mut Vec<Key>, key, _| {
            keys.push(key.to_vec());
            Ok(walk::until(keys.len() == limit))
        }))
        .await
    }

    pub(crate) async fn count(&self, range: Range) -> Result<u64, StoreError> {
        self.walk(Walk::new(range, 0, |count, _, _| {
            *count += 1;
            Ok(walk::until(false))
        }))
        .await
    }

    pub(crate) async fn verify(&self) -> Result<Verification, StoreError> {
        let nothing = Verification::default();
        self.walk(Walk::new(Range::prefix([]), nothing, |found, key, value| {
            found.keys += 1;
            if unseal(key, value).is_err() {
                found.damaged.push(key.to_vec());
            }
            Ok(walk::until(false))
        }))
        .await
    }

    pub(crate) async fn commit(&self, batch: Batch) -> Result<Revision, CommitError> {
        let jobs = self.with(|open| Ok(open.jobs.clone()))?;
        let (answer, outcome) = oneshot::channel();
        if jobs.send(Job { batch, answer }).await.is_err() {
            return Err(self.stopped().into());
        }
        outcome.await.unwrap_or_else(|_| Err(self.stopped().into()))
    }

    pub(crate) fn revision(&self) -> Revision {
        Revision::new(self.shared.progress.last.load(Ordering::Acquire))
    }

    pub(crate) fn moment(&self) -> Option<Moment> {
        // what was read before must not be read after this
        fence(Ordering::Acquire);
        let applied = self.shared.progress.applied.load(Ordering::Acquire);
        applied.is_multiple_of(2).then(|| Moment::new(applied))
    }

    pub(crate) fn disk_bytes(&self) -> Result<u64, StoreError> {
        self.with(|open| open.db.size_on_disk().map_err(|e| unreadable(&e)))
    }

    pub(crate) async fn close(&self) {
        self.shared.end();
        let mut done = self.shared.done.clone();
        while done.changed().await.is_ok() {}
    }

    fn with<T>(&self, read: impl FnOnce(&Open) -> Result<T, StoreError>) -> Result<T, StoreError> {
        // A reader that panicked has changed nothing, so a poisoned lock is as good as another.
        let open = self.shared.open.read().unwrap_or_else(PoisonError::into_inner);
        read(open.as_ref().ok_or(StoreError::Closed)?)
    }

    /// Why the writer no longer answers.
    fn stopped(&self) -> StoreError {
        let reason = self.shared.progress.failure.get().cloned();
        StoreError::Failed { detail: reason.unwrap_or_else(|| "the writer is gone".into()) }
    }
}

impl fmt::Debug for Sled {
    // Not derived: sled's own form prints every row.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sled").field("revision", &self.revision()).finish_non_exhaustive()
    }
}

impl Shared {
    /// Lets go of the queue, so that the writer ends when it has emptied it.
    fn end(&self) {
        self.open.write().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.end();
        let writer = self.writer.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = writer.take() {
            // A panic of the writer was answered to those who waited; there is no one left to tell.
            let _ = thread.join();
        }
    }
}

impl Before for sled::Db {
    fn stored(&self, key: &[u8]) -> Result<Option<Stored>, StoreError> {
        stored(self, key)
    }

    fn written_since(
        &self,
        range: &Range,
        since: Revision,
        counts: &dyn Fn(&[u8]) -> bool,
    ) -> Result<bool, StoreError> {
        for row in rows(self, range) {
            let (key, value) = row.map_err(|e| unreadable(&e))?;
            if unseal(&key, &value)? > since && counts(&key) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn stored(db: &sled::Db, key: &[u8]) -> Result<Option<Stored>, StoreError> {
    if key::check(key).is_err() {
        return Ok(None);
    }
    let Some(sealed) = db.get(key).map_err(|e| unreadable(&e))? else { return Ok(None) };
    let revision = unseal(key, &sealed)?;
    Ok(Some(Stored { revision, value: content(&sealed) }))
}

/// The value within sealed bytes whose checksum is right.
fn content(sealed: &IVec) -> Bytes {
    let length = sealed.len() - HEAD_BYTES;
    if length < COPY_BYTES {
        return Bytes::copy_from_slice(&sealed[HEAD_BYTES..]);
    }
    Bytes::from_owner(sealed.subslice(HEAD_BYTES, length))
}

fn unreadable(error: &sled::Error) -> StoreError {
    StoreError::Unreadable { detail: error.to_string().into() }
}

fn open_tree(folder: &Folder, settings: Settings) -> Result<sled::Db, OpenError> {
    let path = folder.root().to_owned();
    let config = sled::Config::new()
        .path(folder.generation())
        // sled refuses a cache of a few bytes, and needs some megabytes to be of use.
        .cache_capacity(settings.cache_bytes.max(1 << 20))
        // Every group is flushed before it is answered, so a timer would only add work.
        .flush_every_ms(None);
    // sled panics on some damaged files; the operator is to read a sentence instead.
    match catch_unwind(AssertUnwindSafe(|| config.open())) {
        Ok(Ok(db)) => Ok(db),
        Ok(Err(sled::Error::Io(source))) => Err(refused(folder, source)),
        Ok(Err(error)) => Err(OpenError::Damaged { path, detail: error.to_string() }),
        Err(_) => Err(OpenError::Damaged { path, detail: "the database cannot be recovered".to_owned() }),
    }
}

/// sled has no error of its own for a taken lock, only this text.
fn refused(folder: &Folder, source: io::Error) -> OpenError {
    let path = folder.root().to_owned();
    if source.to_string().contains("could not acquire lock") {
        return OpenError::InUse { path, pid: None };
    }
    OpenError::Folder { path, source }
}
