//! Rows E7 to E12, E14 to E16, E32, E40 and E41: Entra and groups.

use std::thread;

use serde_json::{Value, json};

use crate::client::{form, percent};
use crate::server::Server;
use crate::values::{GROUP, NOBODY, element, sorted};

#[test]
fn e7_remove_with_a_value_array_removes_only_those() {
    let server = Server::start();
    let scim = server.client();
    let (u1, u2, u3) = (scim.user("u1"), scim.user("u2"), scim.user("u3"));
    let group = scim.group("e7", &[&u1, &u2]);
    scim.patch_group(
        &group,
        &json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": u1}]}]),
    );
    assert_eq!(scim.members(&group), [u2.as_str()]);
    // not a member, and nobody at all: success, and never an empty group
    for absent in [u3.as_str(), u1.as_str(), NOBODY] {
        let value = json!([{"$ref": null, "value": absent}]);
        scim.patch_group(&group, &json!([{"op": "Remove", "path": "members", "value": value}]));
        assert_eq!(scim.members(&group), [u2.as_str()], "{absent}");
    }
    scim.patch_group(&group, &json!([{"op": "Remove", "path": "members", "value": []}]));
    assert_eq!(scim.members(&group), [u2], "an empty list removes nobody");
}

#[test]
fn e8_remove_with_a_filter_removes_that_one() {
    let server = Server::start();
    let scim = server.client();
    let (u1, u2) = (scim.user("u1"), scim.user("u2"));
    let group = scim.group("e8", &[&u1, &u2]);
    for _ in 0..2 {
        scim.patch_group(&group, &json!([{"op": "remove", "path": format!("members[value eq \"{u1}\"]")}]));
        assert_eq!(scim.members(&group), [u2.as_str()]);
    }
}

#[test]
fn e9_remove_without_a_value_empties_the_group() {
    let server = Server::start();
    let scim = server.client();
    let (u1, u2) = (scim.user("u1"), scim.user("u2"));
    let group = scim.group("e9", &[&u1, &u2]);
    scim.patch_group(&group, &json!([{"op": "Remove", "path": "members"}]));
    assert!(scim.members(&group).is_empty());
    assert!(scim.find("/Groups", &format!("members eq \"{u1}\"")).is_empty());
}

#[test]
fn e10_many_members_are_added_in_one_call() {
    let server = Server::start();
    let scim = server.client();
    let users: Vec<String> = (0..40).map(|n| scim.user(&format!("u{n}"))).collect();
    let ids: Vec<&str> = users.iter().map(String::as_str).collect();
    let group = scim.group("e10", &ids[..3]);
    let value: Value = ids.iter().map(|id| json!({"$ref": null, "value": id})).collect();
    scim.patch_group(&group, &json!([{"op": "Add", "path": "members", "value": value}]));
    assert_eq!(scim.members(&group), sorted(&ids), "the three that were members already are there once");
    let read = scim.read_group(&group);
    let member = element(&read["members"], "value", ids[7]);
    assert_eq!(member["type"], "User");
    assert_eq!(member["$ref"], format!("{}/Users/{}", server.ready.tenant_url, ids[7]));
}

#[test]
fn e11_parallel_patches_of_one_group_all_take_effect() {
    let server = Server::start();
    let scim = server.client();
    let users: Vec<String> = (0..80).map(|n| scim.user(&format!("u{n}"))).collect();
    let (stay, go) = users.split_at(40);
    let group = scim.group("e11", &go.iter().map(String::as_str).collect::<Vec<_>>());
    thread::scope(|scope| {
        for (comes, goes) in stay.chunks(10).zip(go.chunks(10)) {
            let (scim, group) = (&scim, &group);
            scope.spawn(move || {
                for id in comes {
                    let value = json!([{"$ref": null, "value": id}]);
                    scim.patch_group(group, &json!([{"op": "Add", "path": "members", "value": value}]));
                }
            });
            scope.spawn(move || {
                for id in goes {
                    let value = json!([{"$ref": null, "value": id}]);
                    scim.patch_group(group, &json!([{"op": "Remove", "path": "members", "value": value}]));
                }
            });
        }
    });
    assert_eq!(scim.members(&group), sorted(&stay.iter().map(String::as_str).collect::<Vec<_>>()));
}

#[test]
fn e12_the_extra_schema_uri_of_a_group_is_accepted_and_not_echoed() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
        "displayName": "displayName",
        "meta": {"resourceType": "Group"}
    });
    let created = scim.post("/Groups", &body).expect(201).json();
    assert_eq!(created["schemas"], json!([GROUP]));
    assert!(created.get("members").is_none());
    assert_eq!(created["displayName"], "displayName");
    assert_eq!(created["externalId"], "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159");
}

#[test]
fn e14_a_group_is_found_by_name_without_its_members() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("member");
    let group = scim.group("X", &[&user]);
    let path = format!("/Groups?excludedAttributes=members&filter={}", percent("displayName eq \"X\""));
    let found = scim.get(&path).list();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["id"], group);
    assert!(found[0].get("members").is_none());
    let with = scim.search("/Groups", "displayName eq \"X\"").list();
    assert_eq!(with[0]["members"][0]["value"], user);
}

#[test]
fn e15_a_group_is_read_without_its_members() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("member");
    let group = scim.group("X", &[&user]);
    for excluded in ["members", "MEMBERS", "urn:ietf:params:scim:schemas:core:2.0:Group:members"] {
        let read = scim.get(&format!("/Groups/{group}?excludedAttributes={excluded}")).expect(200).json();
        assert!(read.get("members").is_none(), "{excluded}");
        assert_eq!(read["displayName"], "X");
    }
}

#[test]
fn e16_a_reference_is_probed_by_filter() {
    let server = Server::start();
    let scim = server.client();
    let (user, other) = (scim.user("u"), scim.user("other"));
    let group = scim.group("g", &[&user]);
    let probe = |path: &str, filter: String| {
        scim.get(&format!("{path}?filter={}&attributes=id", form(&filter))).list()
    };
    let hit = probe("/Groups", format!("id eq \"{group}\" and members eq \"{user}\""));
    assert_eq!(hit, [json!({"schemas": [GROUP], "id": group})]);
    assert!(probe("/Groups", format!("id eq \"{group}\" and members eq \"{other}\"")).is_empty());
    assert!(probe("/Groups", format!("id eq \"{NOBODY}\" and members eq \"{user}\"")).is_empty());
    scim.patch_user(&user, &json!([{"op": "Add", "path": "manager", "value": other}]));
    let hit = probe("/Users", format!("id eq \"{user}\" and manager eq \"{other}\""));
    assert_eq!(hit.len(), 1);
    assert_eq!(hit[0]["id"], user);
    assert!(probe("/Users", format!("id eq \"{user}\" and manager eq \"{user}\"")).is_empty());
    assert!(probe("/Users", format!("id eq \"{other}\" and manager eq \"{other}\"")).is_empty());
}

#[test]
fn e32_a_group_patch_is_answered_with_204() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("member");
    let group = scim.group("e32", &[]);
    for operations in [
        json!([{"op": "Replace", "path": "displayName", "value": "renamed"}]),
        json!([{"op": "Add", "path": "members", "value": [{"value": user}]}]),
        json!([{"op": "Remove", "path": "members", "value": [{"value": user}]}]),
    ] {
        let answer = scim.patch(&format!("/Groups/{group}"), &operations).expect(204);
        assert!(answer.body.is_empty());
    }
    assert_eq!(scim.read_group(&group)["displayName"], "renamed");
}

#[test]
fn e40_a_group_name_is_unique_without_case() {
    let server = Server::start();
    let scim = server.client();
    let first = scim.group("Sales", &[]);
    let body = json!({"schemas": [GROUP], "displayName": "sALES"});
    let detail = scim.post("/Groups", &body).error(409, "uniqueness");
    assert!(detail.contains(&first), "the detail names no holder: {detail}");
    let second = scim.group("Marketing", &[]);
    let rename = json!([{"op": "Replace", "path": "displayName", "value": "SALES"}]);
    scim.patch(&format!("/Groups/{second}"), &rename).error(409, "uniqueness");
    assert_eq!(scim.read_group(&second)["displayName"], "Marketing");
    // its own name in another case is no conflict
    let own = json!([{"op": "Replace", "path": "displayName", "value": "MARKETING"}]);
    scim.patch_group(&second, &own);
    assert_eq!(scim.read_group(&second)["displayName"], "MARKETING");
    scim.delete(&format!("/Groups/{first}")).expect(204);
    scim.patch_group(&second, &rename);
}

#[test]
fn e41_an_unknown_member_is_refused_by_id_and_a_group_may_be_a_member() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("member");
    let inner = scim.group("inner", &[]);
    let outer = scim.group("outer", &[]);
    let value = json!([{"value": user}, {"value": NOBODY}]);
    let operations = json!([{"op": "Add", "path": "members", "value": value}]);
    let detail = scim.patch(&format!("/Groups/{outer}"), &operations).error(400, "invalidValue");
    assert!(detail.contains(NOBODY), "the detail names no id: {detail}");
    assert!(scim.members(&outer).is_empty());
    let operations = json!([{"op": "Add", "path": "members", "value": [{"value": user}]}]);
    scim.patch_group(&outer, &operations);
    let operations = json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": inner}]}]);
    scim.patch_group(&outer, &operations);
    let read = scim.read_group(&outer);
    let nested = element(&read["members"], "value", &inner);
    assert_eq!(nested["type"], "Group");
    assert_eq!(nested["$ref"], format!("{}/Groups/{inner}", server.ready.tenant_url));
}
