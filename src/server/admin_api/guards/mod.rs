//! Guards against what a client can do by mistake: limits on what it takes away, what they held back, and protected
//! resources.
//!
//! Each change is in the audit trail.

pub(super) mod allow;
pub(super) mod dismiss;
pub(super) mod held;
pub(super) mod limits;
pub(super) mod protection;

use super::Call;
use super::answer::Problem;
use ::directory::{Held, Kind, Links, Subject, WatchError};
use serde_json::{Value, json};

/// The words for a held change that is not there.
const WHAT: &str = "held change";

/// How many of the resources are named.
const NAMED: usize = 20;

/// `{"id","account":{"id","name"},"subject":{"kind","group"},"limit","attempts","firstAt","lastAt","resources",
/// "named","allowed":{"until","changes","used"}|null}`; the account's name is null when it is gone. `named` has the
/// names of the last resources that are still there.
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
    let kind = match held.subject {
        Subject::Users => Kind::User,
        Subject::Groups | Subject::Members(_) => Kind::Group,
    };
    let mut named = Vec::new();
    for id in held.resources.iter().rev().take(NAMED) {
        if let Some(entry) = call.admin.directory.get(kind, *id, Links::Without).await? {
            let shown = entry.to_object("");
            named.extend(["userName", "displayName"].iter().find_map(|name| shown.get(*name)).cloned());
        }
    }
    Ok(json!({
        "id": held.id,
        "account": { "id": held.actor, "name": name },
        "subject": subject,
        "limit": held.limit,
        "attempts": held.attempts,
        "firstAt": held.first_at,
        "lastAt": held.last_at,
        "resources": held.resources,
        "named": named,
        "allowed": held.allowed,
    }))
}

impl From<WatchError> for Problem {
    fn from(failed: WatchError) -> Problem {
        Problem::internal(&failed)
    }
}
