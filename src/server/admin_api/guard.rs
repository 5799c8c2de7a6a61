//! What a browser has to show before an operation is looked at: the right host, no foreign origin, a session.
//!
//! A page of another origin can make the administrator's browser send requests here. It cannot set
//! `X-Rollcall-Request` without asking first, which is never granted, and it cannot fake `Sec-Fetch-Site`; the
//! cookie is `SameSite=Strict` besides.

use super::answer::Problem;
use http::header::{CONTENT_TYPE, COOKIE, HOST, HeaderName, ORIGIN};
use http::{HeaderMap, Method, Request, StatusCode};

/// The session cookie; the prefix makes browsers refuse it from other hosts, other paths and plain HTTP.
pub(crate) const COOKIE_NAME: &str = "__Host-rollcall";
const OURS: HeaderName = HeaderName::from_static("x-rollcall-request");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The host the request was sent to, with its port: the authority in HTTP/2, the `Host` header before.
pub(crate) fn host<B>(request: &Request<B>) -> Option<&str> {
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    let mut headers = request.headers().get_all(HOST).iter();
    let header = headers.next().and_then(|host| host.to_str().ok());
    if headers.next().is_some() {
        return None;
    }
    match (authority, header) {
        (Some(authority), Some(header)) if !authority.eq_ignore_ascii_case(header) => None,
        (Some(host), _) | (None, Some(host)) => Some(host),
        (None, None) => None,
    }
}

/// Refuses a host that is not ours: a foreign name that was made to point here (DNS rebinding). The port is
/// not compared, because ports are forwarded.
pub(crate) fn check_host(host: Option<&str>, ours: &[String]) -> Result<(), Problem> {
    let name = host.map(without_port).unwrap_or_default();
    if ours.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    let message = "this server does not answer to that host name";
    Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "wrongHost", message))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}

/// Refuses a request that changes something and does not come from our own page.
pub(crate) fn check_origin<B: AsRef<[u8]>>(request: &Request<B>, host: Option<&str>) -> Result<(), Problem> {
    if request.method() == Method::GET {
        return Ok(());
    }
    let headers = request.headers();
    let refused = |message: &str| Err(Problem::new(StatusCode::FORBIDDEN, "foreignOrigin", message));
    if headers.get(OURS).is_none_or(|value| value.as_bytes() != b"1") {
        return refused("the header X-Rollcall-Request: 1 is missing");
    }
    let site = headers.get(FETCH_SITE).map(|site| site.as_bytes() == b"same-origin");
    let origin = headers.get(ORIGIN).map(|origin| {
        let given = origin.to_str().ok().and_then(|origin| origin.strip_prefix("https://"));
        given.zip(host).is_some_and(|(given, host)| given.eq_ignore_ascii_case(host))
    });
    match (site, origin) {
        (Some(true), None | Some(true)) | (None, Some(true)) => {}
        (None, None) => {
            return refused("neither Sec-Fetch-Site nor Origin says where the request comes from");
        }
        (Some(_), _) | (None, Some(false)) => return refused("the request comes from another origin"),
    }
    if !request.body().as_ref().is_empty() && !is_json(headers) {
        let message = "the body must be application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "notJson", message));
    }
    Ok(())
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// The session's id from the cookie.
pub(crate) fn session(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE_NAME).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> Vec<String> {
        vec!["localhost".into(), "127.0.0.1".into(), "[::1]".into(), "scim.example.com".into()]
    }

    #[test]
    fn a_foreign_host_is_refused_and_ours_is_not() {
        for good in [
            "localhost",
            "localhost:8444",
            "LOCALHOST:1",
            "127.0.0.1:8444",
            "[::1]:8444",
            "[::1]",
            "scim.example.com",
        ] {
            assert!(check_host(Some(good), &ours()).is_ok(), "{good}");
        }
        for bad in
            ["evil.example", "localhost.evil.example", "xlocalhost", "", "[::1]x", "localhost:8444x", "::1"]
        {
            assert_eq!(
                check_host(Some(bad), &ours()).unwrap_err().status,
                StatusCode::MISDIRECTED_REQUEST,
                "{bad}"
            );
        }
        assert!(check_host(None, &ours()).is_err());
    }

    #[test]
    fn two_hosts_in_one_request_are_none() {
        let request = Request::get("/x").header("host", "localhost").header("host", "evil").body(()).unwrap();
        assert_eq!(host(&request), None);
        let request = Request::get("https://localhost/x").header("host", "evil").body(()).unwrap();
        assert_eq!(host(&request), None);
        let request = Request::get("https://localhost:8444/x").body(()).unwrap();
        assert_eq!(host(&request), Some("localhost:8444"));
    }

    fn change(headers: &[(&str, &str)]) -> Result<(), Problem> {
        let mut request = Request::post("/api/accounts");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check_origin(&request.body("{}").unwrap(), Some("localhost:8444"))
    }

    const OUR: (&str, &str) = ("x-rollcall-request", "1");
    const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");

    #[test]
    fn a_change_from_our_own_page_is_let_through() {
        assert!(change(&[OUR, JSON, ("sec-fetch-site", "same-origin")]).is_ok());
        assert!(change(&[OUR, JSON, ("origin", "https://localhost:8444")]).is_ok());
        let both = [OUR, JSON, ("sec-fetch-site", "same-origin"), ("origin", "https://LOCALHOST:8444")];
        assert!(change(&both).is_ok());
    }

    #[test]
    fn a_change_from_another_origin_is_refused() {
        for foreign in [
            &[OUR, JSON][..],
            &[JSON, ("sec-fetch-site", "same-origin")],
            &[("x-rollcall-request", "0"), JSON, ("sec-fetch-site", "same-origin")],
            &[OUR, JSON, ("sec-fetch-site", "cross-site")],
            &[OUR, JSON, ("sec-fetch-site", "same-site")],
            &[OUR, JSON, ("sec-fetch-site", "none")],
            &[OUR, JSON, ("sec-fetch-site", "cross-site"), ("origin", "https://localhost:8444")],
            &[OUR, JSON, ("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
            &[OUR, JSON, ("origin", "https://localhost:8443")],
            &[OUR, JSON, ("origin", "http://localhost:8444")],
            &[OUR, JSON, ("origin", "null")],
        ] {
            assert_eq!(change(foreign).unwrap_err().status, StatusCode::FORBIDDEN, "{foreign:?}");
        }
    }

    #[test]
    fn a_form_cannot_pass_for_json() {
        for form in ["text/plain", "application/x-www-form-urlencoded", "text/plain;application/json", ""] {
            let refused = change(&[OUR, ("content-type", form), ("sec-fetch-site", "same-origin")]);
            assert_eq!(refused.unwrap_err().status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{form}");
        }
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=b; __Host-rollcallx=no".parse().unwrap());
        assert_eq!(session(&headers), None);
        headers.append(COOKIE, "c=d; __Host-rollcall=0123; e".parse().unwrap());
        assert_eq!(session(&headers), Some("0123"));
    }
}
