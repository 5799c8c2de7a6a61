//! Typed records under one prefix, each with the version of its shape.
//!
//! It keeps no indexes and commits nothing itself: it gives [`Write`]s, so that records of several
//! tables change in one batch.

use std::marker::PhantomData;

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Key, Kv, Range, Revision, StoreError, Write};

/// Something kept in a [`Table`].
///
/// ```
/// use store::Record;
///
/// /// Version 1 had no `active`.
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Account {
///     name: String,
///     active: bool,
/// }
///
/// impl Record for Account {
///     const VERSION: u8 = 2;
///
///     fn upgrade(version: u8, mut old: serde_json::Value) -> Option<serde_json::Value> {
///         if version == 1 {
///             old["active"] = true.into();
///             return Some(old);
///         }
///         None
///     }
/// }
/// ```
pub trait Record: Serialize + DeserializeOwned {
    /// The version of the shape that is written now.
    const VERSION: u8;

    /// The content of a record of an older version in today's shape, or `None` where it is not known.
    #[must_use]
    fn upgrade(version: u8, old: Value) -> Option<Value> {
        let _ = (version, old);
        None
    }
}

/// Why a record could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The record has a version that this program does not know.
    #[error("the record {} has version {version}, which this version cannot read", key.escape_ascii())]
    Version {
        /// The key of the record.
        key: Key,
        /// The version found; zero where there is none.
        version: u8,
    },
    /// The record is not what its version says.
    #[error("the record {} cannot be decoded", key.escape_ascii())]
    Decode {
        /// The key of the record.
        key: Key,
        /// What was wrong with it.
        source: serde_json::Error,
    },
    /// The record has no JSON form.
    #[error("the record {} cannot be encoded", key.escape_ascii())]
    Encode {
        /// The key of the record.
        key: Key,
        /// What was wrong with it.
        source: serde_json::Error,
    },
}

/// A record with its id and the commit that last wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<R> {
    /// The id, without the table's prefix.
    pub id: Vec<u8>,
    /// The commit that wrote the record: what a [`Guard::At`](crate::Guard::At) needs.
    pub revision: Revision,
    /// The record.
    pub record: R,
}

/// Records of one type under one prefix; the key of a record is the prefix and then its id.
#[derive(Debug, Clone)]
pub struct Table<R> {
    prefix: Key,
    records: PhantomData<fn() -> R>,
}

impl<R: Record> Table<R> {
    /// The table under a prefix, which no other keys may share.
    #[must_use]
    pub fn new(prefix: impl Into<Key>) -> Self {
        Self { prefix: prefix.into(), records: PhantomData }
    }

    /// The key of a record, for guards.
    #[must_use]
    pub fn key(&self, id: impl AsRef<[u8]>) -> Key {
        [&self.prefix, id.as_ref()].concat()
    }

    /// The record with an id.
    pub async fn get(&self, kv: &Kv, id: impl AsRef<[u8]>) -> Result<Option<Entry<R>>, TableError> {
        let id = id.as_ref();
        let key = self.key(id);
        let Some(stored) = kv.get(&key).await? else { return Ok(None) };
        let record = decode(&key, &stored.value)?;
        Ok(Some(Entry { id: id.to_vec(), revision: stored.revision, record }))
    }

    /// The first `limit` records in the order of their ids, those after the id `after` if given.
    pub async fn list(
        &self,
        kv: &Kv,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry<R>>, TableError> {
        let range = match after {
            Some(id) => Range::after(self.prefix.clone(), self.key(id)),
            None => Range::prefix(self.prefix.clone()),
        };
        self.rows(kv, range, limit).await
    }

    /// The last `limit` records, greatest id first, those before the id `before` if given.
    pub async fn latest(
        &self,
        kv: &Kv,
        before: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry<R>>, TableError> {
        let range = match before {
            Some(id) => Range::before(self.prefix.clone(), self.key(id)),
            None => Range::prefix(self.prefix.clone()).descending(),
        };
        self.rows(kv, range, limit).await
    }

    /// The write that puts a record in place of what its id had.
    pub fn put(&self, id: impl AsRef<[u8]>, record: &R) -> Result<Write, TableError> {
        let key = self.key(id);
        match encode(record) {
            Ok(value) => Ok(Write::Put(key, value)),
            Err(source) => Err(TableError::Encode { key, source }),
        }
    }

    /// The write that puts a record after all records there are; its id is the revision of the commit
    /// and the place in the batch (12 bytes).
    pub fn append(&self, record: &R) -> Result<Write, TableError> {
        let prefix = self.prefix.clone();
        match encode(record) {
            Ok(value) => Ok(Write::Append { prefix, value }),
            Err(source) => Err(TableError::Encode { key: prefix, source }),
        }
    }

    /// The write that takes a record away.
    #[must_use]
    pub fn remove(&self, id: impl AsRef<[u8]>) -> Write {
        Write::Delete(self.key(id))
    }

    async fn rows(&self, kv: &Kv, range: Range, limit: usize) -> Result<Vec<Entry<R>>, TableError> {
        let entry = |row: crate::Row| {
            let record = decode(&row.key, &row.value)?;
            Ok(Entry { id: row.key[self.prefix.len()..].to_vec(), revision: row.revision, record })
        };
        kv.scan(range, limit).await?.into_iter().map(entry).collect()
    }
}

fn encode<R: Record>(record: &R) -> Result<Bytes, serde_json::Error> {
    let mut value = vec![R::VERSION];
    serde_json::to_writer(&mut value, record)?;
    Ok(value.into())
}

fn decode<R: Record>(key: &[u8], value: &[u8]) -> Result<R, TableError> {
    let failed = |source| TableError::Decode { key: key.to_vec(), source };
    let unknown = |version| TableError::Version { key: key.to_vec(), version };
    let (&version, json) = value.split_first().ok_or_else(|| unknown(0))?;
    if version == R::VERSION {
        return serde_json::from_slice(json).map_err(failed);
    }
    let old = serde_json::from_slice(json).map_err(failed)?;
    let now = R::upgrade(version, old).ok_or_else(|| unknown(version))?;
    serde_json::from_value(now).map_err(failed)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::{Batch, Guard};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Account {
        name: String,
        active: bool,
    }

    impl Record for Account {
        const VERSION: u8 = 2;

        fn upgrade(version: u8, mut old: Value) -> Option<Value> {
            if version == 1 {
                old["active"] = true.into();
                return Some(old);
            }
            None
        }
    }

    fn table() -> Table<Account> {
        Table::new("a/account/")
    }

    fn account(name: &str) -> Account {
        Account { name: name.to_owned(), active: false }
    }

    #[tokio::test]
    async fn records_of_one_batch_are_read_listed_and_removed() {
        let (kv, table) = (Kv::memory(), table());
        let batch = Batch::new()
            .guard(Guard::Absent(table.key("1")))
            .write(table.put("1", &account("one")).unwrap())
            .write(table.put("2", &account("two")).unwrap())
            .write(table.put("3", &account("three")).unwrap());
        let revision = kv.commit(batch).await.unwrap();

        let entry = table.get(&kv, "2").await.unwrap().unwrap();
        assert_eq!(entry, Entry { id: b"2".to_vec(), revision, record: account("two") });
        let ids = |entries: Vec<Entry<Account>>| entries.into_iter().map(|e| e.id).collect::<Vec<_>>();
        assert_eq!(ids(table.list(&kv, None, 2).await.unwrap()), [b"1", b"2"]);
        assert_eq!(ids(table.list(&kv, Some(b"2"), 2).await.unwrap()), [b"3"]);
        assert_eq!(ids(table.latest(&kv, None, 2).await.unwrap()), [b"3", b"2"]);
        assert_eq!(ids(table.latest(&kv, Some(b"2"), 2).await.unwrap()), [b"1"]);

        kv.commit(Batch::new().write(table.remove("2"))).await.unwrap();
        assert_eq!(table.get(&kv, "2").await.unwrap(), None);
    }

    #[tokio::test]
    async fn appended_records_come_latest_first_when_asked_so() {
        let (kv, table) = (Kv::memory(), table());
        for name in ["one", "two", "three"] {
            kv.commit(Batch::new().write(table.append(&account(name)).unwrap())).await.unwrap();
        }
        let latest = table.latest(&kv, None, 2).await.unwrap();
        assert_eq!(latest.iter().map(|e| e.record.name.as_str()).collect::<Vec<_>>(), ["three", "two"]);
    }

    #[tokio::test]
    async fn an_old_record_is_upgraded_and_an_unknown_one_is_an_error() {
        let (kv, table) = (Kv::memory(), table());
        let batch = Batch::new()
            .put(table.key("old"), &b"\x01{\"name\":\"old\"}"[..])
            .put(table.key("new"), &b"\x03{\"name\":\"new\"}"[..])
            .put(table.key("bad"), &b"\x02{\"name\":"[..])
            .put(table.key("none"), "");
        kv.commit(batch).await.unwrap();

        let old = table.get(&kv, "old").await.unwrap().unwrap();
        assert_eq!(old.record, Account { name: "old".to_owned(), active: true });
        assert!(matches!(table.get(&kv, "new").await, Err(TableError::Version { version: 3, .. })));
        assert!(matches!(table.get(&kv, "none").await, Err(TableError::Version { version: 0, .. })));
        let bad = table.get(&kv, "bad").await.unwrap_err();
        assert_eq!(bad.to_string(), "the record a/account/bad cannot be decoded");
    }
}
