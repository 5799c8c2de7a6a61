//! `POST /api/tenants`: it answers below its own address from the answer on.

use super::shown;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use crate::admin_api::ask::body;
use access::{TenantDraft, TenantLimits};
use http::StatusCode;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    slug: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    limits: TenantLimits,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let Asked { slug, name, limits } = body(call.request)?;
    let draft = TenantDraft { slug, name, limits };
    let tenants = call.admin.tenants;
    let made = tenants.create(draft, call.actor(), call.now()).await?;
    Ok(json(StatusCode::CREATED, &shown(tenants, &made)))
}
