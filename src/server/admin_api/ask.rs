//! What a request brings besides its route: a JSON body and a query.

use super::answer::Problem;
use http::{Request, StatusCode};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

/// No operation needs a larger body.
pub(crate) const BODY_MOST_BYTES: usize = 64 * 1024;
const PAGE_MOST: usize = 200;

/// The body as the operation wants it; a field it does not know is an error, because a misspelt one would
/// otherwise be lost in silence.
pub(crate) fn body<T: DeserializeOwned>(request: &Request<bytes::Bytes>) -> Result<T, Problem> {
    let body = request.body();
    if body.len() > BODY_MOST_BYTES {
        let message = format!("the body is larger than {BODY_MOST_BYTES} bytes");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "tooLarge", message));
    }
    serde_json::from_slice(body).map_err(|failed| {
        // the text of data errors can quote a value, and a value can be a passphrase
        let message = match failed.classify() {
            serde_json::error::Category::Data if !quotes_a_value(&failed) => failed.to_string(),
            serde_json::error::Category::Data => {
                format!("a field has the wrong type at line {} column {}", failed.line(), failed.column())
            }
            serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof
            | serde_json::error::Category::Io => format!("the body is not JSON: {failed}"),
        };
        Problem::new(StatusCode::BAD_REQUEST, "badBody", message)
    })
}

fn quotes_a_value(failed: &serde_json::Error) -> bool {
    failed.to_string().starts_with("invalid ")
}

/// The part of a list that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) search: Option<String>,
    pub(crate) cursor: Option<String>,
    pub(crate) count: usize,
}

/// Reads `search`, `cursor` and `count` from the query; parameters it does not know are ignored.
pub(crate) fn page(query: Option<&str>, usual: usize) -> Result<Page, Problem> {
    let mut page = Page { search: None, cursor: None, count: usual };
    for pair in query.unwrap_or_default().split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = value.replace('+', " ");
        let value = percent_decode_str(&value)
            .decode_utf8()
            .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "badQuery", format!("{name} is not UTF-8")))?;
        if value.is_empty() {
            continue;
        }
        match name {
            "search" => page.search = Some(value.into_owned()),
            "cursor" => page.cursor = Some(value.into_owned()),
            "count" => {
                let count: usize = value.parse().map_err(|_| {
                    Problem::new(StatusCode::BAD_REQUEST, "badQuery", "count is not a number")
                })?;
                page.count = count.clamp(1, PAGE_MOST);
            }
            _ => {}
        }
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        passphrase: String,
    }

    fn read(text: &'static str) -> Result<Wanted, Problem> {
        body(&Request::new(Bytes::from_static(text.as_bytes())))
    }

    #[test]
    fn a_body_is_read_strictly() {
        assert_eq!(read(r#"{"passphrase":"x"}"#).unwrap().passphrase, "x");
        for wrong in
            ["", "{", "[]x", r#"{"passphrase":"x","extra":1}"#, r#"{"passphrase":"x","passphrase":"y"}"#]
        {
            assert_eq!(read(wrong).unwrap_err().status, StatusCode::BAD_REQUEST, "{wrong}");
        }
        let problem = read(r#"{"pasphrase":"x"}"#).unwrap_err();
        assert!(problem.message.contains("pasphrase"), "{}", problem.message);
    }

    #[test]
    fn the_refusal_of_a_body_quotes_no_value() {
        let problem = read(r#"{"passphrase":4711}"#).unwrap_err();
        assert!(!problem.message.contains("4711"), "{}", problem.message);
        let problem = read(r#""hunter2hunter2""#).unwrap_err();
        assert!(!problem.message.contains("hunter2"), "{}", problem.message);
    }

    #[test]
    fn a_query_is_decoded_once_and_bounded() {
        let page = page(Some("search=b%2Bj+%C3%A4&count=9999&cursor=&x=1&&"), 50).unwrap();
        assert_eq!(page, Page { search: Some("b+j ä".into()), cursor: None, count: 200 });
        assert_eq!(super::page(None, 50).unwrap().count, 50);
        assert_eq!(super::page(Some("count=0"), 50).unwrap().count, 1);
        assert!(super::page(Some("count=x"), 50).is_err());
        assert!(super::page(Some("search=%ff"), 50).is_err());
    }
}
