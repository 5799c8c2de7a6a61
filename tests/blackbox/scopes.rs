//! The scope matrix: 16 tokens against every route and method.

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;
use crate::values::{GROUP, NOBODY, PATCH_OP, USER};

const SCOPES: [&str; 4] = ["users:read", "users:write", "teams:read", "teams:write"];
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// The routes of a tenant.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Route {
    List(&'static str),
    One(&'static str),
    Discovery(&'static str),
    Unknown,
}

const ROUTES: [Route; 10] = [
    Route::List("/Users"),
    Route::One("/Users"),
    Route::List("/Groups"),
    Route::One("/Groups"),
    Route::Discovery("/ServiceProviderConfig"),
    Route::Discovery("/ResourceTypes"),
    Route::Discovery("/ResourceTypes/User"),
    Route::Discovery("/Schemas"),
    Route::Discovery("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User"),
    Route::Unknown,
];

/// The one table: what a token with these scopes is answered.
fn expected(scopes: &[&str], route: Route, method: &str) -> u16 {
    let holds = |endpoint: &str, kind: &str| {
        let family = if endpoint == "/Users" { "users" } else { "teams" };
        scopes.contains(&format!("{family}:{kind}").as_str())
    };
    let read = |endpoint| if holds(endpoint, "read") { 200 } else { 403 };
    let write = |endpoint, success| if holds(endpoint, "write") { success } else { 403 };
    match (route, method) {
        (Route::List(endpoint) | Route::One(endpoint), "GET" | "HEAD") => read(endpoint),
        (Route::List(endpoint), "POST") => write(endpoint, 201),
        (Route::One(endpoint), "PUT") => write(endpoint, 200),
        (Route::One(endpoint), "PATCH") => write(endpoint, if endpoint == "/Users" { 200 } else { 204 }),
        (Route::One(endpoint), "DELETE") => write(endpoint, 204),
        (Route::Discovery(_), "GET" | "HEAD") => 200,
        (Route::Unknown, _) => 404,
        (Route::List(_) | Route::One(_) | Route::Discovery(_), _) => 405,
    }
}

fn call(scim: &Client, route: Route, method: &str, id: &str, name: &str) -> crate::answer::Answer {
    let (path, endpoint) = match route {
        Route::List(endpoint) => (endpoint.to_owned(), endpoint),
        Route::One(endpoint) => (format!("{endpoint}/{id}"), endpoint),
        Route::Discovery(path) => (path.to_owned(), path),
        Route::Unknown => ("/NoSuchThing".to_owned(), ""),
    };
    let whole = if endpoint == "/Groups" {
        json!({"schemas": [GROUP], "displayName": name})
    } else {
        json!({"schemas": [USER], "userName": name})
    };
    let rename = json!([{"op": "add", "path": "externalId", "value": name}]);
    match method {
        "GET" | "HEAD" | "DELETE" => scim.send(method, &path, &[], None),
        "PATCH" => scim.patch_message(&path, &json!({"schemas": [PATCH_OP], "Operations": rename})),
        _ => scim.text(method, &path, &whole.to_string()),
    }
}

#[test]
fn scope_matrix_sixteen_tokens_against_every_route_and_method() {
    let server = Server::start();
    let full = server.client();
    let local = server.local();
    for bits in 0..16_u32 {
        let scopes: Vec<&str> = (0..4).filter(|bit| bits & (1 << bit) != 0).map(|bit| SCOPES[bit]).collect();
        let token = local.scoped_token(&format!("matrix {bits}"), &scopes);
        let scim = server.client_with(&token.secret);
        for route in ROUTES {
            for method in METHODS {
                let name = format!("{bits} {route:?} {method}");
                // fresh objects, so that no call depends on the one before it
                let id = match route {
                    Route::One("/Users") => full.user(&format!("target of {name}")),
                    Route::One("/Groups") => full.group(&format!("target of {name}"), &[]),
                    _ => String::new(),
                };
                let before = state(&full, route, &id);
                let wanted = expected(&scopes, route, method);
                let answer = call(&scim, route, method, &id, &name);
                assert_eq!(answer.status, wanted, "{scopes:?} {route:?} {method}\n{}", answer.story());
                let answer = answer.expect(wanted);
                if answer.status >= 400 {
                    assert_eq!(
                        state(&full, route, &id),
                        before,
                        "{scopes:?} {route:?} {method} changed something"
                    );
                }
            }
        }
        local.revoke(&token);
        for route in ROUTES.iter().filter(|route| matches!(route, Route::List(_) | Route::One(_))) {
            call(&scim, *route, "GET", NOBODY, "revoked").expect(401);
            call(&scim, *route, "DELETE", NOBODY, "revoked").expect_one_of(&[401, 405]);
        }
    }
}

/// What a refused call must leave alone: the counts, and the object it was aimed at.
fn state(full: &Client, route: Route, id: &str) -> Value {
    let one = match route {
        Route::One(endpoint) => full.get(&format!("{endpoint}/{id}")).expect(200).json(),
        _ => Value::Null,
    };
    json!([full.total("/Users"), full.total("/Groups"), one])
}

#[test]
fn a_missing_scope_tells_nothing_about_what_exists() {
    let server = Server::start();
    let full = server.client();
    let (user, group) = (full.user("hidden"), full.group("hidden", &[]));
    let token = server.local().scoped_token("teams only", &["teams:read", "teams:write"]);
    let scim = server.client_with(&token.secret);
    let there = scim.get(&format!("/Users/{user}")).expect(403).json();
    let not_there = scim.get(&format!("/Users/{NOBODY}")).expect(403).json();
    assert_eq!(there, not_there);
    // a refused caller learns nothing from the checks behind the refusal either
    scim.post("/Users", &json!({"schemas": [USER], "userName": "hidden"})).expect(403);
    scim.text("POST", "/Users", "{not json").expect(403);
    scim.search("/Users", "not a filter").expect(403);
    assert_eq!(scim.read_group(&group)["displayName"], "hidden");
}

#[test]
fn discovery_is_readable_without_a_token_and_nothing_else_is() {
    let server = Server::start();
    let stranger = server.stranger();
    for path in ["/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas"] {
        stranger.get(path).expect(200);
    }
    let id = server.client().user("private");
    for (method, path) in [
        ("GET", "/Users".to_owned()),
        ("GET", format!("/Users/{id}")),
        ("DELETE", format!("/Users/{id}")),
        ("GET", "/Groups".to_owned()),
    ] {
        stranger.send(method, &path, &[], None).expect(401);
    }
    stranger.post("/Users", &json!({"schemas": [USER], "userName": "intruder"})).expect(401);
    assert_eq!(server.client().total("/Users"), 1);
}

#[test]
fn a_revoked_token_is_refused_on_the_very_next_request() {
    let server = Server::start();
    let local = server.local();
    for round in 0..5 {
        let token = local.scoped_token(&format!("round {round}"), &SCOPES);
        let scim = server.client_with(&token.secret);
        // verified, and kept in memory
        for _ in 0..3 {
            scim.get("/Users").expect(200);
        }
        local.revoke(&token);
        scim.get("/Users").expect(401);
        scim.post("/Users", &json!({"schemas": [USER], "userName": "late"})).expect(401);
    }
    assert_eq!(server.client().total("/Users"), 0);
}

#[test]
fn a_narrowed_account_loses_the_scope_on_the_very_next_request() {
    let server = Server::start();
    let local = server.local();
    let token = local.scoped_token("narrowed", &["users:read", "users:write"]);
    let scim = server.client_with(&token.secret);
    let id = scim.user("before");
    let narrowed = json!({"permissions": {"kind": "scoped", "scopes": ["users:read"]}});
    let answer = local.call("PATCH", &format!("/api/accounts/{}", token.account), Some(&narrowed));
    assert_eq!(answer.status, 200, "{}", answer.story());
    scim.delete(&format!("/Users/{id}")).expect(403);
    scim.read_user(&id);
    let answer = local.call("DELETE", &format!("/api/accounts/{}", token.account), None);
    assert_eq!(answer.status, 204, "{}", answer.story());
    scim.get(&format!("/Users/{id}")).expect(401);
}
