//! `GET /api/groups`: search by the start of the display name.

use super::{Listed, list};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use ::directory::Kind;
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    groups: Vec<Row>,
    total: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: Uuid,
    display_name: Value,
    external_id: Value,
    members: u64,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let Listed { entries, total, next_cursor } = list(call, Kind::Group, &["displayName"]).await?;
    let mut groups = Vec::with_capacity(entries.len());
    for entry in &entries {
        let group = Value::Object(entry.to_object(&call.admin.tenant.base_url));
        groups.push(Row {
            id: entry.id,
            display_name: group["displayName"].clone(),
            external_id: group["externalId"].clone(),
            members: call.admin.directory.member_count(entry.id).await?,
        });
    }
    Ok(json(StatusCode::OK, &Body { groups, total, next_cursor }))
}
