//! `POST /api/streams/{id}/pause` and `…/resume`.

use super::{enact, stream, target, told};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use ::access::Deed;
use ::events::{PausedBy, State};
use http::StatusCode;
use store::Batch;
use uuid::Uuid;

pub(in crate::admin_api) async fn pause(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    set(call, id, State::Paused { by: PausedBy::Administrator, at: call.now() }).await
}

pub(in crate::admin_api) async fn resume(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    set(call, id, State::Running).await
}

async fn set(call: &Call<'_>, id: Uuid, state: State) -> Result<Answer, Problem> {
    let (stream, events) = (stream(call, id).await?, &call.admin.tenant.events);
    let stream = enact(call, Deed::StreamChanged, target(&stream.record), async |also| {
        events.set_state(id, state, &also).await
    });
    let stream = stream.await?;
    let stream = match state {
        // the days of its failures are over, or it would be paused again at once
        State::Running => events.replay(id, stream.progress.position, &Batch::new()).await?.unwrap_or(stream),
        State::Paused { .. } => stream,
    };
    Ok(json(StatusCode::OK, &told(call, &stream, None).await?))
}
