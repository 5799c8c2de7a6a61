//! Numbers 150 to 155: sorting (RFC 7644 section 3.4.2.3).

use serde_json::{Value, json};

use crate::client::{Client, form};
use crate::server::Server;
use crate::values::{ENTERPRISE, USER};

fn sorted(scim: &Client, query: &str) -> Vec<String> {
    let users = scim.get(&format!("/Users?{query}")).list();
    users.iter().map(|user| user["userName"].as_str().unwrap().to_owned()).collect()
}

fn create(scim: &Client, name: &str, more: &Value) -> String {
    let mut body = json!({"schemas": [USER], "userName": name});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    if more.get(ENTERPRISE).is_some() {
        body["schemas"] = json!([USER, ENTERPRISE]);
    }
    scim.create_user(&body)["id"].as_str().unwrap().to_owned()
}

#[test]
fn c150_the_order_ascends_unless_asked_and_an_unknown_one_is_refused() {
    let server = Server::start();
    let scim = server.client();
    for name in ["c", "a", "b"] {
        scim.user(name);
    }
    assert_eq!(sorted(&scim, "sortBy=userName"), ["a", "b", "c"]);
    assert_eq!(sorted(&scim, "sortBy=userName&sortOrder=ascending"), ["a", "b", "c"]);
    assert_eq!(sorted(&scim, "sortBy=userName&sortOrder=descending"), ["c", "b", "a"]);
    assert_eq!(scim.get("/ServiceProviderConfig").expect(200).json()["sort"]["supported"], true);
    let detail = scim.get("/Users?sortBy=userName&sortOrder=sideways").error(400, "invalidValue");
    assert!(detail.contains("sideways"), "{detail}");
    let strict = server.strict();
    strict.get("/Users?sortBy=noSuchThing").error(400, "invalidValue");
    assert_eq!(sorted(&strict, &format!("sortBy={USER}:userName")), ["a", "b", "c"]);
}

#[test]
fn c151_values_are_sorted_as_what_they_are() {
    let server = Server::start();
    let scim = server.client();
    create(&scim, "u1", &json!({"displayName": "beta", "externalId": "b", "active": true}));
    create(&scim, "u2", &json!({"displayName": "Alpha", "externalId": "B", "active": false}));
    create(&scim, "u3", &json!({"displayName": "GAMMA", "externalId": "a", "active": true}));
    assert_eq!(sorted(&scim, "sortBy=displayName"), ["u2", "u1", "u3"], "case does not count");
    assert_eq!(sorted(&scim, "sortBy=externalId"), ["u2", "u3", "u1"], "case counts in caseExact attributes");
    assert_eq!(sorted(&scim, "sortBy=active"), ["u2", "u1", "u3"]);
    assert_eq!(sorted(&scim, "sortBy=meta.created&sortOrder=descending"), ["u3", "u2", "u1"]);
    let first = scim.find_ids("/Users", "userName eq \"u1\"").remove(0);
    scim.patch_user(&first, &json!([{"op": "replace", "path": "title", "value": "x"}]));
    assert_eq!(sorted(&scim, "sortBy=meta.lastModified"), ["u2", "u3", "u1"]);
}

#[test]
fn c152_a_list_is_sorted_by_its_primary_or_first_value_and_parts_are_named() {
    let server = Server::start();
    let scim = server.client();
    let mails = |list: Value| json!({ "emails": list });
    create(&scim, "u1", &mails(json!([{"value": "c@x", "type": "work"}, {"value": "a@x", "type": "home"}])));
    create(&scim, "u2", &mails(json!([{"value": "z@x"}, {"value": "b@x", "primary": true}])));
    create(&scim, "u3", &mails(json!([{"value": "A@x"}])));
    for by in ["emails", "emails.value"] {
        assert_eq!(sorted(&scim, &format!("sortBy={by}")), ["u3", "u2", "u1"], "{by}");
    }
    let detail = scim.get("/Users?sortBy=name").error(400, "invalidValue");
    assert!(detail.contains("name.familyName"), "{detail}");
}

#[test]
fn c153_resources_without_the_value_come_last_ascending_and_first_descending() {
    let server = Server::start();
    let scim = server.client();
    create(&scim, "none1", &json!({}));
    create(&scim, "b", &json!({"displayName": "b", "title": "b"}));
    create(&scim, "none2", &json!({}));
    create(&scim, "a", &json!({"displayName": "a", "title": "a"}));
    for by in ["displayName", "title"] {
        assert_eq!(sorted(&scim, &format!("sortBy={by}")), ["a", "b", "none1", "none2"], "{by}");
        let down = sorted(&scim, &format!("sortBy={by}&sortOrder=descending"));
        assert_eq!(down, ["none2", "none1", "b", "a"], "{by}");
    }
    let gone = scim.find_ids("/Users", "userName eq \"a\"").remove(0);
    scim.patch_user(&gone, &json!([{"op": "remove", "path": "displayName"}]));
    assert_eq!(sorted(&scim, "sortBy=displayName&sortOrder=descending&count=3"), ["a", "none2", "none1"]);
}

#[test]
fn c154_equal_values_are_in_the_order_of_ids_also_where_an_index_cuts_them() {
    let server = Server::start();
    let scim = server.client();
    let long = |end: &str| format!("{}{end}", "n".repeat(200));
    for (name, display) in
        [("u1", long("b")), ("u2", "n".into()), ("u3", long("a")), ("u4", "N".into()), ("u5", long("b"))]
    {
        create(&scim, name, &json!({"displayName": display}));
    }
    assert_eq!(sorted(&scim, "sortBy=displayName"), ["u2", "u4", "u3", "u1", "u5"]);
    assert_eq!(sorted(&scim, "sortBy=displayName&sortOrder=descending"), ["u5", "u1", "u3", "u4", "u2"]);
    let by_place: Vec<String> =
        (1..=5).flat_map(|n| sorted(&scim, &format!("sortBy=displayName&startIndex={n}&count=1"))).collect();
    assert_eq!(by_place, ["u2", "u4", "u3", "u1", "u5"]);
}

#[test]
fn c155_order_filter_and_cursor_go_together() {
    let server = Server::start();
    let scim = server.client();
    for n in 0..9 {
        let (department, title) = (if n % 3 == 0 { "Sales" } else { "Care" }, format!("t{}", (n * 5) % 9));
        create(&scim, &format!("u{n}"), &json!({"title": title, ENTERPRISE: {"department": department}}));
    }
    let query =
        format!("filter={}&sortBy=title&count=2", form(&format!("{ENTERPRISE}:department eq \"care\"")));
    let (mut found, mut next) = (Vec::new(), Some(String::new()));
    while let Some(cursor) = next {
        let page = scim.get(&format!("/Users?{query}&cursor={cursor}")).expect(200).json();
        assert_eq!(page["totalResults"], 6);
        found.extend(
            page["Resources"].as_array().unwrap().iter().map(|u| u["title"].as_str().unwrap().to_owned()),
        );
        next = page.get("nextCursor").map(|cursor| cursor.as_str().unwrap().to_owned());
    }
    assert_eq!(found, ["t1", "t2", "t4", "t5", "t7", "t8"]);
}
