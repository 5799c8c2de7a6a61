//! `/Me` (RFC 7644 section 3.11): another name for the user that a service account stands for.
//!
//! It has no operations of its own: what is asked of the alias is done with the user's resource, by the same
//! permissions, preconditions and guards. Nobody registers himself.

use access::Grant;
use directory::{Directory, Kind};
use http::header::{CONTENT_LOCATION, LOCATION};
use http::{HeaderValue, Response, StatusCode};
use scim::ScimError;
use scim::bulk::{Job, Verb};
use uuid::Uuid;

use super::route::{Me, Operation};

/// The user, and what is done with it; or why the alias means nobody.
pub(super) fn aimed(me: Me, grant: &Grant) -> Result<(Uuid, Operation), ScimError> {
    let user = grant.user.ok_or_else(|| {
        ScimError::http(
            501,
            format!(
                "the service account {name:?} stands for no user, so /Me means nobody; an administrator can bind it: \
                 rollcall account update {name:?} --user <userName>",
                name = grant.account_name
            ),
        )
    })?;
    let (kind, id) = (Kind::User, user.to_string());
    let operation = match me {
        Me::Get => Operation::Get(kind, id),
        Me::Replace => Operation::Replace(kind, id),
        Me::Patch => Operation::Patch(kind, id),
        Me::Delete => Operation::Delete(kind, id),
        Me::Create => {
            let detail = "nobody registers himself at this server; users are created at /Users";
            return Err(ScimError::http(501, detail));
        }
    };
    Ok((user, operation))
}

/// The path of the user's resource below the base.
pub(super) fn path(directory: &Directory, user: Uuid) -> String {
    format!("{}/{user}", directory.resource_type(Kind::User).endpoint)
}

/// Says where the resource really is: in any answer by `Location`, and of one that is shown also by
/// `Content-Location` (RFC 9110 section 8.7). An answer that comes before the work is done leads to that work.
pub(super) fn place<B>(answer: &mut Response<B>, location: &str) {
    if answer.status() == StatusCode::ACCEPTED {
        return;
    }
    let value = HeaderValue::from_str(location).expect("a URI of ours is visible ASCII");
    if answer.status() == StatusCode::OK {
        answer.headers_mut().insert(CONTENT_LOCATION, value.clone());
    }
    answer.headers_mut().insert(LOCATION, value);
}

/// Names the user itself wherever a job says `/Me`, so that operations on one resource keep their order under both
/// names. What the alias does not take is left as it is, and refused when its turn comes.
pub(super) fn resolve(job: &mut Job, directory: &Directory, grant: &Grant) {
    let Some(user) = grant.user else { return };
    for wish in job.operations.iter_mut().filter_map(|operation| operation.wish.as_mut().ok()) {
        let (alias, query) =
            wish.path.split_once('?').map_or((wish.path.as_str(), None), |(path, query)| (path, Some(query)));
        if !alias.trim_matches('/').eq_ignore_ascii_case("Me") {
            continue;
        }
        let path = path(directory, user);
        match wish.verb {
            Verb::Post => {}
            Verb::Put | Verb::Patch | Verb::Delete => {
                wish.path = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
            }
        }
    }
}
