//! `POST /api/streams/{id}/replay`: everything from a place on is told again; a place ahead leaves out what is between.

use super::{From, enact, stream, target, told};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use crate::admin_api::ask::body;
use ::access::Deed;
use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    from: From,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    let Asked { from } = body(call.request)?;
    let position = from.position(call.admin.directory).await?;
    let (stream, events) = (stream(call, id).await?, &call.admin.tenant.events);
    let stream = enact(call, Deed::StreamReplayed, target(&stream.record), async |also| {
        events.replay(id, position, &also).await
    });
    Ok(json(StatusCode::OK, &told(call, &stream.await?, None).await?))
}
