//! The end of a circle: operations that refer to each other are all done, or none is.

use scim::ScimError;

use super::done::Done;
use super::not_tried;
use super::request::Prepared;
use super::run::Results;
use crate::scim_api::Client;

/// An operation of a circle, what became of it, and how to take it back.
pub(super) type Made = (usize, Done, Result<Prepared, ScimError>);

/// A resource of a circle, made without its references to the others.
pub(super) struct Begun {
    pub(super) operation: usize,
    pub(super) done: Done,
    /// The request that puts the references in.
    pub(super) completion: Result<Prepared, ScimError>,
    /// The request that takes it away again.
    pub(super) removal: Result<Prepared, ScimError>,
}

/// Completes the resources of a circle, all of them or none: operations that refer to each other stand together.
pub(super) async fn complete(client: &Client<'_>, circle: Vec<Begun>) -> Results {
    let mut fault = circle.iter().find(|begun| !begun.done.is_success()).map(|begun| begun.done.detail());
    let mut results: Vec<Made> = Vec::new();
    let mut begun = circle.into_iter();
    while fault.is_none()
        && let Some(next) = begun.next()
    {
        match next.completion {
            Ok(request) => {
                let replaced = request.run(client).await;
                fault = (!replaced.is_success()).then(|| replaced.detail());
                results.push((next.operation, next.done.at_version_of(replaced), next.removal));
            }
            Err(error) => {
                fault = Some(error.detail().to_owned());
                results.push((next.operation, next.done, next.removal));
            }
        }
    }
    results.extend(begun.map(|left| (left.operation, left.done, left.removal)));
    let Some(fault) = fault else {
        return results.into_iter().map(|(operation, done, _)| (operation, done)).collect();
    };
    take_back(client, results, &fault).await
}

/// Takes back what was made of a circle that cannot be completed.
pub(super) async fn take_back(client: &Client<'_>, circle: Vec<Made>, fault: &str) -> Results {
    let mut results = Results::new();
    for (operation, done, removal) in circle {
        if !done.is_success() {
            results.push((operation, done));
            continue;
        }
        let mut detail =
            format!("operations that refer to each other are done together or not at all: {fault}");
        let is_removed = match removal {
            Ok(request) => request.run(client).await.is_success(),
            Err(_) => false,
        };
        if !is_removed {
            detail.push_str("; what this one made could not be taken back");
        }
        results.push((operation, not_tried(&ScimError::http(409, detail), None)));
    }
    results
}
