//! Which resources are in the scope of a stream, for streams whose scope resources enter and leave. One row each,
//! written by the commit that moves the stream over the change.

use bytes::Bytes;
use store::{Batch, Key, Range, Write};
use uuid::Uuid;

use super::{Events, EventsError};

fn key(known: &Key, stream: Uuid, resource: Uuid) -> Key {
    [known, stream.as_bytes().as_slice(), resource.as_bytes()].concat()
}

/// The writes that note who is in the scope of a stream, with the name of its type, and who is not.
pub(crate) fn known_writes(
    known: &Key,
    stream: Uuid,
    changes: impl IntoIterator<Item = (Uuid, Option<String>)>,
) -> impl Iterator<Item = Write> {
    changes.into_iter().map(move |(resource, name)| match name {
        Some(name) => Write::Put(key(known, stream, resource), Bytes::from(name)),
        None => Write::Delete(key(known, stream, resource)),
    })
}

impl Events {
    /// The name of a resource's type, where the resource is in the scope of a stream.
    pub(super) async fn known(&self, stream: Uuid, resource: Uuid) -> Result<Option<String>, EventsError> {
        let stored = self.kv.get(&key(&self.known, stream, resource)).await?;
        Ok(stored.map(|stored| String::from_utf8_lossy(&stored.value).into_owned()))
    }

    /// The writes that follow from moving a stream over changes.
    pub(crate) fn note_known(&self, stream: Uuid, changes: Vec<(Uuid, Option<String>)>) -> Batch {
        let mut batch = Batch::new();
        batch.extend(known_writes(&self.known, stream, changes));
        batch
    }

    /// Forgets who was in the scope of a stream that is gone.
    pub(super) async fn forget_known(&self, stream: Uuid) -> Result<(), EventsError> {
        let prefix = [self.known.as_slice(), stream.as_bytes()].concat();
        loop {
            let rows = self.kv.scan(Range::prefix(prefix.clone()), 1_000).await?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut batch = Batch::new();
            batch.extend(rows.into_iter().map(|row| Write::Delete(row.key)));
            self.commit(batch).await?;
        }
    }
}
