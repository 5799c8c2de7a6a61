//! `POST /Bulk` (RFC 7644 section 3.7): many operations in one request, each answered by the code that answers it
//! alone, so that validation, permissions, versions, feed and activity are the same.
//!
//! What may run at the same time is decided in [`scim::bulk`]; [`run`] follows that plan.

mod circle;
mod done;
mod request;
mod run;

use bytes::Bytes;
use http::{Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use scim::bulk::Job;
use scim::{Lenience, ScimError, urn};
use serde_json::json;

use super::ask::Ask;
use super::{Answered, Client, answer, refused, whole};
use done::Done;

/// The most operations in one job.
pub(crate) const MAX_OPERATIONS: usize = 10_000;
/// The largest body of a job in bytes, which is the largest of any request.
pub(crate) const MAX_PAYLOAD: usize = 10 * 1024 * 1024;
/// How long a job may go on: shorter than the listener lets a request run, so that what was done is always told.
const MAX_DURATION: SignedDuration = SignedDuration::from_secs(45);

/// Answers a job. It is 200 also where single operations failed: their entries say so.
pub(super) async fn bulk(client: &Client<'_>, mut ask: Ask<'_>) -> Answered {
    let mut lenience = Lenience::new(&client.asker.dialect);
    let job = ask.body.take().and_then(|body| Job::parse(body, MAX_OPERATIONS, &mut lenience));
    let tolerated: Vec<_> =
        lenience.used().iter().map(|d| (*d, lenience.piece(*d).map(str::to_owned))).collect();
    match job {
        Ok(job) => {
            let until = client.app.world.now() + MAX_DURATION;
            let (response, detail) = run(client, job, until).await;
            Answered { response: whole(response), tolerated, detail }
        }
        Err(error) => refused(&error.into(), tolerated),
    }
}

/// Runs a job: the `BulkResponse`, and what it came to in words. What is not begun by `until` is answered with 503.
pub(super) async fn run(client: &Client<'_>, job: Job, until: Timestamp) -> (Response<Bytes>, String) {
    let heads: Vec<_> = job.operations.iter().map(|o| (o.method.clone(), o.bulk_id.clone())).collect();
    let results = run::Run::new(client, job, until).finish().await;
    let entries: Vec<_> = heads
        .into_iter()
        .zip(&results)
        .filter_map(|((method, bulk_id), done)| Some(done.as_ref()?.entry(&method, bulk_id.as_deref())))
        .collect();
    let failed = results.iter().flatten().filter(|done| !done.is_success()).count();
    let detail = format!("{} operations of {} were run, {failed} failed", entries.len(), results.len());
    let body = json!({ "schemas": [urn::BULK_RESPONSE], "Operations": entries });
    (answer::json(StatusCode::OK, body.to_string()), detail)
}

/// The result of an operation that was not tried.
fn not_tried(error: &ScimError, location: Option<String>) -> Done {
    Done::of(whole(answer::error(error)), location)
}
