//! Guards against what a client can do by mistake: limits on what it takes away, what they held back, and protected
//! resources.
//!
//! Each change is in the audit trail. The record is written after the change, because the directory and the trail
//! are written by two hands; a crash between the two leaves a change without a record.

pub(super) mod allow;
pub(super) mod dismiss;
pub(super) mod held;
pub(super) mod limits;
pub(super) mod protection;

use super::Call;
use super::answer::Problem;
use ::directory::{Held, Subject, WatchError};
use serde_json::{Value, json};

/// The words for a held change that is not there.
const WHAT: &str = "held change";

/// `{"id","account":{"id","name"},"subject":{"kind","group"},"limit","attempts","firstAt","lastAt","resources",
/// "allowed":{"until","changes","used"}|null}`; the account's name is null when it is gone.
async fn shown(call: &Call<'_>, held: &Held) -> Result<Value, Problem> {
    let name = match held.actor.parse() {
        Ok(id) => call.admin.access.account(id).await?.map(|account| account.name),
        Err(_) => None,
    };
    let subject = match held.subject {
        Subject::Users => json!({ "kind": "users" }),
        Subject::Groups => json!({ "kind": "groups" }),
        Subject::Members(group) => json!({ "kind": "members", "group": group }),
    };
    Ok(json!({
        "id": held.id,
        "account": { "id": held.actor, "name": name },
        "subject": subject,
        "limit": held.limit,
        "attempts": held.attempts,
        "firstAt": held.first_at,
        "lastAt": held.last_at,
        "resources": held.resources,
        "allowed": held.allowed,
    }))
}

impl From<WatchError> for Problem {
    fn from(failed: WatchError) -> Problem {
        Problem::internal(&failed)
    }
}
