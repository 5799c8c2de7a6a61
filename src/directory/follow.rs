//! Reading the change feed: from a position on, from a time on; and cutting its old end off.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Batch, Key, Range, Revision, Row, Write};
use uuid::Uuid;

use crate::directory::Directory;
use crate::error::{DirectoryError, refused};
use crate::feed::FeedRecord;

/// How many rows are cut off in one commit.
const CUT_AT_ONCE: usize = 1_000;

/// A place in the feed. Positions only grow, also across restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Position {
    /// The commit.
    pub revision: u64,
    /// The place within the commit.
    pub index: u32,
}

impl Position {
    /// The place after everything a commit wrote.
    #[must_use]
    pub fn after(revision: u64) -> Self {
        Self { revision, index: u32::MAX }
    }
}

/// A record with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Feed {
    /// The place.
    pub position: Position,
    /// The record.
    pub record: FeedRecord,
}

impl Directory {
    /// The first records after a position, as far as commits are on disk.
    pub async fn follow(&self, after: Position, limit: usize) -> Result<Vec<Feed>, DirectoryError> {
        // A row may be seen before its commit is on disk, and what was told must not be lost with the power.
        let durable = self.kv.revision().get();
        let rows = self.kv.scan(Range::after(self.layout.feed(), self.feed_key(after)), limit).await?;
        let read = rows.iter().map(|row| self.feed_row(row));
        read.take_while(|row| row.as_ref().map_or(true, |row| row.position.revision <= durable)).collect()
    }

    /// The last records, newest first: those before a position, if one is given.
    pub async fn recent(&self, before: Option<Position>, limit: usize) -> Result<Vec<Feed>, DirectoryError> {
        let range = match before {
            Some(before) => Range::before(self.layout.feed(), self.feed_key(before)),
            None => Range::prefix(self.layout.feed()).descending(),
        };
        self.kv.scan(range, limit).await?.iter().map(|row| self.feed_row(row)).collect()
    }

    /// The place after everything that is on disk now.
    #[must_use]
    pub fn end_of_feed(&self) -> Position {
        Position::after(self.kv.revision().get())
    }

    /// The place before the first record of a time or later; the end where there is none.
    pub async fn position_at(&self, time: Timestamp) -> Result<Position, DirectoryError> {
        let (mut low, mut high) = (0, self.kv.revision().get());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.follow(Position::after(middle), 1).await?.first() {
                Some(row) if row.record.at_ms < time.as_millisecond() => low = row.position.revision,
                Some(_) | None => high = middle,
            }
        }
        Ok(Position::after(low))
    }

    /// Deletes records up to a position that are older than a time, in small commits; says how many. Stops at the
    /// first that has to stay.
    pub async fn cut_feed(&self, upto: Position, older_than: Timestamp) -> Result<u64, DirectoryError> {
        let mut cut = 0;
        loop {
            let rows = self.kv.scan(Range::prefix(self.layout.feed()), CUT_AT_ONCE).await?;
            let mut batch = Batch::new();
            for row in &rows {
                let read = self.feed_row(row)?;
                if read.position > upto || read.record.at_ms >= older_than.as_millisecond() {
                    break;
                }
                batch.push(Write::Delete(row.key.clone()));
            }
            let deleted = batch.writes().len();
            if deleted > 0 {
                match self.kv.commit(batch).await {
                    Ok(_) => {}
                    // a batch without guards is not refused
                    Err(error) => drop(refused(error)?),
                }
                cut += deleted as u64;
            }
            if deleted < CUT_AT_ONCE {
                return Ok(cut);
            }
        }
    }

    /// The write that appends a record to the feed.
    #[must_use]
    pub fn append(&self, record: &FeedRecord) -> Write {
        Write::Append { prefix: self.layout.feed(), value: record.encode() }
    }

    /// What a change of a named transaction left in its commit: which resource it wrote, and the revision. `None`
    /// where there was no such change, or its mark was cleared.
    pub async fn mark(&self, txn: &str) -> Result<Option<(Uuid, Revision)>, DirectoryError> {
        let stored = self.kv.get(&self.layout.mark(txn)).await?;
        Ok(stored.and_then(|stored| Some((Uuid::from_slice(&stored.value).ok()?, stored.revision))))
    }

    /// The write that clears the mark of a transaction.
    #[must_use]
    pub fn clear_mark(&self, txn: &str) -> Write {
        Write::Delete(self.layout.mark(txn))
    }

    fn feed_key(&self, position: Position) -> Key {
        let mut key = self.layout.feed();
        key.extend_from_slice(&position.revision.to_be_bytes());
        key.extend_from_slice(&position.index.to_be_bytes());
        key
    }

    fn feed_row(&self, row: &Row) -> Result<Feed, DirectoryError> {
        let place = &row.key[self.layout.feed().len()..];
        let unreadable = || DirectoryError::Unreadable(format!("the feed's record {}", place.escape_ascii()));
        let (revision, index) = place.split_first_chunk::<8>().ok_or_else(unreadable)?;
        let index = index.try_into().map_err(|_| unreadable())?;
        let position = Position { revision: u64::from_be_bytes(*revision), index: u32::from_be_bytes(index) };
        let record = serde_json::from_slice(&row.value).map_err(|_| unreadable())?;
        Ok(Feed { position, record })
    }
}
