//! VAL-G1 to VAL-G12: what Microsoft's SCIM Validator asks of groups.

use serde_json::{Value, json};

use crate::client::{Client, percent};
use crate::server::Server;
use crate::values::{GROUP, LIST, sorted};

const NAME: &str = "ALFZQDJMKQQE";

fn validator_group(scim: &Client) -> Value {
    let body = json!({"displayName": NAME, "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
        "schemas": [GROUP]});
    scim.post("/Groups", &body).expect(201).json()
}

fn id_of(group: &Value) -> &str {
    group["id"].as_str().unwrap()
}

#[test]
fn val_g1_a_group_without_members_is_read_by_id() {
    let server = Server::start();
    let scim = server.client();
    let member = scim.user("member");
    let group = scim.group(NAME, &[&member]);
    let read = scim.get(&format!("/Groups/{group}?excludedAttributes=members")).expect(200).json();
    assert!(read.get("members").is_none(), "{read}");
    assert_eq!(read["displayName"], NAME);
    assert_eq!(scim.members(&group), [member], "the member is there all the same");
}

#[test]
fn val_g2_a_group_without_members_is_found_by_name() {
    let server = Server::start();
    let scim = server.client();
    let member = scim.user("member");
    let group = scim.group(NAME, &[&member]);
    scim.group("another", &[]);
    let filter = percent(&format!("displayName eq \"{NAME}\""));
    let body = scim.get(&format!("/Groups?excludedAttributes=members&filter={filter}")).expect(200).json();
    assert_eq!(body["schemas"], json!([LIST]));
    assert_eq!(body["totalResults"], 1);
    let resources = body["Resources"].as_array().unwrap();
    assert_eq!(resources.len(), 1);
    assert_eq!(resources[0]["id"], group);
    assert_eq!(resources[0]["displayName"], NAME);
    assert!(resources[0].get("members").is_none(), "{body}");
}

#[test]
fn val_g3_the_filter_finds_the_group() {
    let server = Server::start();
    let scim = server.client();
    let group = validator_group(&scim);
    scim.group("another", &[]);
    assert_eq!(scim.find("/Groups", &format!("displayName eq \"{NAME}\"")), [group]);
}

#[test]
fn val_g4_a_filter_that_misses_answers_200_and_an_empty_list() {
    let server = Server::start();
    let scim = server.client();
    validator_group(&scim);
    let answer = scim.search("/Groups", "displayName eq \"non_existing_JRGIEULTDYTH\"").expect(200);
    assert_eq!(answer.json()["totalResults"], 0);
    assert_eq!(answer.json()["Resources"], json!([]));
}

#[test]
fn val_g5_a_filter_in_lower_case_finds_the_group() {
    let server = Server::start();
    let scim = server.client();
    let group = validator_group(&scim);
    let found = scim.find("/Groups", &format!("displayName eq \"{}\"", NAME.to_lowercase()));
    assert_eq!(found, [group]);
    assert_eq!(found[0]["displayName"], NAME, "the name comes back as sent");
}

#[test]
fn val_g6_a_group_is_created() {
    let server = Server::start();
    let scim = server.client();
    let group = validator_group(&scim);
    assert_eq!(group["displayName"], NAME);
    assert_eq!(group["externalId"], "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159");
    assert_eq!(group["schemas"], json!([GROUP]));
    assert_eq!(group["meta"]["resourceType"], "Group");
    assert_eq!(scim.read_group(id_of(&group)), group);
}

#[test]
fn val_g7_a_second_group_of_the_name_is_409() {
    let server = Server::start();
    let scim = server.client();
    let first = validator_group(&scim);
    let body = json!({"displayName": NAME, "externalId": "another", "schemas": [GROUP]});
    let detail = scim.post("/Groups", &body).error(409, "uniqueness");
    assert!(detail.contains(id_of(&first)), "the detail names no holder: {detail}");
    assert_eq!(scim.total("/Groups"), 1);
}

#[test]
fn val_g8_the_external_id_is_replaced() {
    let server = Server::start();
    let scim = server.client();
    let group = validator_group(&scim);
    scim.patch_group(id_of(&group), &json!([{"op": "replace", "value": {"externalId": "0c7c31e6"}}]));
    let read = scim.read_group(id_of(&group));
    assert_eq!(read["externalId"], "0c7c31e6");
    assert_eq!(read["displayName"], NAME);
    assert_eq!(scim.find_ids("/Groups", "externalId eq \"0c7c31e6\""), [id_of(&group)]);
}

#[test]
fn val_g9_the_name_is_replaced() {
    let server = Server::start();
    let scim = server.client();
    let group = validator_group(&scim);
    scim.patch_group(id_of(&group), &json!([{"op": "replace", "value": {"displayName": "HJKXSPPCQUOG"}}]));
    assert_eq!(scim.read_group(id_of(&group))["displayName"], "HJKXSPPCQUOG");
    assert_eq!(scim.find_ids("/Groups", "displayName eq \"HJKXSPPCQUOG\""), [id_of(&group)]);
    assert!(scim.find_ids("/Groups", &format!("displayName eq \"{NAME}\"")).is_empty());
}

#[test]
fn val_g10_the_members_are_replaced_with_one() {
    let server = Server::start();
    let scim = server.client();
    let (old, new) = (scim.user("old"), scim.user("new"));
    let group = scim.group(NAME, &[&old]);
    scim.patch_group(&group, &json!([{"op": "replace", "path": "members", "value": [{"value": new}]}]));
    assert_eq!(scim.members(&group), [new]);
}

#[test]
fn val_g11_a_member_is_removed_by_filter() {
    let server = Server::start();
    let scim = server.client();
    let (goes, stays) = (scim.user("goes"), scim.user("stays"));
    let group = scim.group(NAME, &[&goes, &stays]);
    assert_eq!(scim.members(&group), sorted(&[&goes, &stays]));
    let path = format!("members[value eq \"{goes}\"]");
    scim.patch_group(&group, &json!([{"op": "remove", "path": path}]));
    assert_eq!(scim.members(&group), [stays]);
}

#[test]
fn val_g12_a_deleted_group_is_gone() {
    let server = Server::start();
    let scim = server.client();
    let member = scim.user("member");
    let group = scim.group(NAME, &[&member]);
    scim.delete(&format!("/Groups/{group}")).expect(204);
    scim.get(&format!("/Groups/{group}")).expect(404);
    assert!(scim.find("/Groups", &format!("displayName eq \"{NAME}\"")).is_empty());
    assert!(scim.read_user(&member).get("groups").is_none(), "the member still names the group");
}
