//! Turns a response into HTTP/1.1 bytes for the few answers that hyper cannot write, and recognises the bare
//! error answers that hyper writes by itself.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

/// An answer as bytes on the wire, after which the connection closes. `date` is a header line hyper made.
pub(crate) fn raw_reply(response: &Response<Bytes>, date: Option<&[u8]>) -> Vec<u8> {
    let status = response.status();
    let mut out = Vec::with_capacity(256 + response.body().len());
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(status.canonical_reason().unwrap_or("Refused").as_bytes());
    out.extend_from_slice(b"\r\n");
    let length = HeaderValue::from(response.body().len());
    let framing =
        [(&header::CONTENT_LENGTH, &length), (&header::CONNECTION, &HeaderValue::from_static("close"))];
    for (name, value) in response.headers().iter().chain(framing) {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(date.unwrap_or_default());
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(response.body());
    out
}

/// An error answer that hyper wrote by itself: it has no body and it is always the last on its connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bare<'bytes> {
    /// Where it begins.
    pub(super) at: usize,
    pub(super) status: StatusCode,
    /// Its date header line, with the line end.
    pub(super) date: Option<&'bytes [u8]>,
}

/// Finds hyper's own error answer at the end of `bytes`.
///
/// There is no false find: every answer of a [`super::Site`] with such a status has a body, and no body we
/// send ends with an empty line after a status line.
pub(super) fn bare_error(bytes: &[u8]) -> Option<Bare<'_>> {
    const LONGEST: usize = 256;
    if !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let window = bytes.len().saturating_sub(LONGEST);
    let at = window + memchr::memmem::rfind(&bytes[window..], b"HTTP/1.")?;
    let head = &bytes[at..bytes.len() - 2];
    let mut lines = head.split_inclusive(|byte| *byte == b'\n');
    let status = StatusCode::from_bytes(lines.next()?.get(9..12)?).ok()?;
    let mut is_empty = false;
    let mut date = None;
    for line in lines {
        is_empty |= line == b"content-length: 0\r\n";
        if line.starts_with(b"date: ") {
            date = Some(line);
        }
    }
    (is_empty && (status.is_client_error() || status.is_server_error())).then_some(Bare { at, status, date })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_error_is_found_behind_an_earlier_answer() {
        let bytes = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\ndate: Mon\r\n\r\n";
        let bare = bare_error(bytes).unwrap();
        assert_eq!((bare.at, bare.status.as_u16(), bare.date), (40, 431, Some(&b"date: Mon\r\n"[..])));
    }

    #[test]
    fn answers_of_a_site_are_not_bare_errors() {
        assert_eq!(bare_error(b"HTTP/1.1 204 No Content\r\n\r\n"), None);
        assert_eq!(bare_error(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"), None);
        assert_eq!(bare_error(b"HTTP/1.1 404 Not Found\r\ncontent-length: 88\r\n\r\n"), None);
    }

    #[test]
    fn a_raw_reply_names_its_length_and_closes() {
        let mut response = Response::new(Bytes::from_static(b"{}"));
        *response.status_mut() = StatusCode::BAD_REQUEST;
        assert_eq!(
            raw_reply(&response, Some(b"date: x\r\n")),
            b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\nconnection: close\r\ndate: x\r\n\r\n{}"
        );
    }
}
