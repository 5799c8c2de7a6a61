//! What can go wrong, one enum per decision a caller can make.
//!
//! A key that is not there is no error but `None`.

use std::{path::PathBuf, sync::Arc};

use crate::Key;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or another store of this process, holds the folder.
    #[error("the data folder {} is in use{}; only one process can open it at a time", path.display(), by(*pid))]
    InUse {
        /// The folder of the store.
        path: PathBuf,
        /// The process that holds it, where it could be read.
        pid: Option<u32>,
    },
    /// The folder or a file in it cannot be made, read or written.
    #[error("the data folder {} cannot be used", path.display())]
    Folder {
        /// The folder of the store.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The folder was written by a version that this one cannot read.
    #[error("the data folder {} has format {found}, and this version reads format {known}", path.display())]
    Format {
        /// The folder of the store.
        path: PathBuf,
        /// The format found.
        found: u8,
        /// The format this version reads.
        known: u8,
    },
    /// The content cannot be trusted.
    #[error("the data folder {} is damaged: {detail}", path.display())]
    Damaged {
        /// The folder of the store.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
}

fn by(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" by process {pid}")).unwrap_or_default()
}

/// Why a read failed, or a commit that was not refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The value on disk is not the one that was written; no value is given.
    #[error("the value of key {} is damaged: its checksum is wrong", key.escape_ascii())]
    Checksum {
        /// The key.
        key: Key,
    },
    /// A counter was asked of a value that is not one.
    #[error("the value of key {} is not a counter", key.escape_ascii())]
    NotACounter {
        /// The key.
        key: Key,
    },
    /// A counter would leave the range of 64 bits.
    #[error("the counter {} overflows", key.escape_ascii())]
    CounterOverflow {
        /// The key.
        key: Key,
    },
    /// The key is empty or starts with the byte 0xff, which the store keeps to itself.
    #[error("the key {} is reserved", key.escape_ascii())]
    ReservedKey {
        /// The key.
        key: Key,
    },
    /// The engine could not read.
    #[error("the store cannot be read: {detail}")]
    Unreadable {
        /// What the engine said.
        detail: Arc<str>,
    },
    /// A write to disk failed, so nothing more is written: what is on disk is unknown until a restart.
    #[error("the store stopped writing: {detail}")]
    Failed {
        /// What the engine said when it failed.
        detail: Arc<str>,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// Why a batch was not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A guard did not hold; nothing of the batch was written.
    #[error("guard {guard} of the batch does not hold")]
    Refused {
        /// The index of the first guard that did not hold, in the order they were added.
        guard: usize,
    },
    /// The store could not decide or could not write.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_in_use_is_named_with_the_process_that_holds_it() {
        let path = PathBuf::from("data");
        assert_eq!(
            OpenError::InUse { path: path.clone(), pid: Some(42) }.to_string(),
            "the data folder data is in use by process 42; only one process can open it at a time"
        );
        assert_eq!(
            OpenError::InUse { path, pid: None }.to_string(),
            "the data folder data is in use; only one process can open it at a time"
        );
    }
}
