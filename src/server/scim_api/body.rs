//! The body of a request: its media type, then JSON.

use bytes::Bytes;
use http::Request;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use scim::ScimError;
use scim::json::{self, Object};

/// Holds a request with a body against the interop profile: `application/scim+json` and nothing else.
pub(super) fn profiled(request: &Request<Bytes>) -> Result<(), ScimError> {
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if request.body().is_empty() || essence.eq_ignore_ascii_case("application/scim+json") {
        return Ok(());
    }
    Err(ScimError::http(415, "the interop profile wants bodies of type application/scim+json"))
}

/// Reads the body as a JSON object. Media type parameters do not count; a missing type is taken as JSON.
pub(super) fn object(request: &Request<Bytes>) -> Result<Object, ScimError> {
    if let Some(encoding) = request.headers().get(CONTENT_ENCODING)
        && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return Err(ScimError::http(415, "the body is compressed; send it without a Content-Encoding"));
    }
    if let Some(media_type) = request.headers().get(CONTENT_TYPE) {
        let essence = media_type.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let known = ["application/scim+json", "application/json", "application/scim"];
        if !known.iter().any(|k| essence.eq_ignore_ascii_case(k)) {
            return Err(ScimError::http(
                415,
                format!("a body of type {essence:?} is not understood; send application/scim+json"),
            ));
        }
    }
    json::object(request.body())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(media_type: &str) -> Option<u16> {
        let request =
            Request::builder().header(CONTENT_TYPE, media_type).body(Bytes::from_static(b"{}")).unwrap();
        object(&request).err().map(|e| e.status())
    }

    #[test]
    fn x3_o15_json_in_all_its_names_is_read() {
        for known in ["application/scim+json; charset=utf-8", "application/json", "Application/SCIM"] {
            assert_eq!(status(known), None, "{known}");
        }
        for unknown in ["text/plain", "application/x-www-form-urlencoded", ""] {
            assert_eq!(status(unknown), Some(415), "{unknown}");
        }
    }
}
