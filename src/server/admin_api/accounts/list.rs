//! `GET /api/accounts`

use super::shown;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use http::StatusCode;
use serde_json::json;

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let accounts = call.admin.access.accounts().await?;
    let accounts: Vec<_> = accounts.iter().map(|account| shown(call, account)).collect();
    Ok(json(StatusCode::OK, &json!({ "accounts": accounts })))
}
