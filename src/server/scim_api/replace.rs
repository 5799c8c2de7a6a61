//! `PUT /Users/{id}` (RFC 7644 section 3.5.1): replaces, and never creates.

use bytes::Bytes;
use directory::{DirectoryError, Kind};
use http::{Response, StatusCode};
use scim::{Context, Resource, check};

use super::{Call, write_scope};

pub(super) async fn replace(
    call: &mut Call<'_>,
    kind: Kind,
    id: &str,
) -> Result<Response<Bytes>, DirectoryError> {
    call.authorize(write_scope(kind))?;
    call.require_if_match()?;
    let directory = call.directory;
    let uuid = call.id_of(kind, id)?;
    let received = Resource::from(call.body.take()?);
    let checked = check::resource(
        directory.registry(),
        directory.resource_type(kind),
        received,
        Context::ReplaceRequest,
        &mut call.lenience,
    )?;
    let projection = call.projection(kind)?;
    let replaced =
        directory.replace(&call.ctx(), kind, uuid, &checked, call.links(kind, &projection)).await?;
    let entry = replaced.ok_or_else(|| call.not_found(kind, id))?;
    Ok(call.changed(StatusCode::OK, &entry, &projection))
}
