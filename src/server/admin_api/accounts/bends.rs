//! `GET /api/accounts/{id}/bends`: what we bent for this client.
//!
//! For each deviation the client made use of: what was done for it, the rule that was bent, how often, and the last
//! request that needed it. The piece of a request names attributes and keys and quotes no values.

use super::{WHAT, suggested};
use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json};
use access::{AccountId, Tolerated};
use http::StatusCode;
use scim::Deviation;
use serde_json::{Value, json};

pub(in crate::admin_api) async fn answer(call: &Call<'_>, id: AccountId) -> Result<Answer, Problem> {
    let access = call.admin.access;
    let Some(account) = access.account(id).await? else { return Err(Problem::not_found(WHAT)) };
    let report = access.activity().report(id);
    let body = json!({
        "account": { "id": account.id, "name": account.name },
        "dialect": account.dialect.name,
        "bends": report.tolerated.iter().map(bend).collect::<Vec<_>>(),
        "suggestion": suggested(&account.dialect, &report),
    });
    Ok(json(StatusCode::OK, &body))
}

fn bend((name, seen): (&String, &Tolerated)) -> Value {
    // A name of another version is still counted; there is nothing to say of it.
    let facts = Deviation::named(name).map(Deviation::facts);
    let (method, path) = seen.example.split_once(' ').unwrap_or(("", &seen.example));
    json!({
        "name": name,
        "what": facts.map(|facts| facts.words),
        "section": facts.map(|facts| facts.section),
        "count": seen.count,
        "firstAt": seen.first_at,
        "lastAt": seen.last_at,
        "example": { "method": method, "path": path, "piece": seen.piece },
    })
}
