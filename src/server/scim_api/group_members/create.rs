//! `POST /GroupMembers`: one more member of a group. One that is a member already is 409, an end that is not there
//! 400 `invalidValue`.

use bytes::Bytes;
use directory::DirectoryError;
use http::{Response, StatusCode};
use scim::{Context, Resource, ScimError, check};
use serde_json::Value;
use uuid::Uuid;

use super::{REGISTRY, get, projection, resource_type};
use crate::scim_api::Call;
use access::Scope;

pub(super) async fn answer(call: &mut Call<'_>) -> Result<Response<Bytes>, DirectoryError> {
    call.authorize(Scope::TeamsWrite)?;
    let received = Resource::from(call.body.take()?);
    let context = Context::CreateRequest;
    let checked = check::resource(&REGISTRY, resource_type(), received, context, &mut call.lenience)?;
    let end = |name: &str| {
        let value = checked.attributes.get(name).and_then(|end| end.get("value")).and_then(Value::as_str);
        value.ok_or_else(|| ScimError::invalid_value(format!("{name}.value is missing")))
    };
    let (group, member) = (end("group")?, end("member")?);
    let unknown = |name: &str, id: &str| {
        ScimError::invalid_value(format!(
            "{name}.value: there is none with the id {id:?}. Nothing was changed"
        ))
    };
    let group_id = Uuid::try_parse(group).map_err(|_| unknown("group", group))?;
    let member_id = Uuid::try_parse(member).map_err(|_| unknown("member", member))?;
    let projection = projection(call, call.query)?;
    let joined = call.directory.join(&call.ctx(), group_id, member_id).await?;
    let joined = joined.ok_or_else(|| unknown("group", group))?;
    Ok(get::one(call, StatusCode::CREATED, &joined, &projection))
}
