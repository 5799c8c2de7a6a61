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
    // the trail is kept for good, so it does not say whom the id stands for
    let target = format!("{} {id}", resource_type(call, entry.kind));
    let restored = call.enact(Deed::BinRestored, target, async |also| {
        match directory.restore(&ctx, entry.kind, id, &also).await {
            Ok(Restored::Yes(rejoined)) => Ok(Some(rejoined)),
            Ok(Restored::NotFound) => Ok(None),
            Err(DirectoryError::Scim(refused)) => {
                Err(Problem::new(StatusCode::CONFLICT, "taken", refused.detail()))
            }
            Err(failed) => Err(failed.into()),
        }
    });
    let rejoined = restored.await?.ok_or_else(|| Problem::not_found(WHAT))?;
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
