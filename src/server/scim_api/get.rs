//! `GET /Users/{id}` (RFC 7644 section 3.4.1): the resource, or 304 where the client has this version already.
//! A `filter` here says nothing: the resource is named already.

use directory::{DirectoryError, Kind, Links};
use http::{Response, StatusCode};
use scim::Unmet;
use scim::project::Projection;
use uuid::Uuid;

use super::large::{self, PIECE};
use super::{Call, answer, links, read_scope};
use crate::http::Body;

pub(super) async fn get(call: &mut Call<'_>, kind: Kind, id: &str) -> Result<Response<Body>, DirectoryError> {
    call.authorize(read_scope(kind))?;
    let projection = call.projection(kind)?;
    let uuid = call.id_of(kind, id)?;
    if !call.expected.is_empty() {
        // The version alone decides, and a group of any size has one.
        let head = call.directory.get(kind, uuid, Links::Without).await?;
        let version = head.ok_or_else(|| call.not_found(kind, id))?.meta;
        match call.expected.check(version.version) {
            Ok(()) => {}
            Err(Unmet::NoneMatch) => return Ok(answer::not_modified(&version.etag()).map(Body::from)),
            Err(Unmet::Match) => call.expected.allow_change(version.version)?,
        }
    }
    let links = links(kind, &projection);
    let shown = match (kind, links) {
        (Kind::Group, Links::With) => group(call, uuid, &projection).await?,
        (Kind::User | Kind::Group | Kind::Custom(_), _) => {
            let entry = call.directory.get(kind, uuid, links).await?;
            entry.map(|entry| call.shown(StatusCode::OK, &entry, &projection).map(Body::from))
        }
    };
    shown.ok_or_else(|| call.not_found(kind, id).into())
}

/// A group with its members: whole where they are few, else made while it is sent.
async fn group(
    call: &Call<'_>,
    id: Uuid,
    projection: &Projection,
) -> Result<Option<Response<Body>>, DirectoryError> {
    let Some((mut entry, first)) = call.directory.with_first_members(id, PIECE).await? else {
        return Ok(None);
    };
    if first.len() < PIECE {
        entry.members = first;
        return Ok(Some(call.shown(StatusCode::OK, &entry, projection).map(Body::from)));
    }
    Ok(Some(large::answer(call, &entry, first, projection)))
}
