//! `DELETE /api/accounts/{id}`: its tokens are refused from the answer on.

use super::WHAT;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, nothing};
use access::AccountId;

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: AccountId) -> Result<Answer, Problem> {
    if call.admin.access.delete_account(id, call.actor(), call.now()).await? {
        Ok(nothing())
    } else {
        Err(Problem::not_found(WHAT))
    }
}
