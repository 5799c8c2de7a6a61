//! VAL-P1 to VAL-P7: the validator's preview tests.

use serde_json::json;

use crate::server::Server;
use crate::values::NOBODY;

#[test]
fn val_p1_one_patch_adds_one_attribute_and_replaces_another() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.create_user(&json!({
        "schemas": [crate::values::USER], "userName": "multi-op", "title": "old"
    }))["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let patched = scim.patch_user(
        &id,
        &json!([
            {"op": "add", "path": "displayName", "value": "GLXDNHKAUQCV"},
            {"op": "replace", "path": "title", "value": "OQPLZTTYFXIO"}
        ]),
    );
    assert_eq!(patched["displayName"], "GLXDNHKAUQCV");
    assert_eq!(patched["title"], "OQPLZTTYFXIO");
}

#[test]
fn val_p2_of_two_operations_on_one_attribute_the_last_wins() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("twice");
    let patched = scim.patch_user(
        &id,
        &json!([
            {"op": "replace", "path": "displayName", "value": "first"},
            {"op": "replace", "path": "displayName", "value": "last"}
        ]),
    );
    assert_eq!(patched["displayName"], "last");
    let patched = scim.patch_user(
        &id,
        &json!([
            {"op": "remove", "path": "displayName"},
            {"op": "add", "path": "displayName", "value": "again"}
        ]),
    );
    assert_eq!(patched["displayName"], "again");
}

#[test]
fn val_p3_deleting_an_unknown_user_is_404() {
    let server = Server::start();
    let scim = server.client();
    scim.delete(&format!("/Users/{NOBODY}")).expect(404);
    scim.delete("/Users/not-even-an-id").expect(404);
}

#[test]
fn val_p4_deleting_a_user_twice_is_204_then_404() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("twice");
    scim.delete(&format!("/Users/{id}")).expect(204);
    scim.delete(&format!("/Users/{id}")).expect(404);
    assert_eq!(scim.total("/Users"), 0);
}

#[test]
fn val_p5_a_member_added_and_removed_in_one_patch_is_not_a_member() {
    let server = Server::start();
    let scim = server.client();
    let (user, other) = (scim.user("user"), scim.user("other"));
    let group = scim.group("group", &[&other]);
    scim.patch_group(
        &group,
        &json!([
            {"op": "add", "path": "members", "value": [{"value": user}]},
            {"op": "remove", "path": format!("members[value eq \"{user}\"]")}
        ]),
    );
    assert_eq!(scim.members(&group), [other]);
    assert!(scim.read_user(&user).get("groups").is_none());
    // and the other way round it is one
    scim.patch_group(
        &group,
        &json!([
            {"op": "remove", "path": format!("members[value eq \"{user}\"]")},
            {"op": "add", "path": "members", "value": [{"value": user}]}
        ]),
    );
    assert!(scim.members(&group).contains(&user));
}

#[test]
fn val_p6_deleting_an_unknown_group_is_404() {
    let server = Server::start();
    let scim = server.client();
    scim.delete(&format!("/Groups/{NOBODY}")).expect(404);
    let user = scim.user("not-a-group");
    scim.delete(&format!("/Groups/{user}")).expect(404);
    scim.read_user(&user);
}

#[test]
fn val_p7_deleting_a_group_twice_is_204_then_404() {
    let server = Server::start();
    let scim = server.client();
    let group = scim.group("twice", &[]);
    scim.delete(&format!("/Groups/{group}")).expect(204);
    scim.delete(&format!("/Groups/{group}")).expect(404);
    assert_eq!(scim.total("/Groups"), 0);
}
