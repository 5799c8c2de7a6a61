//! The three things listeners serve: SCIM, the console, and the admin API for this machine.
//!
//! Only here does the edge meet what is behind it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Request, Response, StatusCode};

use crate::admin_api::{self, Origin};
use crate::app::App;
use crate::http::{Peer, Site};
use crate::{scim_api, web};

/// The SCIM service.
pub(crate) struct Scim(pub(crate) Arc<App>);

/// The console: its page and the admin API for browsers.
pub(crate) struct Console(pub(crate) Arc<App>);

/// The admin API for processes of this machine's administrator.
pub(crate) struct Local(pub(crate) Arc<App>);

impl Site for Scim {
    async fn answer(self: &Arc<Self>, request: Request<Bytes>, peer: Peer) -> Response<Bytes> {
        let address = match peer {
            Peer::Network(address) => address,
            Peer::Local => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        };
        scim_api::handle(&self.0, request, address).await
    }

    fn refuse(&self, status: StatusCode, detail: &str) -> Response<Bytes> {
        let body = serde_json::json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": status.as_str(),
            "detail": detail,
        });
        json(status, "application/scim+json", &body)
    }
}

impl Site for Console {
    async fn answer(self: &Arc<Self>, request: Request<Bytes>, _: Peer) -> Response<Bytes> {
        let host = match request.headers().get(header::HOST) {
            Some(host) => host.to_str().ok().map(str::to_owned),
            None => request.uri().authority().map(ToString::to_string),
        };
        let mut response = if !host.is_some_and(|host| self.0.is_console_host(&host)) {
            self.refuse(StatusCode::MISDIRECTED_REQUEST, "the console does not answer to this host name")
        } else if request.uri().path() == "/api" || request.uri().path().starts_with("/api/") {
            admin_api::handle(&self.0, request, Origin::Browser).await
        } else {
            web::file(&request).unwrap_or_else(|(status, detail)| self.refuse(status, detail))
        };
        web::secure(response.headers_mut());
        response
    }

    fn refuse(&self, status: StatusCode, detail: &str) -> Response<Bytes> {
        let mut response = envelope(status, detail);
        web::secure(response.headers_mut());
        response
    }
}

impl Site for Local {
    async fn answer(self: &Arc<Self>, request: Request<Bytes>, _: Peer) -> Response<Bytes> {
        admin_api::handle(&self.0, request, Origin::Local).await
    }

    fn refuse(&self, status: StatusCode, detail: &str) -> Response<Bytes> {
        envelope(status, detail)
    }
}

fn envelope(status: StatusCode, detail: &str) -> Response<Bytes> {
    let code = match status {
        StatusCode::NOT_FOUND => "notFound",
        StatusCode::METHOD_NOT_ALLOWED => "methodNotAllowed",
        StatusCode::PAYLOAD_TOO_LARGE => "tooLarge",
        StatusCode::REQUEST_TIMEOUT => "timeout",
        StatusCode::MISDIRECTED_REQUEST => "wrongHost",
        status if status.is_server_error() => "serverError",
        _ => "badRequest",
    };
    let mut response = json(
        status,
        "application/json",
        &serde_json::json!({ "error": { "code": code, "message": detail } }),
    );
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

fn json(status: StatusCode, content_type: &'static str, body: &serde_json::Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
