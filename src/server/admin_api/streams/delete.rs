//! `DELETE /api/streams/{id}`: its receiver hears nothing from the answer on.

use super::WHAT;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, nothing};
use uuid::Uuid;

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    if !call.admin.tenant.events.delete(id).await? {
        return Err(Problem::not_found(WHAT));
    }
    call.admin.outbox.ring();
    Ok(nothing())
}
