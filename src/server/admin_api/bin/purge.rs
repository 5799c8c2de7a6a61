//! `DELETE /api/bin/{id}` and `DELETE /api/bin`: what is purged cannot be restored.

use super::{WHAT, resource_type};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json, nothing};
use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

pub(in crate::admin_api) async fn one(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    let directory = call.admin.directory;
    let entry = directory.bin_entry_of(id).await?.ok_or_else(|| Problem::not_found(WHAT))?;
    if !directory.purge(entry.kind, id).await? {
        return Err(Problem::not_found(WHAT));
    }
    let target = format!("{} {} {id}", resource_type(call, entry.kind), entry.display);
    call.admin.access.note_purged(call.actor(), target, call.now()).await?;
    Ok(nothing())
}

/// Everything that was deleted before the request came.
pub(in crate::admin_api) async fn all(call: &Call<'_>) -> Result<Answer, Problem> {
    let mut purged = 0;
    loop {
        let step = call.admin.directory.purge_before(call.now()).await?;
        purged += step;
        if step == 0 {
            break;
        }
    }
    call.admin.access.note_purged(call.actor(), format!("all, {purged} entries"), call.now()).await?;
    Ok(json(StatusCode::OK, &json!({ "purged": purged })))
}
