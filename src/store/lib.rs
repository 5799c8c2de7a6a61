//! An ordered, transactional key-value store; knows bytes, not SCIM.
//!
//! It does not know what a user, a token or a tenant is, reads no clock and makes no ids. A [`Kv`] is
//! one ordered space of keys over one of two engines: memory (tests, dry runs) and sled (the disk). Both
//! behave alike, and one conformance suite holds them to it.
//!
//! Reads are plain: [`Kv::get`] and [`Kv::scan`] see what is there now, and two calls may see two states.
//! Writes are a [`Batch`]: guards, which must all hold, and writes, which happen all or not at all. There
//! are no interactive transactions: read, decide, commit with guards, and decide again when refused.
//!
//! **An answer of success means that the bytes are on disk.** The commits waiting at one moment share one
//! flush, so many writers are not slower for it.
//!
//! # One edge and one unique name in one commit
//!
//! ```
//! use store::{Batch, CommitError, Guard, Kv, StoreError};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), CommitError> {
//! let kv = Kv::memory();
//!
//! // A user with a unique name: the document, and a row that only one user can own.
//! let create = |id: &str, name: &str| {
//!     Batch::new()
//!         .guard(Guard::Absent(format!("u/name/{name}").into_bytes()))
//!         .put(format!("u/name/{name}"), id.to_owned())
//!         .put(format!("u/doc/{id}"), format!("{{\"userName\":\"{name}\"}}"))
//!         .add("count/users", 1)
//! };
//! let created = kv.commit(create("1", "bjensen")).await?;
//!
//! // The same name again is refused, and the index says which guard failed. Nothing is half-written.
//! assert_eq!(kv.commit(create("2", "bjensen")).await, Err(CommitError::Refused { guard: 0 }));
//! assert_eq!(kv.counter(b"count/users").await?, 1);
//!
//! // An edge in both directions. `Present` keeps it from dangling: the user cannot be deleted meanwhile.
//! kv.commit(
//!     Batch::new()
//!         .guard(Guard::Present(b"u/doc/1".to_vec()))
//!         .guard(Guard::Absent(b"member/g/1".to_vec()))
//!         .put("member/g/1", "")
//!         .put("group/1/g", "")
//!         .add("count/members/g", 1),
//! )
//! .await?;
//!
//! // A change of what was read: `At` names the revision that was seen.
//! let seen = kv.get(b"u/doc/1").await?.expect("created above").revision;
//! assert_eq!(seen, created);
//! kv.commit(Batch::new().guard(Guard::At(b"u/doc/1".to_vec(), seen)).put("u/doc/1", "{}")).await?;
//! # Ok(())
//! # }
//! ```

mod batch;
mod engine;
mod error;
mod key;
mod kv;
mod table;
mod value;

pub use batch::{Batch, Guard, Write};
pub use engine::{Memory, Settings, Sled, Verification};
pub use error::{CommitError, OpenError, StoreError};
pub use key::{Key, Order, Range};
pub use kv::Kv;
pub use table::{Entry, Record, Table, TableError};
pub use value::{Moment, Revision, Row, Stored};
