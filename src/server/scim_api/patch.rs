//! `PATCH /Users/{id}` (RFC 7644 section 3.5.2): 200 with the user, 204 for a group.
//!
//! A group is answered without a body, as Entra expects, unless the client names `attributes` or prefers the
//! representation: the cost of a change of members must not depend on how many there are.

use bytes::Bytes;
use directory::{DirectoryError, Kind, Links};
use http::{Response, StatusCode};
use scim::patch::Patch;

use super::prefer::Shows;
use super::{Call, answer, links, write_scope};

pub(super) async fn patch(
    call: &mut Call<'_>,
    kind: Kind,
    id: &str,
) -> Result<Response<Bytes>, DirectoryError> {
    call.authorize(write_scope(kind))?;
    call.require_if_match()?;
    let directory = call.directory;
    let uuid = call.id_of(kind, id)?;
    let patch = Patch::parse(call.body.take()?, &mut call.lenience)?;
    let projection = call.projection(kind)?;
    let ctx = call.ctx();
    let patched = directory.patch(&ctx, kind, uuid, &patch, &mut call.lenience).await?;
    let mut entry = patched.ok_or_else(|| call.not_found(kind, id))?;
    let is_shown = call.query.attributes.is_some() || call.prefer.shows == Some(Shows::Representation);
    match kind {
        Kind::Group if !is_shown && !call.is_minimal() => {
            Ok(answer::with_etag(answer::empty(), &entry.meta.etag()))
        }
        Kind::Group if is_shown && links(kind, &projection) == Links::With => {
            entry = directory.get(kind, uuid, Links::With).await?.ok_or_else(|| call.not_found(kind, id))?;
            Ok(call.changed(StatusCode::OK, &entry, &projection))
        }
        Kind::Group | Kind::User | Kind::Custom(_) => Ok(call.changed(StatusCode::OK, &entry, &projection)),
    }
}
