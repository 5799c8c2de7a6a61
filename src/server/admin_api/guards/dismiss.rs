//! `DELETE /api/held/{id}`: forgets what was held, and any leave given for it.

use super::WHAT;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, nothing};
use access::Deed;
use uuid::Uuid;

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    if !call.admin.directory.dismiss(id).await? {
        return Err(Problem::not_found(WHAT));
    }
    call.admin.access.note_deed(Deed::HeldDismissed, id.to_string(), call.actor(), call.now()).await?;
    Ok(nothing())
}
