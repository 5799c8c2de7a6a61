//! Protected users and groups, which no client changes or deletes: `GET /api/protected` tells their ids,
//! `PUT` and `DELETE` of `/api/users/{id}/protection` and `/api/groups/{id}/protection` set and lift it.

use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json, nothing};
use ::directory::Kind;
use access::Deed;
use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

pub(in crate::admin_api) async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let directory = call.admin.directory;
    let (users, groups) = (directory.protected(Kind::User).await?, directory.protected(Kind::Group).await?);
    Ok(json(StatusCode::OK, &json!({ "users": users, "groups": groups })))
}

pub(in crate::admin_api) async fn set(call: &Call<'_>, kind: Kind, id: Uuid) -> Result<Answer, Problem> {
    let done = call.admin.directory.protect(kind, id).await?;
    noted(call, done, Deed::Protected, kind, id).await
}

pub(in crate::admin_api) async fn lift(call: &Call<'_>, kind: Kind, id: Uuid) -> Result<Answer, Problem> {
    let done = call.admin.directory.unprotect(kind, id).await?;
    noted(call, done, Deed::Unprotected, kind, id).await
}

async fn noted(call: &Call<'_>, done: bool, deed: Deed, kind: Kind, id: Uuid) -> Result<Answer, Problem> {
    if !done {
        return Err(Problem::not_found("resource"));
    }
    call.admin.access.note_deed(deed, format!("{kind} {id}"), call.actor(), call.now()).await?;
    Ok(nothing())
}
