//! Rows L1 to L4, J1 to J3, S1, S2, X1 and X3 to X8: OneLogin, JumpCloud, SailPoint and the rest. X2 is in
//! `leniency_messages`.

use serde_json::{Value, json};

use crate::server::Server;
use crate::values::{ENTERPRISE, GROUP, PATCH_OP, USER, as_sent, sorted};

#[test]
fn l1_onelogins_template_is_created() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({
        "schemas": [USER],
        "id": null,
        "userName": "l1@x",
        "active": "true",
        "name": {"givenName": "G", "familyName": "F"},
        ENTERPRISE: {"department": "D", "manager": {"managerId": "271"}}
    });
    let created = scim.create_user(&body);
    let manager = created[ENTERPRISE]["manager"].clone();
    assert_eq!(manager["value"], "271");
    assert!(manager.get("managerId").is_none(), "{manager}");
    assert_eq!(created["active"], true);
    assert_eq!(created["schemas"], json!([USER, ENTERPRISE]));
    assert_eq!(created[ENTERPRISE]["department"], "D");
    assert!(created["id"].is_string());
}

#[test]
fn l2_scim_1_schemas_are_taken_as_2_by_the_endpoint() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.create_user(&json!({"schemas": ["urn:scim:schemas:core:1.0"], "userName": "l2@x"}));
    assert_eq!(as_sent(&user), json!({"schemas": [USER], "userName": "l2@x"}));
    let group = json!({"schemas": ["urn:scim:schemas:core:1.0"], "displayName": "l2"});
    let group = scim.post("/Groups", &group).expect(201).json();
    assert_eq!(as_sent(&group), json!({"schemas": [GROUP], "displayName": "l2"}));
}

#[test]
fn l3_groups_are_listed_in_pages_without_members_and_patched() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("l3@x");
    let made: Vec<String> = (0..7).map(|n| scim.group(&format!("l3-{n}"), &[&user])).collect();
    let mut seen = Vec::new();
    for start in [1, 4, 7] {
        let path = format!("/Groups?excludedAttributes=members&startIndex={start}&count=3");
        for group in scim.get(&path).list() {
            assert!(group.get("members").is_none());
            seen.push(group["id"].as_str().unwrap().to_owned());
        }
    }
    seen.sort();
    assert_eq!(seen, sorted(&made.iter().map(String::as_str).collect::<Vec<_>>()));
    let other = scim.user("other@x");
    scim.patch_group(&made[3], &json!([{"op": "add", "path": "members", "value": [{"value": other}]}]));
    assert_eq!(scim.members(&made[3]), sorted(&[&user, &other]));
}

#[test]
fn l4_an_empty_user_agent_is_served() {
    let server = Server::start();
    let id = server.client().user("l4@x");
    let line = format!("GET /scim/v2/Users/{id} HTTP/1.1");
    for agent in ["User-Agent: \r\n\r\n", "User-Agent:\r\n\r\n"] {
        assert_eq!(server.wire().request(&line, agent).expect(200).json()["id"], id);
    }
}

#[test]
fn j1_jumpclouds_activation_makes_and_removes_test_objects() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("jumpcloud.test@x");
    let group = scim.group("JumpCloud test group", &[]);
    scim.patch_group(&group, &json!([{"op": "add", "path": "members", "value": [{"value": user}]}]));
    scim.delete(&format!("/Groups/{group}")).expect(204);
    scim.delete(&format!("/Users/{user}")).expect(204);
    assert_eq!((scim.total("/Users"), scim.total("/Groups")), (0, 0));
    // activated a second time
    scim.user("jumpcloud.test@x");
    scim.group("JumpCloud test group", &[]);
}

#[test]
fn j2_members_are_removed_by_a_value_array() {
    let server = Server::start();
    let scim = server.client();
    let (a, b) = (scim.user("a@x"), scim.user("b@x"));
    let group = scim.group("j2", &[&a, &b]);
    scim.patch_group(&group, &json!([{"op": "remove", "path": "members", "value": [{"value": a}]}]));
    assert_eq!(scim.members(&group), [b]);
}

#[test]
fn j3_plain_core_attributes_are_enough() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({
        "schemas": [USER],
        "userName": "j3@x",
        "name": {"givenName": "G", "familyName": "F"},
        "emails": [{"value": "j3@x", "primary": true}],
        "active": true
    });
    let created = scim.create_user(&body);
    assert_eq!(as_sent(&created), body);
    let id = created["id"].as_str().unwrap();
    let mut whole = body.clone();
    whole["active"] = json!(false);
    let put = scim.put(&format!("/Users/{id}"), &whole).expect(200).json();
    assert_eq!(as_sent(&put), whole);
}

#[test]
fn s1_discovery_is_there_one_by_one_and_in_lower_case() {
    let server = Server::start();
    let scim = server.client();
    let listed = |path: &str, id: &str| -> Value {
        let all = scim.get(path).list();
        all.into_iter().find(|item| item["id"] == id).unwrap_or_else(|| panic!("no {id} in {path}"))
    };
    for name in ["User", "Group"] {
        let one = scim.get(&format!("/ResourceTypes/{name}")).expect(200).json();
        assert_eq!(one, listed("/ResourceTypes", name));
        assert_eq!(one["endpoint"], format!("/{name}s"));
        assert_eq!(scim.get(&format!("/resourcetypes/{name}")).expect(200).json(), one);
    }
    for urn in [USER, GROUP, ENTERPRISE] {
        let one = scim.get(&format!("/Schemas/{urn}")).expect(200).json();
        assert_eq!(one, listed("/Schemas", urn));
        assert_eq!(scim.get(&format!("/schemas/{urn}")).expect(200).json(), one);
    }
    let config = scim.get("/ServiceProviderConfig").expect(200).json();
    let urn = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
    assert_eq!(config["schemas"], json!([urn]));
    for feature in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert!(config[feature]["supported"].is_boolean(), "{feature}");
    }
    let scheme = &config["authenticationSchemes"][0];
    assert_eq!(scheme["type"], "oauthbearertoken");
    assert!(scheme["name"].is_string() && scheme["description"].is_string());
    assert_eq!(scim.get("/serviceproviderconfig").expect(200).json(), config);
    scim.get("/ResourceTypes/Nothing").expect(404);
}

#[test]
fn s2_a_replace_of_a_complex_attribute_without_a_value_adds_it() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("s2@x");
    let user = scim.patch_user(
        &id,
        &json!([
            {"op": "replace", "path": "name", "value": {"givenName": "G"}},
            {"op": "replace", "path": "emails", "value": [{"type": "work", "value": "w@x"}]},
            {"op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": {"value": "271"}}
        ]),
    );
    assert_eq!(user["name"], json!({"givenName": "G"}));
    assert_eq!(user["emails"], json!([{"type": "work", "value": "w@x"}]));
    assert_eq!(user[ENTERPRISE]["manager"]["value"], "271");
}

#[test]
fn x1_message_keys_are_read_in_any_case_and_extras_ignored() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("x1@x");
    for (n, (operations, op, path, value)) in [
        ("operations", "op", "path", "value"),
        ("OPERATIONS", "Op", "PATH", "Value"),
        ("Operations", "op", "path", "value"),
    ]
    .into_iter()
    .enumerate()
    {
        let title = format!("title {n}");
        let message = json!({
            "schemas": [PATCH_OP], "extra": 1,
            operations: [{"name": "extra", op: "replace", path: "title", value: title}]
        });
        scim.patch_message(&format!("/Users/{id}"), &message).expect(200);
        assert_eq!(scim.read_user(&id)["title"], title, "{operations}");
    }
}

#[test]
fn x3_any_accept_and_json_content_type_is_served() {
    let server = Server::start();
    let scim = server.client();
    for accept in ["application/scim+json", "application/json", "*/*", "application/scim", "text/html"] {
        let answer = scim.send("GET", "/Users", &[("accept", accept)], None);
        assert_eq!(answer.expect(200).json()["totalResults"], 0, "{accept}");
    }
    // without Accept: the bare socket sends none
    assert!(server.wire().request("GET /scim/v2/Users HTTP/1.1", "\r\n").list().is_empty());
    for (n, content_type) in
        ["application/json", "application/scim", "application/scim+json"].iter().enumerate()
    {
        let body = json!({"schemas": [USER], "userName": format!("x3-{n}")}).to_string();
        scim.send("POST", "/Users", &[("content-type", content_type)], Some(body.as_bytes())).expect(201);
    }
}

#[test]
fn x4_slashes_and_lower_case_paths_mean_the_same_and_are_not_redirected() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("x4@x");
    let group = scim.group("x4", &[&id]);
    for path in ["/Users", "/Users/", "//Users", "//Users//", "/users", "/USERS/"] {
        let found = scim.get(&format!("{path}?filter=userName+eq+%22x4%40x%22")).list();
        assert_eq!(found.len(), 1, "{path}");
        assert_eq!(found[0]["id"], id, "{path}");
    }
    for path in [format!("/Users/{id}/"), format!("//Users//{id}"), format!("/users/{id}")] {
        assert_eq!(scim.get(&path).expect(200).json()["id"], id, "{path}");
    }
    scim.post("/Users/", &json!({"schemas": [USER], "userName": "posted with a slash"})).expect(201);
    scim.patch(&format!("/groups/{group}/"), &json!([{"op": "remove", "path": "members"}])).expect(204);
    assert!(scim.members(&group).is_empty());
    scim.delete(&format!("/users/{id}/")).expect(204);
}

#[test]
fn x5_odd_page_bounds_are_clamped() {
    let server = Server::start();
    let scim = server.client();
    for n in 0..3 {
        scim.user(&format!("x5-{n}"));
    }
    let page = |query: &str| {
        let body = scim.get(&format!("/Users?{query}")).expect(200).json();
        assert_eq!(body["totalResults"], 3, "{query}");
        (body["startIndex"].clone(), body["Resources"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(page("startIndex=0&count=2"), (json!(1), 2));
    assert_eq!(page("startIndex=-5"), (json!(1), 3));
    assert_eq!(page("count=-1").1, 0);
    assert_eq!(page("count=0").1, 0);
    assert_eq!(page("count=2147483647").1, 3);
    assert_eq!(page("startIndex=1000&count=10").1, 0);
    assert_eq!(page("startIndex=3&count=10"), (json!(3), 1));
    for query in ["startIndex=one", "count=many", "count=1.5"] {
        scim.get(&format!("/Users?{query}")).error(400, "invalidValue");
    }
}

#[test]
fn x6_a_member_by_name_or_mail_is_refused_with_the_rule() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({"schemas": [USER], "userName": "by-name", "emails": [{"value": "by@mail"}]});
    scim.create_user(&body);
    let group = scim.group("x6", &[]);
    for name in ["by-name", "by@mail"] {
        let operations = json!([{"op": "add", "path": "members", "value": [{"value": name}]}]);
        let detail = scim.patch(&format!("/Groups/{group}"), &operations).error(400, "invalidValue");
        assert!(detail.contains(name), "the detail names no value: {detail}");
        assert!(detail.contains("\"id\""), "the detail names no rule: {detail}");
    }
    assert!(scim.members(&group).is_empty());
}

#[test]
fn x7_options_is_answered_with_204_and_allow() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("x7@x");
    let rows = [
        ("/Users".to_owned(), vec!["GET", "POST"]),
        (format!("/Users/{id}"), vec!["GET", "PUT", "PATCH", "DELETE"]),
        ("/Groups".to_owned(), vec!["GET", "POST"]),
        ("/Schemas".to_owned(), vec!["GET"]),
        ("/ServiceProviderConfig".to_owned(), vec!["GET"]),
    ];
    for (path, methods) in rows {
        let answer = scim.send("OPTIONS", &path, &[], None).expect(204);
        let allow = answer.header("allow").unwrap_or_default().to_owned();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let listed = allow.split(',').any(|word| word.trim() == method);
            assert_eq!(listed, methods.contains(&method), "{path}: {method} in {allow:?}");
        }
    }
}

#[test]
fn x8_display_name_on_a_member_is_ignored() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("x8@x");
    let group = scim.group("x8", &[]);
    let value = json!([{"value": user, "displayName": "X Eight"}]);
    scim.patch_group(&group, &json!([{"op": "add", "path": "members", "value": value}]));
    let member = scim.read_group(&group)["members"][0].clone();
    assert_eq!(member["value"], user);
    assert!(member.get("displayName").is_none(), "{member}");
}
