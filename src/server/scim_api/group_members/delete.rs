//! `DELETE /GroupMembers/{id}`: the member leaves the group; both stay.

use bytes::Bytes;
use directory::DirectoryError;
use http::Response;

use super::{ends, not_found};
use crate::scim_api::{Call, answer};
use access::Scope;

pub(super) async fn answer(call: &mut Call<'_>, id: &str) -> Result<Response<Bytes>, DirectoryError> {
    call.authorize(Scope::TeamsWrite)?;
    call.require_if_match()?;
    let (group, member) = ends(id)?;
    if !call.directory.part(&call.ctx(), group, member).await? {
        return Err(not_found(id).into());
    }
    Ok(answer::empty())
}
