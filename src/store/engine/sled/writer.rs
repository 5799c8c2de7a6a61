//! The one thread that changes the tree: checks guards, applies groups, flushes, answers.
//!
//! All commits that wait at one moment become one group, one atomic batch of sled with the number of the
//! last commit in it, and one flush. Nobody is answered before the flush. When a write fails, what is on
//! disk is unknown, so every later commit is refused until the store is opened anew.

use std::{
    io,
    path::Path,
    sync::{Arc, atomic::Ordering},
};

use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Progress, Range,
    folder::{Disk, Folder},
    walk::rows,
};
use crate::{
    Batch, CommitError, OpenError, Revision, StoreError,
    engine::group::{Changes, Group},
    value::{HEAD_BYTES, seal, unseal},
};

/// Commits in a group. sled holds up every reader while it applies one, so it is not larger.
const GROUP_COMMITS: usize = 256;

/// Bytes in a group, by the same reason.
const GROUP_BYTES: usize = 4 << 20;

/// Makes what sled wrote safe.
pub(super) type Sync = Box<dyn FnMut() -> io::Result<()> + Send>;

/// A commit on its way.
pub(super) struct Job {
    pub(super) batch: Batch,
    pub(super) answer: oneshot::Sender<Result<Revision, CommitError>>,
}

/// What the thread owns.
pub(super) struct Writer {
    pub(super) db: sled::Db,
    pub(super) folder: Folder,
    pub(super) sync: Sync,
    pub(super) last: Revision,
    pub(super) progress: Arc<Progress>,
    /// Dropped last: tells those who wait for the end.
    pub(super) finished: watch::Sender<()>,
}

impl Writer {
    /// Works until nobody can hand over a commit any more.
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while let Some(first) = queue.blocking_recv() {
            let jobs = gather(first, &mut queue);
            self.commit(jobs);
        }
        self.finish();
    }

    fn commit(&mut self, jobs: Vec<Job>) {
        if let Some(detail) = self.progress.failure.get() {
            return refuse(jobs.into_iter().map(|job| job.answer), detail);
        }
        let mut group = Group::new(&self.db, self.last);
        let mut outcomes = Vec::with_capacity(jobs.len());
        for Job { batch, answer } in jobs {
            outcomes.push((answer, group.admit(batch)));
        }
        let (last, changes) = group.finish();
        if let Err(detail) = self.persist(last, changes) {
            let detail = self.progress.failure.get_or_init(|| detail.into());
            // Refusals too: they may rest on what an earlier batch of the group would have written.
            return refuse(outcomes.into_iter().map(|(answer, _)| answer), detail);
        }
        self.last = last;
        self.progress.last.store(last.get(), Ordering::Release);
        for (answer, outcome) in outcomes {
            // Whoever asked may have gone; the commit stands.
            let _ = answer.send(outcome);
        }
    }

    fn persist(&mut self, last: Revision, changes: Changes) -> Result<(), String> {
        if last == self.last {
            return Ok(());
        }
        let mut batch = sled::Batch::default();
        for (key, change) in changes {
            match change {
                Some(stored) => {
                    let sealed = seal(&key, stored.revision, &stored.value);
                    batch.insert(key, sealed);
                }
                None => batch.remove(key),
            }
        }
        batch.insert(Head::KEY, Head { last }.sealed());
        // readers see a part of it from here on
        self.progress.applied.fetch_add(1, Ordering::AcqRel);
        self.db.apply_batch(batch).map_err(|e| e.to_string())?;
        self.progress.applied.fetch_add(1, Ordering::AcqRel);
        self.db.flush().map_err(|e| e.to_string())?;
        (self.sync)().map_err(|e| e.to_string())
    }

    fn finish(mut self) {
        // sled writes once more when its last handle goes.
        drop(self.db);
        if self.progress.failure.get().is_none()
            && let Err(error) = (self.sync)()
        {
            // Every commit that was answered is on disk already.
            let _ = self.progress.failure.set(error.to_string().into());
        }
        self.folder.wait_until_sled_let_go();
        drop(self.folder);
        drop(self.finished);
    }
}

/// The first job and those that wait behind it, as far as a group reaches.
fn gather(first: Job, queue: &mut mpsc::Receiver<Job>) -> Vec<Job> {
    let mut bytes = first.batch.weight();
    let mut jobs = vec![first];
    while jobs.len() < GROUP_COMMITS
        && bytes < GROUP_BYTES
        && let Ok(job) = queue.try_recv()
    {
        bytes += job.batch.weight();
        jobs.push(job);
    }
    jobs
}

fn refuse(answers: impl Iterator<Item = oneshot::Sender<Result<Revision, CommitError>>>, detail: &Arc<str>) {
    for answer in answers {
        let _ = answer.send(Err(StoreError::Failed { detail: Arc::clone(detail) }.into()));
    }
}

/// The store's own row: the form of the data and the number of the last commit.
pub(super) struct Head {
    pub(super) last: Revision,
}

impl Head {
    pub(super) const KEY: &[u8] = b"\xffhead";

    /// Raised when rows are laid out differently.
    const FORMAT: u8 = 1;

    /// The head of a store, or `None` where the store is new.
    pub(super) fn read(db: &sled::Db, path: &Path) -> Result<Option<Self>, OpenError> {
        let damaged = |detail: String| OpenError::Damaged { path: path.to_owned(), detail };
        let Some(sealed) = db.get(Self::KEY).map_err(|e| damaged(e.to_string()))? else {
            // The head is written before anything else.
            return match rows(db, &Range::prefix([])).next() {
                None => Ok(None),
                Some(_) => Err(damaged("there are rows, but no head".to_owned())),
            };
        };
        let last = unseal(Self::KEY, &sealed).map_err(|e| damaged(e.to_string()))?;
        match sealed[HEAD_BYTES..] {
            [Self::FORMAT] => Ok(Some(Self { last })),
            [found, ..] => Err(OpenError::Format { path: path.to_owned(), found, known: Self::FORMAT }),
            [] => Err(damaged("the head is empty".to_owned())),
        }
    }

    /// Makes a new store one that has a head, and gives the revision of the time before all commits.
    pub(super) fn write_first(db: &sled::Db, disk: &mut Disk) -> io::Result<Revision> {
        let last = Revision::default();
        db.insert(Self::KEY, Self { last }.sealed())?;
        db.flush()?;
        disk.sync()?;
        Ok(last)
    }

    fn sealed(&self) -> Vec<u8> {
        seal(Self::KEY, self.last, &[Self::FORMAT])
    }
}
