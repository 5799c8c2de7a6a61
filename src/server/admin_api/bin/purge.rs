//! `DELETE /api/bin/{id}` and `DELETE /api/bin`: what is purged cannot be restored.

use super::{WHAT, resource_type};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json, nothing};
use access::Deed;
use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

pub(in crate::admin_api) async fn one(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    let directory = call.admin.directory;
    let entry = directory.bin_entry_of(id).await?.ok_or_else(|| Problem::not_found(WHAT))?;
    if !directory.purge(entry.kind, id).await? {
        return Err(Problem::not_found(WHAT));
    }
    // the trail is kept for good, so it does not say whom the id stood for
    let target = format!("{} {id}", resource_type(call, entry.kind));
    call.admin.access.note_deed(Deed::BinPurged, target, call.actor(), call.now()).await?;
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
    let target = format!("all, {purged} entries");
    call.admin.access.note_deed(Deed::BinPurged, target, call.actor(), call.now()).await?;
    Ok(json(StatusCode::OK, &json!({ "purged": purged })))
}
