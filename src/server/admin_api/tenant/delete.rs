//! `DELETE /api/tenants/{slug}`: nothing of it is found from the answer on; its data is freed behind.

use super::WHAT;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, nothing};
use access::Slug;

pub(in crate::admin_api) async fn answer(call: &Call<'_>, slug: Slug) -> Result<Answer, Problem> {
    if call.admin.tenants.end(slug, call.actor(), call.now()).await? {
        Ok(nothing())
    } else {
        Err(Problem::not_found(WHAT))
    }
}
