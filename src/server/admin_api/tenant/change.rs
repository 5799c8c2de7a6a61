//! `PATCH /api/tenants/{slug}`: only the fields that are sent change; `limits` is replaced as a whole.

use super::{WHAT, shown};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use crate::admin_api::ask::body;
use access::{Slug, TenantChanges, TenantLimits};
use http::StatusCode;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: Option<String>,
    limits: Option<TenantLimits>,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>, slug: Slug) -> Result<Answer, Problem> {
    let Asked { name, limits } = body(call.request)?;
    let tenants = call.admin.tenants;
    let changes = TenantChanges { name, limits };
    let tenant = tenants.change(slug, changes, call.actor(), call.now()).await?;
    let tenant = tenant.ok_or_else(|| Problem::not_found(WHAT))?;
    Ok(json(StatusCode::OK, &shown(tenants, &tenant)))
}
