//! Rows on disk, kept by sled.

use std::path::Path;

use super::{Memory, Settings, Verification};
use crate::{Batch, CommitError, OpenError, Range, Revision, Row, StoreError, Stored};

/// A store on disk.
#[derive(Debug, Clone)]
pub struct Sled(Memory);

#[expect(clippy::unused_async, reason = "the engine itself follows in the next commit")]
impl Sled {
    pub(crate) fn open(path: &Path, _settings: Settings) -> Result<Self, OpenError> {
        Err(OpenError::Folder { path: path.into(), source: std::io::ErrorKind::Unsupported.into() })
    }
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Stored>, StoreError> {
        self.0.get(key)
    }
    pub(crate) async fn scan(&self, range: Range, limit: usize) -> Result<Vec<Row>, StoreError> {
        self.0.scan(&range, limit)
    }
    pub(crate) async fn count(&self, range: Range) -> Result<u64, StoreError> {
        self.0.count(&range)
    }
    pub(crate) async fn commit(&self, batch: Batch) -> Result<Revision, CommitError> {
        self.0.commit(batch)
    }
    pub(crate) fn revision(&self) -> Revision {
        self.0.revision()
    }
    pub(crate) async fn verify(&self) -> Result<Verification, StoreError> {
        self.0.verify()
    }
    pub(crate) fn disk_bytes(&self) -> Result<u64, StoreError> {
        self.0.count(&Range::prefix([])).map(|_| 0)
    }
    pub(crate) async fn close(&self) {
        self.0.close();
    }
}
