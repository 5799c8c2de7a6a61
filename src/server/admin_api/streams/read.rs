//! `GET /api/streams/{id}`.

use super::{WHAT, shown};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use http::StatusCode;
use uuid::Uuid;

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    let stream = call.admin.tenant.events.stream(id).await?.ok_or_else(|| Problem::not_found(WHAT))?;
    Ok(json(StatusCode::OK, &shown(call, &stream).await?))
}
