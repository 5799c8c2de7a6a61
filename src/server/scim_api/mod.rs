//! The SCIM interface (RFC 7644): from a request to the directory and back.
//!
//! It knows no sockets and no TLS (`http` does), and nothing of the console (`admin_api` does).

pub(crate) mod answer;
mod ask;
mod authenticate;
mod body;
pub(crate) mod bulk;
mod create;
pub(crate) mod cursor;
mod delete;
mod discovery;
mod events;
mod get;
mod group_members;
mod large;
mod limit;
mod me;
mod observe;
mod openapi;
mod patch;
mod prefer;
mod query;
mod replace;
mod route;
mod search;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use access::{Grant, Scope};
use bytes::Bytes;
use directory::{Directory, DirectoryError, Entry, Kind, Strangers};
use http::{Method, Request, Response, StatusCode};
use scim::project::Projection;
use scim::{Deviation, Lenience, Preconditions, Rule, ScimError, ScimType};
use store::StoreError;
use uuid::Uuid;

use crate::app::App;
use crate::config;
use crate::http::Body;
use crate::request_id::RequestId;
use crate::tenant::{self, BASE, Tenant};
use ask::{Ask, Payload};
use authenticate::Asker;
use events::later;
pub(crate) use events::later::catch_up;
use prefer::{Prefer, Shows};
use query::Query;
use route::{NoRoute, Operation, Route};

/// One authenticated request: who asks, what was asked, and what was tolerated on the way.
pub(crate) struct Call<'a> {
    app: &'a App,
    tenant: &'a Tenant,
    /// The directory of the tenant as it was when the request came: one request sees one set of schemas.
    directory: &'a Directory,
    grant: &'a Grant,
    query: &'a Query,
    body: Payload<'a>,
    /// The version the resource must be at, or not.
    expected: Preconditions,
    prefer: Prefer,
    lenience: Lenience<'a>,
    /// The transaction, where the request has one before it is done.
    txn: Option<&'a str>,
    /// What the administrator is told about the answer, where the status alone does not say it.
    remark: Option<String>,
}

/// Answers a request to the SCIM listener.
pub(crate) async fn handle(app: &Arc<App>, request: Request<Bytes>, peer: SocketAddr) -> Response<Body> {
    match served(app, &request, peer).await {
        Ok(response) => response,
        Err(refused) => {
            observe::refused(app, &request, &refused);
            whole(refused)
        }
    }
}

/// The answer, or the refusal of a request that is no account's.
async fn served(
    app: &Arc<App>,
    request: &Request<Bytes>,
    peer: SocketAddr,
) -> Result<Response<Body>, Response<Bytes>> {
    // One name for whatever is below no tenant's base: what is there and what is not must look the same.
    let outside = || no_route(app.tenants.default(), request.method(), &NoRoute::OutsideBase);
    let (tenant, path) = match tenant::split(request.uri().path()) {
        None => (Arc::clone(app.tenants.default()), request.uri().path()),
        Some((name, path)) => match app.tenants.named(&name) {
            Some(tenant) => (tenant, path),
            None => return Err(outside()),
        },
    };
    let held = tenant;
    let tenant = &*held;
    let (path, query) = route::unglue(path, request.uri().query());
    if let Some(place) = events::Place::parse(&path) {
        return Ok(whole(events::answer(app, tenant, &place, request, peer).await));
    }
    let directory = tenant.directory();
    let mut admitted = None;
    let mut method = request.method().clone();
    if let Some(meant) = method_override(request) {
        // Only the account says whether the header counts, so it is asked before the path means anything.
        let mut asker = authenticate::grant(app, tenant, request, peer).await?;
        if asker.dialect.grants(Deviation::MethodOverride) {
            asker.used.push((Deviation::MethodOverride, format!("X-HTTP-Method-Override: {meant}")));
            method = meant;
        }
        admitted = Some(asker);
    }
    if !tenant.group_members && route::is_group_members(&path) {
        return Err(no_route(tenant, &method, &NoRoute::NotFound));
    }
    let goal = match Route::parse(&method, &path, directory.kinds()) {
        Ok(Route::Operation(operation)) => Goal::Aim(Aim::One(operation)),
        Ok(Route::Bulk) => Goal::Aim(Aim::Bulk),
        Ok(Route::Me(me)) => Goal::Me(me),
        Ok(Route::Discovery(what)) => {
            let asker = match app.config.discovery {
                config::Discovery::Open => authenticate::if_any(app, tenant, request, peer).await,
                config::Discovery::WithToken => Some(authenticate::grant(app, tenant, request, peer).await?),
            };
            if let Some(asker) = &asker {
                observe::discovered(tenant, asker, &what);
            }
            return Ok(whole(discovery::tell(tenant, &what, query, asker.as_ref())));
        }
        Ok(Route::Options(allow)) => return Ok(whole(answer::with_allow(answer::empty(), allow))),
        Err(NoRoute::OutsideBase) => return Err(outside()),
        Err(none) => return Err(no_route(tenant, &method, &none)),
    };
    let asker = match admitted {
        Some(asker) => asker,
        None => authenticate::grant(app, tenant, request, peer).await?,
    };
    if asker.dialect.demands(Rule::ScimMediaType) {
        body::profiled(request).map_err(|error| answer::error(&error))?;
    }
    let client = Client { app, tenant, directory: &directory, asker: &asker, txn: None };
    let (aim, user) = goal.of(&asker.grant);
    // where the alias leads may have changed by the time at which the work is done
    let meant = user.map_or_else(|| path.clone(), |user| format!("{BASE}{}", me::path(&directory, user)));
    let mut answered = match limit::turn(app, tenant, &asker.grant).await {
        Ok(()) => match later::preference(&aim, Prefer::of(request.headers())) {
            Some(preference) => {
                let target = query.map_or_else(|| meant.clone(), |query| format!("{meant}?{query}"));
                later::accept(&client, app, &held, preference, request, &method, target).await
            }
            None => client.aimed(&aim, Ask::of(request, query)).await,
        },
        Err(too_many) => too_many,
    };
    if let Some(user) = user {
        let location = format!("{}{}", tenant.base_url, me::path(&directory, user));
        me::place(&mut answered.response, &location);
    }
    let seen = observe::Asked {
        method: &method,
        path: &path,
        query,
        whole_query: request.uri().query(),
        headers: request.headers(),
        aim: &aim,
    };
    observe::note(app, tenant, &asker.grant, &seen, &answered);
    Ok(answered.response)
}

/// What a request with a token asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Aim {
    /// One operation.
    One(Operation),
    /// Many, as a bulk job.
    Bulk,
    /// Nothing that can be done for this account.
    Nothing(ScimError),
}

/// What a path names before it is known who asks.
enum Goal {
    /// The same for everybody.
    Aim(Aim),
    /// Something of the user that the account stands for.
    Me(route::Me),
}

impl Goal {
    /// What it is for this account; and the user, where that is known by an alias.
    fn of(self, grant: &Grant) -> (Aim, Option<Uuid>) {
        match self {
            Self::Aim(aim) => (aim, None),
            Self::Me(me) => match me::aimed(me, grant) {
                Ok((user, operation)) => (Aim::One(operation), Some(user)),
                Err(error) => (Aim::Nothing(error), None),
            },
        }
    }
}

/// An answer, and what the administrator is to know of it.
pub(crate) struct Answered {
    response: Response<Body>,
    tolerated: Vec<Used>,
    detail: String,
}

/// A deviation made use of, and the piece of the request it is about.
type Used = (Deviation, Option<String>);

/// The method a POST says it stands for; whether that counts is the account's dialect's matter.
fn method_override(request: &Request<Bytes>) -> Option<Method> {
    let value = request.headers().get("x-http-method-override")?;
    let meant = Method::from_bytes(value.as_bytes().trim_ascii().to_ascii_uppercase().as_slice()).ok()?;
    (*request.method() == Method::POST).then_some(meant)
}

/// Who asks, and of which directory.
struct Client<'a> {
    app: &'a App,
    tenant: &'a Tenant,
    directory: &'a Directory,
    asker: &'a Asker,
    /// The transaction, where the request has one before it is done.
    txn: Option<&'a str>,
}

impl Client<'_> {
    async fn aimed(&self, aim: &Aim, ask: Ask<'_>) -> Answered {
        match aim {
            Aim::One(operation) => self.answered(operation, ask).await,
            Aim::Bulk => bulk::bulk(self, ask).await,
            Aim::Nothing(error) => refused(&error.clone().into(), vec![]),
        }
    }

    /// Answers one operation: that of a request, or one of a bulk job.
    async fn answered(&self, operation: &Operation, ask: Ask<'_>) -> Answered {
        let (query, expected) = match Query::parse(ask.query).and_then(|q| Ok((q, ask.preconditions()?))) {
            Ok(both) => both,
            Err(error) => return refused(&error.into(), vec![]),
        };
        let skipped = Arc::new(AtomicU64::new(0));
        let lenient = self
            .asker
            .dialect
            .grants(Deviation::SkipUnknownMembers)
            .then(|| self.directory.clone().with_strangers(Strangers::LeftOut(Arc::clone(&skipped))));
        let mut call = Call {
            app: self.app,
            tenant: self.tenant,
            directory: lenient.as_ref().unwrap_or(self.directory),
            grant: &self.asker.grant,
            query: &query,
            body: ask.body,
            expected,
            prefer: ask.prefer,
            lenience: Lenience::new(&self.asker.dialect),
            txn: self.txn,
            remark: None,
        };
        for (deviation, piece) in &self.asker.used {
            let _noted = call.lenience.bends_at(*deviation, || piece.clone());
        }
        let result = match operation {
            Operation::Search(kind) => search::search(&mut call, Some(*kind)).await.map(whole),
            Operation::SearchAll => search::search(&mut call, None).await.map(whole),
            Operation::SearchByPost(kind) => search::by_post(&mut call, *kind).await.map(whole),
            Operation::Create(kind) => create::create(&mut call, *kind).await.map(whole),
            Operation::Get(kind, id) => get::get(&mut call, *kind, id).await,
            Operation::Replace(kind, id) => replace::replace(&mut call, *kind, id).await.map(whole),
            Operation::Patch(kind, id) => patch::patch(&mut call, *kind, id).await.map(whole),
            Operation::Delete(kind, id) => delete::delete(&mut call, *kind, id).await.map(whole),
            Operation::Members(what) => group_members::answer(&mut call, what).await.map(whole),
        };
        let skipped = skipped.load(Ordering::Relaxed);
        if skipped > 0 {
            let piece = || format!("members: {skipped} of the ids name nobody");
            let _noted = call.lenience.bends_at(Deviation::SkipUnknownMembers, piece);
        }
        let lenience = &call.lenience;
        let tolerated = lenience.used().iter().map(|d| (*d, lenience.piece(*d).map(str::to_owned))).collect();
        match result {
            Ok(response) => Answered { response, tolerated, detail: call.remark.unwrap_or_default() },
            Err(error) => {
                let mut answered = refused(&error, tolerated);
                if let (DirectoryError::Scim(error), Some(kind)) = (&error, operation.kind()) {
                    call.name_existing(error, kind, &mut answered.response);
                }
                answered
            }
        }
    }
}

/// An answer whose body is there.
fn whole(response: Response<Bytes>) -> Response<Body> {
    response.map(Body::from)
}

/// Turns an error into its answer. What the client cannot mend is logged here, once, and told without internals.
fn refused(error: &DirectoryError, tolerated: Vec<Used>) -> Answered {
    let (response, detail) = match error {
        DirectoryError::Scim(error) => (answer::error(error), error.detail().to_owned()),
        DirectoryError::Contention(_) => {
            let detail = "the resource is being changed by many requests at once; try again";
            (answer::busy(detail, 1), detail.to_owned())
        }
        DirectoryError::Store(source) => {
            tracing::error!(error = %source, "the store failed, and a request was refused for it");
            let detail = match source {
                StoreError::Failed { .. } => {
                    "the server could not write to its disk and writes no more; whether this change was kept shows \
                     after a restart. The server's log says why"
                }
                _ => "the server could not reach its data; nothing was changed. The server's log says why",
            };
            (answer::busy(detail, 30), detail.to_owned())
        }
        DirectoryError::ReadBack(source) => {
            tracing::error!(error = %source, "a change was made and could not be read back");
            let detail = "the change was made, but what it made could not be read; read it again";
            (answer::error(&ScimError::http(500, detail)), detail.to_owned())
        }
        DirectoryError::Unreadable(what) => {
            tracing::error!(what, "a stored value cannot be read; run `rollcall doctor --verify`");
            let detail = "a stored resource cannot be read; the server's log names it";
            (answer::error(&ScimError::http(500, detail)), detail.to_owned())
        }
    };
    Answered { response: whole(response), tolerated, detail }
}

/// The endpoints of all resource types, as text.
fn endpoints(directory: &Directory) -> String {
    let kinds = directory.kinds();
    let all = kinds.iter().filter_map(|kind| kinds.resource_type(kind)).map(|one| one.endpoint.as_str());
    all.collect::<Vec<_>>().join(", ")
}

fn no_route(tenant: &Tenant, method: &Method, none: &NoRoute) -> Response<Bytes> {
    let (status, detail) = match none {
        NoRoute::MethodNotAllowed(allow) => return answer::method_not_allowed(method, allow),
        NoRoute::OutsideBase => {
            (404, format!("nothing is here; the Tenant URL of this server is {}", tenant.base_url))
        }
        NoRoute::NotFound => (
            404,
            format!(
                "nothing is here; below the Tenant URL there are {}, /Bulk, /.search, /ServiceProviderConfig, /Schemas and \
                 /ResourceTypes",
                endpoints(&tenant.directory())
            ),
        ),
        NoRoute::WrongVersion(version) => {
            let detail = format!(
                "this server speaks SCIM 2.0 only, not {version:?}; its Tenant URL is {}",
                tenant.base_url
            );
            return answer::error(&ScimError::new(ScimType::InvalidVers, detail));
        }
        NoRoute::Undecodable => (400, "the path is not percent-encoded UTF-8".to_owned()),
    };
    let error = match status {
        400 => ScimError::invalid_syntax(detail),
        status => ScimError::http(status, detail),
    };
    answer::error(&error)
}

impl Call<'_> {
    /// Asks for a scope: without it 403, naming what is missing in the console's words.
    fn authorize(&self, scope: Scope) -> Result<(), ScimError> {
        if self.grant.allows(scope) {
            return Ok(());
        }
        Err(ScimError::http(
            403,
            format!(
                "the service account {:?} lacks the permission \"{}\"",
                self.grant.account_name,
                scope.label()
            ),
        ))
    }

    /// What the client wants to see of a resource (RFC 7644 section 3.9).
    fn projection(&mut self, kind: Kind) -> Result<Projection, ScimError> {
        Projection::parse(
            self.query.attributes.as_deref(),
            self.query.excluded_attributes.as_deref(),
            self.directory.registry(),
            self.directory.resource_type(kind),
            &mut self.lenience,
        )
    }

    fn not_found(&self, kind: Kind, id: &str) -> ScimError {
        ScimError::http(404, format!("there is no {} with the id {id:?}", self.directory.name(kind)))
    }

    /// The id in a path, or 404: what is no id of ours names nothing.
    fn id_of(&self, kind: Kind, text: &str) -> Result<Uuid, ScimError> {
        // Ids are written in one way only (RFC 7643 section 3.1: caseExact).
        let id = Uuid::try_parse(text).ok().filter(|id| id.to_string() == text);
        id.ok_or_else(|| self.not_found(kind, text))
    }

    /// The circumstances of a change.
    fn ctx(&self) -> directory::Ctx {
        directory::Ctx {
            now: self.app.world.now(),
            new_id: self.app.world.new_id(),
            actor: self.grant.account.to_string(),
            request: RequestId::current().map(|id| id.to_string()),
            by: directory::By::Client,
            txn: self.txn.map(str::to_owned),
            keep: self.tenant.events.keep(),
            expected: self.expected.clone(),
        }
    }

    /// Asks for `If-Match` where the account is held to that: a change of what nobody has looked at is 428 (RFC 6585
    /// section 3).
    fn require_if_match(&self) -> Result<(), ScimError> {
        if self.expected.if_match.is_some() || !self.lenience.demands(Rule::RequireIfMatch) {
            return Ok(());
        }
        Err(ScimError::http(
            428,
            "this service account changes nothing without If-Match: read the resource, and send its meta.version in \
             If-Match",
        ))
    }

    /// Names the resource that is in the way, so that a client which lost the answer to its POST can adopt it.
    fn name_existing(&self, error: &ScimError, kind: Kind, response: &mut Response<Body>) {
        let Some(id) = error.existing() else { return };
        let endpoint = &self.directory.resource_type(kind).endpoint;
        answer::name_existing(response, &format!("{}{endpoint}/{id}", self.tenant.base_url));
    }

    /// Appends a resource as the client wants to see it.
    fn show(&self, entry: &Entry, projection: &Projection, out: &mut Vec<u8>) {
        if is_spliced(entry, projection) {
            return entry.write_json(&self.tenant.base_url, out);
        }
        let mut object = entry.to_object(&self.tenant.base_url);
        projection.apply(&mut object);
        serde_json::to_writer(out, &object).expect("writing JSON to memory does not fail");
    }

    /// Whether the answer to a change goes without the resource: the client prefers it (RFC 7240 section 4.2), and
    /// does not name what it wants to see, which counts for more (RFC 7644 section 3.9).
    fn is_minimal(&self) -> bool {
        self.prefer.shows == Some(Shows::Minimal) && self.query.attributes.is_none()
    }

    /// Which links a change has to read for its answer.
    fn links(&self, kind: Kind, projection: &Projection) -> directory::Links {
        if self.is_minimal() { directory::Links::Without } else { links(kind, projection) }
    }

    /// The answer to a change: the resource, or only where and at which version it is.
    fn changed(&self, status: StatusCode, entry: &Entry, projection: &Projection) -> Response<Bytes> {
        if !self.is_minimal() {
            let answer = self.shown(status, entry, projection);
            return match self.prefer.shows {
                Some(Shows::Representation) => answer::with_applied(answer, Shows::Representation.applied()),
                Some(Shows::Minimal) | None => answer,
            };
        }
        let answer = match status {
            StatusCode::CREATED => answer::with_location(
                answer::created(),
                &entry.meta.location(&self.tenant.base_url, entry.id),
            ),
            _ => answer::empty(),
        };
        answer::with_applied(answer::with_etag(answer, &entry.meta.etag()), Shows::Minimal.applied())
    }

    /// The answer that shows one resource.
    fn shown(&self, status: StatusCode, entry: &Entry, projection: &Projection) -> Response<Bytes> {
        let mut body = Vec::new();
        self.show(entry, projection, &mut body);
        let answer = answer::with_etag(answer::json(status, body), &entry.meta.etag());
        answer::with_location(answer, &entry.meta.location(&self.tenant.base_url, entry.id))
    }
}

/// Whether the stored text can be answered as it is: what is excluded are links, and none were read.
fn is_spliced(entry: &Entry, projection: &Projection) -> bool {
    let linkless = entry.groups.is_empty() && entry.members.is_empty();
    projection.is_plain() || linkless && projection.excludes_only(&["members", "groups"])
}

/// Which links have to be read for a projection.
fn links(kind: Kind, projection: &Projection) -> directory::Links {
    let name = match kind {
        Kind::User => "groups",
        Kind::Group => "members",
        Kind::Custom(_) => return directory::Links::Without,
    };
    if projection.wants(name) { directory::Links::With } else { directory::Links::Without }
}

fn read_scope(kind: Kind) -> Scope {
    match kind {
        Kind::User | Kind::Custom(_) => Scope::UsersRead,
        Kind::Group => Scope::TeamsRead,
    }
}

fn write_scope(kind: Kind) -> Scope {
    match kind {
        Kind::User | Kind::Custom(_) => Scope::UsersWrite,
        Kind::Group => Scope::TeamsWrite,
    }
}
