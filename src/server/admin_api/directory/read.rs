//! `GET /api/users/{id}` and `GET /api/groups/{id}`: the resource as a SCIM client gets it; a group without its
//! members, which have a list of their own. `{"resource":{..},"protected":false}`.

use crate::admin_api::Call;
use crate::admin_api::answer::{Answer, Problem, with_type};
use ::directory::{Kind, Links};
use http::StatusCode;
use http::header::HeaderValue;
use uuid::Uuid;

pub(in crate::admin_api) async fn answer(call: &Call<'_>, kind: Kind, id: Uuid) -> Result<Answer, Problem> {
    let (links, what) = match kind {
        Kind::User => (Links::With, "user"),
        Kind::Group => (Links::Without, "group"),
        Kind::Custom(_) => (Links::Without, "resource"),
    };
    let entry = call.admin.directory.get(kind, id, links).await?;
    let entry = entry.ok_or_else(|| Problem::not_found(what))?;
    // the stored text goes out as it is: nothing the provider sent is lost on the way to the page
    let mut body = br#"{"resource":"#.to_vec();
    entry.write_json(&call.admin.tenant.base_url, &mut body);
    let protected = call.admin.directory.is_protected(kind, id).await?;
    body.extend_from_slice(format!(",\"protected\":{protected}}}").as_bytes());
    Ok(with_type(StatusCode::OK, HeaderValue::from_static("application/json"), body.into()))
}
