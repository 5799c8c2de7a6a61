//! `DELETE /Users/{id}` (RFC 7644 section 3.6): 204, and 404 from then on.

use bytes::Bytes;
use directory::{Deleted, DirectoryError, Kind};
use http::Response;

use super::{Call, answer, id_of, not_found, write_scope};

pub(super) async fn delete(
    call: &mut Call<'_>,
    kind: Kind,
    id: &str,
) -> Result<Response<Bytes>, DirectoryError> {
    call.authorize(write_scope(kind))?;
    match call.app.directory.delete(&call.ctx(), kind, id_of(kind, id)?).await? {
        Deleted::Yes => Ok(answer::empty()),
        Deleted::NotFound => Err(not_found(kind, id).into()),
    }
}
