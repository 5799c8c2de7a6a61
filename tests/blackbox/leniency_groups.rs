//! OWN-10, third part: the leniency rows about members, each tolerant and strict.
//!
//! Rows: Q7, Q8, Q9, Q14, and the members half of Q10.

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;
use crate::values::{GROUP, NOBODY, sorted};

fn q7(scim: &Client) {
    let (first, second) = (scim.user("first"), scim.user("second"));
    for (n, empty) in [Value::Null, json!([])].iter().enumerate() {
        let group = scim.group(&format!("q7-{n}"), &[&first, &second]);
        scim.patch_group(&group, &json!([{"op": "replace", "path": "members", "value": empty}]));
        assert!(scim.members(&group).is_empty(), "{empty}");
        assert!(scim.read_group(&group).get("members").is_none());
    }
    assert!(scim.read_user(&first).get("groups").is_none());
}

#[test]
fn own_10_q7_tolerant_empties_a_group_with_null_or_an_empty_list() {
    q7(&Server::start().client());
}

#[test]
fn own_10_q7_strict_empties_a_group_with_null_or_an_empty_list() {
    q7(&Server::start().strict());
}

#[test]
fn own_10_q8_tolerant_removes_only_the_members_listed() {
    let server = Server::start();
    let scim = server.client();
    let (first, second, third) = (scim.user("first"), scim.user("second"), scim.user("third"));
    let group = scim.group("q8", &[&first, &second, &third]);
    let value = json!([{"$ref": null, "value": first}, {"value": third}]);
    scim.patch_group(&group, &json!([{"op": "remove", "path": "members", "value": value}]));
    assert_eq!(scim.members(&group), [second]);
}

#[test]
fn own_10_q8_strict_refuses_a_value_on_remove_and_keeps_the_group() {
    let server = Server::start();
    let scim = server.strict();
    let (first, second) = (scim.user("first"), scim.user("second"));
    let group = scim.group("q8", &[&first, &second]);
    let operations = json!([{"op": "remove", "path": "members", "value": [{"value": first}]}]);
    scim.patch(&format!("/Groups/{group}"), &operations).error(400, "invalidSyntax");
    assert_eq!(scim.members(&group), sorted(&[&first, &second]));
    scim.patch_group(&group, &json!([{"op": "remove", "path": format!("members[value eq \"{first}\"]")}]));
    assert_eq!(scim.members(&group), [second]);
}

fn q9(scim: &Client) {
    let (member, stranger) = (scim.user("member"), scim.user("stranger"));
    let group = scim.group("q9", &[&member]);
    let before = scim.read_group(&group);
    scim.patch_group(&group, &json!([{"op": "add", "path": "members", "value": [{"value": member}]}]));
    scim.patch_group(&group, &json!([{"op": "remove", "path": format!("members[value eq \"{stranger}\"]")}]));
    scim.patch_group(&group, &json!([{"op": "remove", "path": format!("members[value eq \"{NOBODY}\"]")}]));
    assert_eq!(scim.read_group(&group), before, "nothing changed, not even the version");
}

#[test]
fn own_10_q9_tolerant_takes_what_is_so_already_as_done() {
    q9(&Server::start().client());
}

#[test]
fn own_10_q9_strict_takes_what_is_so_already_as_done() {
    q9(&Server::start().strict());
}

fn q10_members(scim: &Client) {
    let member = scim.user("member");
    let group = scim.group("q10", &[]);
    let operations = json!([
        {"op": "add", "path": "members", "value": [{"value": member}, {"value": NOBODY}]}
    ]);
    let detail = scim.patch(&format!("/Groups/{group}"), &operations).error(400, "invalidValue");
    assert!(detail.contains(NOBODY), "the detail names no id: {detail}");
    assert!(!detail.contains(&member), "the detail names an id that is fine: {detail}");
    assert!(scim.members(&group).is_empty(), "half a PATCH was applied");
    let body = json!({"schemas": [GROUP], "displayName": "born dangling", "members": [{"value": NOBODY}]});
    let detail = scim.post("/Groups", &body).error(400, "invalidValue");
    assert!(detail.contains(NOBODY), "the detail names no id: {detail}");
    let put = json!({"schemas": [GROUP], "displayName": "q10", "members": [{"value": NOBODY}]});
    scim.put(&format!("/Groups/{group}"), &put).error(400, "invalidValue");
    assert_eq!(scim.total("/Groups"), 1);
    assert!(scim.members(&group).is_empty());
}

#[test]
fn own_10_q10_tolerant_refuses_members_nobody_knows_by_id() {
    q10_members(&Server::start().client());
}

#[test]
fn own_10_q10_strict_refuses_members_nobody_knows_by_id() {
    q10_members(&Server::start().strict());
}

#[test]
fn own_10_q14_tolerant_wraps_a_bare_id_and_a_single_object() {
    let server = Server::start();
    let scim = server.client();
    let (first, second, third) = (scim.user("first"), scim.user("second"), scim.user("third"));
    let group = scim.group("q14", &[]);
    for value in [json!(first), json!({"value": second}), json!([third])] {
        scim.patch_group(&group, &json!([{"op": "add", "path": "members", "value": value}]));
    }
    assert_eq!(scim.members(&group), sorted(&[&first, &second, &third]));
    let user = scim.patch_user(
        &first,
        &json!([{"op": "add", "path": "emails", "value": {"type": "work", "value": "a@x"}}]),
    );
    assert_eq!(user["emails"], json!([{"type": "work", "value": "a@x"}]));
}

#[test]
fn own_10_q14_strict_refuses_a_bare_id_and_a_single_object() {
    let server = Server::start();
    let scim = server.strict();
    let user = scim.user("first");
    let group = scim.group("q14", &[]);
    for value in [json!(user), json!({"value": user}), json!([user])] {
        let operations = json!([{"op": "add", "path": "members", "value": value}]);
        scim.patch(&format!("/Groups/{group}"), &operations).error(400, "invalidValue");
    }
    assert!(scim.members(&group).is_empty());
}
