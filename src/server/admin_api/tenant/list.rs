//! `GET /api/tenants`

use super::shown;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use http::StatusCode;
use serde_json::json;

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let tenants = call.admin.tenants;
    let all = tenants.default().access.tenants().await?;
    let all: Vec<_> = all.iter().map(|tenant| shown(tenants, tenant)).collect();
    Ok(json(StatusCode::OK, &json!({ "tenants": all })))
}
