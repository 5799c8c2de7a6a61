//! What a payload is. What we tolerate from its author is another matter: see [`crate::dialect`].

/// The role of a payload in an exchange; it decides which attributes must, may or must not be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// The body of a POST (RFC 7644 section 3.3).
    CreateRequest,
    /// The body of a PUT (RFC 7644 section 3.5.1).
    ReplaceRequest,
    /// A value inside a PATCH operation (RFC 7644 section 3.5.2).
    PatchRequest,
}
