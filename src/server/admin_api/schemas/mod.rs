//! What the administrator defines beyond the built-in schemas: schemas, resource types, indexes, ready-made sets.
//!
//! - `GET /api/schemas`: everything, see [`shown::shown`] for the JSON.
//! - `POST /api/schemas` with any number of schemas, resource types and wishes for indexes, as a file holds them: all
//!   of them or none.
//! - `PUT /api/schemas/{urn}` with a schema (RFC 7643 section 7), `DELETE /api/schemas/{urn}`.
//! - `PUT /api/resource-types/{name}` with a resource type (RFC 7643 section 6), `DELETE /api/resource-types/{name}`.
//!   Under the name of a built-in type the body gives it extensions, and `DELETE` takes them away again.
//! - `POST /api/indexes` with `{"resourceType": "User", "attribute": "title"}`, `DELETE /api/indexes/{number}`,
//!   `POST /api/indexes/{number}/rebuild`.
//! - `PUT /api/presets/{name}` with `{"enabled": true}`.
//!
//! `PUT` and `POST` answer 200 with what `GET /api/schemas` tells, `DELETE` 204. Whatever would leave data without
//! a schema is refused with 409 `hasData`, unless the query says `discard=true`: then the data is taken away behind.
//! Other refusals: 400 `badDefinition`, 404, 409 `definedElsewhere` (a file or a ready-made set), `inUse`,
//! `cannotChange`, `indexed`, `tooMany`, and 503 `wait` while what comes back is still being taken away.

pub(super) mod index;
pub(super) mod preset;
pub(super) mod put;
pub(super) mod read;
pub(super) mod remove;
mod shown;

use super::Call;
use super::answer::{Answer, Problem, json};
use crate::tenant::DefineError;
use ::directory::{Data, Edit, Refusal, ReshapeError};
use http::StatusCode;

/// Does a change and tells everything.
async fn changed(call: &Call<'_>, edit: Edit, what: String) -> Result<Answer, Problem> {
    let by = (call.actor(), call.now());
    call.admin.tenants.define(call.admin.tenant, edit, data(call), what, by).await?;
    // The request began with the directory before the change.
    let directory = call.admin.tenant.directory();
    Ok(json(StatusCode::OK, &shown::shown(call.admin.tenant, &directory).await?))
}

/// Whether the query says that data may go.
fn data(call: &Call<'_>) -> Data {
    let query = call.request.uri().query().unwrap_or_default();
    if query.split('&').any(|pair| pair == "discard=true") { Data::Discard } else { Data::Keep }
}

impl From<DefineError> for Problem {
    fn from(failed: DefineError) -> Problem {
        match failed {
            DefineError::Reshape(refused) => refused.into(),
            DefineError::Write(failed) => failed.into(),
        }
    }
}

impl From<ReshapeError> for Problem {
    fn from(refused: ReshapeError) -> Problem {
        match refused {
            ReshapeError::Refused(refusal) => refusal.into(),
            ReshapeError::HasData(_) => Problem::new(StatusCode::CONFLICT, "hasData", refused.to_string()),
            ReshapeError::Unfit(unfit) => {
                Problem::new(StatusCode::BAD_REQUEST, "badDefinition", unfit.to_string())
            }
            ReshapeError::Table(failed) => Problem::internal(&failed),
            ReshapeError::Directory(failed) => failed.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        let (status, code) = match &refusal {
            Refusal::Faults(_) | Refusal::Unfit(_) | Refusal::NotIndexable { .. } => {
                (StatusCode::BAD_REQUEST, "badDefinition")
            }
            Refusal::NoSuch(_) => (StatusCode::NOT_FOUND, "notFound"),
            Refusal::Elsewhere { .. } => (StatusCode::CONFLICT, "definedElsewhere"),
            Refusal::InUse { .. } => (StatusCode::CONFLICT, "inUse"),
            Refusal::Retyped { .. } | Refusal::Recased(_) | Refusal::Rebased { .. } => {
                (StatusCode::CONFLICT, "cannotChange")
            }
            Refusal::IndexedAlready(_) => (StatusCode::CONFLICT, "indexed"),
            Refusal::TooMany(_) | Refusal::OutOfNumbers(_) => (StatusCode::CONFLICT, "tooMany"),
            Refusal::StillGoing => {
                return Problem::wait(StatusCode::SERVICE_UNAVAILABLE, refusal.to_string(), 1);
            }
        };
        Problem::new(status, code, refusal.to_string())
    }
}
