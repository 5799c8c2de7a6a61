//! Numbers 208 to 210: DELETE and the recycle bin (RFC 7644 section 3.6).

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;
use crate::values::{GROUP, USER, sorted};

/// Every way to ask for a resource that was deleted.
fn is_gone(scim: &Client, path: &str, body: &Value) {
    scim.get(path).expect(404);
    scim.put(path, body).expect(404);
    scim.patch(path, &json!([{"op": "replace", "value": body}])).expect(404);
    scim.delete(path).expect(404);
}

#[test]
fn c208_a_deleted_resource_is_gone_for_every_method_and_query() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("ann");
    let group = scim.group("Sales", &[&user]);
    let (user_path, group_path) = (format!("/Users/{user}"), format!("/Groups/{group}"));
    let deleted = scim.delete(&user_path).expect(204);
    assert!(deleted.header("content-length").is_none_or(|length| length == "0"));
    is_gone(&scim, &user_path, &json!({"schemas": [USER], "userName": "ann"}));
    scim.delete(&group_path).expect(204);
    is_gone(&scim, &group_path, &json!({"schemas": [GROUP], "displayName": "Sales"}));
    assert_eq!((scim.total("/Users"), scim.total("/Groups")), (0, 0));
    for filter in ["userName eq \"ann\"", "userName pr", &format!("id eq \"{user}\"")] {
        assert!(scim.find_ids("/Users", filter).is_empty(), "{filter}");
    }
    assert!(scim.find_ids("/Groups", "displayName eq \"Sales\"").is_empty());
    // the names are free, and whoever takes them is somebody else
    assert_ne!(scim.user("ann"), user);
    assert_ne!(scim.group("Sales", &[]), group);
}

#[test]
fn c209_a_delete_deletes_and_the_bin_cannot_be_seen() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("ann");
    let group = scim.group("g", &[]);
    scim.delete(&format!("/Users/{user}")).expect(204);
    // not deactivated: gone
    assert!(scim.find_ids("/Users", "active eq false").is_empty());
    assert!(scim.find_ids("/Users", "userName sw \"a\"").is_empty());
    // nobody can join who is in the bin
    let add = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
    scim.patch(&format!("/Groups/{group}"), &add).expect(400);
    scim.get("/Bin").expect(404);
    let bin = server.command_json(&["bin", "list"]);
    assert_eq!(bin["entries"][0]["id"], json!(user));
    assert_eq!(bin["entries"][0]["resourceType"], "User");
    assert_eq!(bin["keepDays"], 30);
}

#[test]
fn c210_a_restore_brings_back_who_it_was_where_nobody_took_the_name() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.create_user(&json!({"schemas": [USER], "userName": "ann", "title": "Chief"}));
    let id = user["id"].as_str().unwrap();
    let (kept, gone) = (scim.group("kept", &[id]), scim.group("gone", &[id]));
    scim.delete(&format!("/Users/{id}")).expect(204);
    scim.delete(&format!("/Groups/{gone}")).expect(204);

    let other = scim.user("ANN");
    let output = server.try_command(&["bin", "restore", id]);
    assert_eq!(output.status.code(), Some(5), "a conflict");
    assert!(String::from_utf8_lossy(&output.stderr).contains(&other), "the holder is named");
    scim.delete(&format!("/Users/{other}")).expect(204);
    let restored = server.command_json(&["bin", "restore", id]);
    assert_eq!((&restored["groups"], &restored["lost"]), (&json!(1), &json!(0)));

    let read = scim.read_user(id);
    assert_eq!((&read["userName"], &read["title"]), (&json!("ann"), &json!("Chief")));
    assert_eq!(read["meta"]["created"], user["meta"]["created"]);
    assert_ne!(read["meta"]["version"], user["meta"]["version"]);
    assert_eq!(scim.members(&kept), sorted(&[id]));
    // the other end comes back and finds it there
    server.command(&["bin", "restore", "gone"]);
    assert_eq!(scim.members(&gone), sorted(&[id]));

    // what is purged is gone for good, and a restart changes nothing
    scim.delete(&format!("/Users/{id}")).expect(204);
    let server = Server::start_in(server.stop().1);
    server.command(&["bin", "purge", id]);
    assert_eq!(server.try_command(&["bin", "restore", id]).status.code(), Some(3));
    assert_eq!(server.command_json(&["bin", "purge", "--all"])["purged"], 1);
    server.command(&["doctor", "--verify"]);
}
