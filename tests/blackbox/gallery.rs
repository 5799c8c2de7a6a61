//! GAL-15 to GAL-20, GAL-23 to GAL-25: the direct tests of Microsoft's gallery suite.

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;
use crate::values::{ENTERPRISE, GROUP, NOBODY, USER, as_sent, at, sorted};

/// The paths of Entra's default mapping that may be without a value.
fn optional_paths() -> Vec<String> {
    let plain = [
        "displayName",
        "title",
        "preferredLanguage",
        "externalId",
        "name.givenName",
        "name.familyName",
        "name.formatted",
        r#"emails[type eq "work"].value"#,
        r#"addresses[type eq "work"].formatted"#,
        r#"addresses[type eq "work"].streetAddress"#,
        r#"addresses[type eq "work"].locality"#,
        r#"addresses[type eq "work"].region"#,
        r#"addresses[type eq "work"].postalCode"#,
        r#"addresses[type eq "work"].country"#,
        r#"phoneNumbers[type eq "work"].value"#,
        r#"phoneNumbers[type eq "mobile"].value"#,
        r#"phoneNumbers[type eq "fax"].value"#,
    ];
    let enterprise = ["employeeNumber", "department", "costCenter", "organization", "division", "manager"];
    let mut paths: Vec<String> = plain.map(str::to_owned).to_vec();
    paths.extend(enterprise.map(|name| format!("{ENTERPRISE}:{name}")));
    paths
}

fn full_user(scim: &Client, user_name: &str) -> String {
    let body = crate::bodies::validator_user(user_name);
    let id = scim.create_user(&body)["id"].as_str().unwrap().to_owned();
    scim.patch_user(&id, &json!([{"op": "Add", "path": "externalId", "value": "ext-1"}]));
    id
}

#[test]
fn gal_15_each_mapped_attribute_is_found_in_schemas() {
    let server = Server::start();
    let scim = server.client();
    let schemas = scim.get("/Schemas").list();
    let attributes_of = |urn: &str| -> Value {
        let schema = schemas.iter().find(|schema| schema["id"] == urn);
        schema.unwrap_or_else(|| panic!("no schema {urn}"))["attributes"].clone()
    };
    let find = |attributes: &Value, name: &str| -> Value {
        let found = attributes
            .as_array()
            .unwrap()
            .iter()
            .find(|attribute| attribute["name"].as_str().unwrap().eq_ignore_ascii_case(name));
        found.unwrap_or_else(|| panic!("no attribute {name}")).clone()
    };
    let (core, enterprise, group) = (attributes_of(USER), attributes_of(ENTERPRISE), attributes_of(GROUP));
    for path in optional_paths().iter().filter(|path| *path != "externalId") {
        let (attributes, path) = match path.strip_prefix(ENTERPRISE) {
            Some(rest) => (&enterprise, rest.trim_start_matches(':')),
            None => (&core, path.as_str()),
        };
        let mut names = path.split(['.', '[', ']']).filter(|part| !part.is_empty() && !part.contains(' '));
        let attribute = find(attributes, names.next().unwrap());
        assert_eq!(attribute["required"], false, "{path}");
        if let Some(sub) = names.next() {
            find(&attribute["subAttributes"], sub);
        }
    }
    assert_eq!(find(&core, "userName")["required"], true);
    assert_eq!(find(&core, "active")["type"], "boolean");
    assert_eq!(find(&core, "active")["required"], false);
    assert_eq!(find(&group, "displayName")["required"], true);
    assert_eq!(find(&group, "members")["multiValued"], true);
    find(&find(&group, "members")["subAttributes"], "value");
}

#[test]
fn gal_16_each_optional_attribute_is_cleared_with_empty_text_and_then_with_null() {
    let server = Server::start();
    let scim = server.client();
    let id = full_user(&scim, "null-update");
    for path in optional_paths() {
        assert!(!at(&scim.read_user(&id), &path).is_null(), "{path} has no value to clear");
        for empty in [json!(""), Value::Null] {
            let patched = scim.patch_user(&id, &json!([{"op": "Replace", "path": path, "value": empty}]));
            assert!(at(&patched, &path).is_null(), "{path} is not cleared by {empty}: {patched}");
        }
    }
    let bare = scim.read_user(&id);
    assert_eq!(bare["userName"], "null-update");
    assert_eq!(bare["active"], true);
    for gone in ["emails", "addresses", "phoneNumbers", ENTERPRISE] {
        assert!(bare.get(gone).is_none(), "{gone} is left without a value: {bare}");
    }
    assert_eq!(bare["schemas"], json!([USER]), "no extension data, no extension URI");
}

#[test]
fn gal_16_each_optional_attribute_is_cleared_with_null_at_once() {
    let server = Server::start();
    let scim = server.client();
    let id = full_user(&scim, "null-only");
    for path in optional_paths() {
        let patched = scim.patch_user(&id, &json!([{"op": "replace", "path": path, "value": null}]));
        assert!(at(&patched, &path).is_null(), "{path} is not cleared: {patched}");
    }
}

#[test]
fn gal_17_a_user_makes_the_round_trip() {
    let server = Server::start();
    let scim = server.client();
    let created = scim.create_user(&crate::bodies::entra_user("gallery@contoso.com"));
    let id = created["id"].as_str().unwrap();
    assert!(!id.is_empty());
    assert_eq!(created["userName"], "gallery@contoso.com");
    assert_eq!(scim.read_user(id), created);
}

#[test]
fn gal_18_an_updated_user_reads_as_updated() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.create_user(&crate::bodies::entra_user("gallery@contoso.com"))["id"].clone();
    let id = id.as_str().unwrap();
    let patched = scim.patch_user(
        id,
        &json!([
            {"op": "Replace", "path": r#"emails[type eq "work"].value"#, "value": "updated@contoso.com"},
            {"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"},
            {"op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Sales"}
        ]),
    );
    assert_eq!(patched["emails"], json!([{"primary": true, "type": "work", "value": "updated@contoso.com"}]));
    assert_eq!(patched["name"]["familyName"], "updatedFamilyName");
    assert_eq!(patched["name"]["givenName"], "givenName", "not touched");
    assert_eq!(patched[ENTERPRISE], json!({"department": "Sales"}));
    assert_ne!(patched["meta"]["lastModified"], Value::Null);
}

#[test]
fn gal_19_a_group_makes_the_round_trip() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({"schemas": [GROUP], "displayName": "Gallery", "externalId": "gal-19"});
    let created = scim.post("/Groups", &body).expect_one_of(&[200, 201]).json();
    assert_eq!(as_sent(&created), body);
    assert_eq!(scim.read_group(created["id"].as_str().unwrap()), created);
}

#[test]
fn gal_20_an_updated_group_reads_as_updated() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("member");
    let group = scim.group("Gallery", &[]);
    scim.patch_group(
        &group,
        &json!([
            {"op": "Replace", "path": "displayName", "value": "Gallery updated"},
            {"op": "Add", "path": "members", "value": [{"$ref": null, "value": user}]}
        ]),
    );
    let read = scim.read_group(&group);
    assert_eq!(read["displayName"], "Gallery updated");
    assert_eq!(scim.members(&group), [user]);
}

/// Reads all pages of five and gives the ids in the order they came.
fn page_through(scim: &Client, path: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for start in [1, 6, 11] {
        let body = scim.get(&format!("{path}?startIndex={start}&count=5")).expect(200).json();
        assert_eq!(body["startIndex"], start);
        assert_eq!(body["totalResults"], 12);
        let page = body["Resources"].as_array().unwrap();
        assert_eq!(page.len(), if start == 11 { 2 } else { 5 });
        assert_eq!(body["itemsPerPage"], page.len());
        ids.extend(page.iter().map(|resource| resource["id"].as_str().unwrap().to_owned()));
    }
    ids
}

#[test]
fn gal_23_users_are_paged() {
    let server = Server::start();
    let scim = server.client();
    let made: Vec<String> = (0..12).map(|n| scim.user(&format!("user-{n}"))).collect();
    let mut paged = page_through(&scim, "/Users");
    paged.sort();
    let mut made: Vec<&str> = made.iter().map(String::as_str).collect();
    made.sort_unstable();
    assert_eq!(paged, made, "each user once");
    let beyond = scim.get("/Users?startIndex=13&count=5").expect(200).json();
    assert_eq!(beyond["totalResults"], 12);
    assert!(beyond["Resources"].as_array().is_none_or(Vec::is_empty));
}

#[test]
fn gal_24_groups_are_paged() {
    let server = Server::start();
    let scim = server.client();
    let made: Vec<String> = (0..12).map(|n| scim.group(&format!("group-{n}"), &[])).collect();
    let mut paged = page_through(&scim, "/Groups");
    paged.sort();
    assert_eq!(paged, sorted(&made.iter().map(String::as_str).collect::<Vec<_>>()), "each group once");
}

#[test]
fn gal_25_a_manager_is_added_replaced_and_cleared() {
    let server = Server::start();
    let scim = server.client();
    let (first, second) = (scim.user("first"), scim.user("second"));
    let path = format!("{ENTERPRISE}:manager");
    for (name, added) in [("by-text", json!(first)), ("by-object", json!({"value": first}))] {
        let id = scim.user(name);
        let user = scim.patch_user(&id, &json!([{"op": "Add", "path": path, "value": added}]));
        assert_eq!(user[ENTERPRISE]["manager"]["value"], first, "{added}");
        assert!(user["schemas"].as_array().unwrap().contains(&json!(ENTERPRISE)), "{user}");
        let user = scim.patch_user(&id, &json!([{"op": "Replace", "path": path, "value": second}]));
        assert_eq!(user[ENTERPRISE]["manager"]["value"], second);
        let user = scim.patch_user(&id, &json!([{"op": "Replace", "path": path, "value": ""}]));
        assert!(user.get(ENTERPRISE).is_none(), "the manager is left behind: {user}");
        assert_eq!(user["schemas"], json!([USER]));
    }
    let id = scim.user("nobody's");
    let user = scim.patch_user(&id, &json!([{"op": "Add", "path": path, "value": NOBODY}]));
    assert_eq!(user[ENTERPRISE]["manager"]["value"], NOBODY, "a manager nobody knows is kept");
}
