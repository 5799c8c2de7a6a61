//! `PATCH /api/accounts/{id}`: only the fields that are sent change. `deviations` and `rules` are sent whole.

use super::{WHAT, check, shown};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use crate::admin_api::ask::body;
use access::{AccountId, Changes, Permissions, Switches};
use http::StatusCode;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: Option<String>,
    description: Option<String>,
    permissions: Option<Permissions>,
    dialect: Option<String>,
    deviations: Option<Switches>,
    rules: Option<Switches>,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: AccountId) -> Result<Answer, Problem> {
    let Asked { name, description, permissions, dialect, deviations, rules } = body(call.request)?;
    check(dialect.as_deref(), deviations.as_ref(), rules.as_ref())?;
    let changes = Changes { name, description, permissions, dialect, deviations, rules };
    let account = call.admin.access.change_account(id, changes, call.actor(), call.now()).await?;
    let account = account.ok_or_else(|| Problem::not_found(WHAT))?;
    Ok(json(StatusCode::OK, &shown(call, &account)))
}
