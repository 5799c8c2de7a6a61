//! Which operation a method and a path name. Pure; the path is normalised and decoded once, here.
//!
//! It decides nothing about rights: each operation asks for its scope itself.

use directory::{Kind, Kinds};
use http::Method;
use percent_encoding::percent_decode_str;

use crate::tenant::BASE;

/// Where a request goes (RFC 7644 section 3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// To what the server tells everybody.
    Discovery(Discovery),
    /// To resources; a token is needed.
    Operation(Operation),
    /// To `/Bulk`: many operations in one.
    Bulk,
    /// To `/Me`: the user that the account stands for.
    Me(Me),
    /// `OPTIONS` on any of these, with the methods that go there.
    Options(&'static str),
}

/// What the server tells of itself (RFC 7644 section 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Discovery {
    /// `GET /ServiceProviderConfig`
    ServiceProviderConfig,
    /// `GET /Schemas`
    Schemas,
    /// `GET /Schemas/{uri}`
    Schema(String),
    /// `GET /ResourceTypes`
    ResourceTypes,
    /// `GET /ResourceTypes/{name}`
    ResourceType(String),
    /// `GET /openapi.json`, of our own
    OpenApi,
}

/// What a client does with resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    /// `GET /Users`
    Search(Kind),
    /// `GET` at the base: resources of all types
    SearchAll,
    /// `POST /Users/.search`, or `POST /.search` over all types
    SearchByPost(Option<Kind>),
    /// `POST /Users`
    Create(Kind),
    /// `GET /Users/{id}`
    Get(Kind, String),
    /// `PUT /Users/{id}`
    Replace(Kind, String),
    /// `PATCH /Users/{id}`
    Patch(Kind, String),
    /// `DELETE /Users/{id}`
    Delete(Kind, String),
    /// Below `/GroupMembers`, where that is served.
    Members(Members),
}

/// What a client does with the user it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Me {
    /// `POST /Me`
    Create,
    /// `GET /Me`
    Get,
    /// `PUT /Me`
    Replace,
    /// `PATCH /Me`
    Patch,
    /// `DELETE /Me`
    Delete,
}

/// What a client does with memberships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Members {
    /// `GET /GroupMembers`
    List,
    /// `POST /GroupMembers/.search`
    SearchByPost,
    /// `POST /GroupMembers`
    Create,
    /// `GET /GroupMembers/{id}`
    Get(String),
    /// `DELETE /GroupMembers/{id}`
    Delete(String),
}

impl Operation {
    /// The kind of resource it is about; none for all of them.
    pub(super) fn kind(&self) -> Option<Kind> {
        match self {
            Self::SearchAll | Self::Members(_) => None,
            Self::SearchByPost(kind) => *kind,
            Self::Search(kind)
            | Self::Create(kind)
            | Self::Get(kind, _)
            | Self::Replace(kind, _)
            | Self::Patch(kind, _)
            | Self::Delete(kind, _) => Some(*kind),
        }
    }
}

/// Why a request names no operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoRoute {
    /// The path is not below the base.
    OutsideBase,
    /// Nothing is at this path.
    NotFound,
    /// Other methods go here.
    MethodNotAllowed(&'static str),
    /// The path asks for a version of the protocol that is not spoken here.
    WrongVersion(String),
    /// The path is not percent-encoded UTF-8.
    Undecodable,
}

const READ: &str = "GET, HEAD, OPTIONS";
const POST_ONLY: &str = "POST, OPTIONS";
const COLLECTION: &str = "GET, HEAD, POST, OPTIONS";
const SEARCH: &str = "POST, OPTIONS";
const MEMBERSHIP: &str = "GET, HEAD, DELETE, OPTIONS";
const RESOURCE: &str = "GET, HEAD, PUT, PATCH, DELETE, OPTIONS";

impl Route {
    /// Reads method and path. Doubled and trailing slashes do not count, nor does the case of fixed segments:
    /// tenant URLs are pasted in every form.
    pub(super) fn parse(method: &Method, path: &str, kinds: &Kinds) -> Result<Self, NoRoute> {
        let mut segments = Vec::new();
        for segment in path.split('/').filter(|s| !s.is_empty()) {
            let decoded = percent_decode_str(segment).decode_utf8().map_err(|_| NoRoute::Undecodable)?;
            segments.push(decoded.into_owned());
        }
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let [scim, rest @ ..] = segments.as_slice() else { return Err(NoRoute::OutsideBase) };
        if !scim.eq_ignore_ascii_case("scim") {
            return Err(NoRoute::OutsideBase);
        }
        let rest = versioned(rest)?;
        let get = |what: Discovery| match *method {
            Method::GET | Method::HEAD => Ok(Self::Discovery(what)),
            Method::OPTIONS => Ok(Self::Options(READ)),
            _ => Err(NoRoute::MethodNotAllowed(READ)),
        };
        let [top, rest @ ..] = rest else { return root(method) };
        let kind = kinds.at(top);
        match (kind, rest) {
            (Some(kind), []) => collection(method, kind),
            (Some(kind), [search]) if search.eq_ignore_ascii_case(".search") => by_post(method, Some(kind)),
            (Some(kind), [id]) => resource(method, kind, (*id).to_owned()),
            (None, []) if top.eq_ignore_ascii_case("ServiceProviderConfig") => {
                get(Discovery::ServiceProviderConfig)
            }
            (None, []) if top.eq_ignore_ascii_case("openapi.json") => get(Discovery::OpenApi),
            (None, []) if top.eq_ignore_ascii_case("Schemas") => get(Discovery::Schemas),
            (None, [uri]) if top.eq_ignore_ascii_case("Schemas") => get(Discovery::Schema((*uri).to_owned())),
            (None, []) if top.eq_ignore_ascii_case("ResourceTypes") => get(Discovery::ResourceTypes),
            (None, [name]) if top.eq_ignore_ascii_case("ResourceTypes") => {
                get(Discovery::ResourceType((*name).to_owned()))
            }
            (None, []) if top.eq_ignore_ascii_case("GroupMembers") => memberships(method),
            (None, [search])
                if top.eq_ignore_ascii_case("GroupMembers") && search.eq_ignore_ascii_case(".search") =>
            {
                searched(method, Operation::Members(Members::SearchByPost))
            }
            (None, [id]) if top.eq_ignore_ascii_case("GroupMembers") => membership(method, (*id).to_owned()),
            (None, []) if top.eq_ignore_ascii_case("Bulk") => match *method {
                Method::POST => Ok(Self::Bulk),
                Method::OPTIONS => Ok(Self::Options(POST_ONLY)),
                _ => Err(NoRoute::MethodNotAllowed(POST_ONLY)),
            },
            (None, []) if top.eq_ignore_ascii_case("Me") => me(method),
            (None, []) if top.eq_ignore_ascii_case(".search") => by_post(method, None),
            _ => Err(NoRoute::NotFound),
        }
    }
}

/// Whether a path is below `/GroupMembers`. Where that is not served, nothing is there.
pub(super) fn is_group_members(path: &str) -> bool {
    path.split('/')
        .any(|segment| percent_decode_str(segment).decode_utf8_lossy().eq_ignore_ascii_case("GroupMembers"))
}

/// What follows the version. One that is left out means ours (RFC 7644 section 3.13).
pub(super) fn versioned<'s, 'p>(segments: &'s [&'p str]) -> Result<&'s [&'p str], NoRoute> {
    let [first, rest @ ..] = segments else { return Ok(segments) };
    let number = first.strip_prefix(['v', 'V']).unwrap_or_default();
    match number {
        "2" => Ok(rest),
        number if number.starts_with(|digit: char| digit.is_ascii_digit()) => {
            Err(NoRoute::WrongVersion((*first).to_owned()))
        }
        _ => Ok(segments),
    }
}

/// The base itself (RFC 7644 section 3.4.2.1).
fn root(method: &Method) -> Result<Route, NoRoute> {
    match *method {
        Method::GET | Method::HEAD => Ok(Route::Operation(Operation::SearchAll)),
        Method::OPTIONS => Ok(Route::Options(READ)),
        _ => Err(NoRoute::MethodNotAllowed(READ)),
    }
}

/// A query in a body (RFC 7644 section 3.4.3).
fn by_post(method: &Method, kind: Option<Kind>) -> Result<Route, NoRoute> {
    searched(method, Operation::SearchByPost(kind))
}

fn searched(method: &Method, search: Operation) -> Result<Route, NoRoute> {
    match *method {
        Method::POST => Ok(Route::Operation(search)),
        Method::OPTIONS => Ok(Route::Options(SEARCH)),
        _ => Err(NoRoute::MethodNotAllowed(SEARCH)),
    }
}

fn memberships(method: &Method) -> Result<Route, NoRoute> {
    match *method {
        Method::GET | Method::HEAD => Ok(Route::Operation(Operation::Members(Members::List))),
        Method::POST => Ok(Route::Operation(Operation::Members(Members::Create))),
        Method::OPTIONS => Ok(Route::Options(COLLECTION)),
        _ => Err(NoRoute::MethodNotAllowed(COLLECTION)),
    }
}

fn membership(method: &Method, id: String) -> Result<Route, NoRoute> {
    match *method {
        Method::GET | Method::HEAD => Ok(Route::Operation(Operation::Members(Members::Get(id)))),
        Method::DELETE => Ok(Route::Operation(Operation::Members(Members::Delete(id)))),
        Method::OPTIONS => Ok(Route::Options(MEMBERSHIP)),
        _ => Err(NoRoute::MethodNotAllowed(MEMBERSHIP)),
    }
}

fn collection(method: &Method, kind: Kind) -> Result<Route, NoRoute> {
    match *method {
        Method::GET | Method::HEAD => Ok(Route::Operation(Operation::Search(kind))),
        Method::POST => Ok(Route::Operation(Operation::Create(kind))),
        Method::OPTIONS => Ok(Route::Options(COLLECTION)),
        _ => Err(NoRoute::MethodNotAllowed(COLLECTION)),
    }
}

fn resource(method: &Method, kind: Kind, id: String) -> Result<Route, NoRoute> {
    match *method {
        Method::GET | Method::HEAD => Ok(Route::Operation(Operation::Get(kind, id))),
        Method::PUT => Ok(Route::Operation(Operation::Replace(kind, id))),
        Method::PATCH => Ok(Route::Operation(Operation::Patch(kind, id))),
        Method::DELETE => Ok(Route::Operation(Operation::Delete(kind, id))),
        Method::OPTIONS => Ok(Route::Options(RESOURCE)),
        _ => Err(NoRoute::MethodNotAllowed(RESOURCE)),
    }
}

/// `POST` goes there by RFC 7644 section 3.11, and its refusal says more than that another method would.
fn me(method: &Method) -> Result<Route, NoRoute> {
    match *method {
        Method::GET | Method::HEAD => Ok(Route::Me(Me::Get)),
        Method::POST => Ok(Route::Me(Me::Create)),
        Method::PUT => Ok(Route::Me(Me::Replace)),
        Method::PATCH => Ok(Route::Me(Me::Patch)),
        Method::DELETE => Ok(Route::Me(Me::Delete)),
        Method::OPTIONS => Ok(Route::Options(RESOURCE)),
        _ => Err(NoRoute::MethodNotAllowed(RESOURCE)),
    }
}

/// Path and query as they were meant. Entra puts feature flags behind the tenant URL and then appends the
/// resource, `/scim/v2?aadOptscim062020/Users?filter=..`: the path goes on inside the query.
#[must_use]
pub(super) fn unglue<'p>(path: &'p str, query: Option<&'p str>) -> (String, Option<&'p str>) {
    if let Some(query) = query
        && path.trim_end_matches('/').eq_ignore_ascii_case(BASE)
        && let Some((flag, rest)) = query.split_once('/')
        && !flag.contains('=')
    {
        let (tail, query) = rest.split_once('?').map_or((rest, None), |(tail, query)| (tail, Some(query)));
        return (format!("{BASE}/{tail}"), query);
    }
    (path.to_owned(), query)
}

#[cfg(test)]
mod tests {
    use super::*;
    use scim::Registry;

    fn route(method: &Method, path: &str) -> Result<Route, NoRoute> {
        Route::parse(method, path, &Kinds::builtin(&Registry::builtin()))
    }

    fn get(id: &str) -> Route {
        Route::Operation(Operation::Get(Kind::User, id.to_owned()))
    }

    #[test]
    fn x4_slashes_and_case_do_not_count() {
        for path in ["/scim/v2/Users", "/scim/v2//Users/", "/scim/v2/users", "//SCIM/V2/USERS//"] {
            assert_eq!(
                route(&Method::GET, path),
                Ok(Route::Operation(Operation::Search(Kind::User))),
                "{path}"
            );
        }
    }

    #[test]
    fn a_version_left_out_is_ours_and_another_is_refused() {
        let users = Ok(Route::Operation(Operation::Search(Kind::User)));
        for path in ["/scim/v2/Users", "/scim/Users", "/scim/V2/Users"] {
            assert_eq!(route(&Method::GET, path), users, "{path}");
        }
        for version in ["v1", "v3", "v1.1", "v20", "V1"] {
            let wrong = Err(NoRoute::WrongVersion(version.to_owned()));
            assert_eq!(route(&Method::GET, &format!("/scim/{version}/Users")), wrong, "{version}");
        }
        assert_eq!(route(&Method::GET, "/scim/volunteers"), Err(NoRoute::NotFound));
        assert_eq!(route(&Method::GET, "/scim"), Ok(Route::Operation(Operation::SearchAll)));
        assert_eq!(route(&Method::GET, "/v2/Users"), Err(NoRoute::OutsideBase));
    }

    #[test]
    fn an_encoded_path_is_decoded_once_and_only_once() {
        assert_eq!(route(&Method::GET, "/scim/v2/%55sers/a%20b"), Ok(get("a b")));
        assert_eq!(route(&Method::GET, "/scim/v2/Users/a%252Fb"), Ok(get("a%2Fb")));
        assert_eq!(route(&Method::GET, "/scim/v2/Users%2Fx"), Err(NoRoute::NotFound));
        assert_eq!(route(&Method::GET, "/scim/v2/Users/%ff"), Err(NoRoute::Undecodable));
        assert_eq!(route(&Method::GET, "/scim/v2/./Users"), Err(NoRoute::NotFound));
    }

    #[test]
    fn a_wrong_method_names_the_right_ones() {
        assert_eq!(route(&Method::POST, "/scim/v2/Users/1"), Err(NoRoute::MethodNotAllowed(RESOURCE)));
        assert_eq!(route(&Method::DELETE, "/scim/v2/Schemas"), Err(NoRoute::MethodNotAllowed(READ)));
        assert_eq!(route(&Method::TRACE, "/scim/v2/Users"), Err(NoRoute::MethodNotAllowed(COLLECTION)));
    }

    #[test]
    fn d122_d123_queries_by_post_go_to_a_type_or_to_all() {
        let post = |path| route(&Method::POST, path);
        let by_post = |kind| Ok(Route::Operation(Operation::SearchByPost(kind)));
        assert_eq!(post("/scim/v2/Users/.search"), by_post(Some(Kind::User)));
        assert_eq!(post("/scim/v2/.search"), by_post(None));
        assert_eq!(route(&Method::GET, "/scim/v2/.search"), Err(NoRoute::MethodNotAllowed(SEARCH)));
        assert_eq!(route(&Method::GET, "/scim/v2/"), Ok(Route::Operation(Operation::SearchAll)));
    }

    #[test]
    fn memberships_are_recognised_in_every_spelling_that_leads_there() {
        for path in ["/scim/v2/GroupMembers", "/scim/v2//groupmembers/x", "/scim/v2/%47roupMembers"] {
            let route = route(&Method::GET, path);
            assert!(matches!(route, Ok(Route::Operation(Operation::Members(_)))), "{path}");
            assert!(is_group_members(path), "{path}");
        }
        assert!(!is_group_members("/scim/v2/Groups/members"));
    }

    #[test]
    fn e39_feature_flags_behind_the_tenant_url_do_not_count() {
        assert_eq!(
            unglue("/scim/v2", Some("aadOptscim062020/Users?filter=x")),
            ("/scim/v2/Users".into(), Some("filter=x"))
        );
        assert_eq!(unglue("/scim/v2/Users", Some("aadOptscim062020&filter=a/b")).0, "/scim/v2/Users");
    }
}
