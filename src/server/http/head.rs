//! Follows where requests begin in the bytes of an HTTP/1.1 connection, to find what must be changed or
//! refused before hyper parses it.
//!
//! It does not parse requests: hyper does. It only frames them, and as soon as the framing is not beyond
//! doubt it becomes opaque and changes nothing for the rest of the connection, so that it can never disagree
//! with hyper about where a body ends.

use std::borrow::Cow;

use http::StatusCode;
use memchr::{memchr, memchr3};

use super::sized;

/// What a scan found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing to change in the bytes given.
    Nothing,
    /// The byte at this position is in a request line and hyper would refuse it raw. The scan stopped before
    /// it; go on with the byte after it.
    Escape(usize),
    /// The request must be refused; nothing from this position on may reach hyper.
    Refuse(usize, Verdict),
}

/// Why a request is refused before it is parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) status: StatusCode,
    pub(super) detail: Cow<'static, str>,
}

impl Verdict {
    pub(super) fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Verdict { status, detail: detail.into() }
    }
}

/// Position in the stream of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In a request line, this many bytes of it seen.
    Line(usize),
    /// In the header lines.
    Headers,
    /// In a body with this many bytes to come.
    Body(u64),
    /// At the start of a chunk's size line.
    ChunkSize,
    /// In a chunk, with this many bytes to come including its line end.
    Chunk(u64),
    /// In the lines after the last chunk.
    Trailers,
    /// The framing is not known any more.
    Opaque,
}

/// Follows one connection.
#[derive(Debug)]
pub(super) struct Scan {
    place: Place,
    line_limit: usize,
    /// The part of a header, chunk size or trailer line that an earlier read brought.
    partial: Vec<u8>,
    length: Option<u64>,
    chunked: bool,
}

impl Scan {
    pub(super) fn new(line_limit: usize) -> Self {
        Scan { place: Place::Line(0), line_limit, partial: Vec::new(), length: None, chunked: false }
    }

    /// Is the connection between two requests?
    pub(super) fn is_between_requests(&self) -> bool {
        self.place == Place::Line(0)
    }

    /// Is a request head under way?
    pub(super) fn is_in_head(&self) -> bool {
        matches!(self.place, Place::Line(1..) | Place::Headers)
    }

    /// Follows `bytes` until their end or until something must be done.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Found {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let step = match self.place {
                Place::Opaque => return Found::Nothing,
                Place::Line(seen) => self.in_line(seen, rest),
                Place::Body(left) => Ok(self.skip(left, rest, Place::Line(0), Place::Body)),
                Place::Chunk(left) => Ok(self.skip(left, rest, Place::ChunkSize, Place::Chunk)),
                Place::Headers | Place::ChunkSize | Place::Trailers => self.in_lines(rest),
            };
            match step {
                Ok(taken) => at += taken,
                Err(Found::Escape(offset)) => return Found::Escape(at + offset),
                Err(Found::Refuse(offset, verdict)) => return Found::Refuse(at + offset, verdict),
                Err(Found::Nothing) => return Found::Nothing,
            }
        }
        Found::Nothing
    }

    fn in_line(&mut self, seen: usize, bytes: &[u8]) -> Result<usize, Found> {
        if seen == 0 {
            // RFC 9112 2.2: empty lines before a request line are skipped
            let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            if blank > 0 {
                return Ok(blank);
            }
            if bytes.starts_with(b"PRI * HTTP/2.0") {
                return Err(refuse(
                    StatusCode::HTTP_VERSION_NOT_SUPPORTED,
                    "HTTP/2 is spoken only when it is chosen by ALPN",
                ));
            }
        }
        let end = memchr(b'\n', bytes);
        let line = &bytes[..end.unwrap_or(bytes.len())];
        if seen + line.len() > self.line_limit {
            let detail = format!("the request line is longer than {}", sized(self.line_limit));
            return Err(refuse(StatusCode::URI_TOO_LONG, detail));
        }
        if let Some(offset) = memchr3(b'"', b'<', b'>', line) {
            self.place = Place::Line(seen + offset + 3);
            return Err(Found::Escape(offset));
        }
        if let Some(end) = end {
            self.place = Place::Headers;
            self.length = None;
            self.chunked = false;
            Ok(end + 1)
        } else {
            self.place = Place::Line(seen + line.len());
            Ok(line.len())
        }
    }

    fn skip(&mut self, left: u64, bytes: &[u8], then: Place, more: fn(u64) -> Place) -> usize {
        let here = bytes.len() as u64;
        if here < left {
            self.place = more(left - here);
            bytes.len()
        } else {
            self.place = then;
            usize::try_from(left).expect("it is at most the length of the bytes given")
        }
    }

    /// Takes one line of headers, trailers or a chunk size, which may have begun in an earlier read.
    fn in_lines(&mut self, bytes: &[u8]) -> Result<usize, Found> {
        let Some(end) = memchr(b'\n', bytes) else {
            // hyper's own limits of head, extension and trailer size bound this
            self.partial.extend_from_slice(bytes);
            return Ok(bytes.len());
        };
        let mut joined = std::mem::take(&mut self.partial);
        let line = if joined.is_empty() {
            &bytes[..end]
        } else {
            joined.extend_from_slice(&bytes[..end]);
            &joined
        };
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match self.place {
            Place::Headers => self.header(line).map_err(|verdict| Found::Refuse(0, verdict))?,
            Place::ChunkSize => self.chunk_size(line),
            Place::Trailers if line.is_empty() => self.place = Place::Line(0),
            _ => {}
        }
        Ok(end + 1)
    }

    fn header(&mut self, line: &[u8]) -> Result<(), Verdict> {
        if line.is_empty() {
            self.place = match (self.chunked, self.length) {
                (true, _) => Place::ChunkSize,
                (false, Some(length)) if length > 0 => Place::Body(length),
                (false, _) => Place::Line(0),
            };
            return Ok(());
        }
        if let Some(value) = value_of(line, b"content-length:") {
            let Some(length) = decimal(value) else {
                return Err(bad("content-length is not a number"));
            };
            if self.chunked {
                return Err(bad("content-length and transfer-encoding exclude each other"));
            }
            if self.length.is_some_and(|earlier| earlier != length) {
                return Err(bad("two content-length headers differ"));
            }
            self.length = Some(length);
        } else if let Some(value) = value_of(line, b"transfer-encoding:") {
            if self.length.is_some() {
                return Err(bad("content-length and transfer-encoding exclude each other"));
            }
            if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                let detail = "the only transfer-encoding understood is chunked";
                return Err(Verdict::new(StatusCode::NOT_IMPLEMENTED, detail));
            }
            self.chunked = true;
        }
        Ok(())
    }

    fn chunk_size(&mut self, line: &[u8]) {
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let size =
            std::str::from_utf8(&line[..digits]).ok().and_then(|text| u64::from_str_radix(text, 16).ok());
        // an extension is legal, but nobody sends one and its grammar is where parsers disagree
        self.place = match size {
            Some(0) if digits == line.len() => Place::Trailers,
            Some(size) if digits == line.len() && size < u64::MAX - 2 => Place::Chunk(size + 2),
            _ => Place::Opaque,
        };
    }
}

fn refuse(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Found {
    Found::Refuse(0, Verdict::new(status, detail))
}

fn bad(detail: &'static str) -> Verdict {
    Verdict::new(StatusCode::BAD_REQUEST, detail)
}

fn value_of<'line>(line: &'line [u8], name: &[u8]) -> Option<&'line [u8]> {
    let (head, value) = line.split_at_checked(name.len())?;
    head.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The percent-encoded form of a byte that [`Found::Escape`] names.
pub(super) fn escaped(byte: u8) -> &'static [u8; 3] {
    match byte {
        b'"' => b"%22",
        b'<' => b"%3C",
        _ => b"%3E",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What hyper would get, and the verdict if there is one, when `pieces` arrive one read each.
    fn seen_by_hyper(pieces: &[&[u8]]) -> (String, Option<Verdict>) {
        let mut scan = Scan::new(16 * 1024);
        let mut out = Vec::new();
        for piece in pieces {
            let mut rest: &[u8] = piece;
            loop {
                match scan.follow(rest) {
                    Found::Nothing => {
                        out.extend_from_slice(rest);
                        break;
                    }
                    Found::Escape(at) => {
                        out.extend_from_slice(&rest[..at]);
                        out.extend_from_slice(escaped(rest[at]));
                        rest = &rest[at + 1..];
                    }
                    Found::Refuse(at, verdict) => {
                        out.extend_from_slice(&rest[..at]);
                        return (String::from_utf8(out).unwrap(), Some(verdict));
                    }
                }
            }
        }
        (String::from_utf8(out).unwrap(), None)
    }

    fn at_every_split(input: &str, expected: &str) {
        let bytes = input.as_bytes();
        assert_eq!(seen_by_hyper(&[bytes]).0, expected);
        for cut in 1..bytes.len() {
            assert_eq!(seen_by_hyper(&[&bytes[..cut], &bytes[cut..]]).0, expected, "cut at {cut}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(seen_by_hyper(&single).0, expected);
    }

    #[test]
    fn only_request_lines_are_escaped_wherever_the_reads_are_cut() {
        at_every_split(
            "\r\nPOST /Users?a=\"<b>\" HTTP/1.1\r\nX: \"<>\"\r\nContent-Length: 9\r\n\r\n{\"a\":\"b\"}GET /?q=\"x\" HTTP/1.1\nA: \"\n\nGET \"",
            "\r\nPOST /Users?a=%22%3Cb%3E%22 HTTP/1.1\r\nX: \"<>\"\r\nContent-Length: 9\r\n\r\n{\"a\":\"b\"}GET /?q=%22x%22 HTTP/1.1\nA: \"\n\nGET %22",
        );
    }

    #[test]
    fn a_chunked_body_is_left_alone_and_the_next_line_is_escaped() {
        at_every_split(
            "PUT / HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n5\r\n\"\r\n<>\r\n0\r\nT: \"\r\n\r\nGET /\" HTTP/1.1\r\n",
            "PUT / HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n5\r\n\"\r\n<>\r\n0\r\nT: \"\r\n\r\nGET /%22 HTTP/1.1\r\n",
        );
    }

    #[test]
    fn doubtful_framing_is_never_changed() {
        at_every_split(
            "PUT / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5;x=\"\"\r\nabcde\r\n0\r\n\r\nGET /\" HTTP/1.1\r\n",
            "PUT / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5;x=\"\"\r\nabcde\r\n0\r\n\r\nGET /\" HTTP/1.1\r\n",
        );
    }

    #[test]
    fn two_ways_to_end_a_body_are_refused_in_either_order() {
        for head in [
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
            "transfer-encoding: chunked\r\ncontent-length: 3\r\n",
            "Content-Length: 3\r\nContent-Length: 4\r\n",
            "Content-Length: +3\r\n",
        ] {
            let text = format!("POST / HTTP/1.1\r\n{head}\r\n");
            let verdict = seen_by_hyper(&[text.as_bytes()]).1.unwrap();
            assert_eq!(verdict.status, StatusCode::BAD_REQUEST, "{head}");
        }
    }

    #[test]
    fn a_line_over_the_limit_is_refused() {
        let text = format!("GET /{} HTTP/1.1\r\n", "a".repeat(16 * 1024));
        assert_eq!(seen_by_hyper(&[text.as_bytes()]).1.unwrap().status, StatusCode::URI_TOO_LONG);
    }
}
