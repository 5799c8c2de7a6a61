//! `PATCH /api/streams/{id}`: only the fields that are sent change.

use super::{enact, stream, target, told};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use crate::admin_api::ask::body;
use crate::events::EventsError;
use ::access::Deed;
use ::events::Changes;
use http::StatusCode;
use uuid::Uuid;

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    let changes: Changes = body(call.request)?;
    let events = &call.admin.tenant.events;
    let stream = stream(call, id).await?;
    let (outbox, seed) = (call.admin.outbox, call.moment.seed);
    let (record, secret) = stream.record.clone().changed(changes, &outbox.policy, &outbox.vault, seed)?;
    let written = enact(call, Deed::StreamChanged, target(&record), async |also| {
        let written = events.put(&stream, record, also).await?;
        written.ok_or(EventsError::Contended).map(Some)
    });
    let written = written.await?;
    // whether values are needed may have changed with the form
    events.all().await?;
    Ok(json(StatusCode::OK, &told(call, &written, secret).await?))
}
