//! What the administrator sees of a request: never its token, body or query. Of the values in them only those are
//! seen that the detail of the answer names.

use access::{Grant, RequestNote};
use bytes::Bytes;
use http::{Method, Request, Response};

use super::Answered;
use super::route::Operation;
use crate::app::App;
use crate::tenant::Tenant;

/// A request as it was meant: with path and query as [`super::route::unglue`] gives them.
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) operation: &'a Operation,
}

pub(super) fn note(app: &App, tenant: &Tenant, grant: &Grant, asked: &Asked<'_>, answered: &Answered) {
    let (now, status) = (app.world.now(), answered.response.status());
    let Asked { method, path, .. } = *asked;
    let example = format!("{method} {path}");
    let activity = tenant.access.activity();
    for name in &answered.tolerated {
        activity.tolerated(grant.account, name, &example, now);
    }
    if status.is_success() && is_test_connection(asked) {
        activity.test_connection(grant.account, now);
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
            query = asked.query.map(|query| masking.query(query).into_owned()),
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

/// Entra asks for the matching attribute with a random value, Okta for a page of one or two.
fn is_test_connection(asked: &Asked<'_>) -> bool {
    let parameter = |name: &str| {
        let pairs = asked.query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    };
    let probe =
        parameter("filter").is_some() || parameter("count").is_some_and(|count| matches!(count, "1" | "2"));
    *asked.method == Method::GET && matches!(asked.operation, Operation::Search(_)) && probe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim_api::route::{Route, unglue};
    use directory::Kinds;
    use scim::Registry;

    fn probes(path: &str, query: Option<&str>) -> bool {
        let (path, query) = unglue(path, query);
        let Ok(Route::Operation(operation)) =
            Route::parse(&Method::GET, &path, &Kinds::builtin(&Registry::builtin()))
        else {
            panic!("{path} is no operation");
        };
        is_test_connection(&Asked { method: &Method::GET, path: &path, query, operation: &operation })
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
