//! `GET /api/tenants/{slug}`

use super::{WHAT, shown};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use access::Slug;
use http::StatusCode;

pub(in crate::admin_api) async fn answer(call: &Call<'_>, slug: &Slug) -> Result<Answer, Problem> {
    let tenants = call.admin.tenants;
    let all = tenants.default().access.tenants().await?;
    let tenant = all.iter().find(|tenant| tenant.slug == *slug).ok_or_else(|| Problem::not_found(WHAT))?;
    Ok(json(StatusCode::OK, &shown(tenants, tenant)))
}
