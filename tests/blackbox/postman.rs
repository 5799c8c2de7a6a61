//! REF-1 to REF-10: what Microsoft's reference Postman collection asks beyond the other suites.

use serde_json::{Value, json};

use crate::client::form;
use crate::server::Server;
use crate::values::{USER, sorted};

#[test]
fn ref_1_active_as_text_is_created_as_a_boolean() {
    let server = Server::start();
    let scim = server.client();
    for (name, text, flag) in [("on", "True", true), ("off", "False", false), ("low", "false", false)] {
        let created = scim.create_user(&json!({"schemas": [USER], "userName": name, "active": text}));
        assert_eq!(created["active"], flag, "{text}");
    }
}

#[test]
fn ref_2_junk_json_is_400() {
    let server = Server::start();
    let scim = server.client();
    for junk in ["junk", "{\"userName\": \"x\",}", "{\"userName\": \"x\"", "{'userName': 'x'}", "{} {}", ""] {
        scim.text("POST", "/Users", junk).error(400, "invalidSyntax");
    }
    assert_eq!(scim.total("/Users"), 0);
}

#[test]
fn ref_3_a_user_without_a_name_is_400() {
    let server = Server::start();
    let scim = server.client();
    for user_name in [None, Some(Value::Null), Some(json!(""))] {
        let mut body = json!({"schemas": [USER], "displayName": "nameless", "active": true});
        if let Some(user_name) = user_name {
            body["userName"] = user_name;
        }
        let detail = scim.post("/Users", &body).error(400, "invalidValue");
        assert!(detail.contains("userName"), "the detail names no attribute: {detail}");
    }
    assert_eq!(scim.total("/Users"), 0);
}

#[test]
fn ref_4_a_409_carries_a_detail() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("taken");
    let detail =
        scim.post("/Users", &json!({"schemas": [USER], "userName": "TAKEN"})).error(409, "uniqueness");
    assert!(detail.contains("userName"), "the detail names no attribute: {detail}");
    assert!(detail.contains(&id), "the detail names no holder: {detail}");
}

#[test]
fn ref_5_a_misspelled_attribute_in_a_put_is_ignored() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("put");
    let body = json!({
        "schemas": [USER], "id": id, "userName": "put", "displayNames": "misspelled", "title": "right"
    });
    let put = scim.put(&format!("/Users/{id}"), &body).expect(200).json();
    assert_eq!(put["title"], "right");
    assert!(put.get("displayNames").is_none());
    assert!(put.get("displayName").is_none());
    assert_eq!(scim.read_user(&id), put);
}

#[test]
fn ref_6_a_put_without_a_user_name_is_400() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("put");
    let before = scim.read_user(&id);
    let body = json!({"schemas": [USER], "id": id, "displayName": "nameless"});
    scim.put(&format!("/Users/{id}"), &body).error(400, "invalidValue");
    assert_eq!(scim.read_user(&id), before);
}

#[test]
fn ref_7_only_the_asked_attributes_are_answered() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({
        "schemas": [USER],
        "userName": "projected",
        "displayName": "not asked for",
        "emails": [{"type": "work", "value": "w@x"}, {"type": "home", "value": "h@x"}]
    });
    let id = scim.create_user(&body)["id"].clone();
    let listed = scim.get("/Users?attributes=userName,emails").list().remove(0);
    assert_eq!(
        listed,
        json!({"schemas": [USER], "id": id, "userName": "projected", "emails": body["emails"]})
    );
    let path = format!("/Users?attributes={}", form(r#"emails[type eq "work"]"#));
    let listed = scim.get(&path).list().remove(0);
    assert_eq!(listed["id"], id);
    assert_eq!(listed["emails"][0], json!({"type": "work", "value": "w@x"}));
    assert!(listed.get("userName").is_none() && listed.get("displayName").is_none(), "{listed}");
    let read = scim.get(&format!("/Users/{}?attributes=username", id.as_str().unwrap())).expect(200).json();
    assert_eq!(read, json!({"schemas": [USER], "id": id, "userName": "projected"}));
    let without = scim.get("/Users?excludedAttributes=emails,displayName,meta").list().remove(0);
    assert_eq!(without["userName"], "projected");
    assert!(without.get("emails").is_none() && without.get("displayName").is_none(), "{without}");
}

#[test]
fn ref_8_filters_combine() {
    let server = Server::start();
    let scim = server.client();
    let make = |name: &str, kind: &str, active: bool, mail: &str| {
        let body = json!({
            "schemas": [USER], "userName": name, "displayName": format!("Name of {name}"),
            "userType": kind, "active": active, "emails": [{"type": "work", "value": mail}]
        });
        scim.create_user(&body)["id"].as_str().unwrap().to_owned()
    };
    let anna = make("anna", "Employee", true, "anna@example.com");
    let bert = make("bert", "Employee", false, "bert@example.org");
    let carl = make("carl", "Contractor", true, "carl@example.com");
    let rows: [(&str, &[&str]); 14] = [
        (r#"DisplayName eq "name of BERT""#, &[&bert]),
        (r#"userName co "ar""#, &[&carl]),
        (r#"userName sw "AN""#, &[&anna]),
        (r#"emails.value ew ".com""#, &[&anna, &carl]),
        (r#"meta.created gt "2010-01-01T00:00:00Z""#, &[&anna, &bert, &carl]),
        (r#"meta.created gt "2999-01-01T00:00:00Z""#, &[]),
        (
            r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
            &[&anna, &bert],
        ),
        (r#"userType ne "Employee" and not (emails co "example.org")"#, &[&carl]),
        (r#"userName eq "anna" or userName eq "carl""#, &[&anna, &carl]),
        (r#"userName eq "anna" or userName eq "bert" and active eq true"#, &[&anna]),
        (r#"(userName eq "anna" or userName eq "bert") and active eq false"#, &[&bert]),
        (r#"emails[type eq "work" and value co "example.com"]"#, &[&anna, &carl]),
        ("title pr", &[]),
        (r#"userType EQ "employee" AND active Eq true"#, &[&anna]),
    ];
    for (filter, expected) in rows {
        let mut found = scim.find_ids("/Users", filter);
        found.sort();
        assert_eq!(found, sorted(expected), "{filter}");
    }
    let page = format!("/Users?filter={}&startIndex=2&count=1", form(r#"userType eq "Employee""#));
    let body = scim.get(&page).expect(200).json();
    assert_eq!(body["totalResults"], 2);
    assert_eq!(body["Resources"].as_array().unwrap().len(), 1);
}

#[test]
fn ref_9_a_group_patch_with_a_plain_text_value_adds_the_member() {
    let server = Server::start();
    let scim = server.client();
    let (first, second) = (scim.user("first"), scim.user("second"));
    let group = scim.group("group", &[&first]);
    scim.patch_group(&group, &json!([{"op": "Add", "path": "members", "value": second}]));
    assert_eq!(scim.members(&group), sorted(&[&first, &second]));
}

#[test]
fn ref_10_removing_members_without_a_value_empties_the_group() {
    let server = Server::start();
    let scim = server.client();
    let (first, second) = (scim.user("first"), scim.user("second"));
    let group = scim.group("group", &[&first, &second]);
    scim.patch_group(&group, &json!([{"op": "remove", "path": "members"}]));
    let read = scim.read_group(&group);
    assert!(read.get("members").is_none(), "{read}");
    assert!(scim.read_user(&first).get("groups").is_none());
}
