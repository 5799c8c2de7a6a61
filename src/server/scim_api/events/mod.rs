//! What lies beside the resources below a tenant's base URI: the keys events are signed with, the address where a
//! receiver polls, and how a request ended that was answered before it was done.
//!
//! Their names begin with a dot, as `.search` does: no resource type can have such an endpoint.

pub(super) mod later;
mod poll;
mod status;

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use scim::ScimError;
use uuid::Uuid;

use super::answer;
use super::route::versioned;
use crate::app::App;
use crate::events::EventsError;
use crate::tenant::Tenant;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `GET /.events/jwks`: everybody may have public keys.
    Keys,
    /// `POST /.events/{stream}`, with the stream's token.
    Poll(Uuid),
    /// `GET /.requests/{txn}`, with a token of the account that asked.
    Request(String),
}

impl Place {
    /// Reads a path; `None` where it is not one of these.
    pub(super) fn parse(path: &str) -> Option<Place> {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let [scim, rest @ ..] = segments.as_slice() else { return None };
        let [room, name] = *versioned(rest).ok()? else { return None };
        if !scim.eq_ignore_ascii_case("scim") {
            return None;
        }
        match room {
            ".events" if name == "jwks" => Some(Place::Keys),
            ".events" => Uuid::try_parse(name).ok().map(Place::Poll),
            ".requests" => Some(Place::Request(name.to_owned())),
            _ => None,
        }
    }

    /// The methods that go here.
    fn allow(&self) -> &'static str {
        match self {
            Place::Keys | Place::Request(_) => "GET, HEAD, OPTIONS",
            Place::Poll(_) => "POST, OPTIONS",
        }
    }
}

/// Answers a request to one of these places.
pub(super) async fn answer(
    app: &Arc<App>,
    tenant: &Tenant,
    place: &Place,
    request: &Request<Bytes>,
    peer: SocketAddr,
) -> Response<Bytes> {
    let (method, allow) = (request.method(), place.allow());
    if *method == Method::OPTIONS {
        return answer::with_allow(answer::empty(), allow);
    }
    if !allow.split(", ").any(|allowed| allowed == method.as_str()) {
        return answer::method_not_allowed(method, allow);
    }
    let answered = match place {
        Place::Keys => keys(app, tenant).await,
        Place::Poll(stream) => poll::poll(app, tenant, *stream, request).await,
        Place::Request(txn) => status::status(app, tenant, txn, request, peer).await,
    };
    answered.unwrap_or_else(|error| failed(&error))
}

/// The public keys of the tenant, as a JWK Set (RFC 7517).
async fn keys(app: &App, tenant: &Tenant) -> Result<Response<Bytes>, EventsError> {
    let now = app.world.now();
    tenant.events.signer(&app.outbox.vault, app.world.random(), now).await?;
    let keys = ::events::jwks(&tenant.events.keys().await?, now);
    let mut shown = answer::json(StatusCode::OK, keys.to_string());
    shown.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json"));
    // a receiver that meets an unknown key asks again anyhow
    shown.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    Ok(shown)
}

fn failed(error: &EventsError) -> Response<Bytes> {
    tracing::error!(%error, "a request about events failed");
    answer::busy("the server could not reach its data; try again", 5)
}

fn not_found(what: &str) -> Response<Bytes> {
    answer::error(&ScimError::http(404, format!("there is no such {what}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_beside_the_resources_are_found_by_their_dots() {
        let stream = Uuid::from_u128(7);
        assert_eq!(Place::parse("/scim/v2/.events/jwks"), Some(Place::Keys));
        assert_eq!(Place::parse(&format!("/SCIM/v2//.events/{stream}/")), Some(Place::Poll(stream)));
        assert_eq!(Place::parse("/scim/v2/.requests/a1"), Some(Place::Request("a1".into())));
        for other in
            ["/scim/v2/Users/jwks", "/scim/v2/.events", "/scim/v2/.events/x", "/scim/v2/.events/jwks/x", "/"]
        {
            assert_eq!(Place::parse(other), None, "{other}");
        }
    }
}
