//! The folder of a store: who holds it, and when its files are safe.
//!
//! It knows where sled keeps its files, and nothing of what is in them.
//!
//! Two things are done here because sled 0.34 does not do them on Linux. Its flush ends with
//! `sync_file_range`, which neither empties the disk's own cache nor writes the file's size and extents;
//! and it never syncs the files into which it puts large pages (`blobs/`). After a power cut, answered
//! commits would be gone.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use crate::OpenError;

/// How long sled's own threads may hold its lock after the last handle is gone; they take milliseconds.
const RELEASE_MS: u32 = 10_000;

/// A folder that this store holds; dropping it lets others in.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if there is none, and keeps every other store out.
    pub(super) fn claim(root: &Path) -> Result<Self, OpenError> {
        let unusable = |source| OpenError::Folder { path: root.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(root).map_err(unusable)?;
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(root.join("lock"))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse { path: root.to_owned(), pid: holder(&mut lock) });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        // Only for the message of the next one who tries, so it need not be safe on disk.
        lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id())).map_err(unusable)?;
        Ok(Self { root: root.to_owned(), _lock: lock })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Where sled keeps its files. A number, because compaction will copy live rows into a next one.
    pub(super) fn generation(&self) -> PathBuf {
        self.root.join("generation-1")
    }

    /// The files of a database that was opened, and their names made safe.
    pub(super) fn disk(&self) -> io::Result<Disk> {
        let generation = self.generation();
        let above = self.root.parent().filter(|above| !above.as_os_str().is_empty());
        for folder in [Some(generation.as_path()), Some(&self.root), above].into_iter().flatten() {
            File::open(folder)?.sync_all()?;
        }
        let blobs = generation.join("blobs");
        Ok(Disk { data: File::open(generation.join("db"))?, blobs, safe: BTreeSet::new() })
    }

    /// Waits until the threads of a closed database have let go of its lock, so that whoever gets this
    /// folder next can open it: sled does not wait for them (spacejam/sled#1289).
    pub(super) fn wait_until_sled_let_go(&self) {
        let Ok(data) = File::open(self.generation().join("db")) else { return };
        for _ in 0..RELEASE_MS {
            match data.try_lock() {
                Err(TryLockError::WouldBlock) => thread::park_timeout(Duration::from_millis(1)),
                Ok(()) | Err(TryLockError::Error(_)) => return,
            }
        }
    }
}

fn holder(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// The files into which sled writes.
#[derive(Debug)]
pub(super) struct Disk {
    data: File,
    blobs: PathBuf,
    /// Large pages that were made safe before; such a file is written once.
    safe: BTreeSet<OsString>,
}

impl Disk {
    /// Makes safe what sled has written.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.sync_blobs()?;
        self.data.sync_data()
    }

    fn sync_blobs(&mut self) -> io::Result<()> {
        let mut present = BTreeSet::new();
        for entry in self.blobs.read_dir()? {
            present.insert(entry?.file_name());
        }
        if present == self.safe {
            return Ok(());
        }
        for name in present.difference(&self.safe) {
            match File::open(self.blobs.join(name)) {
                Ok(blob) => blob.sync_data()?,
                // Replaced by a newer one meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        self.safe = present;
        File::open(&self.blobs)?.sync_all()
    }
}
