//! Numbers 114 to 125: reading and querying (RFC 7644 sections 3.4 and 3.9).

use serde_json::{Value, json};

use crate::client::{Client, form};
use crate::server::Server;
use crate::values::{ENTERPRISE, GROUP, LIST, NOBODY, PATCH_OP, USER};

const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

fn ann(scim: &Client) -> Value {
    scim.create_user(&json!({
        "schemas": [USER, ENTERPRISE], "userName": "ann", "displayName": "Ann", "externalId": "A1",
        "name": {"givenName": "Ann", "familyName": "Lee"},
        "emails": [{"value": "ann@x", "type": "work"}],
        ENTERPRISE: {"department": "Sales", "employeeNumber": "7"},
    }))
}

fn id(resource: &Value) -> &str {
    resource["id"].as_str().unwrap()
}

fn names(resource: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = resource.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[test]
fn c114_a_resource_is_read_by_its_id_until_it_is_deleted() {
    let server = Server::start();
    let scim = server.client();
    let made = ann(&scim);
    let path = format!("/Users/{}", id(&made));
    assert_eq!(scim.get(&path).expect(200).json(), made);
    scim.get(&format!("/Users/{NOBODY}")).expect(404);
    scim.get(&format!("/Groups/{}", id(&made))).expect(404);
    scim.delete(&path).expect(204);
    scim.get(&path).expect(404);
}

#[test]
fn c115_a_list_has_its_schema_counters_and_resources() {
    let server = Server::start();
    let scim = server.client();
    for n in 0..3 {
        scim.user(&format!("u{n}"));
    }
    let list = scim.get("/Users?startIndex=2&count=1").expect(200).json();
    assert_eq!(list["schemas"], json!([LIST]));
    assert_eq!(
        (&list["totalResults"], &list["startIndex"], &list["itemsPerPage"]),
        (&json!(3), &json!(2), &json!(1))
    );
    assert_eq!(list["Resources"].as_array().unwrap().len(), 1);
}

#[test]
fn c116_no_match_is_an_empty_list_and_no_error() {
    let server = Server::start();
    let scim = server.client();
    for path in ["/Users", "/Groups", "/"] {
        let list = scim.search(path, "externalId eq \"none\"").expect(200).json();
        assert_eq!(list["totalResults"], 0, "{path}");
    }
}

#[test]
fn c117_the_base_answers_for_every_type() {
    let server = Server::start();
    let (scim, strict) = (server.client(), server.strict());
    let user = id(&ann(&scim)).to_owned();
    let group = scim.group("Team", &[]);
    for path in ["/", ""] {
        assert_eq!(scim.get(path).list().len(), 2, "{path:?}");
    }
    assert_eq!(strict.find_ids("/", "meta.resourceType eq \"User\""), [user.as_str()]);
    assert_eq!(strict.find_ids("/", "meta.resourceType eq \"Group\""), [group.as_str()]);
    assert!(strict.find_ids("/", "meta.resourceType eq \"Thing\"").is_empty());
    // What a type does not have has no value there.
    assert_eq!(strict.find_ids("/", "userName pr"), [user.as_str()]);
    assert_eq!(strict.find_ids("/", "not (userName pr)"), [group.as_str()]);
    assert_eq!(strict.find_ids("/", "displayName co \"a\""), [user.as_str(), group.as_str()]);
    strict.search("/", "shoeSize pr").error(400, "invalidFilter");
    assert!(scim.find_ids("/", "shoeSize pr").is_empty());
    let sorted = scim.get("/?sortBy=displayName&sortOrder=descending&attributes=displayName").list();
    assert_eq!(
        sorted.iter().map(|r| r["displayName"].as_str().unwrap()).collect::<Vec<_>>(),
        ["Team", "Ann"]
    );
    // Types the account may not read are left out.
    let token = server.local().scoped_token("groups only", &["teams:read"]);
    let groups = server.client_with(&token.secret);
    assert_eq!(groups.find_ids("/", "displayName pr"), [group.as_str()]);
    let token = server.local().scoped_token("writes only", &["users:write"]);
    server.client_with(&token.secret).get("/").expect(403);
}

#[test]
fn c118_a_query_without_paging_gets_the_first_page_and_the_whole_total() {
    // Answers are paged by the server itself, so that there are never too many results. `tooMany` is for a page whose
    // groups have more members together than one answer can hold: see `directory/search/load.rs`.
    let server = Server::start();
    let scim = server.client();
    for n in 0..103 {
        scim.user(&format!("u{n}"));
    }
    let list = scim.get("/Users").expect(200).json();
    assert_eq!((&list["totalResults"], &list["itemsPerPage"]), (&json!(103), &json!(100)));
}

#[test]
fn c119_attributes_are_what_is_shown_besides_the_minimum() {
    let server = Server::start();
    let scim = server.client();
    let made = ann(&scim);
    let shown = |attributes: &str| {
        let path = format!("/Users/{}?attributes={attributes}", id(&made));
        let one = scim.get(&path).expect(200).json();
        assert_eq!(scim.get(&format!("/Users?attributes={attributes}")).list(), std::slice::from_ref(&one));
        one
    };
    assert_eq!(names(&shown("userName")), ["id", "schemas", "userName"]);
    assert_eq!(shown("name.familyName")["name"], json!({"familyName": "Lee"}));
    assert_eq!(names(&shown(&format!("{USER}:displayName"))), ["displayName", "id", "schemas"]);
    assert_eq!(shown(&format!("{ENTERPRISE}:department"))[ENTERPRISE], json!({"department": "Sales"}));
    assert_eq!(shown(ENTERPRISE)[ENTERPRISE], made[ENTERPRISE]);
    // Writes are answered alike.
    let rename = json!({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "title", "value": "x"}]});
    let path = format!("/Users/{}?attributes=title", id(&made));
    let patched = scim.patch_message(&path, &rename).expect(200).json();
    assert_eq!(names(&patched), ["id", "schemas", "title"]);
    let body = json!({"schemas": [USER], "userName": "bob", "title": "y"});
    assert_eq!(
        names(&scim.post("/Users?attributes=title", &body).expect(201).json()),
        ["id", "schemas", "title"]
    );
    assert_eq!(
        names(
            &scim.put(&path, &json!({"schemas": [USER], "userName": "ann", "title": "z"})).expect(200).json()
        ),
        ["id", "schemas", "title"]
    );
}

#[test]
fn c120_excluded_attributes_go_and_what_is_always_shown_stays() {
    let server = Server::start();
    let scim = server.client();
    let made = ann(&scim);
    let path =
        format!("/Users/{}?excludedAttributes=emails,name.givenName,{ENTERPRISE},id,schemas", id(&made));
    let shown = scim.get(&path).expect(200).json();
    assert_eq!(shown["id"], made["id"]);
    assert!(
        shown.get("schemas").is_some() && shown.get("emails").is_none() && shown.get(ENTERPRISE).is_none()
    );
    assert_eq!(shown["name"], json!({"familyName": "Lee"}));
}

#[test]
fn c121_attributes_and_excluded_attributes_exclude_each_other() {
    let server = Server::start();
    let scim = server.client();
    let both = "attributes=userName&excludedAttributes=emails";
    let made = ann(&scim);
    for path in ["/Users".to_owned(), format!("/Users/{}", id(&made)), "/".to_owned()] {
        scim.get(&format!("{path}?{both}")).error(400, "invalidValue");
    }
    let body = json!({"schemas": [USER], "userName": "bob"});
    scim.post(&format!("/Users?{both}"), &body).error(400, "invalidValue");
    assert_eq!(scim.total("/Users"), 1);
}

#[test]
fn c122_a_query_in_a_body_is_answered_as_one_in_the_uri() {
    let server = Server::start();
    let (scim, strict) = (server.client(), server.strict());
    ann(&scim);
    for n in 0..3 {
        scim.create_user(&json!({"schemas": [USER], "userName": format!("u{n}"), "displayName": "An"}));
    }
    let body = json!({
        "schemas": [SEARCH_REQUEST], "attributes": ["displayName", "userName"], "filter": "displayName sw \"an\"",
        "sortBy": "userName", "sortOrder": "descending", "startIndex": 2, "count": 2,
    });
    let posted = strict.post("/Users/.search", &body).expect(200).json();
    let query = "attributes=displayName,userName&sortBy=userName&sortOrder=descending&startIndex=2&count=2";
    let filter = form("displayName sw \"an\"");
    assert_eq!(posted, strict.get(&format!("/Users?{query}&filter={filter}")).expect(200).json());
    assert_eq!((&posted["totalResults"], &posted["Resources"][0]["userName"]), (&json!(4), &json!("u1")));
    strict.post("/Users/.search", &json!({"filter": "userName pr"})).error(400, "invalidSyntax");
    strict.post("/Users/.search", &json!({"schemas": [PATCH_OP]})).error(400, "invalidSyntax");
    let bad = json!({"schemas": [SEARCH_REQUEST], "filter": "userName xx 1"});
    strict.post("/Users/.search", &bad).error(400, "invalidFilter");
    scim.get("/Users/.search").expect(405);
}

#[test]
fn c123_a_query_in_a_body_goes_over_all_types_too() {
    let server = Server::start();
    let scim = server.client();
    let user = id(&ann(&scim)).to_owned();
    let group = scim.group("Team", &[&user]);
    let search = |filter: &str| {
        let body = json!({"schemas": [SEARCH_REQUEST], "filter": filter, "excludedAttributes": ["members"]});
        scim.post("/.search", &body).list()
    };
    let found = search(&format!("id eq \"{user}\" or id eq \"{group}\""));
    assert_eq!(found.iter().map(id).collect::<Vec<_>>(), [user.as_str(), group.as_str()]);
    assert_eq!(found[1]["schemas"], json!([GROUP]));
    assert!(found[1].get("members").is_none() && found[0].get("groups").is_some());
    assert_eq!(search("meta.resourceType eq \"Group\"").len(), 1);
}

#[test]
fn c124_values_of_filters_stay_out_of_the_log_and_can_go_in_a_body() {
    let server = Server::start();
    let scim = server.client();
    scim.search("/Users", "userName eq \"very-personal-value\"").expect(200);
    let body = json!({"schemas": [SEARCH_REQUEST], "filter": "userName eq \"very-personal-value\""});
    scim.post("/Users/.search", &body).expect(200);
    let (_, folder) = server.stop();
    let log = std::fs::read_to_string(folder.path().join("stderr.log")).unwrap();
    assert!(!log.contains("very-personal-value"), "{log}");
}

#[test]
fn c125_a_filter_on_one_resource_is_ignored_whatever_it_says() {
    let server = Server::start();
    let scim = server.client();
    let made = ann(&scim);
    for filter in ["userName eq \"ann\"", "userName eq \"bob\"", "not a filter"] {
        let path = format!("/Users/{}?filter={}", id(&made), form(filter));
        assert_eq!(scim.get(&path).expect(200).json(), made, "{filter}");
    }
}
