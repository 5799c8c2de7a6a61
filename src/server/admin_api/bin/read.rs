//! `GET /api/bin/{id}`: one entry, and the attributes the resource had.

use super::{WHAT, shown};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    let entry = call.admin.directory.bin_entry_of(id).await?.ok_or_else(|| Problem::not_found(WHAT))?;
    let shown = shown(call, &entry).await?;
    Ok(json(StatusCode::OK, &json!({ "entry": shown, "attributes": Value::Object(entry.attributes) })))
}
