//! Why a change or a question was refused.

use scim::ScimError;
use store::{CommitError, StoreError};

/// An error of the directory. That a resource is not there is no error: it is `None`.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The client can mend this; the error says how.
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// The store failed; nothing was written.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// Other changes to the same resource came in between, again and again; trying later helps.
    #[error("the resource was changed by others {0} times in a row")]
    Contention(u32),
    /// The change was made and is on disk, but what it made could not be read.
    #[error("the change was made, and could not be read back")]
    ReadBack(#[source] Box<DirectoryError>),
    /// A stored value cannot be read as a resource.
    #[error("the stored form of {0} cannot be read")]
    Unreadable(String),
}

/// Splits a refused commit into "a guard failed" and "the store failed".
pub(crate) fn refused(error: CommitError) -> Result<usize, DirectoryError> {
    match error {
        CommitError::Refused { guard } => Ok(guard),
        CommitError::Store(error) => Err(error.into()),
    }
}
