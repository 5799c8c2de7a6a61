//! What is in the bin.

use jiff::Timestamp;
use scim::json::Object;
use store::Range;
use uuid::Uuid;

use super::{Binned, Link};
use crate::chunks::Chunks;
use crate::directory::Directory;
use crate::error::DirectoryError;
use crate::layout::{Kind, binned_at};

/// A resource in the bin.
#[derive(Debug, Clone, PartialEq)]
pub struct BinEntry {
    /// Its kind.
    pub kind: Kind,
    /// Its id, which it keeps when it is restored.
    pub id: Uuid,
    /// What other resources showed as its name.
    pub display: String,
    /// When it was deleted.
    pub deleted: Timestamp,
    /// Who deleted it.
    pub actor: String,
    /// Its attributes, without links.
    pub attributes: Object,
}

impl BinEntry {
    /// Where the entry stands in the list, for the page after it.
    #[must_use]
    pub fn place(&self) -> (Timestamp, Kind, Uuid) {
        (self.deleted, self.kind, self.id)
    }
}

impl Directory {
    /// The entries of the bin, the last deleted first, those after a place; `limit` at most.
    pub async fn bin(
        &self,
        after: Option<(Timestamp, Kind, Uuid)>,
        limit: usize,
    ) -> Result<Vec<BinEntry>, DirectoryError> {
        let prefix = self.layout.all_binned_at();
        let range = match after {
            Some((deleted, kind, id)) => Range::before(prefix, self.layout.binned_at(deleted, kind, id)),
            None => Range::prefix(prefix).descending(),
        };
        let mut entries = Vec::new();
        for row in self.kv.scan(range, limit).await? {
            let Some((_, kind, id)) = binned_at(&row.key) else { continue };
            // One that was restored or purged since the row was read is in the bin no more.
            entries.extend(self.bin_entry(kind, id).await?);
        }
        Ok(entries)
    }

    /// How many entries the bin has. Counts them.
    pub async fn bin_size(&self) -> Result<u64, DirectoryError> {
        Ok(self.kv.count(Range::prefix(self.layout.all_binned_at())).await?)
    }

    /// One entry of the bin.
    pub async fn bin_entry(&self, kind: Kind, id: Uuid) -> Result<Option<BinEntry>, DirectoryError> {
        let Some((binned, _)) = self.binned(kind, id).await? else { return Ok(None) };
        let attributes = binned
            .record
            .attributes()
            .ok_or_else(|| DirectoryError::Unreadable(format!("{kind} {id} in the recycle bin")))?;
        Ok(Some(BinEntry {
            kind,
            id,
            display: binned.record.display,
            deleted: binned.deleted,
            actor: binned.actor,
            attributes,
        }))
    }

    /// The entry of the bin with an id, whatever its kind: ids are of one resource only. A kind may not be defined any
    /// more.
    pub async fn bin_entry_of(&self, id: Uuid) -> Result<Option<BinEntry>, DirectoryError> {
        let gone = (0..=u8::MAX)
            .filter_map(Kind::from_byte)
            .filter(|kind| self.kinds.resource_type(*kind).is_none());
        for kind in self.kinds.iter().chain(gone) {
            if let Some(entry) = self.bin_entry(kind, id).await? {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// What is kept of a resource in the bin, and the commit that wrote it.
    pub(super) async fn binned(
        &self,
        kind: Kind,
        id: Uuid,
    ) -> Result<Option<(Binned, store::Revision)>, DirectoryError> {
        let Some(stored) = self.kv.get(&self.layout.binned(kind, id)).await? else { return Ok(None) };
        let binned = Binned::decode(&stored.value)
            .ok_or_else(|| DirectoryError::Unreadable(format!("{kind} {id} in the recycle bin")))?;
        Ok(Some((binned, stored.revision)))
    }

    /// What linked a resource in the bin to others, and the keys of the rows that say so.
    pub(super) async fn bin_links(
        &self,
        kind: Kind,
        id: Uuid,
    ) -> Result<(Vec<Link>, Vec<store::Key>), DirectoryError> {
        let (mut links, mut keys) = (Vec::new(), Vec::new());
        let mut chunks = Chunks::new(&self.kv, self.layout.bin_links(kind, id));
        while let Some(rows) = chunks.next().await? {
            for row in rows {
                links.extend(Link::decode(&row.value).ok_or_else(|| {
                    DirectoryError::Unreadable(format!("the memberships of {kind} {id} in the recycle bin"))
                })?);
                keys.push(row.key);
            }
        }
        Ok((links, keys))
    }
}
