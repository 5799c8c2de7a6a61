//! Protected users and groups, which no client changes or deletes: `GET /api/protected` tells their ids,
//! `PUT` and `DELETE` of `/api/users/{id}/protection` and `/api/groups/{id}/protection` set and lift it.

use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, json, nothing};
use ::directory::{DirectoryError, Kind};
use access::Deed;
use http::StatusCode;
use serde_json::json;
use store::Batch;
use uuid::Uuid;

pub(in crate::admin_api) async fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let directory = call.admin.directory;
    let (users, groups) = (directory.protected(Kind::User).await?, directory.protected(Kind::Group).await?);
    Ok(json(StatusCode::OK, &json!({ "users": users, "groups": groups })))
}

pub(in crate::admin_api) async fn set(call: &Call<'_>, kind: Kind, id: Uuid) -> Result<Answer, Problem> {
    let directory = call.admin.directory;
    mark(call, Deed::Protected, kind, id, async |also| directory.protect(kind, id, also).await).await
}

pub(in crate::admin_api) async fn lift(call: &Call<'_>, kind: Kind, id: Uuid) -> Result<Answer, Problem> {
    let directory = call.admin.directory;
    mark(call, Deed::Unprotected, kind, id, async |also| directory.unprotect(kind, id, also).await).await
}

async fn mark<F>(
    call: &Call<'_>,
    deed: Deed,
    kind: Kind,
    id: Uuid,
    act: impl FnOnce(Batch) -> F,
) -> Result<Answer, Problem>
where
    F: Future<Output = Result<bool, DirectoryError>>,
{
    let done = call.enact(deed, format!("{kind} {id}"), async |also| Ok(act(also).await?.then_some(())));
    done.await?.ok_or_else(|| Problem::not_found("resource"))?;
    Ok(nothing())
}
