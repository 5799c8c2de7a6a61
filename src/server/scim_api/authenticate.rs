//! Who asks: the bearer token of a request (RFC 6750), or the 401 that says what is wrong with it.

use std::net::SocketAddr;

use access::{Grant, Refusal, RequestNote};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response};
use jiff::Timestamp;
use scim::{Deviation, Dialect};

use super::answer;
use crate::app::App;
use crate::dialect::dialect;
use crate::tenant::Tenant;

/// Who asks, and how its requests are read.
pub(super) struct Asker {
    pub(super) grant: Grant,
    pub(super) dialect: Dialect,
    /// What was tolerated before there was a request to read.
    pub(super) used: Vec<(Deviation, String)>,
}

/// How the token stood in its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Bearer,
    /// Alone, without the scheme's name (Okta's header authentication).
    Bare,
}

const MUST_READ: &str = "the Authorization header must read: Bearer <Secret Token>";

/// Who holds the presented token.
pub(super) async fn grant(
    app: &App,
    tenant: &Tenant,
    request: &Request<Bytes>,
    peer: SocketAddr,
) -> Result<Asker, Response<Bytes>> {
    let presented = bearer(request.headers());
    let now = app.world.now();
    let (told, reason) = match presented {
        Err(told) => (told, told.to_owned()),
        Ok((token, form)) => match verified(app, tenant, token, peer, now).await {
            Ok(grant) => match asker(grant, form) {
                Some(asker) => return Ok(asker),
                None => (MUST_READ, format!("{MUST_READ}; the switch bareToken of the account is off")),
            },
            Err(refusal @ Refusal::TooMany { retry_after_s }) => {
                return Err(answer::too_many(told(refusal), retry_after_s.into()));
            }
            Err(refusal @ Refusal::Busy { retry_after_s }) => {
                return Err(answer::busy(told(refusal), retry_after_s.into()));
            }
            Err(_) if form == Form::Bare => (MUST_READ, MUST_READ.to_owned()),
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
    tenant.access.reject(presented.map(|(token, _)| token).unwrap_or_default(), note);
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

/// Who holds the presented token, where no token is needed: a bad one counts as none.
pub(super) async fn if_any(
    app: &App,
    tenant: &Tenant,
    request: &Request<Bytes>,
    peer: SocketAddr,
) -> Option<Asker> {
    let (token, form) = bearer(request.headers()).ok()?;
    let now = app.world.now();
    match verified(app, tenant, token, peer, now).await {
        Ok(grant) => asker(grant, form),
        Err(Refusal::Busy { .. } | Refusal::TooMany { .. }) => None,
        // what is told without a token depends on it, so this is a guess like any other
        Err(
            Refusal::Missing | Refusal::Malformed | Refusal::Unknown | Refusal::Revoked | Refusal::Expired,
        ) => {
            app.strangers.refused(peer.ip(), now);
            None
        }
    }
}

fn asker(grant: Grant, form: Form) -> Option<Asker> {
    let dialect = dialect(&grant.dialect);
    let used = match form {
        Form::Bearer => vec![],
        Form::Bare if dialect.grants(Deviation::BareToken) => {
            vec![(Deviation::BareToken, "Authorization: <token>".to_owned())]
        }
        Form::Bare => return None,
    };
    Some(Asker { grant, dialect, used })
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
            "the token is not valid here: it was revoked, or belongs to another server or tenant"
        }
        Refusal::Expired => "the token has expired; an administrator can create a new one",
    }
}

/// The token of the one Authorization header there is. "Bearer" pasted twice is understood.
fn bearer(headers: &HeaderMap) -> Result<(&str, Form), &'static str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Err("a token is needed: send the header Authorization: Bearer <Secret Token>");
    };
    if values.next().is_some() {
        return Err("the Authorization header is given twice");
    }
    let mut words = value.to_str().unwrap_or_default().split_ascii_whitespace();
    let scheme = words.next().unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return if words.next().is_none() && !scheme.is_empty() {
            Ok((scheme, Form::Bare))
        } else {
            Err(MUST_READ)
        };
    }
    let token = words.find(|word| !word.eq_ignore_ascii_case("bearer")).unwrap_or_default();
    if words.next().is_some() {
        return Err("the Authorization header has more than one token");
    }
    Ok((token, Form::Bearer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Result<(String, Form), &'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, http::HeaderValue::from_static(value));
        }
        bearer(&headers).map(|(token, form)| (token.to_owned(), form))
    }

    #[test]
    fn the_scheme_is_read_in_any_case_and_also_twice() {
        for value in ["Bearer x", "bearer x", "BEARER  x", "Bearer Bearer x"] {
            assert_eq!(read(&[value]), Ok(("x".to_owned(), Form::Bearer)));
        }
    }

    #[test]
    fn o13_a_bare_token_is_told_from_other_schemes() {
        assert_eq!(read(&["x"]), Ok(("x".to_owned(), Form::Bare)));
        for value in ["Basic eDp5", "Bearer x y", ""] {
            assert!(read(&[value]).is_err(), "{value:?}");
        }
        assert!(read(&[]).is_err());
        assert!(read(&["Bearer x", "Bearer x"]).is_err());
    }
}
