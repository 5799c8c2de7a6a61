//! OKT-S1 to OKT-S12 and OKT-C: Okta's SPEC suite and its CRUD suite.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bodies::okta_user;
use crate::server::Server;
use crate::values::{ERROR, LIST, NOBODY, USER};

#[test]
fn okt_s1_the_first_user_is_listed_with_numbers() {
    let server = Server::start();
    let scim = server.client();
    scim.create_user(&okta_user("one@example.com"));
    scim.create_user(&okta_user("two@example.com"));
    let body = scim.get("/Users?count=1&startIndex=1").expect(200).json();
    assert_eq!(body["schemas"], json!([LIST]));
    assert_eq!(body["totalResults"], 2);
    assert_eq!(body["itemsPerPage"], 1);
    assert_eq!(body["startIndex"], 1);
    let resources = body["Resources"].as_array().unwrap();
    assert_eq!(resources.len(), 1);
    let user = &resources[0];
    assert!(!user["id"].as_str().unwrap().is_empty());
    assert_eq!(user["name"]["familyName"], "User");
    assert_eq!(user["name"]["givenName"], "Test");
    assert_eq!(user["active"], true);
    assert_eq!(user["emails"][0]["value"], user["userName"]);
}

#[test]
fn okt_s2_the_listed_id_is_read() {
    let server = Server::start();
    let scim = server.client();
    scim.create_user(&okta_user("one@example.com"));
    let listed = scim.get("/Users?count=1&startIndex=1").list().remove(0);
    let read = scim.read_user(listed["id"].as_str().unwrap());
    assert_eq!(read, listed);
    assert_eq!(read["userName"], "one@example.com");
}

#[test]
fn okt_s3_an_invalid_user_is_not_found() {
    let server = Server::start();
    let scim = server.client();
    scim.create_user(&okta_user("one@example.com"));
    let body = scim.search("/Users", "userName eq \"abcdefgh@atko.com\"").expect(200).json();
    assert_eq!(body["schemas"], json!([LIST]));
    assert_eq!(body["totalResults"], 0);
}

#[test]
fn okt_s4_an_unknown_id_is_404_with_a_detail() {
    let server = Server::start();
    let body = server.client().get("/Users/010101001010101011001010101011").expect(404).json();
    assert!(!body["detail"].as_str().unwrap().is_empty());
    assert_eq!(body["schemas"], json!([ERROR]));
}

#[test]
fn okt_s5_a_random_user_is_not_there_yet() {
    let server = Server::start();
    let scim = server.client();
    let filter = "filter=userName%20eq%20%22Runscope300Zxy%40atko.com%22";
    assert_eq!(scim.get(&format!("/Users?{filter}")).expect(200).json()["totalResults"], 0);
    scim.create_user(&okta_user("runscope300zxy@atko.com"));
    assert_eq!(scim.get(&format!("/Users?{filter}")).expect(200).json()["totalResults"], 1);
}

#[test]
fn okt_s6_a_user_is_created_from_plain_json() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({
        "schemas": [USER],
        "userName": "Runscope300Zxy@atko.com",
        "name": {"givenName": "Runscope", "familyName": "Zxy"},
        "emails": [{"primary": true, "value": "Runscope300Zxy@atko.com", "type": "work"}],
        "displayName": "Runscope Zxy",
        "active": true
    })
    .to_string();
    let headers = [("content-type", "application/json")];
    let created = scim.send("POST", "/Users", &headers, Some(body.as_bytes())).expect(201).json();
    assert_eq!(created["active"], true);
    assert!(!created["id"].as_str().unwrap().is_empty());
    assert_eq!(created["name"], json!({"givenName": "Runscope", "familyName": "Zxy"}));
    assert_eq!(created["schemas"], json!([USER]));
    assert_eq!(created["userName"], "Runscope300Zxy@atko.com");
}

#[test]
fn okt_s7_the_created_user_is_read() {
    let server = Server::start();
    let scim = server.client();
    let created = scim.create_user(&okta_user("one@example.com"));
    let read = scim.read_user(created["id"].as_str().unwrap());
    assert_eq!(read["userName"], "one@example.com");
    assert_eq!(read["name"], json!({"givenName": "Test", "familyName": "User"}));
    assert_eq!(read, created);
}

#[test]
fn okt_s8_the_same_user_again_is_409() {
    let server = Server::start();
    let scim = server.client();
    scim.create_user(&okta_user("one@example.com"));
    scim.post("/Users", &okta_user("one@example.com")).error(409, "uniqueness");
    assert_eq!(scim.total("/Users"), 1);
}

#[test]
fn okt_s9_a_user_name_in_upper_case_is_found() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.create_user(&okta_user("one@example.com"))["id"].clone();
    assert_eq!(scim.find_ids("/Users", "userName eq \"ONE@EXAMPLE.COM\""), [id.as_str().unwrap()]);
}

#[test]
fn okt_s10_groups_are_listed_within_600_ms() {
    let server = Server::start();
    let scim = server.client();
    let member = scim.user("member");
    for n in 0..20 {
        scim.group(&format!("group {n}"), &[&member]);
    }
    let began = Instant::now();
    let groups = scim.get("/Groups").list();
    let took = began.elapsed();
    assert_eq!(groups.len(), 20);
    assert!(took < Duration::from_millis(600), "took {took:?}");
}

#[test]
fn okt_s11_a_garbage_authorization_is_401() {
    let server = Server::start();
    for garbage in ["non-token", "Bearer non-token", "Bearer", "Basic dTpw", ""] {
        let scim = server.client().with_authorization(garbage);
        let body = scim.get("/Users").expect(401).json();
        assert_eq!(body["status"], "401", "{garbage:?}");
        assert_eq!(body["schemas"], json!([ERROR]));
        assert!(!body["detail"].as_str().unwrap().is_empty());
    }
    server.stranger().get("/Users").expect(401);
}

#[test]
fn okt_s12_the_status_of_a_404_is_text() {
    let server = Server::start();
    let body = server.client().get(&format!("/Users/{NOBODY}")).expect(404).json();
    assert_eq!(body["status"], Value::String("404".to_owned()));
    assert_eq!(body["schemas"], json!([ERROR]));
}

#[test]
fn okt_c_a_user_is_assigned_changed_deactivated_and_assigned_again() {
    let server = Server::start();
    let scim = server.client();
    let created = scim.create_user(&okta_user("crud@example.com"));
    let id = created["id"].as_str().unwrap();
    let mut whole = scim.read_user(id);
    whole["name"]["givenName"] = json!("Changed");
    let changed = scim.put(&format!("/Users/{id}"), &whole).expect(200).json();
    assert_eq!(changed["name"]["givenName"], "Changed");
    let off = scim.patch_user(id, &json!([{"op": "replace", "value": {"active": false}}]));
    assert_eq!(off["active"], false);
    assert_eq!(off["name"]["givenName"], "Changed");
    let found = scim.find("/Users", "userName eq \"crud@example.com\"");
    assert_eq!(found, [off]);
    let on = scim.patch_user(id, &json!([{"op": "replace", "value": {"active": true}}]));
    assert_eq!(on["active"], true);
    assert_eq!(on["id"], id, "the same user");
}
