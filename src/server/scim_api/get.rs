//! `GET /Users/{id}` (RFC 7644 section 3.4.1).

use bytes::Bytes;
use directory::{DirectoryError, Kind};
use http::{Response, StatusCode};

use super::{Call, links, read_scope};

pub(super) async fn get(
    call: &mut Call<'_>,
    kind: Kind,
    id: &str,
) -> Result<Response<Bytes>, DirectoryError> {
    call.authorize(read_scope(kind))?;
    let projection = call.projection(kind)?;
    let found = call.directory.get(kind, call.id_of(kind, id)?, links(kind, &projection)).await?;
    let entry = found.ok_or_else(|| call.not_found(kind, id))?;
    Ok(call.shown(StatusCode::OK, &entry, &projection))
}
