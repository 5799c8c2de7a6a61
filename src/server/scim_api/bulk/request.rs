//! An operation of a job as a request of its own, and its answer.

use directory::Kind;
use http::{Method, StatusCode};
use scim::ScimError;
use scim::bulk::Verb;
use scim::json::Object;

use super::done::Done;
use crate::scim_api::ask::{Ask, Payload};
use crate::scim_api::prefer::{Prefer, Shows};
use crate::scim_api::route::{NoRoute, Operation, Route};
use crate::scim_api::{Client, me, observe, refused};
use crate::tenant::BASE;

/// A request made of an operation, its references put in.
pub(super) struct Prepared {
    method: Method,
    operation: Operation,
    path: String,
    query: Option<String>,
    data: Option<Object>,
    version: Option<String>,
    location: Option<String>,
    /// The status of the request alone; its answer here shows nothing, and says so by another.
    shown: Option<StatusCode>,
    /// The transaction, where the job is done later.
    txn: Option<Txn>,
}

/// The transaction of an operation (RFC 9967 section 2.5.1.2).
struct Txn {
    name: String,
    step: Step,
}

/// Which change of its operation a request makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The first, or the only one: the mark of the transaction says that it was made.
    First,
    /// One that completes the first, or takes it back.
    Second,
}

impl Prepared {
    pub(super) fn new(
        client: &Client<'_>,
        verb: Verb,
        path: &str,
        data: Option<Object>,
        version: Option<String>,
    ) -> Result<Self, ScimError> {
        let method = match verb {
            Verb::Post => Method::POST,
            Verb::Put => Method::PUT,
            Verb::Patch => Method::PATCH,
            Verb::Delete => Method::DELETE,
        };
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let full = format!("{BASE}{path}");
        let nowhere =
            || ScimError::http(404, format!("{path:?} leads to nothing that a bulk operation can change"));
        let operation = match Route::parse(&method, &full, client.directory.kinds()) {
            Ok(Route::Operation(operation)) => operation,
            Err(NoRoute::MethodNotAllowed(allow)) => {
                return Err(ScimError::http(
                    405,
                    format!("{method} does not go to {path:?}; these methods do: {allow}"),
                ));
            }
            // where the account stands for a user, its operations name that one by now
            Ok(Route::Me(alias)) => me::aimed(alias, &client.asker.grant)?.1,
            Ok(_) | Err(_) => return Err(nowhere()),
        };
        let shown = match &operation {
            Operation::Replace(..) => Some(StatusCode::OK),
            Operation::Patch(kind, _) if *kind != Kind::Group => Some(StatusCode::OK),
            Operation::Patch(..) | Operation::Create(_) | Operation::Delete(..) => None,
            _ => return Err(nowhere()),
        };
        let location = (verb != Verb::Post).then(|| format!("{}{path}", client.tenant.base_url));
        let query = query.map(str::to_owned);
        Ok(Self { method, operation, path: full, query, data, version, location, shown, txn: None })
    }

    /// The request as part of the operation at a place of a job.
    pub(super) fn at(mut self, client: &Client<'_>, place: usize, step: Step) -> Self {
        self.txn = client.txn.map(|job| Txn { name: format!("{job}:{place}"), step });
        self
    }

    /// What became of it before the server stopped. Where that cannot be read it is not done: it could be twice.
    async fn done_before(&self, client: &Client<'_>) -> Option<Done> {
        let txn = self.txn.as_ref().filter(|txn| txn.step == Step::First)?;
        let (id, revision) = match client.directory.mark(&txn.name).await {
            Ok(mark) => mark?,
            Err(error) => {
                tracing::error!(%error, "whether an operation was done before the restart cannot be read");
                let unknown = ScimError::http(
                    500,
                    "whether this was done before the server stopped cannot be read; read the resource and decide anew",
                );
                return Some(Done::of(refused(&unknown.into(), vec![]).response, self.location.clone()));
            }
        };
        let (status, location) = match &self.operation {
            Operation::Create(kind) => {
                let endpoint = &client.directory.resource_type(*kind).endpoint;
                (StatusCode::CREATED, format!("{}{endpoint}/{id}", client.tenant.base_url))
            }
            Operation::Delete(..) => (StatusCode::NO_CONTENT, self.location.clone()?),
            _ => (self.shown.unwrap_or(StatusCode::NO_CONTENT), self.location.clone()?),
        };
        Some(Done::before(status, location, revision.get()))
    }

    pub(super) async fn run(self, client: &Client<'_>) -> Done {
        if let Some(done) = self.done_before(client).await {
            return done;
        }
        let txn = self.txn.as_ref().map(|txn| txn.name.as_str());
        let client = &Client {
            app: client.app,
            tenant: client.tenant,
            directory: client.directory,
            asker: client.asker,
            txn,
        };
        let ask = Ask {
            query: self.query.as_deref(),
            body: self.data.map_or(Payload::Gone, Payload::Read),
            if_match: self.version,
            if_none_match: None,
            prefer: Prefer { shows: Some(Shows::Minimal), ..Prefer::default() },
        };
        let answered = client.answered(&self.operation, ask).await;
        let asked = (&self.method, self.path.as_str(), self.query.as_deref());
        observe::done(client.app, client.tenant, &client.asker.grant, asked, &answered);
        let done = Done::of(answered.response, self.location);
        match self.shown {
            Some(status) if done.is_success() => done.with_status(status),
            Some(_) | None => done,
        }
    }
}
