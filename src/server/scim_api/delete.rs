//! `DELETE /Users/{id}` (RFC 7644 section 3.6): 204, and 404 from then on.

use bytes::Bytes;
use directory::{Deleted, DirectoryError, Kind};
use http::Response;

use super::{Call, answer, write_scope};

pub(super) async fn delete(
    call: &mut Call<'_>,
    kind: Kind,
    id: &str,
) -> Result<Response<Bytes>, DirectoryError> {
    call.authorize(write_scope(kind))?;
    call.require_if_match()?;
    match call.directory.delete(&call.ctx(), kind, call.id_of(kind, id)?).await? {
        Deleted::Yes => Ok(answer::empty()),
        Deleted::NotFound => Err(call.not_found(kind, id).into()),
    }
}
