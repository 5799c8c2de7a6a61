//! How the admin API answers: JSON or the one error envelope, never cached, never sniffed.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use serde::Serialize;

/// An answer of the admin API.
pub(crate) type Answer = Response<Bytes>;

/// A refusal, as the console and the command line show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) field: Option<&'static str>,
    pub(crate) retry_after_s: Option<u32>,
    pub(crate) allow: Option<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Problem {
        Problem { status, code, message: message.into(), field: None, retry_after_s: None, allow: None }
    }

    /// A field of the body that cannot be accepted.
    pub(crate) fn field(field: &'static str, code: &'static str, message: impl Into<String>) -> Problem {
        Problem { field: Some(field), ..Problem::new(StatusCode::BAD_REQUEST, code, message) }
    }

    pub(crate) fn not_found(what: &str) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "notFound", format!("there is no such {what}"))
    }

    pub(crate) fn wait(status: StatusCode, message: impl Into<String>, retry_after_s: u32) -> Problem {
        Problem { retry_after_s: Some(retry_after_s), ..Problem::new(status, "wait", message) }
    }

    /// A failure of ours: the log has the reason, the answer has not.
    pub(crate) fn internal(failed: &(dyn std::error::Error + 'static)) -> Problem {
        tracing::error!(error = failed, "an admin operation failed");
        let message = "the operation failed; the server's log says why";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }

    pub(crate) fn answer(self) -> Answer {
        #[derive(Serialize)]
        struct Envelope<'a> {
            error: Inside<'a>,
        }
        #[derive(Serialize)]
        struct Inside<'a> {
            code: &'a str,
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            field: Option<&'a str>,
        }
        let envelope =
            Envelope { error: Inside { code: self.code, message: &self.message, field: self.field } };
        let mut answer = json(self.status, &envelope);
        if let Some(seconds) = self.retry_after_s {
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow.and_then(|allow| HeaderValue::try_from(allow).ok()) {
            answer.headers_mut().insert(ALLOW, allow);
        }
        answer
    }
}

impl From<access::WriteError> for Problem {
    fn from(failed: access::WriteError) -> Problem {
        match failed {
            access::WriteError::Contended => {
                Problem::new(StatusCode::CONFLICT, "contended", failed.to_string())
            }
            access::WriteError::Store(source) => source.into(),
        }
    }
}

impl From<store::TableError> for Problem {
    fn from(failed: store::TableError) -> Problem {
        Problem::internal(&failed)
    }
}

/// A body of JSON.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    let text = serde_json::to_vec(body).expect("our own answers have text keys and no failing fields");
    with_type(status, HeaderValue::from_static("application/json"), text.into())
}

/// A body that is no JSON.
pub(crate) fn with_type(status: StatusCode, media_type: HeaderValue, body: Bytes) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, media_type);
    guarded(headers);
    answer
}

/// 204.
pub(crate) fn nothing() -> Answer {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    guarded(answer.headers_mut());
    answer
}

fn guarded(headers: &mut http::HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let fixed = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ];
    for (name, value) in fixed {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}
