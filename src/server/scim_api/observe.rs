//! What the administrator sees of a request: never its token, body or query. Of the values in them only those are
//! seen that the detail of the answer names.

use access::{Grant, RequestNote, Use};
use bytes::Bytes;
use directory::Kind;
use http::header::USER_AGENT;
use http::{HeaderMap, Method, Request, Response};
use percent_encoding::percent_decode_str;
use scim::dialect::Sign;

use super::authenticate::Asker;
use super::route::{Discovery, Operation};
use super::{Aim, Answered};
use crate::app::App;
use crate::tenant::Tenant;

/// A request as it was meant: with path and query as [`super::route::unglue`] gives them.
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    /// The query as it came.
    pub(super) whole_query: Option<&'a str>,
    pub(super) headers: &'a HeaderMap,
    pub(super) aim: &'a Aim,
}

/// Notes a request and its answer.
pub(super) fn note(app: &App, tenant: &Tenant, grant: &Grant, asked: &Asked<'_>, answered: &Answered) {
    let activity = tenant.access.activity();
    for sign in signs(asked) {
        activity.sign(grant.account, sign.name());
    }
    if answered.response.status().is_success() && is_test_connection(asked) {
        activity.test_connection(grant.account, app.world.now());
    }
    done(app, tenant, grant, (asked.method, asked.path, asked.query), answered);
}

/// Notes what was done, by a request or by an operation of a bulk job; a path goes with its method and query.
pub(super) fn done(
    app: &App,
    tenant: &Tenant,
    grant: &Grant,
    (method, path, query): (&Method, &str, Option<&str>),
    answered: &Answered,
) {
    let (now, status) = (app.world.now(), answered.response.status());
    let example = format!("{method} {path}");
    let activity = tenant.access.activity();
    for (deviation, piece) in &answered.tolerated {
        let used = Use { name: deviation.name(), example: &example, piece };
        activity.tolerated(grant.account, used, now);
    }
    let note = RequestNote {
        at: now,
        method: method.to_string(),
        path: path.to_owned(),
        status: status.as_u16(),
        detail: answered.detail.clone(),
    };
    activity.record(grant.account, grant.token, note);
    if status.is_client_error() || status.is_server_error() {
        let masking = app.config.masking;
        tracing::info!(
            account = %grant.account,
            method = %method,
            path = %masking.path(path),
            query = query.map(|query| masking.query(query).into_owned()),
            status = status.as_u16(),
            detail = %masking.detail(&answered.detail),
            "refused"
        );
    } else {
        tracing::debug!(account = %grant.account, method = %method, path, status = status.as_u16(), "answered");
    }
}

/// Logs the refusal of a request that is no account's.
pub(super) fn refused(app: &App, request: &Request<Bytes>, response: &Response<Bytes>) {
    let (method, path) = (request.method(), app.config.masking.path(request.uri().path()));
    tracing::info!(method = %method, path = %path, status = response.status().as_u16(), "refused without an account");
}

/// Notes that somebody with a token asked what the server can do. `SailPoint` reads types and schemas one by one.
pub(super) fn discovered(tenant: &Tenant, asker: &Asker, what: &Discovery) {
    match what {
        Discovery::Schema(_) | Discovery::ResourceType(_) => {
            tenant.access.activity().sign(asker.grant.account, Sign::OneByOne.name());
        }
        Discovery::ServiceProviderConfig
        | Discovery::Schemas
        | Discovery::ResourceTypes
        | Discovery::OpenApi => {}
    }
}

/// What in the request tells one client from another. Its values are looked at and not kept.
fn signs(asked: &Asked<'_>) -> impl Iterator<Item = Sign> {
    let agent = asked.headers.get(USER_AGENT).map(|agent| agent.to_str().unwrap_or("?"));
    let flag = asked.whole_query.is_some_and(|query| query.contains("aadOptscim")).then_some(Sign::EntraFlag);
    let shape = match asked.aim {
        Aim::One(Operation::Search(_)) => probe(asked),
        Aim::One(Operation::Replace(Kind::User, _)) => Some(Sign::PutUser),
        Aim::One(Operation::Replace(Kind::Group, _)) => Some(Sign::PutGroup),
        Aim::Bulk
        | Aim::Nothing(_)
        | Aim::One(
            Operation::Replace(Kind::Custom(_), _)
            | Operation::SearchAll
            | Operation::SearchByPost(_)
            | Operation::Create(_)
            | Operation::Get(..)
            | Operation::Patch(..)
            | Operation::Delete(..)
            | Operation::Members(_),
        ) => None,
    };
    [Sign::of_agent(agent), flag, shape].into_iter().flatten()
}

/// The test a provider makes of a connection, by the shape of its query.
fn probe(asked: &Asked<'_>) -> Option<Sign> {
    let filter = parameter(asked.query, "filter").map(|text| percent_decode_str(text).decode_utf8_lossy());
    let count = parameter(asked.query, "count");
    let Some(filter) = filter else { return (count == Some("2")).then_some(Sign::PairProbe) };
    let sought = filter.replace('+', " ").to_ascii_lowercase();
    let sought = sought.trim().strip_prefix("username eq ")?.trim_matches('"').to_owned();
    match count {
        None if uuid::Uuid::try_parse(&sought).is_ok() => Some(Sign::GuidProbe),
        Some("100") => Some(Sign::HundredProbe),
        _ => None,
    }
}

fn parameter<'q>(query: Option<&'q str>, name: &str) -> Option<&'q str> {
    let mut pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Entra asks for the matching attribute with a random value, Okta for a page of one or two.
fn is_test_connection(asked: &Asked<'_>) -> bool {
    let parameter = |name| parameter(asked.query, name);
    let probe =
        parameter("filter").is_some() || parameter("count").is_some_and(|count| matches!(count, "1" | "2"));
    *asked.method == Method::GET && matches!(asked.aim, Aim::One(Operation::Search(_))) && probe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim_api::route::{Route, unglue};
    use directory::Kinds;
    use scim::Registry;

    fn asked<T>(path: &str, whole_query: Option<&str>, look: impl Fn(&Asked<'_>) -> T) -> T {
        let (path, query) = unglue(path, whole_query);
        let Ok(Route::Operation(operation)) =
            Route::parse(&Method::GET, &path, &Kinds::builtin(&Registry::builtin()))
        else {
            panic!("{path} is no operation");
        };
        let (method, headers) = (&Method::GET, &HeaderMap::new());
        look(&Asked { method, path: &path, query, whole_query, headers, aim: &Aim::One(operation) })
    }

    fn probes(path: &str, query: Option<&str>) -> bool {
        asked(path, query, is_test_connection)
    }

    #[test]
    fn the_shapes_that_tell_clients_apart_are_signs() {
        let signs = |path, query| asked(path, query, |asked| signs(asked).collect::<Vec<_>>());
        let guid = "filter=userName+eq+%22e0cbb3a0-3a1b-4bf4-8a0c-3a5bd9a16b0a%22";
        assert_eq!(signs("/scim/v2/Users", Some(guid)), [Sign::NoAgent, Sign::GuidProbe]);
        let glued = format!("aadOptscim062020/Users?{guid}");
        assert_eq!(signs("/scim/v2", Some(&glued)), [Sign::NoAgent, Sign::EntraFlag, Sign::GuidProbe]);
        assert_eq!(signs("/scim/v2/Users", Some("startIndex=1&count=2")), [Sign::NoAgent, Sign::PairProbe]);
        let okta = "filter=userName%20eq%20%22a@x%22&startIndex=1&count=100";
        assert_eq!(signs("/scim/v2/Users", Some(okta)), [Sign::NoAgent, Sign::HundredProbe]);
        assert_eq!(signs("/scim/v2/Users", Some("filter=userName+eq+%22ann%22")), [Sign::NoAgent]);
    }

    #[test]
    fn the_probes_of_entra_and_okta_are_recognised() {
        assert!(probes("/scim/v2/Users", Some("filter=userName+eq+%22x%22")));
        assert!(probes("/scim/v2/Users", Some("startIndex=1&count=2")));
        assert!(!probes("/scim/v2/Users", Some("startIndex=1&count=100")));
        assert!(!probes("/scim/v2/Users", None));
    }

    #[test]
    fn e39_a_probe_behind_a_feature_flag_is_recognised() {
        assert!(probes("/scim/v2", Some("aadOptscim062020/Users?filter=userName+eq+%22x%22")));
    }
}
