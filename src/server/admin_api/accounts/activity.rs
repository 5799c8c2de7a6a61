//! `GET /api/accounts/{id}/activity`: what "waiting for the first request" watches.
//!
//! The requests are those that were answered for the account and those that were rejected on its behalf, so that
//! a token pasted badly shows here and not only in the provider.

use super::WHAT;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use access::{AccountId, RequestNote, Tolerated};
use http::StatusCode;
use serde_json::{Value, json};
use std::cmp::Reverse;

/// Requests of both kinds that are told.
const SHOWN: usize = 20;

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: AccountId) -> Result<Answer, Problem> {
    let access = call.admin.access;
    let Some(account) = access.account(id).await? else { return Err(Problem::not_found(WHAT)) };
    let report = access.activity().report(id);
    let rejected = access.rejected(&account);
    let mut requests: Vec<_> = report.requests.iter().chain(&rejected).collect();
    requests.sort_by_key(|note| Reverse(note.at));
    requests.truncate(SHOWN);
    let body = json!({
        "firstRequestAt": report.first_request_at,
        "lastRequestAt": report.last_request_at,
        "testConnectionAt": report.test_connection_at,
        "requests": requests.into_iter().map(request).collect::<Vec<_>>(),
        "tolerated": report.tolerated.iter().map(tolerated).collect::<Vec<_>>(),
    });
    Ok(json(StatusCode::OK, &body))
}

fn request(note: &RequestNote) -> Value {
    json!({
        "at": note.at,
        "method": note.method,
        "path": note.path,
        "status": note.status,
        "detail": said(&note.detail),
    })
}

fn tolerated((name, seen): (&String, &Tolerated)) -> Value {
    json!({ "name": name, "count": seen.count, "firstAt": seen.first_at, "lastAt": seen.last_at, "example": said(&seen.example) })
}

/// Nothing to say is null, so that the console need not know the empty text.
fn said(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
