//! SCIM resources kept in a store; the only crate that knows both.
//!
//! It decides in pure modules (`index`, `plan`, `codec`, `layout`) and acts in one shell, [`Directory`]: read,
//! decide, commit with guards, and decide again when refused. It has no clock, no randomness and no HTTP.

mod bin;
mod change;
mod chunks;
mod codec;
mod create;
mod ctx;
mod delete;
mod digest;
mod directory;
mod edge;
mod edges;
mod entry;
mod error;
mod feed;
mod follow;
mod index;
mod instant;
mod kinds;
mod layout;
mod links;
mod membership;
mod memberships;
mod plan;
mod protect;
mod reports;
mod reshape;
mod roster;
mod rosters;
mod search;
mod shape;
mod task;
#[cfg(test)]
mod tests;
mod turns;
mod update;
mod upgrade;
mod verify;
mod watch;

pub use bin::{BinEntry, Deleting, Rejoined, Restored};
pub use ctx::{By, Ctx, Keep};
pub use delete::Deleted;
pub use digest::Digest;
pub use directory::{Directory, Retired};
pub use entry::{Entry, GroupLink, Links, ManagerLink, MemberLink};
pub use error::DirectoryError;
pub use feed::{Change, FeedRecord, Member, Turned};
pub use follow::{Feed, Position};
pub use index::Indexes;
pub use kinds::Kinds;
pub use layout::{Kind, Tenant};
pub use membership::Strangers;
pub use memberships::{Membership, Of};
pub use plan::{Plan, Planned, plan};
pub use reshape::{Data, Prepared, ReshapeError, Reshaped};
pub use search::{Ask, Found, From, Known, Page, Spot, Wanted};
pub use shape::edit::{Edit, Edited, Missing, Progressed, Refusal};
pub use shape::{Chore, Declared, Defined, Failure, Model, Place, Preset, Shape, Source, Stage, Then, Unfit};
pub use task::{Progress, Task};
pub use verify::Verification;
pub use watch::{Allowed, Held, Limits, Subject, Threshold, WatchError};
