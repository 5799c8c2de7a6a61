//! `POST /Bulk` (RFC 7644 section 3.7): many operations in one request, each answered by the code that answers it
//! alone, so that validation, permissions, versions, feed and activity are the same.
//!
//! What may run at the same time is decided in [`scim::bulk`]; [`run`](mod@run) follows that plan.

mod circle;
mod done;
mod request;
mod run;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use scim::bulk::{Job, Operation};
use scim::{Lenience, ScimError, urn};
use serde_json::{Value, json};

use super::ask::Ask;
use super::{Answered, Client, answer, me, refused, whole};
use done::Done;

/// The most operations in one job.
pub(crate) const MAX_OPERATIONS: usize = 10_000;
/// The largest body of a job in bytes, which is the largest of any request.
pub(crate) const MAX_PAYLOAD: usize = 10 * 1024 * 1024;
/// How long a job may go on: shorter than the listener lets a request run, so that what was done is always told.
const MAX_DURATION: SignedDuration = SignedDuration::from_secs(45);
/// How long a job may go on whose client does not wait.
const MAX_DURATION_LATER: SignedDuration = SignedDuration::from_hours(1);

/// Answers a job. It is 200 also where single operations failed: their entries say so.
pub(super) async fn bulk(client: &Client<'_>, ask: Ask<'_>) -> Answered {
    let until = client.app.world.now() + MAX_DURATION;
    told(client, ask, until).await.0
}

/// Answers a job that may take its time, and tells of each operation that was tried.
pub(super) async fn later(client: &Client<'_>, ask: Ask<'_>) -> (Answered, Vec<Entry>) {
    let until = client.app.world.now() + MAX_DURATION_LATER;
    told(client, ask, until).await
}

/// What became of an operation that was tried.
pub(super) struct Entry {
    /// Its place in the message.
    pub(super) place: usize,
    /// The path it was sent to.
    pub(super) path: String,
    /// Its entry in the answer.
    pub(super) shown: Value,
}

async fn told(client: &Client<'_>, mut ask: Ask<'_>, until: Timestamp) -> (Answered, Vec<Entry>) {
    let mut lenience = Lenience::new(&client.asker.dialect);
    let job = ask.body.take().and_then(|body| Job::parse(body, MAX_OPERATIONS, &mut lenience));
    let tolerated: Vec<_> = lenience.used().clone().into_iter().collect();
    match job {
        Ok(mut job) => {
            me::resolve(&mut job, client.directory, &client.asker.grant);
            let (entries, detail) = run(client, job, until).await;
            let shown: Vec<&Value> = entries.iter().map(|entry| &entry.shown).collect();
            let body = json!({ "schemas": [urn::BULK_RESPONSE], "Operations": shown });
            let response = answer::json(StatusCode::OK, body.to_string());
            (Answered { response: whole(response), tolerated, detail }, entries)
        }
        Err(error) => (refused(&error.into(), tolerated), vec![]),
    }
}

/// Runs a job: what became of its operations, one by one and in words. What is not begun by `until` is answered with
/// 503.
async fn run(client: &Client<'_>, job: Job, until: Timestamp) -> (Vec<Entry>, String) {
    let path =
        |operation: &Operation| operation.wish.as_ref().map_or_else(|_| String::new(), |w| w.path.clone());
    let heads: Vec<_> =
        job.operations.iter().map(|o| (o.method.clone(), o.bulk_id.clone(), path(o))).collect();
    let results = run::Run::new(client, job, until).finish().await;
    let entries: Vec<_> = heads
        .into_iter()
        .zip(&results)
        .enumerate()
        .filter_map(|(place, ((method, bulk_id, path), done))| {
            let shown = done.as_ref()?.entry(&method, bulk_id.as_deref());
            Some(Entry { place, path, shown })
        })
        .collect();
    let failed = results.iter().flatten().filter(|done| !done.is_success()).count();
    let detail = format!("{} operations of {} were run, {failed} failed", entries.len(), results.len());
    (entries, detail)
}

/// The result of an operation that was not tried.
fn not_tried(error: &ScimError, location: Option<String>) -> Done {
    Done::of(whole(answer::error(error)), location)
}
