//! `POST /api/streams/{id}/pause` and `…/resume`.

use super::{WHAT, told};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use ::access::Deed;
use ::events::{PausedBy, State};
use http::StatusCode;
use uuid::Uuid;

pub(in crate::admin_api) async fn pause(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    set(call, id, State::Paused { by: PausedBy::Administrator, at: call.now() }).await
}

pub(in crate::admin_api) async fn resume(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    set(call, id, State::Running).await
}

async fn set(call: &Call<'_>, id: Uuid, state: State) -> Result<Answer, Problem> {
    let events = &call.admin.tenant.events;
    let stream = events.set_state(id, state).await?.ok_or_else(|| Problem::not_found(WHAT))?;
    let stream = match state {
        // the days of its failures are over, or it would be paused again at once
        State::Running => events.replay(id, stream.progress.position).await?.unwrap_or(stream),
        State::Paused { .. } => stream,
    };
    Ok(json(StatusCode::OK, &told(call, Deed::StreamChanged, &stream, None).await?))
}
