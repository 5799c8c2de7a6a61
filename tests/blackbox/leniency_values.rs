//! OWN-10, second part: the leniency rows about values, each tolerant and strict.
//!
//! Rows: Q2, Q6, Q12, Q13, Q15, and the manager half of Q10.

use serde_json::{Value, json};

use crate::bodies::{validator_user, validator_user_answered};
use crate::client::Client;
use crate::server::Server;
use crate::values::{ENTERPRISE, GROUP, NOBODY, USER, as_sent, at};

#[test]
fn own_10_q2_tolerant_takes_booleans_as_text() {
    let server = Server::start();
    let scim = server.client();
    let body = |active: &str, primary: &str| {
        json!({
            "schemas": [USER], "userName": "q2", "active": active,
            "roles": [{"value": "admin", "primary": primary}]
        })
    };
    let created = scim.create_user(&body("True", "True"));
    assert_eq!((&created["active"], &created["roles"][0]["primary"]), (&json!(true), &json!(true)));
    let id = created["id"].as_str().unwrap();
    let put = scim.put(&format!("/Users/{id}"), &body("false", "False")).expect(200).json();
    assert_eq!((&put["active"], &put["roles"][0]["primary"]), (&json!(false), &json!(false)));
    for (text, flag) in [("True", true), ("False", false), ("true", true), ("false", false)] {
        let user = scim.patch_user(id, &json!([{"op": "replace", "path": "active", "value": text}]));
        assert_eq!(user["active"], flag, "{text}");
        let found = scim.find_ids("/Users", &format!("active eq \"{text}\""));
        assert_eq!(found, [id], "{text}");
        let other = if flag { "False" } else { "True" };
        assert!(scim.find_ids("/Users", &format!("active eq \"{other}\"")).is_empty(), "{other}");
    }
    let user = scim.patch_user(
        id,
        &json!([{"op": "replace", "path": r#"roles[value eq "admin"].primary"#, "value": "True"}]),
    );
    assert_eq!(user["roles"][0]["primary"], true);
}

#[test]
fn own_10_q2_strict_refuses_booleans_as_text() {
    let server = Server::start();
    let scim = server.strict();
    for body in [
        json!({"schemas": [USER], "userName": "q2", "active": "True"}),
        json!({"schemas": [USER], "userName": "q2", "roles": [{"value": "admin", "primary": "True"}]}),
    ] {
        scim.post("/Users", &body).error(400, "invalidValue");
    }
    assert_eq!(scim.total("/Users"), 0);
    let id = scim.create_user(&json!({"schemas": [USER], "userName": "q2", "active": true}))["id"].clone();
    let path = format!("/Users/{}", id.as_str().unwrap());
    let put = json!({"schemas": [USER], "userName": "q2", "active": "False"});
    scim.put(&path, &put).error(400, "invalidValue");
    let operations = json!([{"op": "replace", "path": "active", "value": "False"}]);
    scim.patch(&path, &operations).error(400, "invalidValue");
    scim.search("/Users", "active eq \"true\"").error(400, "invalidFilter");
    assert_eq!(scim.get(&path).expect(200).json()["active"], true);
    assert_eq!(scim.find("/Users", "active eq true").len(), 1);
}

fn q6_null(scim: &Client) {
    let user = json!({
        "schemas": [USER, ENTERPRISE], "userName": "q6", "title": "T",
        "name": {"givenName": "G", "familyName": "F"},
        "emails": [{"type": "work", "value": "a@x", "primary": true}, {"type": "home", "value": "b@x"}],
        ENTERPRISE: {"department": "D", "manager": {"value": NOBODY}}
    });
    let id = scim.create_user(&user)["id"].as_str().unwrap().to_owned();
    for path in ["title", "name.givenName", &format!("{ENTERPRISE}:manager")] {
        let user = scim.patch_user(&id, &json!([{"op": "replace", "path": path, "value": null}]));
        assert!(at(&user, path).is_null(), "{path}: {user}");
    }
    let user = scim.patch_user(&id, &json!([{"op": "replace", "value": {"name": null}}]));
    assert!(user.get("name").is_none(), "{user}");
    assert_eq!(user[ENTERPRISE], json!({"department": "D"}));
    let path = r#"emails[type eq "work"].value"#;
    let user = scim.patch_user(&id, &json!([{"op": "replace", "path": path, "value": null}]));
    assert_eq!(
        user["emails"],
        json!([{"type": "home", "value": "b@x"}]),
        "nothing but type and primary was left"
    );
}

#[test]
fn own_10_q6_tolerant_clears_with_null() {
    q6_null(&Server::start().client());
}

#[test]
fn own_10_q6_strict_clears_with_null() {
    q6_null(&Server::start().strict());
}

#[test]
fn own_10_q6_tolerant_clears_with_empty_text_once_and_again() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.create_user(&validator_user("q6"))["id"].as_str().unwrap().to_owned();
    let department = format!("{ENTERPRISE}:department");
    let paths = ["title", "name.familyName", r#"phoneNumbers[type eq "fax"].value"#, department.as_str()];
    for path in paths {
        for empty in [json!(""), Value::Null, json!("")] {
            let user = scim.patch_user(&id, &json!([{"op": "Replace", "path": path, "value": empty}]));
            assert!(at(&user, path).is_null(), "{path} after {empty}");
        }
    }
    let user = scim.read_user(&id);
    assert_eq!(user["phoneNumbers"].as_array().unwrap().len(), 2, "the emptied number is gone");
}

#[test]
fn own_10_q6_strict_does_not_take_empty_text_for_unassigned() {
    let server = Server::start();
    let scim = server.strict();
    let body = json!({"schemas": [USER], "userName": "q6", "title": "T"});
    let id = scim.create_user(&body)["id"].as_str().unwrap().to_owned();
    let answer = scim
        .patch(&format!("/Users/{id}"), &json!([{"op": "replace", "path": "title", "value": ""}]))
        .expect_one_of(&[200, 400]);
    let expected = if answer.status == 200 { "" } else { "T" };
    assert_eq!(scim.read_user(&id)["title"], expected, "cleared without being told to");
}

fn q10_manager(scim: &Client) {
    let body = json!({
        "schemas": [USER, ENTERPRISE], "userName": "q10", ENTERPRISE: {"manager": {"value": NOBODY}}
    });
    let created = scim.create_user(&body);
    assert_eq!(created[ENTERPRISE]["manager"]["value"], NOBODY);
    let id = created["id"].as_str().unwrap();
    let path = format!("{ENTERPRISE}:manager");
    let user = scim.patch_user(id, &json!([{"op": "replace", "path": path, "value": {"value": "no-uuid"}}]));
    assert_eq!(user[ENTERPRISE]["manager"]["value"], "no-uuid");
}

#[test]
fn own_10_q10_tolerant_keeps_a_manager_nobody_knows() {
    q10_manager(&Server::start().client());
}

#[test]
fn own_10_q10_strict_keeps_a_manager_nobody_knows() {
    q10_manager(&Server::start().strict());
}

fn q12(scim: &Client) {
    let body = json!({
        "schemas": [USER, ENTERPRISE], "userName": "q12", "title": null, "addresses": null,
        "name": {"givenName": "G", "familyName": null}, "emails": [{"type": "work", "value": "a@x", "display": null}],
        ENTERPRISE: {"department": "D", "manager": null, "costCenter": null}
    });
    let expected = json!({
        "schemas": [USER, ENTERPRISE], "userName": "q12", "name": {"givenName": "G"},
        "emails": [{"type": "work", "value": "a@x"}], ENTERPRISE: {"department": "D"}
    });
    let created = scim.create_user(&body);
    assert_eq!(as_sent(&created), expected);
    let id = created["id"].as_str().unwrap();
    scim.patch_user(id, &json!([{"op": "add", "path": "title", "value": "T"}]));
    let put = scim.put(&format!("/Users/{id}"), &body).expect(200).json();
    assert_eq!(as_sent(&put), expected, "null in a PUT clears");
    let group = json!({"schemas": [GROUP], "displayName": "q12", "externalId": null, "members": null});
    let created = scim.post("/Groups", &group).expect(201).json();
    assert_eq!(as_sent(&created), json!({"schemas": [GROUP], "displayName": "q12"}));
}

#[test]
fn own_10_q12_tolerant_takes_null_as_absent() {
    q12(&Server::start().client());
}

#[test]
fn own_10_q12_strict_takes_null_as_absent() {
    q12(&Server::start().strict());
}

#[test]
fn own_10_q13_tolerant_takes_free_text_for_canonical_values() {
    let server = Server::start();
    let scim = server.client();
    let mut body = validator_user("q13");
    body["roles"][0]["primary"] = json!(true);
    body["emails"][0]["type"] = json!("carrier-pigeon");
    let mut expected = validator_user_answered("q13");
    expected["emails"][0]["type"] = json!("carrier-pigeon");
    let created = scim.create_user(&body);
    assert_eq!(as_sent(&created), expected, "free text comes back as sent");
    let id = created["id"].as_str().unwrap();
    for (path, value) in [("locale", "??"), ("timezone", "Mars/Olympus"), ("profileUrl", "not a URI")] {
        let user = scim.patch_user(id, &json!([{"op": "replace", "path": path, "value": value}]));
        assert_eq!(user[path], value);
    }
}

#[test]
fn own_10_q13_strict_takes_free_types_and_no_free_forms() {
    let server = Server::start();
    let scim = server.strict();
    let emails = json!([{"type": "carrier-pigeon", "value": "a@example.com"}]);
    let created = scim.create_user(&json!({"schemas": [USER], "userName": "q13", "emails": emails}));
    assert_eq!(created["emails"], emails, "canonical values are hints (RFC 7643 section 2.3.1)");
    let id = created["id"].as_str().unwrap();
    for (path, value) in [("locale", "??"), ("timezone", "not a zone"), ("profileUrl", "not a URI")] {
        let operations = json!([{"op": "replace", "path": path, "value": value}]);
        scim.patch(&format!("/Users/{id}"), &operations).error(400, "invalidValue");
    }
}

#[test]
fn own_10_q15_tolerant_takes_a_manager_in_every_shape() {
    let server = Server::start();
    let scim = server.client();
    let boss = scim.user("boss");
    let reference = format!("{}/Users/{boss}", server.ready.tenant_url);
    let shapes = [
        json!(boss),
        json!({"value": boss}),
        json!([{"value": boss}]),
        json!([{"$ref": reference, "value": boss}]),
    ];
    for (n, shape) in shapes.iter().enumerate() {
        let body = json!({
            "schemas": [USER, ENTERPRISE], "userName": format!("posted-{n}"), ENTERPRISE: {"manager": shape}
        });
        let posted = scim.create_user(&body);
        assert_eq!(posted[ENTERPRISE]["manager"]["value"], boss, "POST {shape}");
        let id = scim.user(&format!("patched-{n}"));
        for path in ["manager".to_owned(), format!("{ENTERPRISE}:manager")] {
            let user = scim.patch_user(&id, &json!([{"op": "Add", "path": path, "value": shape}]));
            assert_eq!(user[ENTERPRISE]["manager"]["value"], boss, "{path} {shape}");
            scim.patch_user(&id, &json!([{"op": "remove", "path": format!("{ENTERPRISE}:manager")}]));
        }
    }
}

#[test]
fn own_10_q15_strict_takes_a_manager_as_an_object_only() {
    let server = Server::start();
    let scim = server.strict();
    let boss = scim.user("boss");
    let id = scim.user("q15");
    let path = format!("{ENTERPRISE}:manager");
    for (n, shape) in [json!(boss), json!([{"value": boss}])].iter().enumerate() {
        let operations = json!([{"op": "add", "path": path, "value": shape}]);
        scim.patch(&format!("/Users/{id}"), &operations).error(400, "invalidValue");
        let body = json!({
            "schemas": [USER, ENTERPRISE], "userName": format!("posted-{n}"), ENTERPRISE: {"manager": shape}
        });
        scim.post("/Users", &body).error(400, "invalidValue");
    }
    assert!(scim.read_user(&id).get(ENTERPRISE).is_none());
    let user = scim.patch_user(&id, &json!([{"op": "add", "path": path, "value": {"value": boss}}]));
    assert_eq!(user[ENTERPRISE]["manager"]["value"], boss);
}
