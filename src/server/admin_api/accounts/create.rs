//! `POST /api/accounts`

use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use crate::admin_api::ask::body;
use access::{AccountId, DialectChoice, Draft, Permissions};
use http::StatusCode;
use serde::Deserialize;

/// The permissions have no default: what is not said must not become everything.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: String,
    #[serde(default)]
    description: String,
    permissions: Permissions,
    #[serde(default)]
    dialect: DialectChoice,
}

pub(in crate::admin_api) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let Asked { name, description, permissions, dialect } = body(call.request)?;
    let draft = Draft { name, description, permissions, dialect };
    let id = AccountId::new(call.moment.id);
    let account = call.admin.access.create_account(id, &draft, call.actor(), call.now()).await?;
    Ok(json(StatusCode::CREATED, &account))
}
