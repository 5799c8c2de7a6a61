//! `DELETE /api/held/{id}`: forgets what was held, and any leave given for it.

use super::WHAT;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, nothing};
use access::Deed;
use uuid::Uuid;

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: Uuid) -> Result<Answer, Problem> {
    let directory = call.admin.directory;
    let done = call.enact(Deed::HeldDismissed, id.to_string(), async |also| {
        Ok(directory.dismiss(id, also).await?.then_some(()))
    });
    done.await?.ok_or_else(|| Problem::not_found(WHAT))?;
    Ok(nothing())
}
