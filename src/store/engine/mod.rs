//! The engines that keep the rows.
//!
//! What a batch means is decided in [`group`], once for all of them; an engine only reads rows, applies
//! the changes it is given and says when they are safe.

#[cfg(test)]
mod conformance;
mod group;
mod memory;
#[cfg(test)]
mod model;
mod sled;

pub use memory::Memory;
pub use sled::Sled;

use crate::{Key, StoreError};

/// What an engine on disk may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Memory for pages read from disk, in bytes.
    pub cache_bytes: u64,
}

impl Default for Settings {
    /// 256 MiB of cache.
    fn default() -> Self {
        Self { cache_bytes: 256 << 20 }
    }
}

/// What reading the whole store found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verification {
    /// How many keys there are, the damaged ones included.
    pub keys: u64,
    /// The keys whose value has a wrong checksum.
    pub damaged: Vec<Key>,
}

/// Reads a counter's value.
pub(crate) fn counter(key: &[u8], value: &[u8]) -> Result<i64, StoreError> {
    let bytes = value.try_into().map_err(|_| StoreError::NotACounter { key: key.to_vec() })?;
    Ok(i64::from_le_bytes(bytes))
}
