//! Emptying the bin: what is purged cannot be restored.

use std::ops::Bound;

use jiff::Timestamp;
use store::{Batch, Guard, Range};
use uuid::Uuid;

use crate::change::Change;
use crate::directory::{Directory, MAX_ATTEMPTS};
use crate::error::{DirectoryError, refused};
use crate::layout::{Kind, binned_at};

/// How many entries are purged in one go.
const AT_ONCE: usize = 256;

impl Directory {
    /// Purges one entry; whether there was one. `also` is committed with it.
    pub async fn purge(&self, kind: Kind, id: Uuid, also: &Batch) -> Result<bool, DirectoryError> {
        for _ in 0..MAX_ATTEMPTS {
            let since = self.kv.revision();
            let Some((binned, revision)) = self.binned(kind, id).await? else { return Ok(false) };
            let mut change = Change::new(self.layout);
            change.require(Guard::At(self.layout.binned(kind, id), revision));
            let (_, keys) = self.bin_links(kind, id).await?;
            self.take_from_bin(kind, id, binned.deleted, since, keys, &mut change);
            let (batch, _) = change.finish();
            match self.kv.commit(batch.and(also.clone())).await {
                Ok(_) => return Ok(true),
                // Something was restored that was linked to it.
                Err(error) => {
                    refused(error)?;
                    tokio::task::yield_now().await;
                }
            }
        }
        Err(DirectoryError::Contention(MAX_ATTEMPTS))
    }

    /// Purges some of what was deleted before a moment, and gives how many that were; zero when nothing is left. What
    /// is deleted meanwhile stays.
    pub async fn purge_before(&self, moment: Timestamp) -> Result<u64, DirectoryError> {
        self.purge_some(moment, AT_ONCE, &Batch::new()).await
    }

    /// Purges one of what was deleted before a moment; whether there was any. `also` is committed with it.
    pub async fn purge_one_before(&self, moment: Timestamp, also: &Batch) -> Result<bool, DirectoryError> {
        Ok(self.purge_some(moment, 1, also).await? > 0)
    }

    async fn purge_some(&self, moment: Timestamp, most: usize, also: &Batch) -> Result<u64, DirectoryError> {
        let prefix = self.layout.all_binned_at();
        let end = self.layout.binned_before(moment);
        let range = Range::within(prefix, Bound::Unbounded, Bound::Excluded(end));
        let mut purged = 0;
        for row in self.kv.scan(range, most).await? {
            if let Some((_, kind, id)) = binned_at(&row.key) {
                purged += u64::from(self.purge(kind, id, also).await?);
            }
        }
        Ok(purged)
    }

    /// Deletes the rows of an entry. A link that is added to them after `since` refuses the commit.
    pub(super) fn take_from_bin(
        &self,
        kind: Kind,
        id: Uuid,
        deleted: Timestamp,
        since: store::Revision,
        links: Vec<store::Key>,
        change: &mut Change,
    ) {
        change.require(Guard::Quiet { prefix: self.layout.bin_links(kind, id), since });
        change.delete(self.layout.binned(kind, id));
        change.delete(self.layout.binned_at(deleted, kind, id));
        for key in links {
            change.delete(key);
        }
    }
}
