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
    // the trail is kept for good, so it does not say whom the id stood for
    let target = format!("{} {id}", resource_type(call, entry.kind));
    let done = call.enact(Deed::BinPurged, target, async |also| {
        Ok(directory.purge(entry.kind, id, &also).await?.then_some(()))
    });
    done.await?.ok_or_else(|| Problem::not_found(WHAT))?;
    Ok(nothing())
}

/// Everything that was deleted before the request came.
pub(in crate::admin_api) async fn all(call: &Call<'_>) -> Result<Answer, Problem> {
    let (directory, before) = (call.admin.directory, call.now());
    let first = call.enact(Deed::BinPurged, format!("all that was deleted before {before}"), async |also| {
        Ok(directory.purge_one_before(before, &also).await?.then_some(1))
    });
    let mut purged = first.await?.unwrap_or(0);
    loop {
        let step = directory.purge_before(before).await?;
        purged += step;
        if step == 0 {
            break;
        }
    }
    Ok(json(StatusCode::OK, &json!({ "purged": purged })))
}
