//! Schemas, resource types and indexes from data: files, the admin API, the command line, and a power cut in between.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Client;
use crate::local::MadeTenant;
use crate::server::{Server, run, texts};
use crate::values::{ENTERPRISE, USER, element};

const BADGE: &str = "urn:example:params:scim:schemas:extension:2.0:Badge";
const ROLE: &str = "urn:okta:scim:schemas:core:1.0:Role";

fn badge(attributes: &Value) -> Value {
    json!([
        { "id": BADGE, "attributes": attributes },
        { "name": "User", "endpoint": "/Users", "schema": USER,
          "schemaExtensions": [{ "schema": ENTERPRISE }, { "schema": BADGE }] },
    ])
}

fn define(server: &Server, documents: &Value) -> Value {
    let answer = server.local().call("POST", "/api/schemas", Some(documents));
    assert_eq!(answer.status, 200, "{}", answer.story());
    answer.json()
}

/// The message of a refused call.
fn refused(
    server: &Server,
    (method, path): (&str, &str),
    body: Option<&Value>,
    status: u16,
    code: &str,
) -> String {
    let answer = server.local().call(method, path, body);
    assert_eq!(answer.status, status, "{}", answer.story());
    let error = answer.json()["error"].clone();
    assert_eq!(error["code"], code, "{}", answer.story());
    error["message"].as_str().unwrap().to_owned()
}

fn told(server: &Server) -> Value {
    server.local().call("GET", "/api/schemas", None).json()
}

/// Waits until nothing is left to be done behind.
fn settled(server: &Server) -> Value {
    loop {
        let told = told(server);
        let at_work = |index: &Value| index["state"] == "building" || index["state"] == "clearing";
        if told["removing"] == json!([]) && !told["indexes"].as_array().unwrap().iter().any(at_work) {
            return told;
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

fn state(told: &Value, attribute: &str) -> Value {
    element(&told["indexes"], "attribute", attribute)["state"].clone()
}

fn badged(client: &Client, name: &str, number: &str) -> crate::answer::Answer {
    client.post("/Users", &json!({ "schemas": [USER, BADGE], "userName": name, BADGE: { "number": number } }))
}

#[test]
fn a_bad_file_keeps_the_server_from_starting_and_is_named() {
    for (text, told) in [
        ("{", "not acceptable JSON"),
        (r#"{"id":"urn:example:x","attributes":[{"name":"password"}]}"#, "speaks of a secret"),
        (r#"{"name":"Thing","endpoint":"/Things","schema":"urn:example:none"}"#, "not defined"),
        (r#"{"id":"urn:example:x","attributes":[{"name":"a","typ":"string"}]}"#, "unknown field `typ`"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir_all(data.join("schemas")).unwrap();
        fs::write(data.join("dev"), "").unwrap();
        fs::write(data.join("schemas/bad.json"), text).unwrap();
        let output = run(&data, &["dev", "--port", "0"]);
        let (_, errors) = texts(&output);
        assert_eq!(output.status.code(), Some(78), "{errors}");
        assert!(errors.contains("schemas") && errors.contains(told), "{text}: {errors}");
    }
}

#[test]
fn a_file_owns_what_it_defines_and_data_outlives_it() {
    let server = Server::start();
    let data = server.data();
    let (_, folder) = server.stop();
    fs::create_dir_all(data.join("schemas")).unwrap();
    let file = data.join("schemas/badge.json");
    fs::write(&file, badge(&json!([{ "name": "number" }])).to_string()).unwrap();
    let server = Server::start_in(folder);
    let client = server.client();
    let id = badged(&client, "ann", "7").expect(201).json()["id"].as_str().unwrap().to_owned();
    let body = json!({ "id": BADGE, "attributes": [{ "name": "other" }] });
    let put = ("PUT", format!("/api/schemas/{BADGE}"));
    let message = refused(&server, (put.0, &put.1), Some(&body), 409, "definedElsewhere");
    assert!(message.contains("schemas/badge.json"), "{message}");

    let (_, folder) = server.stop();
    fs::remove_file(&file).unwrap();
    let server = Server::start_in(folder);
    let client = server.client();
    assert_eq!(client.read_user(&id)[BADGE]["number"], "7");
    client.get(&format!("/Schemas/{BADGE}")).expect(200);
    client.delete(&format!("/Users/{id}")).expect(204);

    let (_, folder) = server.stop();
    let server = Server::start_in(folder);
    server.client().get(&format!("/Schemas/{BADGE}")).expect(404);
    server.command(&["doctor", "--verify"]);
}

#[test]
fn documents_are_taken_together_or_not_at_all() {
    let server = Server::start();
    let mut both = badge(&json!([{ "name": "number" }]));
    both[1]["schemaExtensions"][1]["schema"] = json!("urn:example:none:x");
    refused(&server, ("POST", "/api/schemas"), Some(&both), 400, "badDefinition");
    server.stranger().get(&format!("/Schemas/{BADGE}")).expect(404);
    let both = badge(&json!([{ "name": "userName" }]));
    let message = refused(&server, ("POST", "/api/schemas"), Some(&both), 400, "badDefinition");
    assert!(message.contains("clashes"), "{message}");
    let told = define(&server, &badge(&json!([{ "name": "number" }])));
    assert_eq!(element(&told["schemas"], "id", BADGE)["source"], json!({ "kind": "admin" }));
    assert_eq!(element(&told["schemas"], "id", BADGE)["resourceTypes"], json!(["User"]));
    let audit = server.local().call("GET", "/api/audit", None).json();
    assert_eq!(audit["records"][0]["action"], "definitions.changed", "{audit}");
}

#[test]
fn o17_roles_and_entitlements_are_one_switch_and_off_at_first() {
    let server = Server::start();
    let client = server.client();
    client.get("/Roles").expect(404);
    let switch = |enabled: bool, query: &str| {
        let path = format!("/api/presets/oktaGovernance{query}");
        server.local().call("PUT", &path, Some(&json!({ "enabled": enabled })))
    };
    assert_eq!(switch(true, "").status, 200);
    let types = client.get("/ResourceTypes").expect(200).list();
    for (name, endpoint) in [("Role", "/Roles"), ("Entitlement", "/Entitlements")] {
        let found = types.iter().find(|t| t["name"] == name).expect("listed");
        assert_eq!((&found["id"], &found["endpoint"]), (&json!(name), &json!(endpoint)));
        assert_eq!(found["schema"], format!("urn:okta:scim:schemas:core:1.0:{name}"));
    }
    let made =
        client.post("/Roles", &json!({ "schemas": [ROLE], "displayName": "Admin" })).expect(201).json();
    assert_eq!(made["meta"]["resourceType"], "Role");
    let body = json!({ "displayName": "Basic", "type": "License" });
    let basic = client.post("/Entitlements", &body).expect(201).json();
    client.post("/Entitlements", &json!({ "displayName": "Basic" })).error(400, "invalidValue");
    assert_eq!(client.find_ids("/Entitlements", r#"type eq "license""#), [basic["id"].as_str().unwrap()]);
    let path = format!("/Roles/{}", made["id"].as_str().unwrap());
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "Root" }]);
    assert_eq!(client.patch(&path, &rename).expect(200).json()["displayName"], "Root");
    assert_eq!(client.total("/Roles"), 1);
    client.delete(&path).expect(204);
    client.get(&path).expect(404);

    let kept = switch(false, "");
    assert_eq!((kept.status, &kept.json()["error"]["code"]), (409, &json!("hasData")), "{}", kept.story());
    assert_eq!(switch(false, "?discard=true").status, 200);
    client.get("/Entitlements").expect(404);
    settled(&server);
    server.command(&["doctor", "--verify"]);
    assert_eq!(switch(true, "").status, 200);
    assert_eq!(client.total("/Entitlements"), 0);
}

#[test]
fn a_type_from_data_needs_the_permissions_of_users() {
    let server = Server::start();
    server.local().call("PUT", "/api/presets/oktaGovernance", Some(&json!({ "enabled": true })));
    let local = server.local();
    let reader = server.client_with(&local.scoped_token("reader", &["users:read"]).secret);
    let groups = server.client_with(&local.scoped_token("groups", &["teams:read", "teams:write"]).secret);
    reader.get("/Roles").expect(200);
    let role = json!({ "schemas": [ROLE], "displayName": "Admin" });
    let detail = reader.post("/Roles", &role).expect(403).json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("Users: Create and modify"), "{detail}");
    let detail = groups.get("/Roles").expect(403).json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("Users: Read"), "{detail}");
}

#[test]
fn a_schema_of_one_tenant_is_not_anothers() {
    let server = Server::start();
    let MadeTenant { url, secret } = server.local().tenant("acme", &json!({}));
    let acme = server.client_with(&secret).with_base(&url);
    let answer =
        server.local().call("PUT", "/api/t/acme/presets/oktaGovernance", Some(&json!({ "enabled": true })));
    assert_eq!(answer.status, 200, "{}", answer.story());
    acme.get("/Roles").expect(200);
    server.client().get("/Roles").expect(404);
}

#[test]
fn an_index_is_built_behind_and_survives_a_power_cut_at_any_moment() {
    let mut server = Server::start();
    let client = server.client();
    let users = 600;
    for i in 0..users {
        client.create_user(
            &json!({ "schemas": [USER], "userName": format!("u{i}"), "title": format!("T{}", i % 7) }),
        );
    }
    let wanted = client.find_ids("/Users", r#"title eq "t3""#);
    let wish = json!({ "resourceType": "User", "attribute": "title" });
    let answer = server.local().call("POST", "/api/indexes", Some(&wish));
    assert_eq!(answer.status, 200, "{}", answer.story());
    for _ in 0..4 {
        server = Server::start_in(server.crash());
        assert_eq!(server.client().find_ids("/Users", r#"title eq "t3""#), wanted);
    }
    assert_eq!(state(&settled(&server), "title"), "ready");
    let client = server.client();
    assert_eq!(client.find_ids("/Users", r#"title eq "t3""#), wanted);
    server.command(&["doctor", "--verify"]);

    let number = element(&told(&server)["indexes"], "attribute", "title")["number"].clone();
    let gone = server.local().call("DELETE", &format!("/api/indexes/{number}"), None);
    assert_eq!(gone.status, 204, "{}", gone.story());
    server = Server::start_in(server.crash());
    assert_eq!(server.client().find_ids("/Users", r#"title eq "t3""#), wanted);
    settled(&server);
    server.command(&["doctor", "--verify"]);
}

#[test]
fn writes_while_an_index_is_built_are_in_it() {
    let server = Server::start();
    let client = server.client();
    let ids: Vec<String> = (0..300)
        .map(|i| {
            let body = json!({ "schemas": [USER], "userName": format!("u{i}"), "title": format!("Old{i}") });
            client.create_user(&body)["id"].as_str().unwrap().to_owned()
        })
        .collect();
    std::thread::scope(|scope| {
        for part in ids.chunks(75) {
            let client = client.clone();
            scope.spawn(move || {
                for id in part {
                    let patch = json!([{ "op": "replace", "path": "title", "value": "New" }]);
                    client.patch(&format!("/Users/{id}"), &patch).expect(200);
                }
            });
        }
        let wish = json!({ "resourceType": "User", "attribute": "title" });
        let answer = server.local().call("POST", "/api/indexes", Some(&wish));
        assert_eq!(answer.status, 200, "{}", answer.story());
    });
    assert_eq!(state(&settled(&server), "title"), "ready");
    let total = |filter: &str| client.search("/Users", filter).expect(200).json()["totalResults"].clone();
    assert_eq!((total(r#"title eq "new""#), total(r#"title sw "Old""#)), (json!(ids.len()), json!(0)));
    server.command(&["doctor", "--verify"]);
}

#[test]
fn duplicates_keep_an_attribute_from_becoming_unique_and_are_told() {
    let server = Server::start();
    let client = server.client();
    define(&server, &badge(&json!([{ "name": "number" }])));
    let ann = badged(&client, "ann", "7").expect(201).json()["id"].as_str().unwrap().to_owned();
    let bob = badged(&client, "bob", "7").expect(201).json()["id"].as_str().unwrap().to_owned();
    define(&server, &badge(&json!([{ "name": "number", "uniqueness": "server" }])));
    let told = settled(&server);
    let index = element(&told["indexes"], "attribute", &format!("{BADGE}:number")).clone();
    assert_eq!((&index["state"], &index["problemCount"]), (&json!("failed"), &json!(1)), "{index}");
    let problem = index["problems"][0].as_str().unwrap();
    assert!(problem.contains(&ann) && problem.contains(&bob), "{problem}");
    let shown = client.get(&format!("/Schemas/{BADGE}")).expect(200).json();
    assert_eq!(shown["attributes"][0]["uniqueness"], "none");

    client.delete(&format!("/Users/{bob}")).expect(204);
    let path = format!("/api/indexes/{}/rebuild", index["number"]);
    assert_eq!(server.local().call("POST", &path, None).status, 200);
    assert_eq!(state(&settled(&server), &format!("{BADGE}:number")), "ready");
    let detail = badged(&client, "cid", "7").error(409, "uniqueness");
    assert!(detail.contains(&ann), "{detail}");
    let shown = client.get(&format!("/Schemas/{BADGE}")).expect(200).json();
    assert_eq!(shown["attributes"][0]["uniqueness"], "server");
    server.command(&["doctor", "--verify"]);
}

#[test]
fn values_go_with_their_attribute_only_when_that_is_said() {
    let server = Server::start();
    let client = server.client();
    define(&server, &badge(&json!([{ "name": "number" }, { "name": "colour" }])));
    let body =
        json!({ "schemas": [USER, BADGE], "userName": "ann", BADGE: { "number": "7", "colour": "red" } });
    let id = client.create_user(&body)["id"].as_str().unwrap().to_owned();
    let less = json!({ "attributes": [{ "name": "number" }] });
    let path = format!("/api/schemas/{BADGE}");
    let message = refused(&server, ("PUT", &path), Some(&less), 409, "hasData");
    assert!(message.contains("colour") && message.contains(&id), "{message}");
    let answer = server.local().call("PUT", &format!("{path}?discard=true"), Some(&less));
    assert_eq!(answer.status, 200, "{}", answer.story());
    settled(&server);
    assert_eq!(client.read_user(&id)[BADGE], json!({ "number": "7" }));
    let retyped = json!({ "attributes": [{ "name": "number", "type": "integer" }] });
    refused(&server, ("PUT", &path), Some(&retyped), 409, "cannotChange");
    refused(&server, ("DELETE", &path), None, 409, "inUse");
    server.command(&["doctor", "--verify"]);
}

#[test]
fn the_command_line_does_what_the_admin_api_does() {
    let server = Server::start();
    let file = server.data().join("badge.json");
    fs::write(&file, badge(&json!([{ "name": "number" }])).to_string()).unwrap();
    server.command(&["schema", "put", file.to_str().unwrap()]);
    server.command(&["schema", "index", "User", "nickName"]);
    server.command(&["schema", "preset", "oktaGovernance", "on"]);
    settled(&server);
    let shown = server.command(&["schema", "list"]);
    for part in [BADGE, "/Roles", "nickName", "preset oktaGovernance"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let number = element(&told(&server)["indexes"], "attribute", "nickName")["number"].to_string();
    server.command(&["schema", "unindex", &number]);
    server.command(&["schema", "remove", "User"]);
    server.command(&["schema", "remove", BADGE]);
    server.client().get(&format!("/Schemas/{BADGE}")).expect(404);
}
