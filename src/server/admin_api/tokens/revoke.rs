//! `DELETE /api/accounts/{id}/tokens/{tokenId}`: the token is refused from the answer on.

use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, nothing};
use access::{AccountId, TokenId};

pub(in crate::admin_api) async fn answer(
    call: &Call<'_>,
    account: AccountId,
    token: TokenId,
) -> Result<Answer, Problem> {
    if call.admin.access.revoke_token(account, token, call.actor(), call.now()).await? {
        Ok(nothing())
    } else {
        Err(Problem::not_found("live token"))
    }
}
