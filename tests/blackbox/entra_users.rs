//! Rows E4, E5, E13, E21 to E23, E29 to E31 and E35 to E37: Entra and users.

use serde_json::{Value, json};

use crate::bodies::entra_user;
use crate::server::Server;
use crate::values::{ENTERPRISE, USER, as_sent};

#[test]
fn e4_active_as_text_disables_and_enables() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.create_user(&entra_user("e4"))["id"].as_str().unwrap().to_owned();
    for (value, flag) in [(json!("False"), false), (json!("True"), true), (json!(false), false)] {
        let user = scim.patch_user(&id, &json!([{"op": "Replace", "path": "active", "value": value}]));
        assert_eq!(user["active"], flag, "{value}");
    }
}

#[test]
fn e5_a_post_with_booleans_as_text_is_created() {
    let server = Server::start();
    let scim = server.client();
    let mut body = entra_user("e5");
    body["active"] = json!("True");
    body["emails"][0]["primary"] = json!("True");
    body["phoneNumbers"] = json!([{"type": "mobile", "value": "1", "primary": "false"}]);
    let created = scim.create_user(&body);
    assert_eq!(created["active"], true);
    assert_eq!(created["emails"][0]["primary"], true);
    assert_eq!(created["phoneNumbers"][0]["primary"], false);
}

#[test]
fn e13_meta_and_empty_roles_in_a_post_are_ignored() {
    let server = Server::start();
    let scim = server.client();
    let mut body = entra_user("Test_User_dfeef4c5");
    assert_eq!((&body["meta"], &body["roles"]), (&json!({"resourceType": "User"}), &json!([])));
    body["meta"]["created"] = json!("2001-01-01T00:00:00Z");
    let created = scim.create_user(&body);
    assert!(created.get("roles").is_none());
    assert_ne!(created["meta"]["created"], "2001-01-01T00:00:00Z");
    let expected = json!({
        "schemas": [USER],
        "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
        "userName": "Test_User_dfeef4c5",
        "active": true,
        "emails": [{"primary": true, "type": "work", "value": "Test_User_dfeef4c5@testuser.com"}],
        "name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"}
    });
    assert_eq!(as_sent(&created), expected, "no data, so no URI of the extension");
}

#[test]
fn e21_a_manager_as_text_is_stored_as_an_object() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("e21");
    let path = format!("{ENTERPRISE}:manager");
    let user = scim.patch_user(&id, &json!([{"op": "Add", "path": path, "value": "271"}]));
    assert_eq!(user[ENTERPRISE]["manager"]["value"], "271");
    assert_eq!(scim.find_ids("/Users", &format!("{ENTERPRISE}:manager.value eq \"271\"")), [id]);
}

#[test]
fn e22_an_empty_manager_removes_it() {
    let server = Server::start();
    let scim = server.client();
    let boss = scim.user("boss");
    let id = scim.user("e22");
    let path = format!("{ENTERPRISE}:manager");
    for op in ["Add", "Replace"] {
        for empty in [json!(""), json!({"value": ""}), json!({"value": null}), Value::Null] {
            scim.patch_user(&id, &json!([{"op": "Add", "path": path, "value": boss}]));
            let user = scim.patch_user(&id, &json!([{"op": op, "path": path, "value": empty}]));
            assert!(user.get(ENTERPRISE).is_none(), "{op} {empty}: {user}");
            assert_eq!(user["schemas"], json!([USER]), "{op} {empty}");
        }
    }
    let gone = format!("{ENTERPRISE}:manager eq \"{boss}\"");
    assert!(scim.find("/Users", &gone).is_empty(), "the index still knows the manager");
}

#[test]
fn e23_a_post_with_a_manager_as_text_is_answered_in_the_proper_form() {
    let server = Server::start();
    let scim = server.client();
    let mut body = entra_user("e23");
    body[ENTERPRISE] = json!({"manager": "someone", "department": "D"});
    let created = scim.create_user(&body);
    assert_eq!(created[ENTERPRISE]["manager"]["value"], "someone");
    assert_eq!(created[ENTERPRISE]["department"], "D");
    assert_eq!(scim.read_user(created["id"].as_str().unwrap()), created);
}

#[test]
fn e29_a_user_name_is_matched_without_case() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("Mixed.Case@Contoso.com");
    for name in ["mixed.case@contoso.com", "MIXED.CASE@CONTOSO.COM", "Mixed.Case@Contoso.com"] {
        let found = scim.find("/Users", &format!("userName eq \"{name}\""));
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0]["id"], id);
        assert_eq!(found[0]["userName"], "Mixed.Case@Contoso.com", "as sent");
    }
    // externalId is compared exactly
    scim.patch_user(&id, &json!([{"op": "Add", "path": "externalId", "value": "AbC"}]));
    assert_eq!(scim.find_ids("/Users", "externalId eq \"AbC\""), [id]);
    assert!(scim.find("/Users", "externalId eq \"abc\"").is_empty());
}

#[test]
fn e30_a_disabled_user_is_found_and_enabled_again() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.create_user(&entra_user("e30"))["id"].as_str().unwrap().to_owned();
    let off = scim.patch_user(&id, &json!([{"op": "Replace", "path": "active", "value": "False"}]));
    assert_eq!(off["active"], false);
    assert_eq!(scim.find("/Users", "userName eq \"e30\""), [off]);
    assert_eq!(scim.find_ids("/Users", "active eq false"), [id.as_str()]);
    let on = scim.patch_user(&id, &json!([{"op": "Replace", "path": "active", "value": "True"}]));
    assert_eq!(on["active"], true);
    assert!(scim.find("/Users", "active eq false").is_empty());
}

#[test]
fn e31_a_user_is_deleted_once() {
    let server = Server::start();
    let scim = server.client();
    let path = format!("/Users/{}", scim.create_user(&entra_user("e31"))["id"].as_str().unwrap());
    scim.delete(&path).expect(204);
    scim.delete(&path).expect(404);
    scim.get(&path).expect(404);
    scim.patch(&path, &json!([{"op": "Replace", "path": "active", "value": "True"}])).expect(404);
    scim.put(&path, &entra_user("e31")).expect(404);
}

#[test]
fn e35_values_come_back_as_they_were_sent() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({
        "schemas": [USER],
        "userName": " Ünï.Cödé@Contoso.COM",
        "displayName": "  two  spaces  ",
        "phoneNumbers": [{"type": "work", "value": "55555555555"}, {"type": "fax", "value": "+1 (555) 1"}],
        "emails": [{"type": "work", "value": "MiXeD@CoNtOsO.CoM"}],
        "addresses": [{"type": "work", "postalCode": "hb9 8px", "formatted": "a\nb\t\"c\"\\ \u{1F980}"}],
        "title": "e\u{301} is not \u{e9}"
    });
    let created = scim.create_user(&body);
    assert_eq!(as_sent(&created), body);
    let id = created["id"].as_str().unwrap();
    assert_eq!(as_sent(&scim.read_user(id)), body);
    let path = r#"phoneNumbers[type eq "work"].value"#;
    let user = scim.patch_user(id, &json!([{"op": "Replace", "path": path, "value": "0055 555"}]));
    assert_eq!(user["phoneNumbers"][0], json!({"type": "work", "value": "0055 555"}));
}

#[test]
fn e36_no_sub_attribute_is_invented() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({
        "schemas": [USER],
        "userName": "e36",
        "name": {"givenName": "Given"},
        "emails": [{"value": "a@x"}, {"type": "home", "value": "b@x"}],
        "addresses": [{"type": "work", "locality": "Here"}]
    });
    let created = scim.create_user(&body);
    assert_eq!(as_sent(&created), body);
    let listed = scim.find("/Users", "userName eq \"e36\"").remove(0);
    assert_eq!(as_sent(&listed), body);
}

#[test]
fn e37_an_empty_extension_is_dropped_with_its_urn() {
    let server = Server::start();
    let scim = server.client();
    for (n, extension) in [json!({}), json!({"department": null}), Value::Null].iter().enumerate() {
        let body = json!({
            "schemas": [USER, ENTERPRISE], "userName": format!("e37-{n}"), ENTERPRISE: extension
        });
        let created = scim.create_user(&body);
        assert_eq!(created["schemas"], json!([USER]), "{extension}");
        assert!(created.get(ENTERPRISE).is_none(), "{extension}");
    }
    let id = scim.user("emptied");
    let department = format!("{ENTERPRISE}:department");
    let user = scim.patch_user(&id, &json!([{"op": "add", "path": department, "value": "D"}]));
    assert_eq!(user["schemas"], json!([USER, ENTERPRISE]));
    let user = scim.patch_user(&id, &json!([{"op": "remove", "path": department}]));
    assert_eq!(user["schemas"], json!([USER]));
    assert!(user.get(ENTERPRISE).is_none());
}
