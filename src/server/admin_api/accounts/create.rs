//! `POST /api/accounts`

use super::{check, check_user, shown};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use crate::admin_api::ask::body;
use access::{AccountId, DialectChoice, Draft, Permissions, Switches};
use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

/// The permissions have no default: what is not said must not become everything.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: String,
    #[serde(default)]
    description: String,
    permissions: Permissions,
    dialect: Option<String>,
    #[serde(default)]
    deviations: Switches,
    #[serde(default)]
    rules: Switches,
    user: Option<Uuid>,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let Asked { name, description, permissions, dialect, deviations, rules, user } = body(call.request)?;
    check(dialect.as_deref(), Some(&deviations), Some(&rules))?;
    check_user(call, user).await?;
    let dialect =
        DialectChoice { name: dialect.unwrap_or_else(|| DialectChoice::USUAL.to_owned()), deviations, rules };
    let draft = Draft { name, description, permissions, dialect, user };
    let id = AccountId::new(call.moment.id);
    let account = call.admin.access.create_account(id, &draft, call.actor(), call.now()).await?;
    Ok(json(StatusCode::CREATED, &shown(call, &account)))
}
