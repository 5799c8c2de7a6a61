//! The SCIM service. A placeholder until its routes are there: everything is unknown.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};

use crate::app::App;

/// Answers one request.
pub(crate) async fn handle(_: &Arc<App>, _: Request<Bytes>, _: SocketAddr) -> Response<Bytes> {
    let body = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404","detail":"there is no such endpoint"}"#;
    let mut response = Response::new(Bytes::from_static(body.as_bytes()));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/scim+json"));
    response
}
