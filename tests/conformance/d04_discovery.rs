//! Numbers 70 to 85: what the server says of itself (RFC 7643 sections 5 to 7, RFC 7644 section 4).

use serde_json::{Value, json};

use crate::server::Server;
use crate::things::{BADGE, THING, THING_EXTENSION, badge, definition, thing, with_things};
use crate::values::{ENTERPRISE, GROUP, NOBODY, USER};

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

#[test]
fn c070_the_service_provider_config_is_served_with_its_schema() {
    let server = Server::start();
    let config = server.client().get("/ServiceProviderConfig").expect(200).json();
    assert_eq!(config["schemas"], serde_json::json!([CONFIG]));
    assert_eq!(config["meta"]["resourceType"], "ServiceProviderConfig");
}

/// What a list of the discovery holds.
fn listed(server: &Server, path: &str) -> Vec<Value> {
    let answer = server.stranger().get(path).expect(200);
    let list = answer.json();
    let resources = list["Resources"].as_array().unwrap().clone();
    assert_eq!(list["totalResults"], resources.len(), "{}", answer.story());
    resources
}

#[test]
fn c076_all_schemas_are_listed_and_each_is_served() {
    let server = with_things();
    let all = listed(&server, "/Schemas");
    let ids: Vec<&str> = all.iter().map(|schema| schema["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [USER, GROUP, ENTERPRISE, THING, THING_EXTENSION]);
    for schema in &all {
        let one = server.stranger().get(&format!("/Schemas/{}", schema["id"].as_str().unwrap())).expect(200);
        assert_eq!(one.json(), *schema);
    }
    server.stranger().get("/Schemas/urn:example:nothing").expect(404);
}

#[test]
fn c077_all_resource_types_are_listed_and_their_id_is_their_name() {
    let server = with_things();
    let all = listed(&server, "/ResourceTypes");
    let names: Vec<&str> = all.iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["User", "Group", "TestResource"]);
    for resource_type in &all {
        assert_eq!(resource_type["id"], resource_type["name"]);
        let path = format!("/ResourceTypes/{}", resource_type["name"].as_str().unwrap());
        assert_eq!(server.stranger().get(&path).expect(200).json(), *resource_type);
    }
    server.stranger().get("/ResourceTypes/Nothing").expect(404);
}

#[test]
fn c078_a_resource_type_says_where_it_is_and_what_it_is_made_of() {
    let server = with_things();
    for resource_type in listed(&server, "/ResourceTypes") {
        let endpoint = resource_type["endpoint"].as_str().unwrap();
        server.client().get(endpoint).expect(200);
        assert!(resource_type["schema"].is_string() && resource_type["description"].is_string());
        for extension in resource_type["schemaExtensions"].as_array().unwrap() {
            assert!(extension["schema"].is_string() && extension["required"].is_boolean(), "{extension}");
        }
    }
    let thing = server.stranger().get("/ResourceTypes/TestResource").expect(200).json();
    assert_eq!(thing["schemaExtensions"], json!([{ "schema": THING_EXTENSION, "required": true }]));
}

#[test]
fn c079_a_create_without_a_required_extension_is_refused() {
    let server = with_things();
    let client = server.client();
    let without = json!({ "schemas": [THING], "identifier": "a" });
    let detail = client.post("/TestResources", &without).error(400, "invalidValue");
    assert!(detail.contains(THING_EXTENSION), "{detail}");
    let made = client.post("/TestResources", &thing("a", &json!({}))).expect(201).json();
    let path = format!("/TestResources/{}", made["id"].as_str().unwrap());
    client.put(&path, &without).error(400, "invalidValue");
    let remove = json!([{ "op": "remove", "path": THING_EXTENSION }]);
    client.patch(&path, &remove).error(400, "mutability");
}

#[test]
fn c080_every_schema_a_resource_type_names_is_served() {
    let server = with_things();
    for resource_type in listed(&server, "/ResourceTypes") {
        let extensions = resource_type["schemaExtensions"].as_array().unwrap().iter().map(|e| &e["schema"]);
        for schema in extensions.chain([&resource_type["schema"]]) {
            let shown = server.stranger().get(&format!("/Schemas/{}", schema.as_str().unwrap())).expect(200);
            assert_eq!(shown.json()["id"], *schema);
        }
    }
}

#[test]
fn c081_discovery_is_not_cut_and_not_filtered() {
    let server = Server::start();
    for path in ["/Schemas", "/ResourceTypes"] {
        let whole = server.stranger().get(path).expect(200).json();
        let query =
            "startIndex=2&count=1&sortBy=name&sortOrder=descending&attributes=name&excludedAttributes=id";
        assert_eq!(server.stranger().get(&format!("{path}?{query}")).expect(200).json(), whole);
    }
    for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig", "/ResourceTypes/User"] {
        server.stranger().get(&format!("{path}?filter=name+eq+%22User%22")).expect(403);
    }
}

#[test]
fn c082_each_attribute_definition_is_complete() {
    let server = with_things();
    let check = |attribute: &Value| {
        for (name, values) in [
            (
                "type",
                &["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"][..],
            ),
            ("mutability", &["readOnly", "readWrite", "immutable", "writeOnly"][..]),
            ("returned", &["always", "never", "default", "request"][..]),
            ("uniqueness", &["none", "server", "global"][..]),
        ] {
            assert!(values.iter().any(|value| attribute[name] == **value), "{name}: {attribute}");
        }
        for name in ["multiValued", "required", "caseExact"] {
            assert!(attribute[name].is_boolean(), "{name}: {attribute}");
        }
        assert!(attribute["name"].is_string() && attribute["description"].is_string(), "{attribute}");
        assert_eq!(attribute["subAttributes"].is_array(), attribute["type"] == "complex", "{attribute}");
        assert_eq!(attribute["referenceTypes"].is_array(), attribute["type"] == "reference", "{attribute}");
    };
    for schema in listed(&server, "/Schemas") {
        assert!(schema["name"].is_string() && schema["description"].is_string());
        for attribute in schema["attributes"].as_array().unwrap() {
            check(attribute);
            attribute["subAttributes"].as_array().into_iter().flatten().for_each(check);
        }
    }
}

#[test]
fn c083_discovery_holds_no_null() {
    fn has_null(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Array(list) => list.iter().any(has_null),
            Value::Object(object) => object.values().any(has_null),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
    }
    let server = with_things();
    badge(&server, &json!([{ "name": "number", "description": null, "canonicalValues": null }]));
    for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
        let told = server.stranger().get(path).expect(200).json();
        assert!(!has_null(&told), "{told}");
    }
}

#[test]
fn c084_a_new_schema_is_listed_and_validates_at_once() {
    let server = Server::start();
    let client = server.client();
    let before = client.user("before");
    let attributes = json!([{ "name": "number", "type": "integer", "required": true }, { "name": "colour" }]);
    assert_eq!(badge(&server, &attributes).status, 200);
    assert_eq!(definition(&server, BADGE, "number")["type"], "integer");
    let types = server.stranger().get("/ResourceTypes/User").expect(200).json();
    assert!(types["schemaExtensions"].as_array().unwrap().iter().any(|e| e["schema"] == BADGE));
    let with =
        |name: &str, badge: &Value| json!({ "schemas": [USER, BADGE], "userName": name, BADGE: badge });
    client.post("/Users", &with("a", &json!({ "number": "seven" }))).error(400, "invalidValue");
    client.post("/Users", &with("a", &json!({ "colour": "red" }))).error(400, "invalidValue");
    let made = client.post("/Users", &with("a", &json!({ "number": 7, "colour": "Red" }))).expect(201).json();
    let id = made["id"].as_str().unwrap();
    assert_eq!(
        client.find_ids("/Users", &format!("{BADGE}:colour eq \"red\" and {BADGE}:number gt 6")),
        [id]
    );
    let patch = json!([{ "op": "add", "path": format!("{BADGE}:number"), "value": 1 }]);
    assert_eq!(client.patch_user(&before, &patch)[BADGE], json!({ "number": 1 }));
}

#[test]
fn c085_schemas_of_messages_are_not_listed() {
    let server = Server::start();
    let listed = listed(&server, "/Schemas");
    assert!(listed.iter().all(|schema| !schema["id"].as_str().unwrap().contains(":api:messages:")));
    server.stranger().get("/Schemas/urn:ietf:params:scim:api:messages:2.0:ListResponse").expect(404);
}

#[test]
fn c073_security_events_says_what_is_done_and_told() {
    let server = Server::start();
    let told = server.client().get("/ServiceProviderConfig").expect(200).json()["securityEvents"].clone();
    // what it says is tested in d17
    assert_eq!(told["asyncRequest"], "request");
    let uris: Vec<&str> =
        told["eventUris"].as_array().unwrap().iter().map(|uri| uri.as_str().unwrap()).collect();
    assert_eq!(uris.len(), 12);
    assert!(uris.iter().all(|uri| uri.starts_with("urn:ietf:params:scim:event:")));
}

#[test]
fn c071_what_is_announced_is_there_and_true() {
    let server = Server::start();
    let scim = server.client();
    let config = scim.get("/ServiceProviderConfig").expect(200).json();
    let supported = |feature: &str| config[feature]["supported"].as_bool().unwrap();
    let id = scim.user("truth");
    let (path, title) = (format!("/Users/{id}"), json!([{"op": "add", "path": "title", "value": "t"}]));
    assert!(supported("patch"));
    scim.patch(&path, &title).expect(200);
    assert!(supported("filter"));
    assert_eq!(scim.find_ids("/Users", "title eq \"t\""), std::slice::from_ref(&id));
    let most = config["filter"]["maxResults"].as_u64().unwrap();
    assert!(most >= 100);
    let page = scim.get(&format!("/Users?count={}", most + 1)).expect(200).json();
    assert_eq!(page["totalResults"], 1);
    let bulk = scim.post(
        "/Bulk",
        &json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
            {"method": "DELETE", "path": format!("/Users/{NOBODY}")}
        ]}),
    );
    assert_eq!(bulk.status == 200, supported("bulk"), "{}", bulk.story());
    assert!(config["bulk"]["maxOperations"].is_u64() && config["bulk"]["maxPayloadSize"].is_u64());
    scim.user("and another");
    let first =
        scim.get("/Users?sortBy=userName&sortOrder=descending").expect(200).list()[0]["userName"].clone();
    assert_eq!(first == "truth", supported("sort"));
    let version = scim.read_user(&id)["meta"]["version"].as_str().unwrap().to_owned();
    let unchanged = scim.send("GET", &path, &[("if-none-match", &version)], None).status;
    assert_eq!(unchanged == 304, supported("etag"));
    assert!(!supported("changePassword"));
    for scheme in config["authenticationSchemes"].as_array().unwrap() {
        for part in ["type", "name", "description"] {
            assert!(scheme[part].as_str().is_some_and(|text| !text.is_empty()), "{part} of {scheme}");
        }
    }
}

#[test]
fn c072_pagination_says_what_paging_there_is() {
    let server = Server::start();
    let scim = server.client();
    let pagination = scim.get("/ServiceProviderConfig").expect(200).json()["pagination"].clone();
    assert_eq!((&pagination["cursor"], &pagination["index"]), (&json!(true), &json!(true)));
    assert_eq!(pagination["defaultPaginationMethod"], "index");
    let size = |name: &str| pagination[name].as_u64().unwrap();
    assert!(size("defaultPageSize") <= size("maxPageSize") && size("cursorTimeout") > 0);
    scim.user("one");
    scim.user("two");
    let by_index = scim.get("/Users?count=1").expect(200).json();
    assert!(by_index.get("nextCursor").is_none() && by_index["startIndex"] == 1);
    let by_cursor = scim.get("/Users?cursor&count=1").expect(200).json();
    assert!(by_cursor["nextCursor"].is_string());
    assert_eq!(scim.get("/Users").expect(200).json()["totalResults"], 2);
}

#[test]
fn c075_discovery_is_readable_without_authentication() {
    let server = Server::start();
    let stranger = server.stranger();
    for path in ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/ResourceTypes/Group"] {
        stranger.get(path).expect(200);
    }
    stranger.get(&format!("/Schemas/{USER}")).expect(200);
    stranger.get("/Users").expect(401);
}
