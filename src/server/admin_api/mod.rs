//! The admin API: what the console in the browser and the command line on the machine ask for, by the same
//! handlers.
//!
//! It knows no SCIM requests and no sockets. A request is taken apart once ([`route`]), held against what a
//! browser must show ([`guard`]) and who may ask ([`route::Route::need`]), and only then handed to its operation:
//! one file each.

mod accounts;
mod answer;
mod ask;
mod audit;
mod directory;
mod doctor;
pub(crate) mod guard;
mod route;
mod session;
mod setup;
mod status;
#[cfg(test)]
mod tests;
mod tokens;

use self::answer::{Answer, Problem};
use self::route::{Need, NoRoute, Route};
use ::access::{Access, Actor, Seed};
use ::directory::Directory;
use bytes::Bytes;
use http::{Request, StatusCode};
use jiff::Timestamp;
use store::Kv;
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
    /// What the administrator pastes into the provider.
    pub(crate) tenant_url: String,
    /// The certificate of the appliance's own authority; none when a certificate was brought.
    pub(crate) authority: Option<Authority>,
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

/// What the operations work on.
pub(crate) struct Admin<'a> {
    pub(crate) access: &'a Access,
    pub(crate) directory: &'a Directory,
    pub(crate) kv: &'a Kv,
    pub(crate) facts: &'a Facts,
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

    fn seed(&self) -> Seed {
        Seed::new(self.moment.seed)
    }

    fn page(&self, usual: usize) -> Result<ask::Page, Problem> {
        ask::page(self.request.uri().query(), usual)
    }

    /// Is the administrator signed in? If so, the session counts as used.
    fn signed_in(&self) -> bool {
        guard::session(self.request.headers())
            .is_some_and(|session| self.admin.access.touch_session(session, self.now()))
    }
}

/// Answers one request of the console or of the command line.
pub(crate) async fn answer(
    admin: &Admin<'_>,
    request: &Request<Bytes>,
    origin: Origin,
    moment: Moment,
) -> Answer {
    let call = Call { admin, request, origin, moment };
    match operate(&call).await {
        Ok(answer) => answer,
        Err(problem) => problem.answer(),
    }
}

/// The refusal of a request that never became one: a malformed head, a body over the cap, a panic.
pub(crate) fn refuse(status: StatusCode, detail: &str) -> Answer {
    Problem::new(status, "refused", detail).answer()
}

async fn operate(call: &Call<'_>) -> Result<Answer, Problem> {
    let request = call.request;
    match call.origin {
        Origin::Browser => {
            let host = guard::host(request);
            guard::check_host(host, &call.admin.facts.hosts)?;
            guard::check_origin(request, host)?;
        }
        Origin::Local => {}
    }
    let route = Route::parse(request.method(), request.uri().path()).map_err(Problem::from)?;
    match (route.need(), call.origin) {
        (Need::Nothing, _) | (Need::Administrator | Need::Machine, Origin::Local) => {}
        (Need::Administrator, Origin::Browser) => {
            if !call.signed_in() {
                return Err(Problem::new(StatusCode::UNAUTHORIZED, "signedOut", "nobody is signed in"));
            }
        }
        (Need::Machine, Origin::Browser) => {
            let message = "this can only be done on the machine itself, by the rollcall command";
            return Err(Problem::new(StatusCode::FORBIDDEN, "machineOnly", message));
        }
    }
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
        Route::IssueToken(account) => tokens::issue::answer(call, account).await,
        Route::RevokeToken(account, token) => tokens::revoke::answer(call, account, token).await,
        Route::ListUsers => directory::users::answer(call).await,
        Route::ListGroups => directory::groups::answer(call).await,
        Route::ReadUser(id) => directory::read::answer(call, ::directory::Kind::User, id).await,
        Route::ReadGroup(id) => directory::read::answer(call, ::directory::Kind::Group, id).await,
        Route::ListMembers(group) => directory::members::answer(call, group).await,
        Route::ListAudit => audit::answer(call).await,
        Route::RunDoctor => doctor::answer(call).await,
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
