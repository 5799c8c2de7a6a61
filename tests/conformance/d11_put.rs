//! Numbers 175 to 181: PUT (RFC 7644 section 3.5.1).

use serde_json::json;

use crate::server::Server;
use crate::values::{GROUP, NOBODY, USER, as_sent};

#[test]
fn c175_put_never_creates() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({"schemas": [USER], "userName": "never"});
    scim.put(&format!("/Users/{NOBODY}"), &body).expect(404);
    assert_eq!(scim.total("/Users"), 0);
}

#[test]
fn c176_read_only_is_ignored_and_immutable_must_match() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("fixed");
    let body = json!({
        "schemas": [USER], "userName": "fixed", "groups": [{"value": NOBODY}], "meta": {"created": "1999-01-01T00:00:00Z"}
    });
    let put = scim.put(&format!("/Users/{id}"), &body).expect(200).json();
    assert!(put.get("groups").is_none() && put["meta"]["created"].as_str().unwrap() > "2000");
    let group = scim.group("kept", &[&id]);
    let body =
        json!({"schemas": [GROUP], "displayName": "kept", "members": [{"value": id, "type": "Group"}]});
    // a member's type is immutable: refused, or not looked at, but never changed
    scim.put(&format!("/Groups/{group}"), &body).expect_one_of(&[200, 400]);
    assert_eq!(scim.read_group(&group)["members"][0]["type"], "User");
}

#[test]
fn c177_put_replaces_and_clears_what_is_left_out() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.create_user(&json!({
        "schemas": [USER], "userName": "before", "title": "t", "emails": [{"value": "a@x"}], "password": "secret-7-words"
    }))["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({"schemas": [USER], "userName": "after", "nickName": "n"});
    let put = scim.put(&format!("/Users/{id}"), &body).expect(200).json();
    assert_eq!(as_sent(&put), body);
    assert_eq!(scim.read_user(&id), put);
    assert!(scim.find("/Users", "title pr").is_empty());
}

#[test]
fn c178_put_without_a_required_attribute_is_refused() {
    let server = Server::start();
    let scim = server.client();
    let (user, group) = (scim.user("required"), scim.group("required", &[]));
    scim.put(&format!("/Users/{user}"), &json!({"schemas": [USER], "title": "t"})).error(400, "invalidValue");
    scim.put(&format!("/Groups/{group}"), &json!({"schemas": [GROUP]})).error(400, "invalidValue");
    assert!(scim.read_user(&user).get("title").is_none());
}

#[test]
fn c179_put_answers_with_the_resource() {
    let server = Server::start();
    let scim = server.client();
    let group = scim.group("answered", &[]);
    let body = json!({"schemas": [GROUP], "displayName": "new name", "externalId": "7"});
    let put = scim.put(&format!("/Groups/{group}"), &body).expect(200);
    assert_eq!(as_sent(&put.json()), body);
    assert_eq!(put.header("etag"), put.json()["meta"]["version"].as_str());
}

#[test]
fn c180_another_id_in_the_body_never_renames() {
    let server = Server::start();
    for (n, scim) in [server.client(), server.strict()].iter().enumerate() {
        let id = scim.user(&format!("own {n}"));
        let body = json!({"schemas": [USER], "id": NOBODY, "userName": format!("own {n}")});
        scim.put(&format!("/Users/{id}"), &body).expect_one_of(&[200, 400]);
        assert_eq!(scim.read_user(&id)["id"], id);
        scim.get(&format!("/Users/{NOBODY}")).expect(404);
    }
}

#[test]
fn c181_put_of_a_group_without_members_clears_them() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("cleared");
    let group = scim.group("cleared", &[&user]);
    let body = json!({"schemas": [GROUP], "displayName": "cleared"});
    scim.put(&format!("/Groups/{group}"), &body).expect(200);
    assert!(scim.members(&group).is_empty());
    assert!(scim.read_user(&user).get("groups").is_none());
}
