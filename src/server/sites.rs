//! The three things listeners serve: SCIM, the console, and the admin API for this machine.
//!
//! Only here does the edge meet what is behind it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Request, Response, StatusCode};

use crate::admin_api::{self, House, Moment, Origin, guard};
use crate::app::App;
use crate::http::{Body, Peer, Site};
use crate::request_id::RequestId;
use crate::{scim_api, web};

/// The SCIM service.
pub(crate) struct Scim(pub(crate) Arc<App>);

/// The console: its page and the admin API for browsers.
pub(crate) struct Console(pub(crate) Arc<App>);

/// The admin API for processes of this machine's administrator.
pub(crate) struct Local(pub(crate) Arc<App>);

impl Site for Scim {
    async fn answer(self: &Arc<Self>, request: Request<Bytes>, peer: Peer) -> Response<Body> {
        let address = match peer {
            Peer::Network(address) => address,
            Peer::Local => SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        };
        scim_api::handle(&self.0, request, address).await
    }

    fn request_id(&self) -> Option<RequestId> {
        Some(self.0.world.request_id())
    }

    fn refuse(&self, status: StatusCode, detail: &str) -> Response<Bytes> {
        tracing::info!(status = status.as_u16(), detail, "refused before it was read");
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => {
                let detail = format!("{detail}; /ServiceProviderConfig tells it as bulk.maxPayloadSize");
                scim_api::answer::outer_error(status, &detail)
            }
            _ => scim_api::answer::outer_error(status, detail),
        }
    }
}

impl Site for Console {
    async fn answer(self: &Arc<Self>, request: Request<Bytes>, _: Peer) -> Response<Body> {
        let path = request.uri().path();
        let mut response = if path == "/api" || path.starts_with("/api/") {
            administer(&self.0, &request, Origin::Browser).await
        } else if let Err(refused) = guard::check_host(guard::host(&request), &self.0.facts.hosts) {
            refused.answer()
        } else {
            web::file(&request).unwrap_or_else(|(status, detail)| self.refuse(status, detail))
        };
        web::secure(response.headers_mut());
        response.map(Body::from)
    }

    fn refuse(&self, status: StatusCode, detail: &str) -> Response<Bytes> {
        let mut response = admin_api::refuse(status, detail);
        if status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        web::secure(response.headers_mut());
        response
    }
}

impl Local {
    /// Answers a request of this process itself.
    pub(crate) async fn reply(&self, request: &Request<Bytes>) -> Response<Bytes> {
        administer(&self.0, request, Origin::Local).await
    }
}

impl Site for Local {
    async fn answer(self: &Arc<Self>, request: Request<Bytes>, _: Peer) -> Response<Body> {
        self.reply(&request).await.map(Body::from)
    }

    fn refuse(&self, status: StatusCode, detail: &str) -> Response<Bytes> {
        admin_api::refuse(status, detail)
    }
}

/// Answers on a task of its own: what an administrator began is done to its end, also when nobody waits for it, so that
/// what is in memory and what is on disk never part.
async fn administer(app: &Arc<App>, request: &Request<Bytes>, origin: Origin) -> Response<Bytes> {
    let (app, request) = (Arc::clone(app), request.clone());
    let answering = tokio::spawn(async move {
        let house = House { tenants: &app.tenants, kv: &app.kv, outbox: &app.outbox, facts: &app.facts };
        let moment = Moment { now: app.world.now(), id: app.world.new_id(), seed: app.world.random() };
        admin_api::answer(&house, &request, origin, moment).await
    });
    answering.await.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()))
}
