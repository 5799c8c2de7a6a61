//! `DELETE /api/streams/{id}`: its receiver hears nothing from the answer on.

use super::{enact, stream, target};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, nothing};
use ::access::Deed;
use uuid::Uuid;

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    let events = &call.admin.tenant.events;
    let stream = stream(call, id).await?;
    enact(call, Deed::StreamDeleted, target(&stream.record), async |also| {
        Ok(events.delete(id, also).await?.then_some(stream))
    })
    .await?;
    call.admin.outbox.ring();
    Ok(nothing())
}
