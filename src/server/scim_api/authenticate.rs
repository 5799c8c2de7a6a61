//! Who asks: the bearer token of a request (RFC 6750), or the 401 that says what is wrong with it.

use access::{Grant, Refusal};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Response};

use super::answer;
use crate::app::App;

/// The grant of the presented token.
pub(super) async fn grant(app: &App, headers: &HeaderMap) -> Result<Grant, Response<Bytes>> {
    let token = bearer(headers).map_err(answer::unauthorized)?;
    app.access.verifier().verify(token, app.world.now()).await.map_err(|refusal| match refusal {
        Refusal::Busy { retry_after_s } => {
            answer::busy("many tokens are being checked at once; try again", retry_after_s.into())
        }
        Refusal::Missing => answer::unauthorized("the Authorization header holds no token"),
        Refusal::Malformed => answer::unauthorized(
            "the token is incomplete or mistyped: its checksum does not fit. Copy the Secret Token once more",
        ),
        // One text for both: who holds no valid token learns nothing about tokens.
        Refusal::Unknown | Refusal::Revoked => {
            answer::unauthorized("the token is not valid here: it was revoked, or belongs to another server")
        }
        Refusal::Expired => {
            answer::unauthorized("the token has expired; an administrator can create a new one")
        }
    })
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
