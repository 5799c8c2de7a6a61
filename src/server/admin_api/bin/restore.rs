//! `POST /api/bin/{id}/restore`: the resource is back with its id, in the groups and with the members that are there.
//!
//! A name that somebody else has by now is 409 `taken`; the message names the holder, who has to be renamed or
//! deleted first.

use super::{WHAT, resource_type};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use access::Deed;
use directory::{By, Ctx, DirectoryError, Restored};
use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    let directory = call.admin.directory;
    let entry = directory.bin_entry_of(id).await?.ok_or_else(|| Problem::not_found(WHAT))?;
    let ctx = Ctx {
        now: call.now(),
        new_id: call.moment.id,
        actor: "administrator".to_owned(),
        // requests of the admin API have no id; the audit trail tells of this one
        request: None,
        txn: None,
        keep: call.admin.tenant.events.keep(),
        by: By::Administrator,
        expected: scim::Preconditions::default(),
    };
    let rejoined = match directory.restore(&ctx, entry.kind, id).await {
        Ok(Restored::Yes(rejoined)) => rejoined,
        Ok(Restored::NotFound) => return Err(Problem::not_found(WHAT)),
        Err(DirectoryError::Scim(refused)) => {
            return Err(Problem::new(StatusCode::CONFLICT, "taken", refused.detail()));
        }
        Err(failed) => return Err(failed.into()),
    };
    // the trail is kept for good, so it does not say whom the id stands for
    let target = format!("{} {id}", resource_type(call, entry.kind));
    call.admin.access.note_deed(Deed::BinRestored, target, call.actor(), call.now()).await?;
    let body = json!({
        "id": id,
        "resourceType": resource_type(call, entry.kind),
        "groups": rejoined.groups,
        "members": rejoined.members,
        "waiting": rejoined.waiting,
        "lost": rejoined.lost,
    });
    Ok(json(StatusCode::OK, &body))
}
