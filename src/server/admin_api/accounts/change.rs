//! `PATCH /api/accounts/{id}`: only the fields that are sent change.

use super::WHAT;
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use crate::admin_api::ask::body;
use access::{AccountId, Changes, DialectChoice, Permissions};
use http::StatusCode;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: Option<String>,
    description: Option<String>,
    permissions: Option<Permissions>,
    dialect: Option<DialectChoice>,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: AccountId) -> Result<Answer, Problem> {
    let Asked { name, description, permissions, dialect } = body(call.request)?;
    let changes = Changes { name, description, permissions, dialect };
    let account = call.admin.access.change_account(id, changes, call.actor(), call.now()).await?;
    let account = account.ok_or_else(|| Problem::not_found(WHAT))?;
    Ok(json(StatusCode::OK, &account))
}
