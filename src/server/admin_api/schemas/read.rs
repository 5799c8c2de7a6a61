//! `GET /api/schemas`

use super::shown::shown;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use http::StatusCode;

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(json(StatusCode::OK, &shown(call.admin.tenant, call.admin.directory).await?))
}
