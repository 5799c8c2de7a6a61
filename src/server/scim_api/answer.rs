//! Answers: every body is `application/scim+json`, every error a SCIM Error (RFC 7644 sections 3.8 and 3.12).

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use scim::ScimError;

/// The media type of the protocol.
pub(crate) const MEDIA_TYPE: &str = "application/scim+json";

/// An answer with a JSON body.
#[must_use]
pub(crate) fn json(status: StatusCode, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    answer
}

/// An answer without a body: 204.
#[must_use]
pub(crate) fn empty() -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}

/// 201 without a body, for who prefers that.
#[must_use]
pub(crate) fn created() -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::CREATED;
    answer
}

/// 304: the client has this version already.
#[must_use]
pub(crate) fn not_modified(etag: &str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::NOT_MODIFIED;
    with_etag(answer, etag)
}

/// The answer with the preference that shaped it (RFC 7240 section 3).
#[must_use]
pub(crate) fn with_applied(answer: Response<Bytes>, preference: &str) -> Response<Bytes> {
    with(answer, HeaderName::from_static("preference-applied"), preference)
}

/// The answer to a refused request.
#[must_use]
pub(crate) fn error(error: &ScimError) -> Response<Bytes> {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    json(status, error.to_json().to_string())
}

/// The renderer of errors that happen outside any handler: the HTTP parser's, limits, a panic.
#[must_use]
pub(crate) fn outer_error(status: StatusCode, detail: &str) -> Response<Bytes> {
    error(&ScimError::http(status.as_u16(), detail))
}

/// 401, naming the scheme (RFC 7644 section 2).
#[must_use]
pub(crate) fn unauthorized(detail: &str) -> Response<Bytes> {
    let answer = error(&ScimError::http(401, detail));
    with(answer, WWW_AUTHENTICATE, "Bearer realm=\"Rollcall\"")
}

/// 405 with the methods that go.
#[must_use]
pub(crate) fn method_not_allowed(method: &http::Method, allow: &'static str) -> Response<Bytes> {
    let detail = format!("{method} does not go here; these methods do: {allow}");
    with(error(&ScimError::http(405, detail)), ALLOW, allow)
}

/// 503 with the seconds to wait.
#[must_use]
pub(crate) fn busy(detail: &str, seconds: u64) -> Response<Bytes> {
    with(error(&ScimError::http(503, detail)), RETRY_AFTER, &seconds.to_string())
}

/// 429 with the seconds to wait (RFC 6585 section 4).
#[must_use]
pub(crate) fn too_many(detail: &str, seconds: u64) -> Response<Bytes> {
    with(error(&ScimError::http(429, detail)), RETRY_AFTER, &seconds.to_string())
}

/// The answer with the version of the resource it shows.
#[must_use]
pub(crate) fn with_etag(answer: Response<Bytes>, etag: &str) -> Response<Bytes> {
    with(answer, ETAG, etag)
}

/// The answer with the place of the resource it shows.
#[must_use]
pub(crate) fn with_location(answer: Response<Bytes>, location: &str) -> Response<Bytes> {
    with(answer, LOCATION, location)
}

/// Adds the URI of the resource that a refused one clashes with. `Location` is no place for it: nothing was made.
pub(crate) fn name_existing<B>(answer: &mut Response<B>, location: &str) {
    let value = HeaderValue::from_str(location).expect("a URI of ours is visible ASCII");
    answer.headers_mut().insert(HeaderName::from_static("existing-location"), value);
}

/// The answer with the methods that go.
#[must_use]
pub(crate) fn with_allow(answer: Response<Bytes>, allow: &'static str) -> Response<Bytes> {
    with(answer, ALLOW, allow)
}

fn with(mut answer: Response<Bytes>, name: HeaderName, value: &str) -> Response<Bytes> {
    let value = HeaderValue::from_str(value).expect("header values here are made of visible ASCII");
    answer.headers_mut().insert(name, value);
    answer
}
