//! `POST /api/setup-code`: a new one-time code, for whoever is on the machine itself.

use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use http::StatusCode;
use serde_json::json;

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let code = call.admin.access.issue_setup_code(call.seed(), call.actor(), call.now()).await?;
    let body = json!({ "setupCode": code.reveal(), "expiresAt": code.expires_at() });
    Ok(json(StatusCode::CREATED, &body))
}
