//! `Prefer: respond-async` (RFC 9967 section 2.5.1, RFC 7240): a request is kept on disk, answered with 202, and done
//! behind; also after a crash. Streams are told how it ended, and the client can ask.
//!
//! With `wait` the client is given the usual answer if there is one in time.

use std::sync::Arc;
use std::time::Duration;

use ::events::{Job, JobState, Operation as Ended};
use access::{Scope, TokenId};
use bytes::Bytes;
use directory::{Directory, Kind};
use http::header::{
    CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH, LOCATION, USER_AGENT,
};
use http::{Method, Request, Response, StatusCode};
use scim::ScimError;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::app::App;
use crate::dialect::dialect;
use crate::events::{Completed, EventsError};
use crate::http::{Body, Stop};
use crate::request_id::RequestId;
use crate::scim_api::ask::Ask;
use crate::scim_api::authenticate::Asker;
use crate::scim_api::bulk::{self, Entry};
use crate::scim_api::prefer::Prefer;
use crate::scim_api::route::{Operation, Route};
use crate::scim_api::{Aim, Answered, Client, answer, observe, refused, whole, write_scope};
use crate::tenant::Tenant;

/// The longest that a client may make an answer wait.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The headers that decide what is done, and the one that tells who asks.
const KEPT: [HeaderName; 4] = [CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH, USER_AGENT];
/// How soon an open request is tried again when the store fails.
const PAUSE: Duration = Duration::from_secs(5);

/// How a client wants a request to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scim_api) struct Preference {
    /// How long it would wait for the usual answer.
    wait: Option<Duration>,
}

/// Whether a request that changes something asks to be answered before it is done. One whose account may not change
/// such a thing is refused now, and never kept.
pub(in crate::scim_api) fn preference(
    aim: &Aim,
    prefer: Prefer,
    allows: impl Fn(Scope) -> bool,
) -> Option<Preference> {
    let may = match aim {
        Aim::One(
            Operation::Create(kind)
            | Operation::Replace(kind, _)
            | Operation::Patch(kind, _)
            | Operation::Delete(kind, _),
        ) => allows(write_scope(*kind)),
        Aim::Bulk => allows(Scope::UsersWrite) || allows(Scope::TeamsWrite),
        Aim::One(_) | Aim::Nothing(_) => false,
    };
    if !may {
        return None;
    }
    let wait = prefer.wait.map(|seconds| Duration::from_secs(seconds.into()).min(LONGEST_WAIT));
    prefer.respond_async.then_some(Preference { wait })
}

/// Accepts a request that is done later.
pub(in crate::scim_api) async fn accept(
    client: &Client<'_>,
    app: &Arc<App>,
    tenant: &Arc<Tenant>,
    preference: Preference,
    request: &Request<Bytes>,
    method: &Method,
    target: String,
) -> Answered {
    let Ok(body) = std::str::from_utf8(request.body()) else {
        return refused(&ScimError::invalid_syntax("the body is not UTF-8").into(), vec![]);
    };
    let Some(place) = tenant.events.place().await else {
        let detail = "as many requests as can be are being done behind; try again, or without respond-async";
        return Answered {
            response: whole(answer::busy(detail, 5)),
            tolerated: vec![],
            detail: detail.to_owned(),
        };
    };
    let kept = KEPT.iter().filter_map(|name| Some((name, request.headers().get(name)?.to_str().ok()?)));
    let job = Job {
        txn: app.world.new_id().simple().to_string(),
        account: client.asker.grant.account.uuid(),
        token: client.asker.grant.token.to_string(),
        method: method.to_string(),
        target,
        headers: kept.map(|(name, value)| (name.to_string(), value.to_owned())).collect(),
        body: body.to_owned(),
        accepted_at: app.world.now(),
        state: JobState::Pending,
    };
    // on disk before the client hears of it
    if let Err(error) = tenant.events.accept(&job).await {
        return failed(&error);
    }
    let txn = job.txn.clone();
    let (told, mut hears) = oneshot::channel();
    if preference.wait.is_none() {
        // before the work begins: an answer that nobody waits for must be kept
        hears.close();
    }
    let (app, tenant_of_job) = (Arc::clone(app), Arc::clone(tenant));
    let work = async move {
        work(app, tenant_of_job, job, told).await;
        drop(place);
    };
    match RequestId::current() {
        Some(id) => tokio::spawn(id.scope(work)),
        None => tokio::spawn(work),
    };
    if let Some(wait) = preference.wait {
        let in_time = tokio::time::timeout(wait, &mut hears).await;
        // from here on the worker knows that nobody waits, unless it has answered in this very moment
        hears.close();
        if let Some(answered) = in_time.ok().and_then(Result::ok).or_else(|| hears.try_recv().ok()) {
            return answered;
        }
    }
    Answered {
        response: whole(accepted(tenant, &txn, preference.wait)),
        tolerated: vec![],
        detail: String::new(),
    }
}

/// 202, without a body: how it ends is found at `Location`.
pub(super) fn accepted(tenant: &Tenant, txn: &str, wait: Option<Duration>) -> Response<Bytes> {
    let mut accepted = answer::empty();
    *accepted.status_mut() = StatusCode::ACCEPTED;
    let applied = match wait {
        Some(wait) => format!("respond-async, wait={}", wait.as_secs()),
        None => "respond-async".to_owned(),
    };
    let location = format!("{}/.requests/{txn}", tenant.base_url);
    let told = [("set-txn", txn), ("preference-applied", &applied), ("location", &location)];
    for (name, value) in told {
        let value = HeaderValue::from_str(value).expect("made of visible ASCII");
        accepted.headers_mut().insert(HeaderName::from_static(name), value);
    }
    accepted
}

/// Does a request, and says so to whoever waits or to the streams.
async fn work(app: Arc<App>, tenant: Arc<Tenant>, job: Job, told: oneshot::Sender<Answered>) {
    let (answered, ended) = execute(&app, &tenant, &job).await;
    let directory = tenant.directory();
    let noted = match told.send(answered) {
        Ok(()) => tenant.events.answered(&job, &ended, &directory).await,
        Err(_) => tenant.events.complete(job, ended, &directory, app.world.now()).await,
    };
    if let Err(error) = noted {
        // it stays open, and is looked at again after a restart
        tracing::error!(%error, "the end of an asynchronous request could not be written");
    }
}

/// Does what a request asks for, and says how it ended: of a bulk job, how each of its operations did.
async fn execute(app: &App, tenant: &Tenant, job: &Job) -> (Answered, Vec<Completed>) {
    let (answered, entries) = run(app, tenant, job).await;
    let ended = if entries.is_empty() {
        vec![ended(tenant, job, &answered)]
    } else {
        entries.iter().map(|entry| ended_one(tenant, job, entry)).collect()
    };
    (answered, ended)
}

/// Does what a request asks for, with the rights its token has now.
async fn run(app: &App, tenant: &Tenant, job: &Job) -> (Answered, Vec<Entry>) {
    let (path, query) = match job.target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (job.target.as_str(), None),
    };
    let directory = tenant.directory();
    let method = Method::from_bytes(job.method.as_bytes()).unwrap_or_default();
    let aim = match Route::parse(&method, path, directory.kinds()) {
        Ok(Route::Operation(operation)) => Aim::One(operation),
        Ok(Route::Bulk) => Aim::Bulk,
        Ok(_) | Err(_) => {
            let gone = ScimError::http(404, "the resource type is not there any more");
            return (refused(&gone.into(), vec![]), vec![]);
        }
    };
    let token: Option<TokenId> = job.token.parse().ok();
    let grant = token.and_then(|token| tenant.access.verifier().grant(token, app.world.now()).ok());
    let Some(grant) = grant else {
        let revoked = ScimError::http(401, "the token was revoked before the request was done");
        return (refused(&revoked.into(), vec![]), vec![]);
    };
    let mut request = Request::new(Bytes::from(job.body.clone()));
    *request.method_mut() = method;
    for (name, value) in &job.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            request.headers_mut().insert(name, value);
        }
    }
    let asker = Asker { dialect: dialect(&grant.dialect), grant, used: vec![] };
    let client = Client { app, tenant, directory: &directory, asker: &asker, txn: Some(&job.txn) };
    let ask = Ask::of(&request, query);
    let (answered, entries) = match &aim {
        Aim::One(operation) => (client.answered(operation, ask).await, vec![]),
        Aim::Bulk => bulk::later(&client, ask).await,
        Aim::Nothing(error) => (refused(&error.clone().into(), vec![]), vec![]),
    };
    let seen = observe::Asked {
        method: request.method(),
        path,
        query,
        whole_query: query,
        headers: request.headers(),
        aim: &aim,
    };
    observe::note(app, tenant, &asker.grant, &seen, &answered);
    (answered, entries)
}

/// How an operation of a bulk job ended: a transaction of its own, by its place in the message.
fn ended_one(tenant: &Tenant, job: &Job, entry: &Entry) -> Completed {
    let directory = tenant.directory();
    let text = |name: &str| entry.shown[name].as_str().map(str::to_owned);
    let kind = entry.path.split('/').nth(1).and_then(|segment| {
        let segment = segment.split('?').next().unwrap_or_default();
        directory.kinds().at(segment)
    });
    let location = text("location");
    Completed {
        txn: format!("{}:{}", job.txn, entry.place),
        resource_type: kind.map_or_else(String::new, |kind| directory.name(kind).to_owned()),
        id: location.as_deref().and_then(id_at_end).unwrap_or_default(),
        operation: Ended {
            method: text("method").unwrap_or_default(),
            location,
            version: text("version"),
            status: text("status").unwrap_or_default(),
            response: entry.shown.get("response").cloned(),
        },
    }
}

/// How a request ended, in the form of a Bulk response's operation.
fn ended(tenant: &Tenant, job: &Job, answered: &Answered) -> Completed {
    let response = &answered.response;
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let mut completed = about(tenant, job);
    if let Some(location) = text(LOCATION) {
        completed.id = id_at_end(&location).unwrap_or_default();
        completed.operation.location = Some(location);
    }
    completed.operation.version = text(ETAG);
    completed.operation.status = response.status().as_u16().to_string();
    if is_error {
        completed.operation.response = match response.body() {
            Body::Whole(bytes) => serde_json::from_slice(bytes).ok(),
            // errors are short
            Body::Stream(_) => None,
        };
    }
    completed
}

/// What a request is about, before it is known how it ended.
fn about(tenant: &Tenant, job: &Job) -> Completed {
    let directory = tenant.directory();
    let (kind, id) = named(&directory, job);
    let resource_type = kind.map_or_else(String::new, |kind| directory.name(kind).to_owned());
    let location = id.zip(kind).map(|(id, kind)| location(tenant, &directory, kind, id));
    let operation =
        Ended { method: job.method.clone(), location, version: None, status: String::new(), response: None };
    Completed { txn: job.txn.clone(), resource_type, id: id.unwrap_or_default(), operation }
}

fn location(tenant: &Tenant, directory: &Directory, kind: Kind, id: Uuid) -> String {
    format!("{}{}/{id}", tenant.base_url, directory.resource_type(kind).endpoint)
}

/// The kind and the resource that a request's path names.
fn named(directory: &Directory, job: &Job) -> (Option<Kind>, Option<Uuid>) {
    let path = job.target.split('?').next().unwrap_or_default();
    let method = Method::from_bytes(job.method.as_bytes()).unwrap_or_default();
    match Route::parse(&method, path, directory.kinds()) {
        Ok(Route::Operation(Operation::Create(kind))) => (Some(kind), None),
        Ok(Route::Operation(
            Operation::Replace(kind, id) | Operation::Patch(kind, id) | Operation::Delete(kind, id),
        )) => (Some(kind), Uuid::try_parse(&id).ok()),
        _ => (None, None),
    }
}

fn id_at_end(location: &str) -> Option<Uuid> {
    Uuid::try_parse(location.rsplit('/').next()?).ok()
}

/// Does the requests that were accepted before the last stop and not done.
pub(crate) async fn catch_up(app: Arc<App>, mut stop: Stop) {
    let mut open = app.tenants.all();
    loop {
        let mut failed = Vec::new();
        for tenant in open {
            // one that is cut off here stays open, and its marks say which of its changes were made
            let done = tokio::select! {
                () = stop.asked() => return,
                done = catch_up_one(&app, &tenant) => done,
            };
            if let Err(error) = done {
                tracing::warn!(%error, "open asynchronous requests cannot be done; trying again");
                failed.push(tenant);
            }
        }
        if failed.is_empty() {
            return;
        }
        open = failed;
        tokio::select! {
            () = stop.asked() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

async fn catch_up_one(app: &App, tenant: &Tenant) -> Result<(), EventsError> {
    let directory = tenant.directory();
    for job in tenant.events.open_jobs(app.started_at).await? {
        let completed = match directory.mark(&job.txn).await? {
            // the change is on disk, and the stop came before its end was noted
            Some((id, revision)) => vec![done_before(tenant, &job, id, revision.get())],
            // operations of a bulk job have marks of their own, and are asked for when their turn comes
            None => execute(app, tenant, &job).await.1,
        };
        tenant.events.complete(job, completed, &directory, app.world.now()).await?;
    }
    Ok(())
}

/// How a request ended whose change was found done.
fn done_before(tenant: &Tenant, job: &Job, id: Uuid, revision: u64) -> Completed {
    let directory = tenant.directory();
    let mut completed = about(tenant, job);
    let (kind, _) = named(&directory, job);
    completed.id = id;
    completed.operation.location = kind.map(|kind| location(tenant, &directory, kind, id));
    let (status, has_version) = match job.method.as_str() {
        "POST" => ("201", true),
        "DELETE" => ("204", false),
        _ => ("200", true),
    };
    status.clone_into(&mut completed.operation.status);
    completed.operation.version = has_version.then(|| format!("W/\"{revision}\""));
    completed
}

fn failed(error: &EventsError) -> Answered {
    tracing::error!(%error, "an asynchronous request could not be kept");
    let detail = "the server could not keep the request; nothing was changed";
    Answered { response: whole(answer::busy(detail, 5)), tolerated: vec![], detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;

    fn read(operation: Operation, values: &[&'static str]) -> Option<Preference> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("prefer", HeaderValue::from_static(value));
        }
        preference(&Aim::One(operation), Prefer::of(&headers), |scope| scope == Scope::UsersWrite)
    }

    #[test]
    fn the_preference_is_read_in_any_spelling_and_only_for_changes() {
        let create = || Operation::Create(Kind::User);
        let wait = |seconds| Some(Preference { wait: Some(Duration::from_secs(seconds)) });
        assert_eq!(read(create(), &["respond-async"]), Some(Preference { wait: None }));
        assert_eq!(read(create(), &["Respond-Async, wait=10"]), wait(10));
        assert_eq!(read(create(), &["wait=\"5\"", "return=minimal, respond-async"]), wait(5));
        assert_eq!(read(create(), &["respond-async, wait=99999"]), wait(30));
        assert_eq!(read(create(), &["wait=10"]), None);
        assert_eq!(read(create(), &[]), None);
        assert_eq!(read(Operation::Search(Kind::User), &["respond-async"]), None);
        assert_eq!(read(Operation::Create(Kind::Group), &["respond-async"]), None);
    }
}
