//! What the administrator is shown of a client: first signs of life, last requests, and what was bent for it.

use serde_json::{Value, json};

use crate::server::Server;

/// The activity of an account, by its name.
fn activity(server: &Server, name: &str) -> Value {
    let accounts = server.local().call("GET", "/api/accounts", None).json();
    let account = accounts["accounts"].as_array().unwrap().iter().find(|account| account["name"] == name);
    let id = account.unwrap_or_else(|| panic!("no account {name}: {accounts}"))["id"].as_str().unwrap();
    let answer = server.local().call("GET", &format!("/api/accounts/{id}/activity"), None);
    assert_eq!(answer.status, 200, "{}", answer.story());
    answer.json()
}

#[test]
fn each_use_of_a_tolerance_is_counted_by_its_name() {
    let server = Server::start();
    let scim = server.client();
    assert_eq!(activity(&server, "dev")["tolerated"], json!([]));
    let id = scim.user("bent");
    let plain = json!([{"op": "replace", "path": "title", "value": "T"}]);
    scim.patch_user(&id, &plain);
    assert_eq!(activity(&server, "dev")["tolerated"], json!([]), "nothing was bent so far");
    for value in ["False", "True"] {
        scim.patch_user(&id, &json!([{"op": "Replace", "path": "active", "value": value}]));
    }
    scim.patch_user(&id, &json!([{"op": "add", "path": r#"emails[type eq "work"].value"#, "value": "a@x"}]));
    let tolerated = activity(&server, "dev")["tolerated"].clone();
    let count = |name: &str| {
        let entry = tolerated.as_array().unwrap().iter().find(|entry| entry["name"] == name);
        entry.map_or(json!(0), |entry| entry["count"].clone())
    };
    assert_eq!(count("opCase"), 2, "{tolerated}");
    assert_eq!(count("booleanText"), 2, "{tolerated}");
    assert_eq!(count("createFromFilter"), 1, "{tolerated}");
    assert_eq!(tolerated.as_array().unwrap().len(), 3, "{tolerated}");
}

#[test]
fn the_first_request_and_the_test_of_the_connection_are_seen() {
    let server = Server::start();
    let scim = server.client();
    let before = activity(&server, "dev");
    assert_eq!(before["firstRequestAt"], Value::Null);
    assert_eq!(before["requests"], json!([]));
    scim.search("/Users", "userName eq \"7b5d9b5e-3c3e-4e7b-9d4e-0a1f0c6b2a11\"").expect(200);
    scim.text("POST", "/Users", "{").expect(400);
    let after = activity(&server, "dev");
    assert!(after["firstRequestAt"].is_string(), "{after}");
    assert!(after["testConnectionAt"].is_string(), "{after}");
    let requests = after["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 2, "{after}");
    let statuses: Vec<&Value> = requests.iter().map(|request| &request["status"]).collect();
    assert!(statuses.contains(&&json!(200)) && statuses.contains(&&json!(400)), "{after}");
}

#[test]
fn a_refused_token_is_seen_with_its_reason_and_without_itself() {
    let server = Server::start();
    let mut mistyped = server.ready.secret_token.clone();
    let last = mistyped.pop().expect("a token is long");
    mistyped.push(if last == 'x' { 'y' } else { 'x' });
    server.client_with(&mistyped).get("/Users?count=1").expect(401);
    let seen = activity(&server, "dev");
    let requests = seen["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 1, "{seen}");
    assert_eq!(requests[0]["status"], 401);
    assert!(requests[0]["detail"].as_str().unwrap().contains("mistyped"), "{seen}");
    assert!(!seen.to_string().contains(&mistyped), "{seen}");
    assert_eq!(seen["firstRequestAt"], Value::Null, "a refused request is no first request");
}
