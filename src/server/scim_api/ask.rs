//! What is asked of an operation, apart from who asks: by a request, or by an entry of a bulk job.

use bytes::Bytes;
use http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, Request};
use scim::json::Object;
use scim::{Preconditions, ScimError};

use super::body;
use super::prefer::Prefer;

/// What is asked.
pub(super) struct Ask<'r> {
    /// The part behind the question mark.
    pub(super) query: Option<&'r str>,
    /// The body.
    pub(super) body: Payload<'r>,
    /// `If-Match`, or the `version` of a bulk operation.
    pub(super) if_match: Option<String>,
    /// `If-None-Match`.
    pub(super) if_none_match: Option<String>,
    /// `Prefer`.
    pub(super) prefer: Prefer,
}

impl<'r> Ask<'r> {
    /// What a request asks; its query as [`super::route::unglue`] gives it.
    pub(super) fn of(request: &'r Request<Bytes>, query: Option<&'r str>) -> Self {
        let headers = request.headers();
        Self {
            query,
            body: Payload::Sent(request),
            if_match: joined(headers, &IF_MATCH),
            if_none_match: joined(headers, &IF_NONE_MATCH),
            prefer: Prefer::of(headers),
        }
    }

    /// What the version of the resource must be, and must not be.
    pub(super) fn preconditions(&self) -> Result<Preconditions, ScimError> {
        Preconditions::parse(self.if_match.as_deref(), self.if_none_match.as_deref())
    }
}

/// A body that is read when the operation comes to it: who lacks the permission learns nothing of what is wrong in it.
pub(super) enum Payload<'r> {
    /// That of a request, with its media type.
    Sent(&'r Request<Bytes>),
    /// Read already, inside a bulk job.
    Read(Object),
    /// None, or taken.
    Gone,
}

impl Payload<'_> {
    /// The body as a JSON object. It can be taken once.
    pub(super) fn take(&mut self) -> Result<Object, ScimError> {
        match std::mem::replace(self, Self::Gone) {
            Self::Sent(request) => body::object(request),
            Self::Read(object) => Ok(object),
            Self::Gone => Err(ScimError::invalid_syntax("the body is empty; a JSON object is needed")),
        }
    }
}

/// The values of all header lines of that name, as one list. Bytes that are no text make a tag that matches nothing.
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values: Vec<_> =
        headers.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
    (!values.is_empty()).then(|| values.join(","))
}
