//! SCIM resources kept in a store; the only crate that knows both.
//!
//! It decides in pure modules (`index`, `plan`, `codec`, `layout`) and acts in one shell, [`Directory`]: read,
//! decide, commit with guards, and decide again when refused. It has no clock, no randomness and no HTTP.

mod change;
mod chunks;
mod codec;
mod create;
mod ctx;
mod delete;
mod directory;
mod edges;
mod entry;
mod error;
mod feed;
mod follow;
mod index;
mod kinds;
mod layout;
mod links;
mod membership;
mod plan;
mod search;
#[cfg(test)]
mod tests;
mod turns;
mod update;
mod verify;

pub use ctx::{Ctx, Keep};
pub use delete::Deleted;
pub use directory::Directory;
pub use entry::{Entry, GroupLink, Links, ManagerLink, MemberLink};
pub use error::DirectoryError;
pub use feed::{Change, FeedRecord, Member, Turned};
pub use follow::{Feed, Position};
pub use index::Indexes;
pub use kinds::Kinds;
pub use layout::{Kind, Tenant};
pub use plan::{Plan, Planned, plan};
pub use search::{Found, Page};
pub use verify::Verification;
