//! `GET /GroupMembers/{id}`.

use bytes::Bytes;
use directory::{DirectoryError, Membership};
use http::{Response, StatusCode};
use scim::Unmet;
use scim::project::Projection;
use serde_json::Value;

use super::{ENDPOINT, ends, not_found, projection, shown};
use crate::scim_api::{Call, answer};
use access::Scope;

pub(super) async fn answer(call: &mut Call<'_>, id: &str) -> Result<Response<Bytes>, DirectoryError> {
    call.authorize(Scope::TeamsRead)?;
    let projection = projection(call, call.query)?;
    let (group, member) = ends(id)?;
    let found = call.directory.membership(group, member).await?.ok_or_else(|| not_found(id))?;
    match call.expected.check(found.version) {
        Ok(()) => {}
        Err(Unmet::NoneMatch) => return Ok(answer::not_modified(&format!("W/\"{}\"", found.version))),
        Err(Unmet::Match) => call.expected.allow_change(found.version)?,
    }
    Ok(one(call, StatusCode::OK, &found, &projection))
}

/// The answer that shows one membership.
pub(super) fn one(
    call: &Call<'_>,
    status: StatusCode,
    membership: &Membership,
    projection: &Projection,
) -> Response<Bytes> {
    let base = &call.tenant.base_url;
    let mut object = shown(base, membership);
    projection.apply(&mut object);
    let answer = answer::json(status, Value::Object(object).to_string());
    let answer = answer::with_etag(answer, &format!("W/\"{}\"", membership.version));
    let (group, member) = membership.place();
    answer::with_location(answer, &format!("{base}{ENDPOINT}/{group}.{member}"))
}
