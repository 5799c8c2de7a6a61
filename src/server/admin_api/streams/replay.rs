//! `POST /api/streams/{id}/replay`: everything from a place on is told again; a place ahead leaves out what is between.

use super::{From, WHAT, told};
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
    let stream = call.admin.tenant.events.replay(id, position).await?;
    let stream = stream.ok_or_else(|| Problem::not_found(WHAT))?;
    Ok(json(StatusCode::OK, &told(call, Deed::StreamReplayed, &stream, None).await?))
}
