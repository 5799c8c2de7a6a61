//! Numbers 32 to 47: the attributes all resources have (RFC 7643 section 3).

use serde_json::{Value, json};

use crate::server::Server;
use crate::values::{ENTERPRISE, ERROR, GROUP, LIST, NOBODY, PATCH_OP, USER};

fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn c032_every_resource_and_message_names_its_schemas() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.create_user(&json!({
        "schemas": [ENTERPRISE, USER], "userName": "both", ENTERPRISE: {"department": "d"}
    }));
    let mut named = strings(&user["schemas"]);
    named.sort();
    assert_eq!(named, [USER, ENTERPRISE].map(str::to_owned));
    assert_eq!(scim.get("/Users").expect(200).json()["schemas"], json!([LIST]));
    assert_eq!(scim.get("/Nothing").expect(404).json()["schemas"], json!([ERROR]));
    for path in ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/ResourceTypes/User"] {
        assert_eq!(strings(&scim.get(path).expect(200).json()["schemas"]).len(), 1, "{path}");
    }
    let strict = server.strict();
    strict.post("/Users", &json!({"schemas": [], "userName": "none"})).expect(400);
    let twice = strict.create_user(&json!({"schemas": [USER, USER], "userName": "twice"}));
    assert_eq!(twice["schemas"], json!([USER]), "none is named twice");
    let patch = json!({"Operations": [{"op": "replace", "path": "title", "value": "x"}]});
    strict
        .patch_message(&format!("/Users/{}", user["id"].as_str().unwrap()), &patch)
        .error(400, "invalidSyntax");
}

#[test]
fn c033_schemas_holds_only_what_the_type_declares_and_the_base_always() {
    let server = Server::start();
    let (scim, strict) = (server.client(), server.strict());
    for schemas in
        [json!([USER, "urn:example:nobody:declared:this"]), json!([USER, GROUP]), json!([ENTERPRISE])]
    {
        let body = json!({"schemas": schemas, "userName": "declared"});
        strict.post("/Users", &body).expect(400);
    }
    let user = scim.create_user(&json!({"userName": "bare"}));
    assert_eq!(user["schemas"], json!([USER]));
    let group = scim.post("/Groups", &json!({"schemas": [GROUP], "displayName": "bare"})).expect(201).json();
    assert_eq!(group["schemas"], json!([GROUP]));
}

#[test]
fn c034_extension_data_is_in_an_object_named_by_its_uri() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({"schemas": [USER, ENTERPRISE], "userName": "ext", ENTERPRISE: {"costCenter": "7"}});
    let user = scim.create_user(&body);
    assert_eq!(user[ENTERPRISE], json!({"costCenter": "7"}));
    assert!(user.get("costCenter").is_none());
}

#[test]
fn c035_an_extension_that_schemas_does_not_name_is_added_or_refused() {
    let server = Server::start();
    let body = json!({"schemas": [USER], "userName": "unnamed", ENTERPRISE: {"division": "d"}});
    server.strict().post("/Users", &body).expect(400);
    let user = server.client().create_user(&body);
    assert_eq!(user["schemas"], json!([USER, ENTERPRISE]));
    assert_eq!(user[ENTERPRISE]["division"], "d");
}

#[test]
fn c036_schemas_of_an_answer_lists_the_extensions_with_data() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.create_user(&json!({"schemas": [USER, ENTERPRISE], "userName": "empty"}));
    assert_eq!(user["schemas"], json!([USER]));
    let id = user["id"].as_str().unwrap();
    let path = format!("{ENTERPRISE}:department");
    let set = scim.patch_user(id, &json!([{"op": "add", "path": path, "value": "d"}]));
    assert_eq!(set["schemas"], json!([USER, ENTERPRISE]));
    let unset = scim.patch_user(id, &json!([{"op": "remove", "path": path}]));
    assert_eq!(unset["schemas"], json!([USER]));
}

#[test]
fn c037_an_id_is_the_servers_unique_stable_and_never_given_twice() {
    let server = Server::start();
    let scim = server.client();
    let sent = json!({"schemas": [USER], "userName": "ids", "id": NOBODY});
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let id = scim.create_user(&sent)["id"].as_str().unwrap().to_owned();
        assert!(!id.is_empty() && id != NOBODY);
        scim.patch_user(&id, &json!([{"op": "replace", "path": "userName", "value": "other"}]));
        assert_eq!(scim.read_user(&id)["id"], *id, "a rename changes no id");
        scim.delete(&format!("/Users/{id}")).expect(204);
        assert!(seen.insert(id), "an id came back");
    }
    let (user, group) = (scim.user("same"), scim.group("same", &[]));
    assert!(seen.insert(user.clone()) && seen.insert(group.clone()));
    scim.get(&format!("/Groups/{user}")).expect(404);
    scim.get(&format!("/Users/{group}")).expect(404);
}

#[test]
fn c038_an_id_never_holds_the_word_bulk_id() {
    let server = Server::start();
    let scim = server.client();
    for n in 0..20 {
        let id = scim.user(&format!("bulkId:{n}"));
        assert!(!id.to_lowercase().contains("bulkid"), "{id}");
    }
}

#[test]
fn c039_an_id_has_its_case_and_is_always_returned() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("case");
    let upper = id.to_uppercase();
    if upper != id {
        scim.get(&format!("/Users/{upper}")).expect(404);
        assert!(scim.find("/Users", &format!("id eq \"{upper}\"")).is_empty());
    }
    for query in ["attributes=title", "excludedAttributes=id"] {
        let shown = scim.get(&format!("/Users/{id}?{query}")).expect(200).json();
        assert_eq!(shown["id"], id, "{query}");
    }
}

#[test]
fn c040_an_external_id_is_the_clients() {
    let server = Server::start();
    let scim = server.client();
    assert!(scim.read_user(&scim.user("without")).get("externalId").is_none());
    let user = scim.create_user(&json!({"schemas": [USER], "userName": "with", "externalId": "AbC"}));
    assert_eq!(user["externalId"], "AbC");
    assert_eq!(scim.find("/Users", "externalId eq \"AbC\"").len(), 1);
    assert!(scim.find("/Users", "externalId eq \"abc\"").is_empty(), "externalId is caseExact");
}

#[test]
fn c041_an_external_id_does_not_clash() {
    let server = Server::start();
    let (one, other) = (server.client(), server.strict());
    one.create_user(&json!({"schemas": [USER], "userName": "one", "externalId": "7"}));
    other.create_user(&json!({"schemas": [USER], "userName": "other", "externalId": "7"}));
    let group = json!({"schemas": [GROUP], "displayName": "one", "externalId": "7"});
    one.post("/Groups", &group).expect(201);
}

#[test]
fn c042_meta_names_the_resource_type() {
    let server = Server::start();
    let scim = server.client();
    let sent = json!({"schemas": [USER], "userName": "typed", "meta": {"resourceType": "Group"}});
    assert_eq!(scim.create_user(&sent)["meta"]["resourceType"], "User");
    assert_eq!(scim.read_group(&scim.group("typed", &[]))["meta"]["resourceType"], "Group");
    let types = scim.get("/ResourceTypes").expect(200).list();
    assert!(types.iter().all(|one| one["meta"]["resourceType"] == "ResourceType"));
}

#[test]
fn c043_created_and_last_modified_are_equal_at_first() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("dated");
    let first = scim.read_user(&id)["meta"].clone();
    assert_eq!(first["created"], first["lastModified"]);
    let text = first["created"].as_str().unwrap();
    assert!(text.len() >= 20 && text.contains('T') && text.ends_with('Z'), "{text}");
    let changed =
        scim.patch_user(&id, &json!([{"op": "add", "path": "title", "value": "t"}]))["meta"].clone();
    assert_eq!(changed["created"], first["created"]);
    assert!(changed["lastModified"].as_str() >= first["lastModified"].as_str());
}

#[test]
fn c044_the_location_of_meta_is_that_of_the_header() {
    let server = Server::start();
    let scim = server.client();
    let created = scim.post("/Users", &json!({"schemas": [USER], "userName": "located"})).expect(201);
    let location = created.json()["meta"]["location"].as_str().unwrap().to_owned();
    assert_eq!(created.header("location"), Some(location.as_str()));
    let read = scim.send_to(&location, "GET", &[], None).expect(200);
    assert_eq!(read.json(), created.json());
    for header in ["location", "content-location"] {
        assert!(read.header(header).is_none_or(|value| value == location));
    }
}

#[test]
fn c045_a_version_is_weak_and_equals_the_etag() {
    let server = Server::start();
    let scim = server.client();
    let created = scim.post("/Users", &json!({"schemas": [USER], "userName": "versioned"})).expect(201);
    let version = created.json()["meta"]["version"].as_str().unwrap().to_owned();
    assert!(version.starts_with("W/\"") && version.ends_with('"'), "{version}");
    assert_eq!(created.header("etag"), Some(version.as_str()));
}

#[test]
fn c046_meta_of_clients_is_ignored() {
    let server = Server::start();
    let scim = server.client();
    let meta = json!({"created": "1999-01-01T00:00:00Z", "location": "https://x/", "version": "W/\"0\""});
    let user = scim.create_user(&json!({"schemas": [USER], "userName": "meta", "meta": meta}));
    assert!(user["meta"]["created"].as_str().unwrap() > "2000");
    assert_ne!(user["meta"]["version"], "W/\"0\"");
    let mut whole = user.clone();
    whole["meta"] = meta;
    whole["title"] = json!("changed");
    let put = scim.put(&format!("/Users/{}", user["id"].as_str().unwrap()), &whole).expect(200).json();
    assert_eq!(put["meta"]["created"], user["meta"]["created"]);
}

#[test]
fn c047_all_resources_but_discoverys_have_the_common_attributes() {
    let server = Server::start();
    let scim = server.client();
    let (user, group) = (scim.user("common"), scim.group("common", &[]));
    for resource in [scim.read_user(&user), scim.read_group(&group)] {
        assert!(resource["id"].is_string() && resource["meta"]["location"].is_string());
    }
    let config = scim.get("/ServiceProviderConfig").expect(200).json();
    assert!(config.get("externalId").is_none());
    for id in [USER, GROUP] {
        let schema = scim.get(&format!("/Schemas/{id}")).expect(200).json();
        assert_eq!(schema["id"], id);
    }
    // they can be filtered by on every type
    let body =
        json!({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "externalId", "value": "x"}]});
    for (path, id) in [("/Users", &user), ("/Groups", &group)] {
        scim.patch_message(&format!("{path}/{id}"), &body).expect_one_of(&[200, 204]);
        assert_eq!(scim.find_ids(path, "externalId eq \"x\""), std::slice::from_ref(id));
    }
}
