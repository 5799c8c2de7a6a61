//! What a key holds: a value, the revision that wrote it, and the checksum that proves both.
//!
//! It does not read or write anything; the engines do.

use std::fmt;

use bytes::Bytes;

use crate::{Key, StoreError};

/// The number of the commit that last wrote a key; zero is the time before the first commit.
///
/// Revisions only grow and are never used twice, also across restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(u64);

impl Revision {
    /// The revision with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The revision after this one.
    #[must_use]
    pub(crate) const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A value and the revision that wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The commit that wrote the value.
    pub revision: Revision,
    /// The value as it was put.
    pub value: Bytes,
}

/// A key with its value, as a scan gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The whole key, its prefix included.
    pub key: Key,
    /// The commit that wrote the value.
    pub revision: Revision,
    /// The value as it was put.
    pub value: Bytes,
}

/// Bytes before the value on disk: the revision, then the checksum, both big-endian.
pub(crate) const HEAD_BYTES: usize = 12;

/// The bytes kept on disk for a value.
pub(crate) fn seal(key: &[u8], revision: Revision, value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(HEAD_BYTES + value.len());
    let revision = revision.0.to_be_bytes();
    sealed.extend_from_slice(&revision);
    sealed.extend_from_slice(&checksum(key, revision, value).to_be_bytes());
    sealed.extend_from_slice(value);
    sealed
}

/// A state of the store as readers see it; only good for asking whether it is still the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(u64);

impl Moment {
    pub(crate) fn new(number: u64) -> Self {
        Self(number)
    }
}

/// The revision of sealed bytes, once their checksum is found right; the value is what follows the head.
pub(crate) fn unseal(key: &[u8], sealed: &[u8]) -> Result<Revision, StoreError> {
    let damaged = || StoreError::Checksum { key: key.to_vec() };
    let (revision, rest) = sealed.split_first_chunk::<8>().ok_or_else(damaged)?;
    let (sum, value) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
    if u32::from_be_bytes(*sum) != checksum(key, *revision, value) {
        return Err(damaged());
    }
    Ok(Revision(u64::from_be_bytes(*revision)))
}

/// The key is part of the sum, so that a value which turns up under another key is noticed too.
fn checksum(key: &[u8], revision: [u8; 8], value: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(&revision);
    hasher.update(value);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_with_its_revision() {
        let sealed = seal(b"k", Revision(7), b"value");
        assert_eq!(unseal(b"k", &sealed), Ok(Revision(7)));
        assert_eq!(&sealed[HEAD_BYTES..], b"value");
    }

    #[test]
    fn every_flipped_bit_of_a_sealed_value_is_noticed() {
        let sealed = seal(b"k", Revision(7), b"value");
        for byte in 0..sealed.len() {
            for bit in 0..8 {
                let mut damaged = sealed.clone();
                damaged[byte] ^= 1 << bit;
                assert_eq!(unseal(b"k", &damaged), Err(StoreError::Checksum { key: b"k".to_vec() }));
            }
        }
    }

    #[test]
    fn a_value_under_a_foreign_key_and_a_short_value_are_noticed() {
        let sealed = seal(b"k", Revision(7), b"value");
        assert!(unseal(b"l", &sealed).is_err());
        assert!(unseal(b"k", &sealed[..11]).is_err());
        assert!(unseal(b"k", b"").is_err());
    }
}
