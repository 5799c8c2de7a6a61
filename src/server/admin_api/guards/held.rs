//! `GET /api/held`: the changes that limits hold back, the last one first.

use super::shown;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use http::StatusCode;
use serde_json::json;

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let mut all = Vec::new();
    for held in call.admin.directory.held().await? {
        all.push(shown(call, &held).await?);
    }
    Ok(json(StatusCode::OK, &json!({ "held": all })))
}
