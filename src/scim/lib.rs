//! The SCIM 2.0 protocol (RFC 7643, RFC 7644): values in, values out.
//!
//! This crate has no clock, randomness, socket, disk or async; its manifest proves it. It does not know
//! how resources are kept, and it never answers a request: it says what an answer must hold.

pub mod bulk;
pub mod check;
pub mod context;
pub mod custom;
mod date_time;
pub mod dialect;
pub mod document;
pub mod error;
pub mod filter;
pub mod json;
pub mod message;
pub mod patch;
pub mod path;
pub mod precondition;
pub mod project;
pub mod registry;
pub mod resource;
pub mod schema;
pub mod search;
pub mod sort;
pub mod urn;
pub mod value;

pub use context::Context;
pub use dialect::{Deviation, Dialect, Lenience, Preset, Rule};
pub use document::Document;
pub use error::{ScimError, ScimType};
pub use filter::{BoundFilter, Filter};
pub use patch::{Applied, EdgeChange, Patch};
pub use path::{AttributePath, BoundPath, Path};
pub use precondition::{Preconditions, Unmet};
pub use project::Projection;
pub use registry::{Registry, ResourceType};
pub use resource::{Checked, MemberRef, Received, Resource};
pub use schema::{Attribute, Mutability, Returned, Schema, Type, Uniqueness};
pub use search::SearchRequest;
pub use sort::{Sort, SortKey};
