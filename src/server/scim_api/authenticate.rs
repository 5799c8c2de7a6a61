//! Who asks: the bearer token of a request (RFC 6750), or the 401 that says what is wrong with it.

use std::net::SocketAddr;

use access::{Grant, Refusal, RequestNote};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response};
use jiff::Timestamp;

use super::answer;
use crate::app::App;
use crate::tenant::Tenant;

/// The grant of the presented token.
pub(super) async fn grant(
    app: &App,
    tenant: &Tenant,
    request: &Request<Bytes>,
    peer: SocketAddr,
) -> Result<Grant, Response<Bytes>> {
    let presented = bearer(request.headers());
    let now = app.world.now();
    let (told, reason) = match presented {
        Err(told) => (told, told.to_owned()),
        Ok(token) => match verified(app, tenant, token, peer, now).await {
            Ok(grant) => return Ok(grant),
            Err(refusal @ Refusal::TooMany { retry_after_s }) => {
                return Err(answer::too_many(told(refusal), retry_after_s.into()));
            }
            Err(refusal @ Refusal::Busy { retry_after_s }) => {
                return Err(answer::busy(told(refusal), retry_after_s.into()));
            }
            Err(refusal) => (told(refusal), refusal.to_string()),
        },
    };
    app.strangers.refused(peer.ip(), now);
    let answer = answer::unauthorized(told);
    let note = RequestNote {
        at: now,
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        status: answer.status().as_u16(),
        detail: format!("{reason} (sent from {})", peer.ip()),
    };
    tenant.access.reject(presented.unwrap_or_default(), note);
    Err(answer)
}

/// A token proven not long ago is let through at once; any other is looked at only while its address has not sent too
/// many that were refused.
async fn verified(
    app: &App,
    tenant: &Tenant,
    token: &str,
    peer: SocketAddr,
    now: Timestamp,
) -> Result<Grant, Refusal> {
    let verifier = tenant.access.verifier();
    if let Some(grant) = verifier.proven(token, now) {
        return Ok(grant);
    }
    app.strangers.check(peer.ip(), now).map_err(|retry_after_s| Refusal::TooMany { retry_after_s })?;
    verifier.verify(token, now).await
}

/// What a client is told of a refusal; the administrator is told the refusal itself.
fn told(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Busy { .. } => "many tokens are being checked at once; try again",
        Refusal::TooMany { .. } => "too many tokens from this address were refused; try again later",
        Refusal::Missing => "the Authorization header holds no token",
        Refusal::Malformed => {
            "the token is incomplete or mistyped: its checksum does not fit. Copy the Secret Token once more"
        }
        // One text for both: who holds no valid token learns nothing about tokens.
        Refusal::Unknown | Refusal::Revoked => {
            "the token is not valid here: it was revoked, or belongs to another server"
        }
        Refusal::Expired => "the token has expired; an administrator can create a new one",
    }
}

/// The token of the one Authorization header there is. "Bearer" pasted twice is understood.
fn bearer(headers: &HeaderMap) -> Result<&str, &'static str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Err("a token is needed: send the header Authorization: Bearer <Secret Token>");
    };
    if values.next().is_some() {
        return Err("the Authorization header is given twice");
    }
    let mut words = value.to_str().unwrap_or_default().split_ascii_whitespace();
    if !words.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer")) {
        return Err("the Authorization header must read: Bearer <Secret Token>");
    }
    let token = words.find(|word| !word.eq_ignore_ascii_case("bearer")).unwrap_or_default();
    if words.next().is_some() {
        return Err("the Authorization header has more than one token");
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Result<String, &'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, http::HeaderValue::from_static(value));
        }
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn the_scheme_is_read_in_any_case_and_also_twice() {
        for value in ["Bearer x", "bearer x", "BEARER  x", "Bearer Bearer x"] {
            assert_eq!(read(&[value]), Ok("x".to_owned()));
        }
    }

    #[test]
    fn o13_a_bare_token_and_other_schemes_are_refused() {
        for value in ["x", "Basic eDp5", "Bearer x y", ""] {
            assert!(read(&[value]).is_err(), "{value:?}");
        }
        assert!(read(&[]).is_err());
        assert!(read(&["Bearer x", "Bearer x"]).is_err());
    }
}
