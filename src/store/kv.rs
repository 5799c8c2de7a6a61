//! The store as the crates above see it: one type over every engine.
//!
//! It does nothing of its own; each engine keeps the contract written here, and the conformance suite
//! asks each of them the same questions.

use std::path::Path;

use crate::{
    Batch, CommitError, Key, Moment, OpenError, Range, Revision, Row, StoreError, Stored,
    engine::{Memory, Settings, Sled, Verification},
};

/// An open store. Clones are cheap and are the same store.
#[derive(Debug, Clone)]
pub enum Kv {
    /// Kept in memory, gone with the last clone.
    Memory(Memory),
    /// Kept on disk by sled.
    Sled(Sled),
}

impl Kv {
    /// An empty store in memory.
    #[must_use]
    pub fn memory() -> Self {
        Self::Memory(Memory::default())
    }

    /// An empty store in memory that lets other tasks go first before each access, as the seed decides: for tests
    /// of what happens between one access and the next.
    #[must_use]
    pub fn restless(seed: u64) -> Self {
        Self::Memory(Memory::restless(seed))
    }

    /// Opens the store in a folder, and makes it if there is none.
    pub fn open(path: &Path, settings: Settings) -> Result<Self, OpenError> {
        Sled::open(path, settings).map(Self::Sled)
    }

    /// The value of a key.
    ///
    /// A value may be seen a moment before its commit is on disk and answered.
    pub async fn get(&self, key: &[u8]) -> Result<Option<Stored>, StoreError> {
        match self {
            Self::Memory(memory) => {
                memory.give_way().await;
                memory.get(key)
            }
            Self::Sled(sled) => sled.get(key),
        }
    }

    /// The first `limit` rows of a range, in its order.
    ///
    /// Copies no more than it gives. It is no snapshot: a commit that happens meanwhile may be seen in
    /// some rows only.
    pub async fn scan(&self, range: Range, limit: usize) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Memory(memory) => {
                memory.give_way().await;
                memory.scan(&range, limit)
            }
            Self::Sled(sled) => sled.scan(range, limit).await,
        }
    }

    /// The first `limit` keys of a range, in its order: a scan that neither copies nor checks any value.
    pub async fn keys(&self, range: Range, limit: usize) -> Result<Vec<Key>, StoreError> {
        match self {
            Self::Memory(memory) => memory.keys(&range, limit),
            Self::Sled(sled) => sled.keys(range, limit).await,
        }
    }

    /// How many keys a range has; reads them all, so keep a counter where the range is long.
    pub async fn count(&self, range: Range) -> Result<u64, StoreError> {
        match self {
            Self::Memory(memory) => {
                memory.give_way().await;
                memory.count(&range)
            }
            Self::Sled(sled) => sled.count(range).await,
        }
    }

    /// The value of a counter; zero where it was never added to.
    pub async fn counter(&self, key: &[u8]) -> Result<i64, StoreError> {
        self.get(key).await?.map_or(Ok(0), |stored| crate::engine::counter(key, &stored.value))
    }

    /// Checks the guards and, if all hold, writes the batch; success means that it is on disk.
    ///
    /// The answer is the revision of the commit, which every key written now carries. A batch without
    /// writes gets the revision of the last commit. Once called, the commit happens also when the future
    /// is dropped before it answers, or does not happen at all.
    pub async fn commit(&self, batch: Batch) -> Result<Revision, CommitError> {
        match self {
            Self::Memory(memory) => {
                memory.give_way().await;
                memory.commit(batch)
            }
            Self::Sled(sled) => sled.commit(batch).await,
        }
    }

    /// The last commit that was answered with success; what it wrote can be read.
    #[must_use]
    pub fn revision(&self) -> Revision {
        match self {
            Self::Memory(memory) => memory.revision(),
            Self::Sled(sled) => sled.revision(),
        }
    }

    /// The state of the store now, to be held against that of a later moment: what was read between two equal moments
    /// is one state. `None` while a commit is on its way into what is read.
    #[must_use]
    pub fn moment(&self) -> Option<Moment> {
        match self {
            Self::Memory(memory) => Some(memory.moment()),
            Self::Sled(sled) => sled.moment(),
        }
    }

    /// Reads every value and checks it.
    pub async fn verify(&self) -> Result<Verification, StoreError> {
        match self {
            Self::Memory(memory) => memory.verify(),
            Self::Sled(sled) => sled.verify().await,
        }
    }

    /// The bytes the store takes on disk; zero for one in memory.
    pub fn disk_bytes(&self) -> Result<u64, StoreError> {
        match self {
            Self::Memory(_) => Ok(0),
            Self::Sled(sled) => sled.disk_bytes(),
        }
    }

    /// Finishes the commits already handed over, writes everything to disk and lets go of the folder.
    ///
    /// Afterwards every call on every clone answers [`StoreError::Closed`]. Dropping the last clone does
    /// the same, but blocks its thread.
    pub async fn close(&self) {
        match self {
            Self::Memory(memory) => memory.close(),
            Self::Sled(sled) => sled.close().await,
        }
    }
}
