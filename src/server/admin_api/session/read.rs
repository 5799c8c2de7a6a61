//! `GET /api/session`: what the console shows first.

use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use http::StatusCode;
use serde_json::json;

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let state = if call.signed_in() {
        "signedIn"
    } else if call.admin.access.is_set_up().await? {
        "signedOut"
    } else {
        "setup"
    };
    Ok(json(StatusCode::OK, &json!({ "state": state, "version": call.admin.facts.version })))
}
