//! One event in the form its receiver wants.

use ::events::{Claims, Delivery, Event, Jti, Signer, StreamRecord, Vault, WebhookSecret, webhook_body};
use bytes::Bytes;
use http::HeaderName;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use jiff::Timestamp;

/// Headers and body of an event for a receiver that is posted to; `None` for one that polls.
pub(super) fn post(
    stream: &StreamRecord,
    issuer: &str,
    signer: &Signer,
    vault: &Vault,
    event: &Event,
    now: Timestamp,
) -> Option<(HeaderMap, Bytes)> {
    let mut headers = HeaderMap::new();
    let agent = concat!("Rollcall/", env!("CARGO_PKG_VERSION"));
    headers.insert(USER_AGENT, HeaderValue::from_static(agent));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    match &stream.delivery {
        Delivery::Push { authorization, .. } => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/secevent+jwt"));
            if let Some(sealed) = authorization {
                let value = HeaderValue::from_bytes(&vault.open(sealed)?).ok()?;
                headers.insert(AUTHORIZATION, value);
            }
            Some((headers, token(stream, issuer, signer, event).into()))
        }
        Delivery::Webhook { secret, .. } => {
            let body = webhook_body(event, issuer);
            let id = Jti::of(stream.id, event).text();
            let seconds = now.as_second();
            let signature = WebhookSecret::parse(&vault.open_text(secret)?)?.sign(&id, seconds, &body);
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            let marks = [
                ("webhook-id", id),
                ("webhook-timestamp", seconds.to_string()),
                ("webhook-signature", signature),
            ];
            for (name, value) in marks {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?);
            }
            Some((headers, body.into()))
        }
        Delivery::Poll { .. } => None,
    }
}

/// The token of an event for a stream.
pub(crate) fn token(stream: &StreamRecord, issuer: &str, signer: &Signer, event: &Event) -> String {
    let claims = Claims { issuer, audience: &stream.audience, stream: stream.id };
    signer.sign(&claims.of(event))
}
