//! `PATCH /api/accounts/{id}`: only the fields that are sent change. `deviations` and `rules` are sent whole, and
//! `user` as null frees the account of its user.

use super::{WHAT, check, check_user, shown};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use crate::admin_api::ask::body;
use access::{AccountId, Binding, Changes, Permissions, Switches};
use http::StatusCode;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: Option<String>,
    description: Option<String>,
    permissions: Option<Permissions>,
    dialect: Option<String>,
    deviations: Option<Switches>,
    rules: Option<Switches>,
    #[serde(default, deserialize_with = "binding")]
    user: Option<Binding>,
}

/// What is left out changes nothing, and null does.
fn binding<'de, D: Deserializer<'de>>(given: D) -> Result<Option<Binding>, D::Error> {
    Ok(Some(Option::<Uuid>::deserialize(given)?.map_or(Binding::Nobody, Binding::To)))
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: AccountId) -> Result<Answer, Problem> {
    let Asked { name, description, permissions, dialect, deviations, rules, user } = body(call.request)?;
    check(dialect.as_deref(), deviations.as_ref(), rules.as_ref())?;
    check_user(call, user.and_then(Binding::user)).await?;
    let changes = Changes { name, description, permissions, dialect, deviations, rules, user };
    let account = call.admin.access.change_account(id, changes, call.actor(), call.now()).await?;
    let account = account.ok_or_else(|| Problem::not_found(WHAT))?;
    Ok(json(StatusCode::OK, &shown(call, &account)))
}
