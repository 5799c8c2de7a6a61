//! What the administrator sees of a request: never its token, its body or the values in its query.

use access::{Grant, RequestNote};
use bytes::Bytes;
use http::{Method, Request};

use super::Answered;
use super::route::Route;
use crate::app::App;

pub(super) fn note(app: &App, grant: &Grant, request: &Request<Bytes>, route: &Route, answered: &Answered) {
    let (now, status) = (app.world.now(), answered.response.status());
    let path = request.uri().path();
    let example = format!("{} {path}", request.method());
    let activity = app.access.activity();
    for name in &answered.tolerated {
        activity.tolerated(grant.account, name, &example, now);
    }
    if status.is_success() && is_test_connection(request.method(), route, request.uri().query()) {
        activity.test_connection(grant.account, now);
    }
    let note = RequestNote {
        at: now,
        method: request.method().to_string(),
        path: path.to_owned(),
        status: status.as_u16(),
        detail: answered.detail.clone(),
    };
    activity.record(grant.account, grant.token, note);
    tracing::debug!(account = %grant.account, method = %request.method(), path, status = status.as_u16(), "answered");
}

/// Entra asks for the matching attribute with a random value, Okta for a page of one or two.
fn is_test_connection(method: &Method, route: &Route, query: Option<&str>) -> bool {
    let parameter = |name: &str| {
        let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    };
    let probe =
        parameter("filter").is_some() || parameter("count").is_some_and(|count| matches!(count, "1" | "2"));
    *method == Method::GET && matches!(route, Route::Search(_)) && probe
}

#[cfg(test)]
mod tests {
    use super::*;
    use directory::Kind;

    #[test]
    fn the_probes_of_entra_and_okta_are_recognised() {
        let route = Route::Search(Kind::User);
        assert!(is_test_connection(&Method::GET, &route, Some("filter=userName+eq+%22x%22")));
        assert!(is_test_connection(&Method::GET, &route, Some("startIndex=1&count=2")));
        assert!(!is_test_connection(&Method::GET, &route, Some("startIndex=1&count=100")));
        assert!(!is_test_connection(&Method::GET, &route, None));
    }
}
