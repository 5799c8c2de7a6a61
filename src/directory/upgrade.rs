//! Brings the rows of a store that an earlier version wrote up to what this one keeps beside them.

use store::{Batch, Range};

use crate::chunks::Chunks;
use crate::directory::Directory;
use crate::error::DirectoryError;
use crate::layout::{Kind, id_at_end};

/// The form of the rows: 1 has a number of members for each group.
const FORM: u8 = 1;

impl Directory {
    /// Writes what is missing, once; to be called before anything else. Killed half-way it starts again.
    pub async fn upgrade(&self) -> Result<(), DirectoryError> {
        let key = self.layout.form();
        if self.kv.get(&key).await?.is_some() {
            return Ok(());
        }
        let mut chunks = Chunks::new(&self.kv, self.layout.resources(Kind::Group));
        while let Some(rows) = chunks.next().await? {
            let mut batch = Batch::new();
            for group in rows.iter().filter_map(|row| id_at_end(&row.key)) {
                let members = self.kv.count(Range::prefix(self.layout.members(group))).await?;
                batch = batch.put(self.layout.size(group), members.to_le_bytes().to_vec());
            }
            self.write(batch).await?;
        }
        self.write(Batch::new().put(key, vec![FORM])).await
    }

    async fn write(&self, batch: Batch) -> Result<(), DirectoryError> {
        match self.kv.commit(batch).await {
            Ok(_) => Ok(()),
            Err(store::CommitError::Store(error)) => Err(error.into()),
            Err(store::CommitError::Refused { .. }) => unreachable!("the batch has no guard"),
        }
    }
}
