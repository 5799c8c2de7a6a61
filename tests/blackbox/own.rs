//! OWN-1 to OWN-9: what we ask of ourselves on top of the clients' suites.

use std::thread;

use serde_json::{Value, json};

use crate::bodies::validator_user;
use crate::client::Client;
use crate::server::Server;
use crate::values::{ENTERPRISE, NOBODY, USER, as_sent, sorted};

/// The same changes in Entra's default dialect.
fn classic(title: &str) -> Value {
    json!([
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Replace", "path": "title", "value": title},
        {"op": "Replace", "path": "name.givenName", "value": "Given"},
        {"op": "Add", "path": r#"emails[type eq "work"].value"#, "value": "new@contoso.com"},
        {"op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Sales"}
    ])
}

/// The same changes with the flag `aadOptscim062020`.
fn flagged(title: &str) -> Value {
    json!([
        {"op": "replace", "value": {
            "active": false,
            "title": title,
            "name.givenName": "Given",
            (format!("{ENTERPRISE}:department")): "Sales"
        }},
        {"op": "add", "path": r#"emails[type eq "work"].value"#, "value": "new@contoso.com"}
    ])
}

#[test]
fn own_1_both_dialects_leave_the_same_user() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.create_user(&json!({
        "schemas": [USER], "userName": "both", "active": true, "name": {"familyName": "Family"}
    }))["id"]
        .clone();
    let id = id.as_str().unwrap();
    let expected = |title: &str| {
        json!({
            "schemas": [USER, ENTERPRISE], "userName": "both", "active": false, "title": title,
            "name": {"givenName": "Given", "familyName": "Family"},
            "emails": [{"type": "work", "value": "new@contoso.com"}],
            ENTERPRISE: {"department": "Sales"}
        })
    };
    for (round, title) in ["one", "two", "three", "four"].into_iter().enumerate() {
        let operations = if round % 2 == 0 { classic(title) } else { flagged(title) };
        assert_eq!(as_sent(&scim.patch_user(id, &operations)), expected(title), "round {round}");
        if round == 1 {
            let again = json!([{"op": "remove", "path": "emails"}, {"op": "replace", "path": "active", "value": true}]);
            scim.patch_user(id, &again);
        }
    }
}

#[test]
fn own_2_a_second_identical_patch_changes_neither_version_nor_date() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("still");
    for operations in [classic("title"), flagged("title")] {
        let first = scim.patch_user(&user, &operations);
        let second = scim.patch_user(&user, &operations);
        assert_eq!(first["meta"], second["meta"]);
        assert!(second["meta"]["version"].is_string(), "no version to compare: {second}");
    }
    let group = scim.group("still", &[]);
    let add = json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": user}]}]);
    let created = scim.read_group(&group)["meta"].clone();
    scim.patch_group(&group, &add);
    let first = scim.read_group(&group)["meta"].clone();
    assert_ne!(created["version"], first["version"], "a new member is a new version");
    scim.patch_group(&group, &add);
    scim.patch_group(&group, &json!([{"op": "replace", "path": "displayName", "value": "still"}]));
    let missing = format!("members[value eq \"{NOBODY}\"]");
    scim.patch_group(&group, &json!([{"op": "remove", "path": missing}]));
    assert_eq!(scim.read_group(&group)["meta"], first);
    // a PUT of what is there already is no change either
    let whole = scim.read_user(&user);
    let put = scim.put(&format!("/Users/{user}"), &whole).expect(200).json();
    assert_eq!(put["meta"], whole["meta"]);
}

/// Creates many users over several connections.
fn crowd(scim: &Client, count: usize) -> Vec<String> {
    const CONNECTIONS: usize = 16;
    thread::scope(|scope| {
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|worker| {
                scope.spawn(move || {
                    let mine = (worker..count).step_by(CONNECTIONS);
                    mine.map(|n| scim.user(&format!("crowd-{n:05}"))).collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

#[test]
fn own_3_one_member_comes_and_goes_in_a_large_group() {
    let server = Server::start();
    let scim = server.client();
    let users = crowd(&scim, 500);
    let (one, rest) = users.split_first().unwrap();
    let group = scim.group("large", &rest.iter().map(String::as_str).collect::<Vec<_>>());
    let before = sorted(&rest.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(scim.members(&group), before);
    scim.patch_group(&group, &json!([{"op": "add", "path": "members", "value": [{"value": one}]}]));
    assert_eq!(scim.members(&group).len(), 500);
    assert!(scim.members(&group).contains(one));
    scim.patch_group(&group, &json!([{"op": "remove", "path": format!("members[value eq \"{one}\"]")}]));
    assert_eq!(scim.members(&group), before);
    let head = scim.get(&format!("/Groups/{group}?excludedAttributes=members")).expect(200);
    assert!(head.body.len() < 1_000, "the members are not left out: {} bytes", head.body.len());
}

#[test]
fn own_4_one_patch_adds_and_removes_10_000_members() {
    let server = Server::start();
    let scim = server.client();
    let users = crowd(&scim, 10_000);
    let group = scim.group("ten thousand", &[]);
    let all: Vec<Value> = users.iter().map(|id| json!({"$ref": null, "value": id})).collect();
    scim.patch_group(&group, &json!([{"op": "Add", "path": "members", "value": all}]));
    assert_eq!(scim.members(&group), sorted(&users.iter().map(String::as_str).collect::<Vec<_>>()));
    scim.patch_group(&group, &json!([{"op": "Remove", "path": "members", "value": all[1..]}]));
    assert_eq!(scim.members(&group), [users[0].clone()]);
    assert!(scim.read_user(&users[9_999]).get("groups").is_none());
}

#[test]
fn own_5_every_layer_answers_errors_as_scim() {
    let server = Server::start();
    let scim = server.client();
    // each answer's form is checked by `expect`; the layers below HTTP's grammar are in `wire_errors`
    server.stranger().get("/Users").expect(401);
    scim.get("/NoSuchThing").expect(404);
    scim.get(&format!("/Users/{NOBODY}")).expect(404);
    scim.send("DELETE", "/Users", &[], None).expect(405);
    scim.text("POST", "/Users", "{").expect(400);
    scim.send("POST", "/Users", &[("content-type", "text/plain")], Some(b"hello")).expect(415);
    scim.search("/Users", "userName eq").expect(400);
    let outside = format!("https://localhost:{}/", server.port());
    scim.send_to(&outside, "GET", &[], None).expect(404);
    scim.send_to(&format!("{outside}login.html"), "GET", &[], None).expect(404);
    scim.user("taken");
    scim.post("/Users", &json!({"schemas": [USER], "userName": "taken"})).expect(409);
}

#[test]
fn own_6_raw_quotes_and_angle_brackets_in_a_query_are_understood() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("raw@contoso.com");
    scim.user("other@contoso.com");
    let mut wire = server.wire();
    for query in ["userName+eq+\"raw@contoso.com\"", "userName%20eq%20\"RAW@contoso.com\""] {
        let line = format!("GET /scim/v2/Users?filter={query} HTTP/1.1");
        let found = wire.request(&line, "\r\n").list();
        assert_eq!(found.len(), 1, "{query}");
        assert_eq!(found[0]["id"], id);
    }
    let found = wire.request("GET /scim/v2/Users?filter=userName+eq+\"<raw>\" HTTP/1.1", "\r\n").list();
    assert!(found.is_empty());
    assert_eq!(wire.request("GET /scim/v2/Users HTTP/1.1", "\r\n").list().len(), 2, "still in step");
}

#[test]
fn own_7_one_bad_operation_leaves_everything_as_it_was() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.create_user(&validator_user("atomic@contoso.com"))["id"].as_str().unwrap().to_owned();
    let before = scim.read_user(&user);
    let bad = json!([
        {"op": "replace", "path": "displayName", "value": "changed"},
        {"op": "replace", "path": "userName", "value": "renamed@contoso.com"},
        {"op": "add", "path": "emails", "value": [{"type": "home", "value": "home@contoso.com"}]},
        {"op": "replace", "path": "active", "value": "neither"}
    ]);
    scim.patch(&format!("/Users/{user}"), &bad).error(400, "invalidValue");
    assert_eq!(scim.read_user(&user), before);
    assert!(scim.find("/Users", "userName eq \"renamed@contoso.com\"").is_empty());
    assert!(scim.find("/Users", "displayName eq \"changed\"").is_empty());
    assert!(scim.find("/Users", "emails.value eq \"home@contoso.com\"").is_empty());
    // the name is taken: the whole PATCH fails, and the attribute beside it stays
    scim.user("taken@contoso.com");
    let taken = json!([{"op": "replace", "value": {"title": "changed", "userName": "taken@contoso.com"}}]);
    scim.patch(&format!("/Users/{user}"), &taken).error(409, "uniqueness");
    assert_eq!(scim.read_user(&user), before);
    let group = scim.group("atomic", &[]);
    let before = scim.read_group(&group);
    let bad = json!([
        {"op": "add", "path": "members", "value": [{"value": user}]},
        {"op": "replace", "path": "displayName", "value": "renamed"},
        {"op": "add", "path": "members", "value": [{"value": NOBODY}]}
    ]);
    let detail = scim.patch(&format!("/Groups/{group}"), &bad).error(400, "invalidValue");
    assert!(detail.contains(NOBODY), "the detail names no id: {detail}");
    assert_eq!(scim.read_group(&group), before);
    assert!(scim.find("/Groups", "displayName eq \"renamed\"").is_empty());
    assert!(scim.find("/Groups", &format!("members eq \"{user}\"")).is_empty());
}

#[test]
fn own_8_a_missing_scope_is_403_and_a_revoked_token_401_at_once() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("scoped");
    let token = server.local().scoped_token("reader", &["users:read"]);
    let reader = server.client_with(&token.secret);
    assert_eq!(reader.read_user(&user)["userName"], "scoped");
    let detail = reader.delete(&format!("/Users/{user}")).expect(403).json()["detail"].clone();
    assert!(detail.as_str().unwrap().contains("Users"), "the detail names no permission: {detail}");
    reader.get("/Groups").expect(403);
    server.local().revoke(&token);
    reader.get(&format!("/Users/{user}")).expect(401);
    scim.read_user(&user);
}

#[test]
fn own_9_an_inactive_user_keeps_its_name_and_a_deleted_one_frees_it() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("reserved");
    scim.patch_user(&id, &json!([{"op": "Replace", "path": "active", "value": "False"}]));
    let again = json!({"schemas": [USER], "userName": "Reserved"});
    scim.post("/Users", &again).error(409, "uniqueness");
    scim.delete(&format!("/Users/{id}")).expect(204);
    let created = scim.create_user(&again);
    assert_ne!(created["id"], id, "a new user has a new id");
    assert_eq!(scim.find("/Users", "userName eq \"reserved\""), [created]);
}
