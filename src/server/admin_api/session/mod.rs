//! The administrator's session: is there one, sign in, sign out.

pub(super) mod read;
pub(super) mod sign_in;
pub(super) mod sign_out;

use super::answer::{Answer, json};
use super::guard::COOKIE_NAME;
use access::SessionId;
use http::header::{HeaderValue, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use serde_json::json;

/// The answer that opens a session.
pub(super) fn opened(session: &SessionId) -> Answer {
    let mut answer = json(StatusCode::CREATED, &json!({ "state": "signedIn" }));
    set_cookie(answer.headers_mut(), session.reveal(), "");
    answer
}

fn set_cookie(headers: &mut HeaderMap, value: &str, more: &str) {
    let text = format!("{COOKIE_NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict{more}");
    let mut cookie = HeaderValue::try_from(text).expect("a session id is hexadecimal");
    cookie.set_sensitive(true);
    headers.insert(SET_COOKIE, cookie);
}
