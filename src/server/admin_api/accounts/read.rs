//! `GET /api/accounts/{id}`

use super::{WHAT, shown};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use access::AccountId;
use http::StatusCode;

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: AccountId) -> Result<Answer, Problem> {
    let account = call.admin.access.account(id).await?;
    let account = account.ok_or_else(|| Problem::not_found(WHAT))?;
    Ok(json(StatusCode::OK, &shown(call, &account)))
}
