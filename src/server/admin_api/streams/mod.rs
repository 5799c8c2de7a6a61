//! Streams of events, each of which tells a receiver of changes.
//!
//! | Request | What it does |
//! |---|---|
//! | `GET /api/streams` | `{"streams": [stream]}` |
//! | `POST /api/streams` | makes one: `name`, `delivery`, and perhaps `form`, `scope`, `audience`, `from`; 201, with the `secret` its receiver needs, which is shown this once |
//! | `GET /api/streams/{id}` | one stream |
//! | `PATCH /api/streams/{id}` | changes `name`, `delivery`, `form`, `audience`; a new way to the receiver makes a new `secret` |
//! | `DELETE /api/streams/{id}` | 204 |
//! | `POST /api/streams/{id}/pause`, `…/resume` | stops it and keeps its events; lets it run again |
//! | `POST /api/streams/{id}/replay` | `{"from": …}`: tells everything from there on, again |
//! | `GET /api/event-keys` | `{"jwksUrl", "keys": [{"kid", "state", "createdAt", "retiredAt"}]}` |
//! | `POST /api/event-keys` | makes a new signing key and retires the present one |
//!
//! `delivery` is `{"method": "push", "url", "authorization"?}` (RFC 8935), `{"method": "poll"}` (RFC 8936) or
//! `{"method": "webhook", "url", "secret"?}` (Standard Webhooks). `form` is `notice` (names of what changed, the
//! default) or `full` (the values). `scope` is `{"kind": "all"}`, `{"kind": "resourceTypes", "resourceTypes": […]}`,
//! `{"kind": "group", "group": id}` or `{"kind": "filter", "resourceType", "filter"}`. `from` is `"now"` (the default
//! of a new stream), `"start"` (all the feed still holds), `{"time": …}` or `{"revision": …}`.
//!
//! A stream in JSON has these and `id`, `createdAt`, `state` (`running` or `paused`), `pausedBy` (`administrator`,
//! `failures` or `receiver`), `pausedAt`, and `status`: `delivered`, `refused`, `deliveredAt`, `revision` (everything
//! up to it is acknowledged), `lagRecords` (of the feed, counted up to `10000`), `lagSeconds`, `failing` (`since`,
//! `failures`, `error`; absent while all is well) and `lastError`.

pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod keys;
pub(super) mod list;
pub(super) mod read;
pub(super) mod replay;
pub(super) mod run;

use ::access::Deed;
use ::directory::{Directory, Position};
use ::events::{Delivery, State, StreamError, StreamRecord};
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use store::Batch;
use uuid::Uuid;

use super::Call;
use super::answer::Problem;
use crate::events::{EventsError, Stream};

/// The word for a stream that is not there.
const WHAT: &str = "stream";
/// How many records a lag is counted up to.
const LAG_MOST: usize = 10_000;

/// Where a stream begins.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum From {
    Now,
    Start,
    Time(Timestamp),
    Revision(u64),
}

impl From {
    async fn position(&self, directory: &Directory) -> Result<Position, Problem> {
        match self {
            From::Now => Ok(directory.end_of_feed()),
            From::Start => Ok(Position::default()),
            From::Time(time) => Ok(directory.position_at(*time).await.map_err(EventsError::from)?),
            From::Revision(revision) => Ok(Position::after(revision.saturating_sub(1))),
        }
    }
}

/// A stream as the administrator sees it.
async fn shown(call: &Call<'_>, stream: &Stream) -> Result<Value, Problem> {
    let record = &stream.record;
    let poll_url = format!("{}/.events/{}", call.admin.tenant.base_url, record.id);
    let delivery = match &record.delivery {
        Delivery::Push { url, authorization } => {
            json!({"method": "push", "url": url, "hasAuthorization": authorization.is_some()})
        }
        Delivery::Poll { .. } => json!({"method": "poll", "url": poll_url}),
        Delivery::Webhook { url, .. } => json!({"method": "webhook", "url": url}),
    };
    let mut shown = json!({
        "id": record.id,
        "name": record.name,
        "delivery": delivery,
        "form": record.form,
        "scope": record.scope,
        "audience": record.audience,
        "createdAt": record.created_at,
    });
    match record.state {
        State::Running => shown["state"] = "running".into(),
        State::Paused { by, at } => {
            shown["state"] = "paused".into();
            shown["pausedBy"] = json!(by);
            shown["pausedAt"] = json!(at);
        }
    }
    let progress = &stream.progress;
    let behind = call.admin.directory.follow(progress.position, LAG_MOST).await.map_err(EventsError::from)?;
    let lag_ms = behind.first().map_or(0, |oldest| call.now().as_millisecond() - oldest.record.at_ms);
    shown["status"] = json!({
        "delivered": progress.delivered,
        "refused": progress.refused,
        "deliveredAt": progress.delivered_at,
        "revision": progress.position.revision,
        "lagRecords": behind.len(),
        "lagSeconds": lag_ms.max(0) / 1_000,
        "failing": progress.failing,
        "lastError": progress.last_error,
    });
    Ok(shown)
}

/// The answer to what made or changed a stream: with the secret, if there is a new one.
async fn told(call: &Call<'_>, stream: &Stream, secret: Option<String>) -> Result<Value, Problem> {
    let mut told = shown(call, stream).await?;
    if let Some(secret) = secret {
        told["secret"] = secret.into();
    }
    call.admin.outbox.ring();
    Ok(told)
}

/// Does something to a stream that is there, together with its audit record.
async fn enact<F>(
    call: &Call<'_>,
    deed: Deed,
    target: String,
    act: impl FnOnce(Batch) -> F,
) -> Result<Stream, Problem>
where
    F: Future<Output = Result<Option<Stream>, EventsError>>,
{
    let done = call.enact(deed, target, async |also| Ok(act(also).await?)).await?;
    done.ok_or_else(|| Problem::not_found(WHAT))
}

/// A stream as the audit trail names it.
fn target(stream: &StreamRecord) -> String {
    format!("{} {}", stream.name, stream.id)
}

async fn stream(call: &Call<'_>, id: Uuid) -> Result<Stream, Problem> {
    call.admin.tenant.events.stream(id).await?.ok_or_else(|| Problem::not_found(WHAT))
}

impl std::convert::From<EventsError> for Problem {
    fn from(failed: EventsError) -> Problem {
        match failed {
            EventsError::Contended => Problem::new(StatusCode::CONFLICT, "contended", failed.to_string()),
            EventsError::Table(_) | EventsError::Directory(_) | EventsError::Key => {
                Problem::internal(&failed)
            }
        }
    }
}

impl std::convert::From<StreamError> for Problem {
    fn from(refused: StreamError) -> Problem {
        let field = match refused {
            StreamError::Name => "name",
            StreamError::Target(_) | StreamError::Secret | StreamError::Authorization => "delivery",
            StreamError::NoTypes => "scope",
        };
        Problem::field(field, "badField", refused.to_string())
    }
}
