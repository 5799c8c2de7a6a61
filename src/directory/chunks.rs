//! Reading many rows a chunk at a time, so that memory stays bounded and other requests get their turn.

use store::{Key, Kv, Range, Row};

use crate::error::DirectoryError;

/// How many rows are read from the store at a time.
pub(crate) const CHUNK: usize = 512;

/// Lets others have their turn after every chunk of a loop; local engines answer at once and never wait.
pub(crate) async fn breathe(done: usize) {
    if done % CHUNK == CHUNK - 1 {
        tokio::task::yield_now().await;
    }
}

/// The rows under a prefix, in chunks.
pub(crate) struct Chunks<'k> {
    kv: &'k Kv,
    prefix: Key,
    next: Option<Range>,
}

impl<'k> Chunks<'k> {
    /// Every row under the prefix.
    pub(crate) fn new(kv: &'k Kv, prefix: Key) -> Self {
        let next = Some(Range::prefix(prefix.clone()));
        Self { kv, prefix, next }
    }

    /// The next rows; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Row>>, DirectoryError> {
        let Some(range) = self.next.take() else { return Ok(None) };
        let rows = self.kv.scan(range, CHUNK).await?;
        if let Some(last) = rows.last()
            && rows.len() == CHUNK
        {
            self.next = Some(Range::after(self.prefix.clone(), last.key.clone()));
            tokio::task::yield_now().await;
        }
        Ok((!rows.is_empty()).then_some(rows))
    }
}
