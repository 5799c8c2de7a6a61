//! The console's page: files built from `web/` and carried in the binary.
//!
//! It serves files and their headers; the API behind the page is `admin_api`.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/web"]
struct Files;

const INDEX: &str = "index.html";

/// On every answer of the console. No script, style or request but our own; nobody may frame us; and values
/// that reach a script sink without going through a policy are refused.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
    require-trusted-types-for 'script'";
const PERMISSIONS: &str = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), \
    microphone=(), payment=(), usb=()";

/// Answers a request for a file, or refuses it with a status and a reason.
pub(crate) fn file(request: &Request<Bytes>) -> Result<Response<Bytes>, (StatusCode, &'static str)> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Err((StatusCode::METHOD_NOT_ALLOWED, "the console's page is only read"));
    }
    let path = request.uri().path().trim_start_matches('/');
    let name = if path.is_empty() { INDEX } else { path };
    let (name, file) = match Files::get(name) {
        Some(file) => (name, file),
        // the page has its own routes; a missing file is not one of them
        None if !is_file_name(path) => {
            (INDEX, Files::get(INDEX).ok_or((StatusCode::NOT_FOUND, "this build has no page"))?)
        }
        None => return Err((StatusCode::NOT_FOUND, "there is no such file")),
    };
    Ok(sent(name, file, request.headers()))
}

fn is_file_name(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|last| last.contains('.'))
}

fn sent(name: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response<Bytes> {
    let hash = file.metadata.sha256_hash();
    let tag: u128 = hash[..16].iter().fold(0, |tag, byte| tag << 8 | u128::from(*byte));
    let tag =
        HeaderValue::from_str(&format!("\"{tag:032x}\"")).expect("hexadecimal digits are a header value");
    let is_known = asked.get(header::IF_NONE_MATCH) == Some(&tag);
    let body = match file.data {
        _ if is_known => Bytes::new(),
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let mut response = Response::new(body);
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let caching = if name.starts_with("assets/") {
        // the build puts a hash of the content into these names
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::ETAG, tag);
    response
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Puts the security headers on an answer of the console; those it has already stay.
pub(crate) fn secure(headers: &mut HeaderMap) {
    let all = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (header::X_FRAME_OPTIONS, "DENY"),
        // an answer that does not say otherwise is not kept
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in all {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> Result<Response<Bytes>, (StatusCode, &'static str)> {
        file(&Request::get(path).body(Bytes::new()).unwrap())
    }

    #[test]
    fn the_page_answers_for_its_own_routes_and_not_for_missing_files() {
        for path in ["/", "/index.html", "/accounts/5", "/users"] {
            let response = get(path).unwrap();
            assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8", "{path}");
            assert_eq!(response.headers()["cache-control"], "no-cache");
        }
        assert_eq!(get("/assets/none.js").unwrap_err().0, StatusCode::NOT_FOUND);
        assert_eq!(get("/../../etc/passwd.txt").unwrap_err().0, StatusCode::NOT_FOUND);
    }

    #[test]
    fn a_known_tag_is_not_sent_again() {
        let tag = get("/").unwrap().headers()["etag"].clone();
        let request = Request::get("/").header("if-none-match", tag).body(Bytes::new()).unwrap();
        let response = file(&request).unwrap();
        assert!(response.status() == StatusCode::NOT_MODIFIED && response.body().is_empty());
    }

    #[test]
    fn only_reading_is_allowed() {
        let request = Request::post("/").body(Bytes::new()).unwrap();
        assert_eq!(file(&request).unwrap_err().0, StatusCode::METHOD_NOT_ALLOWED);
    }

    #[test]
    fn the_policy_allows_nothing_inline() {
        assert!(!POLICY.contains("unsafe"));
        let mut headers = HeaderMap::new();
        secure(&mut headers);
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cache-control"], "no-store");
    }
}
