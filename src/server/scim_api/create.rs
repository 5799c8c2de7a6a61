//! `POST /Users` (RFC 7644 section 3.3): 201 with Location, ETag and the whole resource.

use bytes::Bytes;
use directory::{DirectoryError, Kind};
use http::{Response, StatusCode};
use scim::{Context, Resource, check};

use super::{Call, write_scope};

pub(super) async fn create(call: &mut Call<'_>, kind: Kind) -> Result<Response<Bytes>, DirectoryError> {
    call.authorize(write_scope(kind))?;
    let directory = call.directory;
    let received = Resource::from(call.body.take()?);
    let checked = check::resource(
        directory.registry(),
        directory.resource_type(kind),
        received,
        Context::CreateRequest,
        &mut call.lenience,
    )?;
    let projection = call.projection(kind)?;
    let entry = directory.create(&call.ctx(), kind, &checked, call.links(kind, &projection)).await?;
    Ok(call.changed(StatusCode::CREATED, &entry, &projection))
}
