//! Bulk jobs (RFC 7644 section 3.7): a message to operations, and operations to an order in which to run them.
//!
//! Pure: nothing is run here. Each operation is later answered by the code that answers a single request.

mod order;
mod parse;
mod references;
#[cfg(test)]
mod tests;

pub use order::{Plan, Step, Work};
pub use references::{Unresolved, resolve_data, resolve_path, without};

use crate::error::ScimError;
use crate::json::Object;

/// A job as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// After how many errors the rest is not begun; `None` where every operation is tried.
    pub fail_on_errors: Option<usize>,
    /// The operations, in the order of the message.
    pub operations: Vec<Operation>,
}

/// One operation of a job, and what its entry in the answer repeats.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// The method as it was sent; empty where none was.
    pub method: String,
    /// The name by which other operations speak of what this one makes.
    pub bulk_id: Option<String>,
    /// What is to be done, or why it cannot be.
    pub wish: Result<Wish, ScimError>,
}

/// What an operation asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// The method.
    pub verb: Verb,
    /// The path below the base URI, with its slash; not decoded.
    pub path: String,
    /// The version the resource must be at: the `If-Match` of the operation.
    pub version: Option<String>,
    /// The body; none for a DELETE.
    pub data: Option<Object>,
}

/// The methods a bulk operation can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Create.
    Post,
    /// Replace.
    Put,
    /// Change.
    Patch,
    /// Delete.
    Delete,
}

impl Verb {
    /// The method's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}
