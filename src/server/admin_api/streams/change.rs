//! `PATCH /api/streams/{id}`: only the fields that are sent change.

use super::{WHAT, told};
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
    let stream = events.stream(id).await?.ok_or_else(|| Problem::not_found(WHAT))?;
    let (outbox, seed) = (call.admin.outbox, call.moment.seed);
    let (record, secret) = stream.record.clone().changed(changes, &outbox.policy, &outbox.vault, seed)?;
    let written = events.put(&stream, record).await?.ok_or(EventsError::Contended)?;
    // whether values are needed may have changed with the form
    events.all().await?;
    Ok(json(StatusCode::OK, &told(call, Deed::StreamChanged, &written, secret).await?))
}
