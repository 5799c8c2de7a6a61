//! The admin API: what the console in the browser and the command line on the machine ask for, by the same
//! handlers.
//!
//! It knows no SCIM requests and no sockets. A request is taken apart once ([`route`]), held against what a
//! browser must show ([`guard`]) and who may ask ([`route::Route::need`]), and only then handed to its operation:
//! one file each.
//!
//! What concerns a tenant is asked for below `/api/t/{tenant}/` as it is below `/api/` for the default one:
//! `/api/t/acme/users` and `/api/users`. No operation sees the difference; [`let_in`] finds the tenant.

mod accounts;
mod answer;
mod ask;
mod audit;
mod bin;
mod changes;
mod dialects;
mod directory;
mod doctor;
pub(crate) mod guard;
mod guards;
mod route;
mod schemas;
mod session;
mod setup;
mod status;
mod streams;
mod tenant;
#[cfg(test)]
mod tests;
mod tokens;

use self::answer::{Answer, Problem};
use self::route::{Need, NoRoute, Reach, Route};
use crate::events::Outbox;
use crate::tenant::{Tenant, Tenants};
use ::access::{Access, Actor, Deed, Seed};
use ::directory::Directory;
use bytes::Bytes;
use http::{Request, StatusCode};
use jiff::Timestamp;
use std::sync::Arc;
use store::{Batch, Kv};
use uuid::Uuid;

/// Where a request comes from, by the listener that took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The console's listener: nothing is trusted but a session.
    Browser,
    /// The admin socket or this process itself: whoever gets there owns the data folder.
    Local,
}

impl Origin {
    fn actor(self) -> Actor {
        match self {
            Origin::Browser => Actor::Administrator,
            Origin::Local => Actor::Local,
        }
    }
}

/// What the operations tell of the appliance and cannot find out by themselves.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// The program's version.
    pub(crate) version: String,
    /// The certificate of the appliance's own authority; none when a certificate was brought.
    pub(crate) authority: Option<Authority>,
    /// How many days the recycle bin keeps what was deleted; 0 where there is no bin.
    pub(crate) bin_days: u16,
    /// Started by `rollcall dev`?
    pub(crate) dev: bool,
    /// Host names the console answers to, without ports; IPv6 addresses in brackets.
    pub(crate) hosts: Vec<String>,
}

/// The appliance's own certificate authority.
#[derive(Debug, Clone)]
pub(crate) struct Authority {
    /// Its certificate.
    pub(crate) pem: String,
    /// SHA-256 of it in hexadecimal, with colons.
    pub(crate) fingerprint: String,
}

/// What one request takes from the world: no operation needs more than one of each.
pub(crate) struct Moment {
    /// The time of day.
    pub(crate) now: Timestamp,
    /// An id for what is made.
    pub(crate) id: Uuid,
    /// Randomness for what is made.
    pub(crate) seed: [u8; 32],
}

/// What all requests share.
pub(crate) struct House<'a> {
    pub(crate) tenants: &'a Arc<Tenants>,
    pub(crate) kv: &'a Kv,
    pub(crate) outbox: &'a Outbox,
    pub(crate) facts: &'a Facts,
}

/// What an operation works on: one tenant, which the path named or which is the only one.
struct Admin<'a> {
    tenants: &'a Arc<Tenants>,
    tenant: &'a Arc<Tenant>,
    access: &'a Access,
    directory: &'a Directory,
    kv: &'a Kv,
    outbox: &'a Outbox,
    facts: &'a Facts,
}

/// One request on its way to its operation.
struct Call<'a> {
    admin: &'a Admin<'a>,
    request: &'a Request<Bytes>,
    origin: Origin,
    moment: Moment,
}

impl Call<'_> {
    fn now(&self) -> Timestamp {
        self.moment.now
    }

    fn actor(&self) -> Actor {
        self.origin.actor()
    }

    /// Has something done together with its audit record: `act` commits the batch it is given with what it does, and
    /// gives `None` where it does nothing.
    async fn enact<T, F>(
        &self,
        deed: Deed,
        target: String,
        act: impl FnOnce(Batch) -> F,
    ) -> Result<Option<T>, Problem>
    where
        F: Future<Output = Result<Option<T>, Problem>>,
    {
        self.admin.access.enact(deed, target, self.actor(), self.now(), act).await
    }

    fn seed(&self) -> Seed {
        Seed::new(self.moment.seed)
    }

    fn page(&self, usual: usize) -> Result<ask::Page, Problem> {
        ask::page(self.request.uri().query(), usual)
    }

    /// Is the administrator signed in? If so, the session counts as used.
    fn signed_in(&self) -> bool {
        signed_in(self.admin.tenants, self.request, self.now())
    }
}

/// There is one administrator, whose sessions the default tenant keeps.
fn signed_in(tenants: &Tenants, request: &Request<Bytes>, now: Timestamp) -> bool {
    let house = &tenants.default().access;
    guard::session(request.headers()).is_some_and(|session| house.touch_session(session, now))
}

/// Answers one request of the console or of the command line.
pub(crate) async fn answer(
    house: &House<'_>,
    request: &Request<Bytes>,
    origin: Origin,
    moment: Moment,
) -> Answer {
    match let_in(house, request, origin, moment).await {
        Ok(answer) => answer,
        Err(problem) => problem.answer(),
    }
}

/// The refusal of a request that never became one: a malformed head, a body over the cap, a panic.
pub(crate) fn refuse(status: StatusCode, detail: &str) -> Answer {
    Problem::new(status, "refused", detail).answer()
}

/// Holds a request against who may ask, finds its tenant, and only then does what it asks for.
async fn let_in(
    house: &House<'_>,
    request: &Request<Bytes>,
    origin: Origin,
    moment: Moment,
) -> Result<Answer, Problem> {
    match origin {
        Origin::Browser => {
            let host = guard::host(request);
            guard::check_host(host, &house.facts.hosts)?;
            guard::check_origin(request, host)?;
        }
        Origin::Local => {}
    }
    let (named, path) = route::tenant(request.uri().path());
    let route = Route::parse(request.method(), &path).map_err(Problem::from)?;
    match (route.need(), origin) {
        (Need::Nothing, _) | (Need::Administrator | Need::Machine, Origin::Local) => {}
        (Need::Administrator, Origin::Browser) => {
            if !signed_in(house.tenants, request, moment.now) {
                return Err(Problem::new(StatusCode::UNAUTHORIZED, "signedOut", "nobody is signed in"));
            }
        }
        (Need::Machine, Origin::Browser) => {
            let message = "this can only be done on the machine itself, by the rollcall command";
            return Err(Problem::new(StatusCode::FORBIDDEN, "machineOnly", message));
        }
    }
    let tenant = chosen(house.tenants, named, &route)?;
    let directory = tenant.directory();
    let admin = Admin {
        tenants: house.tenants,
        tenant: &tenant,
        access: &tenant.access,
        directory: &directory,
        kv: house.kv,
        outbox: house.outbox,
        facts: house.facts,
    };
    operate(&Call { admin: &admin, request, origin, moment }, route).await
}

/// The tenant a path names; the default one where it names none.
fn chosen(tenants: &Tenants, named: Option<&str>, route: &Route) -> Result<Arc<Tenant>, Problem> {
    let Some(named) = named else { return Ok(Arc::clone(tenants.default())) };
    match route.reach() {
        Reach::Tenant => tenants.named(named).ok_or_else(|| Problem::not_found(tenant::WHAT)),
        Reach::House => {
            let message = "this belongs to the whole server, and is asked for without /t/ in the path";
            Err(Problem::new(StatusCode::NOT_FOUND, "notFound", message))
        }
    }
}

async fn operate(call: &Call<'_>, route: Route) -> Result<Answer, Problem> {
    match route {
        Route::ReadSession => session::read::answer(call).await,
        Route::SignIn => session::sign_in::answer(call).await,
        Route::SignOut => session::sign_out::answer(call).await,
        Route::SetUp => setup::set_up::answer(call).await,
        Route::IssueSetupCode => setup::issue_code::answer(call).await,
        Route::ReadStatus => status::read(call).await,
        Route::ReadAuthority => status::authority(call),
        Route::ListAccounts => accounts::list::answer(call).await,
        Route::CreateAccount => accounts::create::answer(call).await,
        Route::ReadAccount(id) => accounts::read::answer(call, id).await,
        Route::ChangeAccount(id) => accounts::change::answer(call, id).await,
        Route::DeleteAccount(id) => accounts::delete::answer(call, id).await,
        Route::ReadActivity(id) => accounts::activity::answer(call, id).await,
        Route::ReadBends(id) => accounts::bends::answer(call, id).await,
        Route::ListDialects => Ok(dialects::answer()),
        Route::ListHeld => guards::held::answer(call).await,
        Route::AllowHeld(id) => guards::allow::answer(call, id).await,
        Route::DismissHeld(id) => guards::dismiss::answer(call, id).await,
        Route::ReadGuards => guards::limits::read(call).await,
        Route::ReplaceGuards => guards::limits::replace(call).await,
        Route::ListProtected => guards::protection::list(call).await,
        Route::Protect(kind, id) => guards::protection::set(call, kind, id).await,
        Route::Unprotect(kind, id) => guards::protection::lift(call, kind, id).await,
        Route::IssueToken(account) => tokens::issue::answer(call, account).await,
        Route::RevokeToken(account, token) => tokens::revoke::answer(call, account, token).await,
        Route::ListUsers => directory::users::answer(call).await,
        Route::ListGroups => directory::groups::answer(call).await,
        Route::ReadUser(id) => directory::read::answer(call, ::directory::Kind::User, id).await,
        Route::ReadGroup(id) => directory::read::answer(call, ::directory::Kind::Group, id).await,
        Route::ListMembers(group) => directory::members::answer(call, group).await,
        Route::ListBin => bin::list::answer(call).await,
        Route::EmptyBin => bin::purge::all(call).await,
        Route::ReadBin(id) => bin::read::answer(call, id).await,
        Route::PurgeBin(id) => bin::purge::one(call, id).await,
        Route::RestoreBin(id) => bin::restore::answer(call, id).await,
        Route::ListStreams => streams::list::answer(call).await,
        Route::CreateStream => streams::create::answer(call).await,
        Route::ReadStream(id) => streams::read::answer(call, id).await,
        Route::ChangeStream(id) => streams::change::answer(call, id).await,
        Route::DeleteStream(id) => streams::delete::answer(call, id).await,
        Route::PauseStream(id) => streams::run::pause(call, id).await,
        Route::ResumeStream(id) => streams::run::resume(call, id).await,
        Route::ReplayStream(id) => streams::replay::answer(call, id).await,
        Route::ListEventKeys => streams::keys::list(call).await,
        Route::RotateEventKey => streams::keys::rotate(call).await,
        Route::ListAudit => audit::answer(call).await,
        Route::ListChanges => changes::answer(call).await,
        Route::RunDoctor => doctor::answer(call).await,
        Route::ListTenants => tenant::list::answer(call).await,
        Route::CreateTenant => tenant::create::answer(call).await,
        Route::ReadTenant(slug) => tenant::read::answer(call, &slug).await,
        Route::ChangeTenant(slug) => tenant::change::answer(call, slug).await,
        Route::DeleteTenant(slug) => tenant::delete::answer(call, slug).await,
        Route::ReadSchemas => schemas::read::answer(call).await,
        Route::PutSchemas => schemas::put::documents(call).await,
        Route::PutSchema(urn) => schemas::put::schema(call, urn).await,
        Route::DeleteSchema(urn) => schemas::remove::schema(call, urn).await,
        Route::PutResourceType(name) => schemas::put::resource_type(call, name).await,
        Route::DeleteResourceType(name) => schemas::remove::resource_type(call, name).await,
        Route::AddIndex => schemas::index::add(call).await,
        Route::DeleteIndex(number) => schemas::index::remove(call, number).await,
        Route::RebuildIndex(number) => schemas::index::rebuild(call, number).await,
        Route::SwitchPreset(preset) => schemas::preset::answer(call, preset).await,
    }
}

impl From<NoRoute> for Problem {
    fn from(none: NoRoute) -> Problem {
        match none {
            NoRoute::NotFound => Problem::not_found("path in the admin API"),
            NoRoute::Method { allow } => {
                let message = format!("this path takes {allow}");
                let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", message);
                Problem { allow: Some(allow), ..problem }
            }
        }
    }
}
