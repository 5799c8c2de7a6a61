//! Checking the bin: every entry can be read, is found by its time, and is nowhere else.

use store::Range;

use super::{Binned, Link};
use crate::chunks::Chunks;
use crate::directory::Directory;
use crate::error::DirectoryError;
use crate::layout::{bin_links_of, binned};
use crate::verify::Verification;

impl Directory {
    /// Reads all rows of the bin and holds them against each other.
    pub(crate) async fn verify_bin(&self, found: &mut Verification) -> Result<(), DirectoryError> {
        let mut entries = 0;
        let mut chunks = Chunks::new(&self.kv, self.layout.all_binned());
        while let Some(rows) = chunks.next().await? {
            for row in rows {
                let Some((kind, id)) = binned(&row.key) else {
                    found.fault("an entry of the recycle bin has a key that cannot be read".to_owned());
                    continue;
                };
                entries += 1;
                let Some(read) = Binned::decode(&row.value).filter(|b| b.record.attributes().is_some())
                else {
                    found.fault(format!("{kind} {id} in the recycle bin cannot be read"));
                    continue;
                };
                if self.kv.get(&self.layout.binned_at(read.deleted, kind, id)).await?.is_none() {
                    found.fault(format!("{kind} {id} in the recycle bin is not found by its time"));
                }
                if self.kv.get(&self.layout.resource(kind, id)).await?.is_some() {
                    found.fault(format!("{kind} {id} is in the recycle bin, and is there too"));
                }
            }
        }
        found.binned = entries;
        let times = self.kv.count(Range::prefix(self.layout.all_binned_at())).await?;
        if times != entries {
            found.fault(format!("the recycle bin has {entries} entries, and {times} times of deletion"));
        }
        self.verify_bin_links(found).await
    }

    async fn verify_bin_links(&self, found: &mut Verification) -> Result<(), DirectoryError> {
        let mut chunks = Chunks::new(&self.kv, self.layout.all_bin_links());
        while let Some(rows) = chunks.next().await? {
            for row in rows {
                let owner = bin_links_of(&row.key);
                let there = match owner {
                    Some((kind, id)) => self.kv.get(&self.layout.binned(kind, id)).await?.is_some(),
                    None => false,
                };
                if !there || Link::decode(&row.value).is_none() {
                    found.fault(
                        "memberships in the recycle bin belong to nothing or cannot be read".to_owned(),
                    );
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{Kind, Layout, Tenant, binned_at};
    use jiff::Timestamp;
    use uuid::Uuid;

    #[test]
    fn keys_of_the_bin_read_back() {
        let (layout, id) = (Layout(Tenant::DEFAULT), Uuid::from_u128(7));
        let at = Timestamp::from_millisecond(1_700_000_000_123).unwrap();
        for kind in [Kind::User, Kind::Group, Kind::Custom(200)] {
            assert_eq!(binned(&layout.binned(kind, id)), Some((kind, id)));
            assert_eq!(binned_at(&layout.binned_at(at, kind, id)), Some((at, kind, id)));
            let row = [layout.bin_links(kind, id), vec![0; 12]].concat();
            assert_eq!(bin_links_of(&row), Some((kind, id)));
        }
        assert!(layout.binned_at(at, Kind::User, id) >= layout.binned_before(at));
        let later = Timestamp::from_millisecond(1_700_000_000_124).unwrap();
        assert!(layout.binned_at(at, Kind::User, id) < layout.binned_before(later));
    }
}
