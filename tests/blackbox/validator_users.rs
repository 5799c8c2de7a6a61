//! VAL-U1 to VAL-U13: what Microsoft's SCIM Validator asks of users, in the shapes it was recorded with.

use serde_json::json;

use crate::bodies::{operations, validator_user, validator_user_answered, verbose_values};
use crate::server::Server;
use crate::values::{ENTERPRISE, LIST, USER, as_sent, at};

const NAME: &str = "lorena@littel.us";

#[test]
fn val_u1_create_answers_201_and_the_filter_finds_it() {
    let server = Server::start();
    let scim = server.client();
    let answer = scim.post("/Users", &validator_user(NAME)).expect(201);
    let created = answer.json();
    assert_eq!(as_sent(&created), validator_user_answered(NAME));
    let location = format!("{}/Users/{}", server.ready.tenant_url, created["id"].as_str().unwrap());
    assert_eq!(answer.header("location"), Some(location.as_str()));
    assert_eq!(created["meta"]["location"], location);
    assert_eq!(created["meta"]["resourceType"], "User");
    assert_eq!(created["meta"]["created"], created["meta"]["lastModified"]);
    // the validator's own spelling of the query
    let listed = scim.get("/Users?filter=userName+eq+%22lorena%40littel.us%22").list();
    assert_eq!(listed, [created]);
}

#[test]
fn val_u2_a_second_post_of_the_same_user_is_409() {
    let server = Server::start();
    let scim = server.client();
    let first = scim.create_user(&validator_user(NAME));
    let detail = scim.post("/Users", &validator_user(NAME)).error(409, "uniqueness");
    assert!(detail.contains(first["id"].as_str().unwrap()), "the detail names no holder: {detail}");
    assert_eq!(scim.total("/Users"), 1);
}

#[test]
fn val_u3_the_filter_finds_the_matches_and_nothing_else() {
    let server = Server::start();
    let scim = server.client();
    let created = scim.create_user(&validator_user(NAME));
    scim.create_user(&validator_user("another@littel.us"));
    let answer = scim.search("/Users", &format!("userName eq \"{NAME}\"")).expect(200);
    let body = answer.json();
    assert_eq!(body["schemas"], json!([LIST]));
    assert_eq!(body["totalResults"], 1);
    assert_eq!(body["Resources"], json!([created]));
    assert!(body["Resources"][0]["schemas"].as_array().unwrap().contains(&json!(USER)));
    for required in ["id", "userName", "meta"] {
        assert!(!body["Resources"][0][required].is_null(), "{required} is missing");
    }
}

#[test]
fn val_u4_a_filter_that_misses_answers_200_and_an_empty_list() {
    let server = Server::start();
    let scim = server.client();
    scim.create_user(&validator_user(NAME));
    let answer = scim.search("/Users", "userName eq \"nonexistent_littel@schaden.us\"").expect(200);
    assert_eq!(answer.json()["totalResults"], 0);
    assert_eq!(answer.json()["Resources"], json!([]));
}

#[test]
fn val_u5_a_filter_in_another_case_finds_the_user() {
    let server = Server::start();
    let scim = server.client();
    let created = scim.create_user(&validator_user(NAME));
    let found = scim.find("/Users", &format!("userName eq \"{}\"", NAME.to_uppercase()));
    assert_eq!(found, [created]);
    assert_eq!(found[0]["userName"], NAME, "the name comes back as sent");
}

#[test]
fn val_u6_one_patch_replaces_36_values() {
    let server = Server::start();
    let scim = server.client();
    let mut user = validator_user(NAME);
    // every flag starts as the opposite, so that a replace that does nothing is seen
    user["active"] = json!(false);
    for attribute in ["emails", "addresses", "phoneNumbers"] {
        user[attribute][0]["primary"] = json!(false);
    }
    let id = scim.create_user(&user)["id"].as_str().unwrap().to_owned();
    let values = verbose_values();
    let patched = scim.patch_user(&id, &operations("replace", &values));
    for (path, value) in &values {
        assert_eq!(at(&patched, path), value, "{path}");
    }
    assert_eq!(patched["emails"].as_array().unwrap().len(), 1);
    assert_eq!(patched["addresses"].as_array().unwrap().len(), 1);
    assert_eq!(patched["phoneNumbers"].as_array().unwrap().len(), 3);
    assert_eq!(patched["roles"].as_array().unwrap().len(), 1);
    assert_eq!(at(&patched, &format!("{ENTERPRISE}:manager.value")), "WSBTPJCDGOXN", "not touched");
}

#[test]
fn val_u7_one_patch_adds_36_values_to_a_bare_user() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.create_user(&json!({"userName": NAME, "schemas": [USER, ENTERPRISE]}))["id"].clone();
    let values = verbose_values();
    let patched = scim.patch_user(id.as_str().unwrap(), &operations("add", &values));
    for (path, value) in &values {
        assert_eq!(at(&patched, path), value, "{path}");
    }
    let role = json!([{
        "primary": true, "display": "SBFVOTLOBYXE", "value": "PGWNHRBIOEJQ", "type": "HYQLTTRNPJLS"
    }]);
    assert_eq!(patched["roles"], role, "the role is made with primary true");
    assert_eq!(patched["phoneNumbers"].as_array().unwrap().len(), 3);
    assert_eq!(patched["addresses"].as_array().unwrap().len(), 1);
    assert!(patched["schemas"].as_array().unwrap().contains(&json!(ENTERPRISE)));
}

#[test]
fn val_u8_a_changed_user_name_is_visible_and_frees_the_old_one() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("pietro@deckow.biz");
    let patched =
        scim.patch_user(&id, &json!([{"op": "replace", "value": {"userName": "eloy@kiehnkrajcik.ca"}}]));
    assert_eq!(patched["userName"], "eloy@kiehnkrajcik.ca");
    assert_eq!(scim.find("/Users", "userName eq \"pietro@deckow.biz\""), [] as [serde_json::Value; 0]);
    assert_eq!(scim.find_ids("/Users", "userName eq \"eloy@kiehnkrajcik.ca\""), [id]);
    scim.user("pietro@deckow.biz");
}

#[test]
fn val_u9_a_disabled_user_is_still_answered_with_active_false() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.create_user(&validator_user(NAME))["id"].as_str().unwrap().to_owned();
    scim.patch_user(&id, &json!([{"op": "replace", "path": "active", "value": false}]));
    assert_eq!(scim.read_user(&id)["active"], false);
    let found = scim.find("/Users", &format!("userName eq \"{NAME}\""));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["active"], false);
}

#[test]
fn val_u10_a_manager_is_added() {
    let server = Server::start();
    let scim = server.client();
    let manager = scim.user("manager");
    let id = scim.create_user(&json!({"userName": NAME, "schemas": [USER, ENTERPRISE]}))["id"].clone();
    let path = format!("{ENTERPRISE}:manager");
    let patched = scim
        .patch_user(id.as_str().unwrap(), &json!([{"op": "add", "path": path, "value": {"value": manager}}]));
    assert_eq!(patched[ENTERPRISE]["manager"]["value"], manager);
}

#[test]
fn val_u11_a_manager_is_replaced() {
    let server = Server::start();
    let scim = server.client();
    let (first, second) = (scim.user("first"), scim.user("second"));
    let body = json!({
        "userName": NAME, "schemas": [USER, ENTERPRISE], ENTERPRISE: {"manager": {"value": first}}
    });
    let id = scim.create_user(&body)["id"].as_str().unwrap().to_owned();
    let path = format!("{ENTERPRISE}:manager");
    let patched = scim.patch_user(&id, &json!([{"op": "replace", "path": path, "value": {"value": second}}]));
    assert_eq!(patched[ENTERPRISE]["manager"]["value"], second);
    assert_eq!(scim.find_ids("/Users", &format!("{ENTERPRISE}:manager eq \"{second}\"")), [id]);
    assert!(scim.find_ids("/Users", &format!("{ENTERPRISE}:manager eq \"{first}\"")).is_empty());
}

#[test]
fn val_u12_a_manager_replaced_with_an_empty_value_is_absent() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.create_user(&validator_user(NAME))["id"].as_str().unwrap().to_owned();
    let path = format!("{ENTERPRISE}:manager");
    let patched = scim.patch_user(&id, &json!([{"op": "replace", "path": path, "value": {"value": ""}}]));
    assert!(patched[ENTERPRISE].get("manager").is_none(), "{patched}");
    assert_eq!(patched[ENTERPRISE]["department"], "VWIMNRWFASQP", "the rest of the extension stays");
}

#[test]
fn val_u13_a_deleted_user_is_gone() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.create_user(&validator_user(NAME))["id"].as_str().unwrap().to_owned();
    scim.delete(&format!("/Users/{id}")).expect(204);
    let detail = scim.get(&format!("/Users/{id}")).expect(404).json()["detail"].clone();
    assert!(detail.as_str().unwrap().contains(&id), "the detail names no id: {detail}");
    assert!(scim.find("/Users", &format!("userName eq \"{NAME}\"")).is_empty());
}
