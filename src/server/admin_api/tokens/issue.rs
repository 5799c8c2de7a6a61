//! `POST /api/accounts/{id}/tokens`: the only answer that ever holds the secret. The body may be left out; its
//! `expiresAt` gives the token an end.

use crate::admin_api::Call;
use crate::admin_api::accounts::WHAT;
use crate::admin_api::answer::{Answer, Problem, json};
use crate::admin_api::ask::body;
use access::{AccountId, TokenError, TokenView};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Asked {
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct Body<'a> {
    token: &'a TokenView,
    secret: &'a str,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>, account: AccountId) -> Result<Answer, Problem> {
    let access = call.admin.access;
    let asked = if call.request.body().is_empty() { Asked::default() } else { body(call.request)? };
    let issued = access.issue_token(account, asked.expires_at, call.seed(), call.actor(), call.now()).await?;
    let fresh = issued.ok_or_else(|| Problem::not_found(WHAT))?;
    Ok(json(StatusCode::CREATED, &Body { token: &fresh.token, secret: fresh.secret.reveal() }))
}

impl From<TokenError> for Problem {
    fn from(refused: TokenError) -> Problem {
        match refused {
            TokenError::TwoLive => Problem::new(StatusCode::CONFLICT, "twoTokens", refused.to_string()),
            TokenError::Invalid(invalid) => Problem::field(invalid.field, "badField", invalid.to_string()),
            TokenError::Busy => Problem::wait(StatusCode::SERVICE_UNAVAILABLE, refused.to_string(), 1),
            TokenError::Write(failed) => failed.into(),
        }
    }
}
