//! Service accounts. `user` is the id of the user that an account stands for, which `/Me` means to it, or null.

pub(super) mod activity;
pub(super) mod bends;
pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod read;

use super::Call;
use super::answer::Problem;
use crate::dialect::{suggestion, unknown};
use ::directory::{Kind, Links};
use access::{Account, AccountError, ActivityReport, DialectChoice, Switches};
use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

/// The words for an account that is not there.
pub(super) const WHAT: &str = "service account";

/// An account as it is shown: with the dialect its traffic speaks for, if it has another one. Nothing switches by
/// itself.
fn shown(call: &Call<'_>, account: &Account) -> Value {
    let report = call.admin.access.activity().report(account.id);
    let mut shown = json!(account);
    shown["suggestion"] = suggested(&account.dialect, &report);
    shown
}

fn suggested(choice: &DialectChoice, report: &ActivityReport) -> Value {
    suggestion(choice, report).map_or(Value::Null, |found| {
        json!({ "dialect": found.preset.name(), "label": found.preset.label(), "reason": found.reason })
    })
}

/// Refuses names of dialects, deviations and rules that mean nothing.
fn check(name: Option<&str>, deviations: Option<&Switches>, rules: Option<&Switches>) -> Result<(), Problem> {
    match unknown(name, deviations, rules) {
        Some((field, message)) => Err(Problem::field(field, "badField", message)),
        None => Ok(()),
    }
}

/// Refuses to bind an account to a user that is not there.
async fn check_user(call: &Call<'_>, user: Option<Uuid>) -> Result<(), Problem> {
    let Some(id) = user else { return Ok(()) };
    match call.admin.directory.get(Kind::User, id, Links::Without).await? {
        Some(_) => Ok(()),
        None => Err(Problem::field("user", "badField", format!("there is no user with the id {id}"))),
    }
}

impl From<AccountError> for Problem {
    fn from(refused: AccountError) -> Problem {
        match refused {
            AccountError::NameTaken(_) => Problem {
                field: Some("name"),
                ..Problem::new(StatusCode::CONFLICT, "nameTaken", refused.to_string())
            },
            AccountError::Invalid(invalid) => Problem::field(invalid.field, "badField", invalid.to_string()),
            AccountError::Write(failed) => failed.into(),
        }
    }
}
