//! Rows E3, E6, E17 to E20 and E24 to E28: Entra's paths, values and filters.

use serde_json::json;

use crate::server::Server;
use crate::values::{ENTERPRISE, USER};

#[test]
fn e3_operations_begin_with_a_capital() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("e3");
    let user = scim.patch_user(&id, &json!([{"op": "Add", "path": "nickName", "value": "N"}]));
    assert_eq!(user["nickName"], "N");
    let user = scim.patch_user(&id, &json!([{"op": "Replace", "path": "nickName", "value": "M"}]));
    assert_eq!(user["nickName"], "M");
    let user = scim.patch_user(&id, &json!([{"op": "Remove", "path": "nickName"}]));
    assert!(user.get("nickName").is_none());
    let other = json!([{"op": "Move", "path": "nickName", "value": "M"}]);
    scim.patch(&format!("/Users/{id}"), &other).error(400, "invalidSyntax");
}

#[test]
fn e6_primary_as_text_in_a_path_is_compared_as_a_boolean() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({
        "schemas": [USER], "userName": "e6",
        "roles": [{"value": "one", "primary": false}, {"value": "two", "primary": true}]
    });
    let id = scim.create_user(&body)["id"].as_str().unwrap().to_owned();
    for text in ["\"True\"", "\"true\"", "\"TRUE\"", "true", "True"] {
        let path = format!("roles[primary eq {text}].display");
        let user = scim.patch_user(&id, &json!([{"op": "Replace", "path": path, "value": text}]));
        let expected = json!([
            {"value": "one", "primary": false}, {"value": "two", "primary": true, "display": text}
        ]);
        assert_eq!(user["roles"], expected, "{path}");
    }
}

#[test]
fn e17_an_add_to_a_missing_work_mail_makes_it() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({
        "schemas": [USER], "userName": "e17", "emails": [{"type": "home", "value": "h@x", "primary": true}]
    });
    let id = scim.create_user(&body)["id"].as_str().unwrap().to_owned();
    let path = r#"emails[type eq "work"].value"#;
    let user = scim.patch_user(&id, &json!([{"op": "Add", "path": path, "value": "a@x"}]));
    let expected = json!([
        {"type": "home", "value": "h@x", "primary": true}, {"type": "work", "value": "a@x"}
    ]);
    assert_eq!(user["emails"], expected, "primary is untouched");
    assert_eq!(scim.find_ids("/Users", "emails.value eq \"a@x\""), [id.as_str()]);
    let user = scim.patch_user(&id, &json!([{"op": "Add", "path": path, "value": "b@x"}]));
    assert_eq!(user["emails"].as_array().unwrap().len(), 2, "the element is used again");
    assert_eq!(user["emails"][1], json!({"type": "work", "value": "b@x"}));
}

#[test]
fn e18_three_adds_make_one_address() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("e18");
    let user = scim.patch_user(
        &id,
        &json!([
            {"op": "Add", "path": r#"addresses[type eq "work"].formatted"#, "value": "F"},
            {"op": "Add", "path": r#"addresses[type eq "work"].locality"#, "value": "L"},
            {"op": "Add", "path": r#"addresses[type eq "work"].region"#, "value": "R"}
        ]),
    );
    let expected = json!([{"type": "work", "formatted": "F", "locality": "L", "region": "R"}]);
    assert_eq!(user["addresses"], expected);
}

#[test]
fn e19_a_replace_of_a_missing_mobile_number_makes_it() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("e19");
    let path = r#"phoneNumbers[type eq "mobile"].value"#;
    let user = scim.patch_user(&id, &json!([{"op": "Replace", "path": path, "value": "123"}]));
    assert_eq!(user["phoneNumbers"], json!([{"type": "mobile", "value": "123"}]));
    let by_the_book = server.strict();
    let fax = json!([{"op": "replace", "path": r#"phoneNumbers[type eq "fax"].value"#, "value": "9"}]);
    by_the_book.patch(&format!("/Users/{id}"), &fax).error(400, "noTarget");
    assert_eq!(scim.read_user(&id), user);
}

#[test]
fn e20_dotted_and_urn_keys_are_expanded() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("e20");
    let number = format!("{ENTERPRISE}:employeeNumber");
    let manager = format!("{ENTERPRISE}:manager");
    let user = scim.patch_user(
        &id,
        &json!([{"op": "replace", "value": {
            "displayName": "B", "name.givenName": "K", number: "A", manager: "271"
        }}]),
    );
    assert_eq!(user["displayName"], "B");
    assert_eq!(user["name"], json!({"givenName": "K"}));
    assert_eq!(user[ENTERPRISE]["employeeNumber"], "A");
    assert_eq!(user[ENTERPRISE]["manager"]["value"], "271");
    assert!(user.get("name.givenName").is_none(), "the key is kept beside the attribute");
    let filter = format!("{ENTERPRISE}:employeeNumber eq \"A\"");
    assert_eq!(scim.find_ids("/Users", &filter), [id]);
}

#[test]
fn e24_a_list_of_one_value_object_is_unwrapped() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("e24");
    let value = json!([{"$ref": null, "value": "User X"}]);
    let user = scim.patch_user(&id, &json!([{"op": "Replace", "path": "displayName", "value": value}]));
    assert_eq!(user["displayName"], "User X");
    let group = scim.group("e24", &[]);
    scim.patch_group(&group, &json!([{"op": "Replace", "path": "displayName", "value": value}]));
    assert_eq!(scim.read_group(&group)["displayName"], "User X");
    let two = json!([{"value": "User Y"}, {"value": "User Z"}]);
    let operations = json!([{"op": "Replace", "path": "displayName", "value": two}]);
    scim.patch(&format!("/Users/{id}"), &operations).error(400, "invalidValue");
    assert_eq!(scim.read_user(&id)["displayName"], "User X");
}

#[test]
fn e25_a_dot_before_an_extensions_attribute_is_an_alias() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("e25");
    let path = format!("{ENTERPRISE}.department");
    let user = scim.patch_user(&id, &json!([{"op": "Add", "path": path, "value": "D"}]));
    assert_eq!(user[ENTERPRISE], json!({"department": "D"}));
    let user = scim.patch_user(&id, &json!([{"op": "Remove", "path": path}]));
    assert!(user.get(ENTERPRISE).is_none());
}

#[test]
fn e26_a_sub_attribute_after_the_bracket_is_a_filter() {
    let server = Server::start();
    let scim = server.client();
    let make = |name: &str, kind: &str| {
        let body = json!({
            "schemas": [USER], "userName": name,
            "emails": [{"type": kind, "value": "a@x"}, {"type": "other", "value": "b@x"}]
        });
        scim.create_user(&body)["id"].as_str().unwrap().to_owned()
    };
    let (work, _home) = (make("work", "work"), make("home", "home"));
    assert_eq!(scim.find_ids("/Users", r#"emails[type eq "work"].value eq "a@x""#), [work.as_str()]);
    assert_eq!(scim.find_ids("/Users", r#"emails[type eq "work" and value eq "a@x"]"#), [work]);
    assert!(scim.find("/Users", r#"emails[type eq "work"].value eq "b@x""#).is_empty());
    assert_eq!(scim.find("/Users", r#"emails[type eq "other"].value eq "b@x""#).len(), 2);
}

#[test]
fn e27_plus_is_a_space_and_a_bare_word_is_a_value() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({"schemas": [USER], "userName": "a+b@x", "externalId": "jyoung"});
    let id = scim.create_user(&body)["id"].clone();
    for query in [
        "externalId+eq+jyoung",
        "externalId%20eq%20jyoung",
        "userName+eq+%22a%2Bb%40x%22",
        "userName%20eq%20%22a%2bb@x%22",
    ] {
        let found = scim.get(&format!("/Users?filter={query}")).list();
        assert_eq!(found.len(), 1, "{query}");
        assert_eq!(found[0]["id"], id, "{query}");
    }
    assert!(scim.get("/Users?filter=userName+eq+%22a+b%40x%22").list().is_empty());
}

#[test]
fn e28_names_are_read_in_any_case() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("e28");
    let user = scim.patch_user(
        &id,
        &json!([
            {"op": "Add", "path": r#"emails[type eq "other"].Value"#, "value": "o@x"},
            {"op": "Add", "path": r#"addresses[Type eq "work"].Formatted"#, "value": "F"},
            {"op": "Add", "path": r#"Addresses[type eq "work"].locality"#, "value": "L"},
            {"op": "Add", "path": "DISPLAYNAME", "value": "D"},
            {"op": "Add", "path": "URN:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:user:Department", "value": "S"}
        ]),
    );
    assert_eq!(user["emails"], json!([{"type": "other", "value": "o@x"}]));
    assert_eq!(user["addresses"], json!([{"type": "work", "formatted": "F", "locality": "L"}]));
    assert_eq!(user["displayName"], "D");
    assert_eq!(user[ENTERPRISE], json!({"department": "S"}));
    assert_eq!(scim.find_ids("/Users", "username eq \"e28\""), [id.as_str()]);
    assert_eq!(scim.find_ids("/Users", r#"EMAILS[TYPE eq "other"].VALUE eq "o@x""#), [id]);
}
