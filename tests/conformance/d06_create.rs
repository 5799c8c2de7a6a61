//! Numbers 104 to 113: POST (RFC 7644 section 3.3).

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;
use crate::values::{ENTERPRISE, GROUP, USER};

/// Sends a POST with a `Prefer` header.
fn preferring(
    client: &Client,
    method: &str,
    path: &str,
    prefer: &str,
    body: &Value,
) -> crate::answer::Answer {
    let headers = [("prefer", prefer), ("content-type", "application/scim+json")];
    client.send(method, path, &headers, Some(body.to_string().as_bytes()))
}

#[test]
fn c104_post_answers_201_with_the_place_in_header_and_body() {
    let server = Server::start();
    let client = server.client();
    for (path, body) in [
        ("/Users", json!({"schemas": [USER], "userName": "ann"})),
        ("/Groups", json!({"schemas": [GROUP], "displayName": "g"})),
    ] {
        let made = client.post(path, &body).expect(201);
        let location = made.header("location").unwrap().to_owned();
        assert_eq!(made.json()["meta"]["location"], location);
        assert!(location.ends_with(&format!("{path}/{}", made.json()["id"].as_str().unwrap())));
    }
}

#[test]
fn c105_read_only_members_are_ignored() {
    let server = Server::start();
    let client = server.client();
    let made = client.create_user(&json!({
        "schemas": [USER], "userName": "ann", "id": "mine", "groups": [{"value": "x"}],
        "meta": {"created": "2001-01-01T00:00:00Z", "version": "W/\"1\"", "location": "x"},
    }));
    assert_ne!(made["id"], "mine");
    assert!(made.get("groups").is_none());
    assert!(!made["meta"]["created"].as_str().unwrap().starts_with("2001"));
}

#[test]
fn c106_a_missing_required_attribute_is_invalid_value() {
    let server = Server::start();
    let client = server.client();
    for body in [
        json!({"schemas": [USER]}),
        json!({"schemas": [USER], "userName": ""}),
        json!({"schemas": [USER], "userName": null}),
    ] {
        let detail = client.post("/Users", &body).error(400, "invalidValue");
        assert!(detail.contains("userName"), "{detail}");
    }
    client.post("/Groups", &json!({"schemas": [GROUP]})).error(400, "invalidValue");
}

#[test]
fn c107_a_duplicate_is_409_uniqueness() {
    let server = Server::start();
    let client = server.client();
    client.user("ann");
    client.post("/Users", &json!({"schemas": [USER], "userName": "ANN"})).error(409, "uniqueness");
    client.group("g", &[]);
    client.post("/Groups", &json!({"schemas": [GROUP], "displayName": "G"})).error(409, "uniqueness");
}

#[test]
fn c108_a_deleted_user_name_can_be_created_again() {
    let server = Server::start();
    let client = server.client();
    let first = client.user("ann");
    client.delete(&format!("/Users/{first}")).expect(204);
    assert_ne!(client.user("ann"), first);
}

#[test]
fn c109_the_answer_is_what_is_stored() {
    let server = Server::start();
    let client = server.client();
    let made = client.create_user(&json!({
        "schemas": [USER, ENTERPRISE], "userName": "ann", "title": null, "emails": [],
        "roles": [{"value": "r"}], "active": "True", ENTERPRISE: {"department": "d"},
    }));
    assert_eq!(client.read_user(made["id"].as_str().unwrap()), made);
    assert_eq!(made["active"], true);
}

#[test]
fn c110_answers_to_writes_are_projected() {
    let server = Server::start();
    let client = server.client();
    let shown = |answer: Value| {
        let mut names: Vec<String> = answer.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    let body = json!({"schemas": [USER], "userName": "ann", "title": "t", "displayName": "d"});
    let made = client.post("/Users?attributes=title", &body).expect(201).json();
    assert_eq!(shown(made.clone()), ["id", "schemas", "title"]);
    let path = format!("/Users/{}", made["id"].as_str().unwrap());
    let replaced = client.put(&format!("{path}?excludedAttributes=title,meta"), &body).expect(200).json();
    assert_eq!(shown(replaced), ["displayName", "id", "schemas", "userName"]);
    let change = json!([{"op": "add", "path": "nickName", "value": "n"}]);
    let patched = client.patch(&format!("{path}?attributes=nickName"), &change).expect(200).json();
    assert_eq!(shown(patched), ["id", "nickName", "schemas"]);
    let group =
        client.post("/Groups?excludedAttributes=members", &json!({"schemas": [GROUP], "displayName": "g"}));
    assert!(group.expect(201).json().get("members").is_none());
}

#[test]
fn c111_the_type_comes_from_the_endpoint_and_not_from_the_body() {
    let server = Server::start();
    let client = server.client();
    let body = json!({"schemas": [USER], "userName": "ann", "meta": {"resourceType": "Group"}});
    let made = client.create_user(&body);
    assert_eq!(made["meta"]["resourceType"], "User");
    assert_eq!(client.total("/Groups"), 0);
}

#[test]
fn c112_post_to_a_resource_is_405() {
    let server = Server::start();
    let client = server.client();
    let ann = client.user("ann");
    let refused =
        client.post(&format!("/Users/{ann}"), &json!({"schemas": [USER], "userName": "b"})).expect(405);
    assert_eq!(refused.header("allow"), Some("GET, HEAD, PUT, PATCH, DELETE, OPTIONS"));
}

#[test]
fn c113_the_same_post_again_names_what_is_there() {
    let server = Server::start();
    let client = server.client();
    for (path, body) in [
        ("/Users", json!({"schemas": [USER], "userName": "ann"})),
        ("/Groups", json!({"schemas": [GROUP], "displayName": "g"})),
    ] {
        let made = client.post(path, &body).expect(201);
        let again = client.post(path, &body).expect(409);
        assert_eq!(again.header("existing-location"), made.header("location"));
        assert_eq!(again.header("location"), None);
        let detail = again.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(made.json()["id"].as_str().unwrap()), "{detail}");
    }
}

#[test]
fn c110_a_preference_for_less_is_kept_and_confirmed() {
    let server = Server::start();
    let client = server.client();
    let body = json!({"schemas": [USER], "userName": "ann"});
    let made = preferring(&client, "POST", "/Users", "return=minimal", &body);
    assert_eq!((made.status, made.body.len()), (201, 0), "{}", made.story());
    assert_eq!(made.header("preference-applied"), Some("return=minimal"));
    let location = made.header("location").unwrap();
    let path = &location[location.find("/Users/").unwrap()..];
    assert_eq!(client.get(path).expect(200).header("etag"), made.header("etag"));
    let change = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "add", "path": "title", "value": "t"}]});
    for (method, body) in [("PUT", &body), ("PATCH", &change)] {
        let changed = preferring(&client, method, path, "return=minimal", body).expect(204);
        assert_eq!(changed.header("preference-applied"), Some("return=minimal"));
        assert!(changed.header("etag").is_some());
        // what is named is shown, whatever is preferred
        preferring(&client, method, &format!("{path}?attributes=title"), "return=minimal", body).expect(200);
    }
    let group = format!("/Groups/{}", client.group("g", &[]));
    let change = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "add", "path": "externalId", "value": "t"}]});
    let shown = preferring(&client, "PATCH", &group, "return=representation", &change).expect(200);
    assert_eq!(shown.header("preference-applied"), Some("return=representation"));
    assert_eq!(shown.json()["externalId"], "t");
}
