//! The admin API. A placeholder until its routes are there: everything is unknown.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};

use crate::app::App;

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A browser: it must prove a session and the same origin.
    Browser,
    /// This machine's administrator, over the admin socket or in process.
    Local,
}

/// Answers one request.
pub(crate) async fn handle(_: &Arc<App>, _: Request<Bytes>, _: Origin) -> Response<Bytes> {
    let body = r#"{"error":{"code":"notFound","message":"there is no such route"}}"#;
    let mut response = Response::new(Bytes::from_static(body.as_bytes()));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}
