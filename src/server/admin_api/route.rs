//! Which operation a request asks for. A pure function of method and path; it knows no bodies and no sessions.
//!
//! Paths are taken as they come: nothing is decoded or tidied up, so there is one spelling of each route and no
//! second one that could slip past a check.

use access::{AccountId, Slug, TokenId};
use directory::{Kind, Preset};
use http::Method;
use std::borrow::Cow;
use uuid::Uuid;

/// An operation of the admin API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    ReadSession,
    SignIn,
    SignOut,
    SetUp,
    IssueSetupCode,
    ReadStatus,
    ReadAuthority,
    ListAccounts,
    CreateAccount,
    ReadAccount(AccountId),
    ChangeAccount(AccountId),
    DeleteAccount(AccountId),
    ReadActivity(AccountId),
    ReadBends(AccountId),
    ListDialects,
    ListHeld,
    AllowHeld(Uuid),
    DismissHeld(Uuid),
    ReadGuards,
    ReplaceGuards,
    ListProtected,
    Protect(Kind, Uuid),
    Unprotect(Kind, Uuid),
    IssueToken(AccountId),
    RevokeToken(AccountId, TokenId),
    ListUsers,
    ReadUser(Uuid),
    ListGroups,
    ReadGroup(Uuid),
    ListMembers(Uuid),
    ListBin,
    EmptyBin,
    ReadBin(Uuid),
    PurgeBin(Uuid),
    RestoreBin(Uuid),
    ListStreams,
    CreateStream,
    ReadStream(Uuid),
    ChangeStream(Uuid),
    DeleteStream(Uuid),
    PauseStream(Uuid),
    ResumeStream(Uuid),
    ReplayStream(Uuid),
    ListEventKeys,
    RotateEventKey,
    ListAudit,
    ListChanges,
    RunDoctor,
    ListTenants,
    CreateTenant,
    ReadTenant(Slug),
    ChangeTenant(Slug),
    DeleteTenant(Slug),
    ReadSchemas,
    PutSchemas,
    PutSchema(String),
    DeleteSchema(String),
    PutResourceType(String),
    DeleteResourceType(String),
    AddIndex,
    DeleteIndex(u8),
    RebuildIndex(u8),
    SwitchPreset(Preset),
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Everybody who reaches the console.
    Nothing,
    /// The administrator, or somebody on the machine itself.
    Administrator,
    /// Somebody on the machine itself.
    Machine,
}

/// What an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// One tenant.
    Tenant,
    /// The whole server.
    House,
}

/// Why there is no operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoRoute {
    /// Nothing is at this path.
    NotFound,
    /// Something is, but not with this method.
    Method {
        /// The methods for the `Allow` header.
        allow: String,
    },
}

impl Route {
    pub(crate) fn parse(method: &Method, path: &str) -> Result<Route, NoRoute> {
        let place = path.strip_prefix("/api/").ok_or(NoRoute::NotFound)?;
        let parts: Vec<&str> = place.splitn(6, '/').collect();
        let routes = match parts.as_slice() {
            ["session"] => vec![
                (Method::GET, Route::ReadSession),
                (Method::POST, Route::SignIn),
                (Method::DELETE, Route::SignOut),
            ],
            ["setup"] => vec![(Method::POST, Route::SetUp)],
            ["setup-code"] => vec![(Method::POST, Route::IssueSetupCode)],
            ["status"] => vec![(Method::GET, Route::ReadStatus)],
            ["ca.pem"] => vec![(Method::GET, Route::ReadAuthority)],
            ["accounts"] => {
                vec![(Method::GET, Route::ListAccounts), (Method::POST, Route::CreateAccount)]
            }
            ["accounts", account] => {
                let account = account_id(account)?;
                vec![
                    (Method::GET, Route::ReadAccount(account)),
                    (Method::PATCH, Route::ChangeAccount(account)),
                    (Method::DELETE, Route::DeleteAccount(account)),
                ]
            }
            ["accounts", account, "activity"] => {
                vec![(Method::GET, Route::ReadActivity(account_id(account)?))]
            }
            ["accounts", account, "bends"] => vec![(Method::GET, Route::ReadBends(account_id(account)?))],
            ["dialects"] => vec![(Method::GET, Route::ListDialects)],
            ["accounts", account, "tokens"] => vec![(Method::POST, Route::IssueToken(account_id(account)?))],
            ["accounts", account, "tokens", token] => {
                let token = token.parse().map_err(|_| NoRoute::NotFound)?;
                vec![(Method::DELETE, Route::RevokeToken(account_id(account)?, token))]
            }
            ["users"] => vec![(Method::GET, Route::ListUsers)],
            ["users", user] => vec![(Method::GET, Route::ReadUser(id(user)?))],
            ["users", user, "protection"] => protection(Kind::User, id(user)?),
            ["groups", group, "protection"] => protection(Kind::Group, id(group)?),
            ["protected"] => vec![(Method::GET, Route::ListProtected)],
            ["held"] => vec![(Method::GET, Route::ListHeld)],
            ["held", held] => vec![(Method::DELETE, Route::DismissHeld(id(held)?))],
            ["held", held, "allow"] => vec![(Method::POST, Route::AllowHeld(id(held)?))],
            ["guards"] => vec![(Method::GET, Route::ReadGuards), (Method::PUT, Route::ReplaceGuards)],
            ["groups"] => vec![(Method::GET, Route::ListGroups)],
            ["groups", group] => vec![(Method::GET, Route::ReadGroup(id(group)?))],
            ["groups", group, "members"] => vec![(Method::GET, Route::ListMembers(id(group)?))],
            ["bin"] => vec![(Method::GET, Route::ListBin), (Method::DELETE, Route::EmptyBin)],
            ["bin", entry] => {
                let entry = id(entry)?;
                vec![(Method::GET, Route::ReadBin(entry)), (Method::DELETE, Route::PurgeBin(entry))]
            }
            ["bin", entry, "restore"] => vec![(Method::POST, Route::RestoreBin(id(entry)?))],
            ["audit"] => vec![(Method::GET, Route::ListAudit)],
            ["changes"] => vec![(Method::GET, Route::ListChanges)],
            ["doctor"] => vec![(Method::POST, Route::RunDoctor)],
            ["tenants"] => vec![(Method::GET, Route::ListTenants), (Method::POST, Route::CreateTenant)],
            ["tenants", slug] => {
                let slug: Slug = slug.parse().map_err(|_| NoRoute::NotFound)?;
                vec![
                    (Method::GET, Route::ReadTenant(slug.clone())),
                    (Method::PATCH, Route::ChangeTenant(slug.clone())),
                    (Method::DELETE, Route::DeleteTenant(slug)),
                ]
            }
            ["schemas"] => vec![(Method::GET, Route::ReadSchemas), (Method::POST, Route::PutSchemas)],
            ["schemas", urn] => {
                let urn = defined(urn)?;
                vec![(Method::PUT, Route::PutSchema(urn.clone())), (Method::DELETE, Route::DeleteSchema(urn))]
            }
            ["resource-types", name] => {
                let name = defined(name)?;
                vec![
                    (Method::PUT, Route::PutResourceType(name.clone())),
                    (Method::DELETE, Route::DeleteResourceType(name)),
                ]
            }
            ["indexes"] => vec![(Method::POST, Route::AddIndex)],
            ["indexes", number] => vec![(Method::DELETE, Route::DeleteIndex(index(number)?))],
            ["indexes", number, "rebuild"] => vec![(Method::POST, Route::RebuildIndex(index(number)?))],
            ["presets", name] => {
                let preset = Preset::ALL.into_iter().find(|preset| preset.name() == *name);
                vec![(Method::PUT, Route::SwitchPreset(preset.ok_or(NoRoute::NotFound)?))]
            }
            others => event_routes(others)?,
        };
        if let Some((_, route)) = routes.iter().find(|(allowed, _)| allowed == method) {
            return Ok(route.clone());
        }
        let allow = routes.iter().map(|(allowed, _)| allowed.as_str()).collect::<Vec<_>>().join(", ");
        Err(NoRoute::Method { allow })
    }

    /// Who may ask for the operation.
    pub(crate) fn need(&self) -> Need {
        match self {
            Route::ReadSession | Route::SignIn | Route::SignOut | Route::SetUp => Need::Nothing,
            Route::IssueSetupCode => Need::Machine,
            Route::ReadStatus
            | Route::ReadAuthority
            | Route::ListAccounts
            | Route::CreateAccount
            | Route::ReadAccount(_)
            | Route::ChangeAccount(_)
            | Route::DeleteAccount(_)
            | Route::ReadActivity(_)
            | Route::ReadBends(_)
            | Route::ListDialects
            | Route::ListHeld
            | Route::AllowHeld(_)
            | Route::DismissHeld(_)
            | Route::ReadGuards
            | Route::ReplaceGuards
            | Route::ListProtected
            | Route::Protect(..)
            | Route::Unprotect(..)
            | Route::IssueToken(_)
            | Route::RevokeToken(..)
            | Route::ListUsers
            | Route::ReadUser(_)
            | Route::ListGroups
            | Route::ReadGroup(_)
            | Route::ListMembers(_)
            | Route::ListBin
            | Route::EmptyBin
            | Route::ReadBin(_)
            | Route::PurgeBin(_)
            | Route::RestoreBin(_)
            | Route::ListStreams
            | Route::CreateStream
            | Route::ReadStream(_)
            | Route::ChangeStream(_)
            | Route::DeleteStream(_)
            | Route::PauseStream(_)
            | Route::ResumeStream(_)
            | Route::ReplayStream(_)
            | Route::ListEventKeys
            | Route::RotateEventKey
            | Route::ListAudit
            | Route::ListChanges
            | Route::RunDoctor
            | Route::ListTenants
            | Route::CreateTenant
            | Route::ReadTenant(_)
            | Route::ChangeTenant(_)
            | Route::DeleteTenant(_)
            | Route::ReadSchemas
            | Route::PutSchemas
            | Route::PutSchema(_)
            | Route::DeleteSchema(_)
            | Route::PutResourceType(_)
            | Route::DeleteResourceType(_)
            | Route::AddIndex
            | Route::DeleteIndex(_)
            | Route::RebuildIndex(_)
            | Route::SwitchPreset(_) => Need::Administrator,
        }
    }

    /// What the operation is about. One that is not named here is about a tenant.
    pub(crate) fn reach(&self) -> Reach {
        match self {
            Route::ReadSession
            | Route::SignIn
            | Route::SignOut
            | Route::SetUp
            | Route::IssueSetupCode
            | Route::ReadAuthority
            | Route::RunDoctor
            | Route::ListTenants
            | Route::CreateTenant
            | Route::ReadTenant(_)
            | Route::ChangeTenant(_)
            | Route::DeleteTenant(_) => Reach::House,
            _ => Reach::Tenant,
        }
    }
}

/// The tenant that a path names by `/api/t/{tenant}/`, and the path without it.
pub(crate) fn tenant(path: &str) -> (Option<&str>, Cow<'_, str>) {
    match path.strip_prefix("/api/t/").and_then(|rest| rest.split_once('/')) {
        Some((tenant, rest)) => (Some(tenant), Cow::Owned(format!("/api/{rest}"))),
        None => (None, Cow::Borrowed(path)),
    }
}

fn protection(kind: Kind, id: Uuid) -> Vec<(Method, Route)> {
    vec![(Method::PUT, Route::Protect(kind, id)), (Method::DELETE, Route::Unprotect(kind, id))]
}

/// What is about streams of events.
fn event_routes(parts: &[&str]) -> Result<Vec<(Method, Route)>, NoRoute> {
    Ok(match parts {
        ["streams"] => vec![(Method::GET, Route::ListStreams), (Method::POST, Route::CreateStream)],
        ["streams", stream] => {
            let stream = id(stream)?;
            vec![
                (Method::GET, Route::ReadStream(stream)),
                (Method::PATCH, Route::ChangeStream(stream)),
                (Method::DELETE, Route::DeleteStream(stream)),
            ]
        }
        ["streams", stream, "pause"] => vec![(Method::POST, Route::PauseStream(id(stream)?))],
        ["streams", stream, "resume"] => vec![(Method::POST, Route::ResumeStream(id(stream)?))],
        ["streams", stream, "replay"] => vec![(Method::POST, Route::ReplayStream(id(stream)?))],
        ["event-keys"] => {
            vec![(Method::GET, Route::ListEventKeys), (Method::POST, Route::RotateEventKey)]
        }
        _ => return Err(NoRoute::NotFound),
    })
}

/// Only the usual spelling with hyphens names something; others are somebody else's ids.
fn id(text: &str) -> Result<Uuid, NoRoute> {
    let parsed = Uuid::parse_str(text).map_err(|_| NoRoute::NotFound)?;
    if text.len() == 36 { Ok(parsed) } else { Err(NoRoute::NotFound) }
}

/// The name of a schema or resource type. Names need no encoding, so one that has some is none.
fn defined(text: &str) -> Result<String, NoRoute> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'.' | b'-' | b'_');
    if !text.is_empty() && !text.ends_with('.') && text.bytes().all(fits) {
        Ok(text.to_owned())
    } else {
        Err(NoRoute::NotFound)
    }
}

/// The number of an index, in its usual spelling.
fn index(text: &str) -> Result<u8, NoRoute> {
    let number: u8 = text.parse().map_err(|_| NoRoute::NotFound)?;
    if number.to_string() == text { Ok(number) } else { Err(NoRoute::NotFound) }
}

fn account_id(text: &str) -> Result<AccountId, NoRoute> {
    id(text).map(AccountId::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "0190163d-8694-739b-aea5-966c26f8ad91";
    const METHODS: [Method; 9] = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
        Method::TRACE,
        Method::CONNECT,
    ];

    /// Every path with the methods it has: the reviewed table of who may do what.
    fn table() -> Vec<(String, &'static str, Need)> {
        use Need::{Administrator, Machine, Nothing};
        let path = |path: &str| path.replace("ID", ID).replace("TOKEN", "ab12CD34ef56");
        vec![
            (path("/api/session"), "GET POST DELETE", Nothing),
            (path("/api/setup"), "POST", Nothing),
            (path("/api/setup-code"), "POST", Machine),
            (path("/api/status"), "GET", Administrator),
            (path("/api/ca.pem"), "GET", Administrator),
            (path("/api/accounts"), "GET POST", Administrator),
            (path("/api/accounts/ID"), "GET PATCH DELETE", Administrator),
            (path("/api/accounts/ID/activity"), "GET", Administrator),
            (path("/api/accounts/ID/bends"), "GET", Administrator),
            (path("/api/dialects"), "GET", Administrator),
            (path("/api/held"), "GET", Administrator),
            (path("/api/held/ID"), "DELETE", Administrator),
            (path("/api/held/ID/allow"), "POST", Administrator),
            (path("/api/guards"), "GET PUT", Administrator),
            (path("/api/protected"), "GET", Administrator),
            (path("/api/users/ID/protection"), "PUT DELETE", Administrator),
            (path("/api/groups/ID/protection"), "PUT DELETE", Administrator),
            (path("/api/accounts/ID/tokens"), "POST", Administrator),
            (path("/api/accounts/ID/tokens/TOKEN"), "DELETE", Administrator),
            (path("/api/users"), "GET", Administrator),
            (path("/api/users/ID"), "GET", Administrator),
            (path("/api/groups"), "GET", Administrator),
            (path("/api/groups/ID"), "GET", Administrator),
            (path("/api/groups/ID/members"), "GET", Administrator),
            (path("/api/bin"), "GET DELETE", Administrator),
            (path("/api/bin/ID"), "GET DELETE", Administrator),
            (path("/api/bin/ID/restore"), "POST", Administrator),
            (path("/api/streams"), "GET POST", Administrator),
            (path("/api/streams/ID"), "GET PATCH DELETE", Administrator),
            (path("/api/streams/ID/pause"), "POST", Administrator),
            (path("/api/streams/ID/resume"), "POST", Administrator),
            (path("/api/streams/ID/replay"), "POST", Administrator),
            (path("/api/event-keys"), "GET POST", Administrator),
            (path("/api/audit"), "GET", Administrator),
            (path("/api/changes"), "GET", Administrator),
            (path("/api/doctor"), "POST", Administrator),
            (path("/api/tenants"), "GET POST", Administrator),
            (path("/api/tenants/acme"), "GET PATCH DELETE", Administrator),
            (path("/api/schemas"), "GET POST", Administrator),
            (path("/api/schemas/urn:example:badge:2.0:User"), "PUT DELETE", Administrator),
            (path("/api/resource-types/Thing"), "PUT DELETE", Administrator),
            (path("/api/indexes"), "POST", Administrator),
            (path("/api/indexes/64"), "DELETE", Administrator),
            (path("/api/indexes/64/rebuild"), "POST", Administrator),
            (path("/api/presets/oktaGovernance"), "PUT", Administrator),
        ]
    }

    #[test]
    fn a_tenant_is_named_in_front_of_any_path() {
        assert_eq!(tenant("/api/t/acme/users"), (Some("acme"), "/api/users".into()));
        assert_eq!(tenant("/api/t/acme/t/b/users"), (Some("acme"), "/api/t/b/users".into()));
        for path in ["/api/users", "/api/t/acme", "/api/t", "/api/tenants/acme", "/t/acme/api/users"] {
            assert_eq!(tenant(path), (None, path.into()), "{path}");
        }
    }

    #[test]
    fn every_route_has_exactly_its_methods_and_its_need() {
        for (path, methods, need) in table() {
            for method in METHODS {
                match Route::parse(&method, &path) {
                    Ok(route) => {
                        assert!(methods.split(' ').any(|known| known == method.as_str()), "{method} {path}");
                        assert_eq!(route.need(), need, "{method} {path}");
                    }
                    Err(NoRoute::Method { allow }) => {
                        assert_eq!(allow.replace(", ", " "), methods, "{method} {path}");
                        assert!(!methods.split(' ').any(|known| known == method.as_str()));
                    }
                    Err(NoRoute::NotFound) => panic!("{method} {path} was not found"),
                }
            }
        }
    }

    #[test]
    fn no_other_spelling_of_a_route_reaches_it() {
        for (path, _, _) in table() {
            for other in [
                format!("{path}/"),
                format!("/{path}"),
                path.replace("/api/", "/api//"),
                path.replace("/api/", "/API/"),
                path.replace("/api/", "/api/./"),
                path.replace("/api/", "/api/x/../"),
                path.replace("/api/", "/api%2f"),
                path.replace("/api/", "/%61pi/"),
                path.replacen('s', "%73", 1).replacen('c', "%63", 1).replacen("up", "%75p", 1),
                format!("{path};x=1"),
                format!("{path}."),
                format!("{path}%00"),
            ] {
                if other == path {
                    continue;
                }
                assert_eq!(Route::parse(&Method::GET, &other), Err(NoRoute::NotFound), "{other}");
                assert_eq!(Route::parse(&Method::POST, &other), Err(NoRoute::NotFound), "{other}");
            }
        }
    }

    #[test]
    fn an_id_in_another_spelling_is_not_found() {
        for id in
            ["1", "", "..", "0190163d8694739baea5966c26f8ad91", "{0190163d-8694-739b-aea5-966c26f8ad91}"]
        {
            let path = format!("/api/users/{id}");
            assert_eq!(Route::parse(&Method::GET, &path), Err(NoRoute::NotFound), "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_path_makes_the_parser_panic(path in "(/api)?(/[a-z0-9%.-]{0,40}){0,7}") {
            let _ = Route::parse(&Method::GET, &path);
        }
    }
}
