//! Changing what is defined: the record of the shape, held against data that is there.

use store::{Batch, Guard, Kv, Revision, Table, TableError};

use crate::chunks::Chunks;
use crate::directory::{Directory, current};
use crate::error::{DirectoryError, refused};
use crate::layout::{Layout, Tenant, id_at_end};
use crate::shape::edit::{Edit, Edited, Refusal};
use crate::shape::{Chore, Place, Shape, Unfit};

/// What becomes of data that no schema would speak of any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// It stays, and the change is refused.
    Keep,
    /// It is taken away.
    Discard,
}

/// Why what is defined was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum ReshapeError {
    /// The administrator can mend this.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is data that no schema would speak of any more.
    #[error("{}; delete it first, or discard it with the change (`--discard` on the command line)", .0.join("; "))]
    HasData(Vec<String>),
    /// What is stored does not fit together.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The record cannot be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The directory cannot be read or written.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

/// A change that was decided and is not written yet.
pub struct Prepared {
    /// What has to be committed, and refuses when something else was defined meanwhile; `None` where nothing changes.
    pub batch: Option<Batch>,
    /// The directory by the new model, to take the place of this one once the batch is committed.
    pub directory: Directory,
    /// What is defined then.
    pub shape: Shape,
}

/// What a change came to.
pub struct Reshaped {
    /// The directory by the new model; `None` where nothing changed.
    pub directory: Option<Directory>,
    /// What is defined now.
    pub shape: Shape,
}

/// The record has no id of its own: there is one.
const ID: [u8; 0] = [];

impl Directory {
    /// The directory of a tenant as it is defined in the store.
    pub async fn open(kv: Kv, tenant: Tenant) -> Result<Self, ReshapeError> {
        let (shape, _) = load(&kv, Layout(tenant)).await?;
        Ok(Self::made(kv, shape.model()?, tenant))
    }

    /// What is defined, as it stands in the store.
    pub async fn shape(&self) -> Result<Shape, ReshapeError> {
        Ok(load(&self.kv, self.layout).await?.0)
    }

    /// Changes what is defined. The new directory must take the place of this one at once; what is to be done
    /// after that waits until this one is retired.
    pub async fn reshape(&self, edit: Edit, data: Data) -> Result<Reshaped, ReshapeError> {
        loop {
            let Prepared { batch, directory, shape } = self.prepare(edit.clone(), data).await?;
            let Some(batch) = batch else { return Ok(Reshaped { directory: None, shape }) };
            match self.kv.commit(batch).await {
                Ok(_) => return Ok(Reshaped { directory: Some(directory), shape }),
                Err(error) => refused(error)?,
            };
        }
    }

    /// Decides a change of what is defined, for a caller who commits it together with something else.
    pub async fn prepare(&self, edit: Edit, data: Data) -> Result<Prepared, ReshapeError> {
        let (before, revision) = load(&self.kv, self.layout).await?;
        let Edited { shape, dropped } = before.edit(edit)?;
        if shape == before {
            return Ok(Prepared { batch: None, directory: self.clone(), shape });
        }
        let directory = self.with(shape.model()?);
        if data == Data::Keep {
            let found = self.data_of(&dropped).await?;
            if !found.is_empty() {
                return Err(ReshapeError::HasData(found));
            }
        }
        let key = self.layout.shape();
        let guard = match revision {
            Some(revision) => Guard::At(key, revision),
            None => Guard::Absent(key),
        };
        let batch = Batch::new().guard(guard).write(table(self.layout).put(ID, &shape)?);
        Ok(Prepared { batch: Some(batch), directory, shape })
    }

    /// What there is of data that would be dropped, in words.
    async fn data_of(&self, dropped: &[Chore]) -> Result<Vec<String>, DirectoryError> {
        let mut found = vec![];
        for chore in dropped {
            match chore {
                Chore::Empty { resource_type } => {
                    let Some(kind) = self.kinds.named(resource_type) else { continue };
                    let count = self.count(kind).await?;
                    if count > 0 {
                        found.push(format!("there are {count} resources of the type {resource_type}"));
                    }
                }
                Chore::Strip(place) => {
                    let (count, example) = self.values_at(place).await?;
                    if let Some(id) = example {
                        let name = &place.resource_type;
                        found.push(format!(
                            "{count} resources of the type {name} have a value for {place}, such as {id}"
                        ));
                    }
                }
            }
        }
        Ok(found)
    }

    /// How many resources have a value at a place, and the first of them.
    async fn values_at(&self, place: &Place) -> Result<(u64, Option<uuid::Uuid>), DirectoryError> {
        let (mut count, mut example) = (0, None);
        let Some(kind) = self.kinds.named(&place.resource_type) else { return Ok((0, None)) };
        let mut chunks = Chunks::new(&self.kv, self.layout.resources(kind));
        while let Some(rows) = chunks.next().await? {
            for row in rows {
                let id = id_at_end(&row.key).unwrap_or_default();
                let stored = store::Stored { revision: row.revision, value: row.value };
                let attributes = current(kind, id, &stored)?.record.attributes();
                if attributes.is_some_and(|attributes| place.is_in(&attributes)) {
                    count += 1;
                    example.get_or_insert(id);
                }
            }
        }
        Ok((count, example))
    }
}

fn table(layout: Layout) -> Table<Shape> {
    Table::new(layout.shape())
}

async fn load(kv: &Kv, layout: Layout) -> Result<(Shape, Option<Revision>), TableError> {
    let entry = table(layout).get(kv, ID).await?;
    Ok(entry.map_or_else(|| (Shape::default(), None), |entry| (entry.record, Some(entry.revision))))
}
