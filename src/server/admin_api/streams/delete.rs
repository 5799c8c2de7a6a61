//! `DELETE /api/streams/{id}`: its receiver hears nothing from the answer on.

use super::{WHAT, note};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, nothing};
use ::access::Deed;
use uuid::Uuid;

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    let events = &call.admin.tenant.events;
    let stream = events.stream(id).await?.ok_or_else(|| Problem::not_found(WHAT))?;
    if !events.delete(id).await? {
        return Err(Problem::not_found(WHAT));
    }
    note(call, Deed::StreamDeleted, &stream.record.name, id).await?;
    call.admin.outbox.ring();
    Ok(nothing())
}
