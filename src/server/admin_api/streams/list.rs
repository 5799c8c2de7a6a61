//! `GET /api/streams`.

use super::shown;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use http::StatusCode;

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let mut streams = Vec::new();
    for stream in call.admin.tenant.events.all().await? {
        streams.push(shown(call, &stream).await?);
    }
    Ok(json(StatusCode::OK, &serde_json::json!({ "streams": streams })))
}
