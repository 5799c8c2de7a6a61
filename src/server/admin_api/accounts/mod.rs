//! Service accounts.

pub(super) mod activity;
pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod read;

use super::answer::Problem;
use access::AccountError;
use http::StatusCode;

/// The words for an account that is not there.
pub(super) const WHAT: &str = "service account";

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
