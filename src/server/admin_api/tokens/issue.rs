//! `POST /api/accounts/{id}/tokens`: the only answer that ever holds the secret.

use crate::admin_api::Call;
use crate::admin_api::accounts::WHAT;
use crate::admin_api::answer::{Answer, Problem, json};
use access::{AccountId, TokenError, TokenView};
use http::StatusCode;
use serde::Serialize;

#[derive(Serialize)]
struct Body<'a> {
    token: &'a TokenView,
    secret: &'a str,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>, account: AccountId) -> Result<Answer, Problem> {
    let access = call.admin.access;
    let issued = access.issue_token(account, call.seed(), call.actor(), call.now()).await?;
    let fresh = issued.ok_or_else(|| Problem::not_found(WHAT))?;
    Ok(json(StatusCode::CREATED, &Body { token: &fresh.token, secret: fresh.secret.reveal() }))
}

impl From<TokenError> for Problem {
    fn from(refused: TokenError) -> Problem {
        match refused {
            TokenError::TwoLive => Problem::new(StatusCode::CONFLICT, "twoTokens", refused.to_string()),
            TokenError::Busy => Problem::wait(StatusCode::SERVICE_UNAVAILABLE, refused.to_string(), 1),
            TokenError::Write(failed) => failed.into(),
        }
    }
}
