//! PATCH (RFC 7644 section 3.5.2): a message to operations, and operations to a new resource.
//!
//! Pure: nothing is kept and no member list is read; what happens to members comes out as [`EdgeChange`]s.

mod apply;
mod edges;
mod elements;
#[cfg(test)]
mod model;
mod parse;
mod target;
#[cfg(test)]
mod tests;

pub use apply::{MAX_TESTS, apply};
pub use parse::MAX_OPERATIONS;

use serde_json::Value;

use crate::filter::BoundFilter;
use crate::json::Object;
use crate::path::Path;
use crate::resource::MemberRef;

/// The operations of a PATCH message, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    operations: Vec<Operation>,
}

#[derive(Debug, Clone, PartialEq)]
enum Operation {
    /// At a path.
    At { path: Path, change: Change },
    /// Without one: each member of the value is a path of its own.
    Whole { verb: Verb, value: Object },
}

/// What is done at a path.
#[derive(Debug, Clone, PartialEq)]
enum Change {
    Add(Value),
    Replace(Value),
    /// With a value, only what is equal to it goes; only tolerant dialects know that.
    Remove(Option<Value>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Verb {
    Add,
    Replace,
}

impl Verb {
    fn change(self, value: Value) -> Change {
        match self {
            Self::Add => Change::Add(value),
            Self::Replace => Change::Replace(value),
        }
    }
}

/// What a patch comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The new attributes, canonical as the stored ones.
    pub attributes: Object,
    /// What happens to the members of a group, in this order.
    pub edges: Vec<EdgeChange>,
    /// Whether the attributes differ from the stored ones; edges are another matter.
    pub changed: bool,
}

/// A change of a group's members.
#[derive(Debug, Clone, PartialEq)]
pub enum EdgeChange {
    /// These become members; those that are stay.
    Add(Vec<MemberRef>),
    /// These ids are no longer members; those that are not stay out.
    Remove(Vec<String>),
    /// Members the filter matches go; its paths are relative to a member.
    RemoveWhere(BoundFilter),
    /// All go.
    Clear,
}
