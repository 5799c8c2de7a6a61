//! `/GroupMembers`: memberships one by one (draft-zollner-scim-group-members-01), off unless it is asked for.

use serde_json::{Value, json};

use crate::client::form;
use crate::server::Server;
use crate::values::{NOBODY, element, sorted};

const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:GroupMember";

fn serving() -> Server {
    Server::start_with(tempfile::tempdir().unwrap(), &["--group-members"])
}

fn body(group: &str, member: &str) -> Value {
    json!({"schemas": [SCHEMA], "group": {"value": group}, "member": {"value": member}})
}

fn members(found: &[Value]) -> Vec<String> {
    sorted(&found.iter().map(|m| m["member"]["value"].as_str().unwrap()).collect::<Vec<_>>())
}

#[test]
fn without_the_switch_nothing_tells_of_it() {
    let server = Server::start();
    let scim = server.client();
    let group = scim.group("g", &[]);
    scim.get("/GroupMembers").expect(404);
    scim.post("/GroupMembers", &body(&group, NOBODY)).expect(404);
    scim.send("OPTIONS", "/GroupMembers", &[], None).expect(404);
    scim.get(&format!("/Schemas/{SCHEMA}")).expect(404);
    assert_eq!(scim.get("/ResourceTypes").expect(200).json()["totalResults"], 2);
}

#[test]
fn a_membership_is_told_of_and_made_and_ended() {
    let server = serving();
    let scim = server.client();
    let base = server.ready.tenant_url.clone();
    let kind = scim.get("/ResourceTypes/GroupMember").expect(200).json();
    assert_eq!((&kind["endpoint"], &kind["schema"]), (&json!("/GroupMembers"), &json!(SCHEMA)));
    let schema = scim.get(&format!("/Schemas/{SCHEMA}")).expect(200).json();
    assert_eq!(element(&schema["attributes"], "name", "group")["mutability"], "immutable");
    assert_eq!(scim.get("/Schemas").expect(200).list().len(), 4);

    let (user, group) = (scim.user("ann"), scim.group("Sales", &[]));
    let before = scim.read_group(&group)["meta"]["version"].clone();
    let made = scim.post("/GroupMembers", &body(&group, &user)).expect(201);
    let membership = made.json();
    let id = membership["id"].as_str().unwrap();
    let path = format!("/GroupMembers/{id}");
    assert_eq!(made.header("location"), Some(format!("{base}{path}").as_str()));
    assert_eq!(
        membership["group"],
        json!({"value": group, "$ref": format!("{base}/Groups/{group}"), "display": "Sales"})
    );
    assert_eq!(
        membership["member"],
        json!({"value": user, "$ref": format!("{base}/Users/{user}"), "type": "User", "display": "ann"})
    );
    assert_eq!(membership["meta"]["resourceType"], "GroupMember");
    assert!(membership["meta"]["created"].is_string());
    assert_eq!(scim.get(&path).expect(200).json(), membership);
    assert_eq!(scim.members(&group), sorted(&[&user]));
    assert_ne!(scim.read_group(&group)["meta"]["version"], before);

    let refused = scim.post("/GroupMembers", &body(&group, &user)).expect(409);
    assert_eq!(refused.json()["scimType"], "uniqueness");
    for (group, member) in [(group.as_str(), NOBODY), (NOBODY, user.as_str()), (group.as_str(), "x")] {
        let refused = scim.post("/GroupMembers", &body(group, member)).expect(400);
        assert_eq!(refused.json()["scimType"], "invalidValue");
    }
    scim.put(&path, &membership).expect(405);
    scim.delete(&path).expect(204);
    scim.get(&path).expect(404);
    scim.delete(&path).expect(404);
    assert!(scim.members(&group).is_empty());
    scim.read_user(&user);
    server.command(&["doctor", "--verify"]);
}

#[test]
fn the_version_of_a_membership_is_its_own_and_not_the_groups() {
    let server = serving();
    let scim = server.client();
    let (ann, bob) = (scim.user("ann"), scim.user("bob"));
    let group = scim.group("g", &[&ann]);
    let path = format!("/GroupMembers/{group}.{ann}");
    let version = scim.get(&path).expect(200).header("etag").unwrap().to_owned();
    // the group moves on, and the membership stays what it was
    scim.post("/GroupMembers", &body(&group, &bob)).expect(201);
    let of_group = scim.read_group(&group)["meta"]["version"].as_str().unwrap().to_owned();
    assert_ne!(of_group, version);
    assert_eq!(scim.send("GET", &path, &[("if-none-match", &version)], None).status, 304);
    scim.send("DELETE", &path, &[("if-match", &of_group)], None).expect(412);
    assert_eq!(scim.members(&group).len(), 2);
    scim.send("DELETE", &path, &[("if-match", &version)], None).expect(204);
    assert_eq!(scim.members(&group), [bob]);
}

#[test]
fn memberships_of_one_group_are_paged_filtered_and_counted() {
    let server = serving();
    let scim = server.client();
    let users: Vec<String> = (0..25).map(|i| scim.user(&format!("u{i:02}"))).collect();
    let refs: Vec<&str> = users.iter().map(String::as_str).collect();
    let (inner, other) = (scim.group("inner", &[]), scim.group("other", &refs[..3]));
    let group = scim.group("g", &[&refs[..], &[inner.as_str()]].concat());
    let of_group = format!("group.value eq \"{group}\"");

    let count = scim.get(&format!("/GroupMembers?count=0&filter={}", form(&of_group))).expect(200);
    assert_eq!(count.json()["totalResults"], 26);
    let mut paged = Vec::new();
    for start in [1, 11, 21] {
        let path = format!("/GroupMembers?startIndex={start}&count=10&filter={}", form(&of_group));
        let page = scim.get(&path).expect(200);
        assert_eq!(page.json()["totalResults"], 26);
        paged.extend(page.list());
    }
    assert_eq!(members(&paged), sorted(&[&refs[..], &[inner.as_str()]].concat()));

    for (filter, wanted) in [(of_group.clone(), 26), (format!("{of_group} and member.type eq \"User\""), 25)]
    {
        let (mut cursor, mut led) = (String::new(), Vec::new());
        loop {
            let path = format!("/GroupMembers?cursor={cursor}&count=7&filter={}", form(&filter));
            let page = scim.get(&path).expect(200);
            let next = page.json()["nextCursor"].clone();
            assert_eq!(page.json()["totalResults"], wanted);
            led.extend(page.list());
            match next.as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert_eq!((led.len(), members(&led).len()), (wanted, wanted));
        let other =
            format!("/GroupMembers?cursor={cursor}&count=7&filter={}", form("member.type eq \"User\""));
        assert_eq!(scim.get(&other).expect(400).json()["scimType"], "invalidCursor");
        assert_eq!(scim.get(&format!("/Users?cursor={cursor}&count=7")).expect(400).status, 400);
    }

    let found = |filter: &str| members(&scim.find("/GroupMembers", filter));
    assert_eq!(found(&format!("{of_group} and member.type eq \"Group\"")), std::slice::from_ref(&inner));
    assert_eq!(found(&format!("{of_group} and member.display sw \"U1\"")), sorted(&refs[10..20]));
    assert_eq!(found(&format!("{of_group} and member.value eq \"{}\"", users[3])), [users[3].clone()]);
    assert!(found(&format!("{of_group} and member.value eq \"{NOBODY}\"")).is_empty());
    let of_user = scim.find("/GroupMembers", &format!("member.value eq \"{}\"", users[0]));
    let groups: Vec<&str> = of_user.iter().map(|m| m["group"]["value"].as_str().unwrap()).collect();
    assert_eq!(sorted(&groups), sorted(&[&group, &other]));
    assert_eq!(scim.total("/GroupMembers"), 29);
    let some = scim.get("/GroupMembers?count=1&attributes=member.value").expect(200).list();
    assert!(some[0].get("group").is_none() && some[0]["member"]["value"].is_string());
    scim.search("/GroupMembers", "members.value eq \"x\"").expect_one_of(&[200, 400]);
}

#[test]
fn who_may_not_see_groups_may_not_see_memberships() {
    let server = serving();
    let scim = server.client();
    let (user, group) = (scim.user("ann"), scim.group("g", &[]));
    let token = server.local().scoped_token("reader", &["users:read", "users:write"]);
    let other = server.client_with(&token.secret);
    other.get("/GroupMembers").expect(403);
    other.post("/GroupMembers", &body(&group, &user)).expect(403);
    other.delete(&format!("/GroupMembers/{group}.{user}")).expect(403);
}

#[test]
fn a_query_may_be_asked_in_the_body_and_an_order_is_refused() {
    let server = serving();
    let scim = server.client();
    let (ann, bob) = (scim.user("ann"), scim.user("bob"));
    let group = scim.group("g", &[&ann, &bob]);
    scim.group("h", &[&ann]);
    let asked = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": format!("group.value eq \"{group}\""), "count": 1,
    });
    let page = scim.post("/GroupMembers/.search", &asked).expect(200).json();
    assert_eq!((&page["totalResults"], &page["itemsPerPage"]), (&json!(2), &json!(1)));
    let by_get =
        scim.get(&format!("/GroupMembers?count=1&filter={}", form(asked["filter"].as_str().unwrap())));
    assert_eq!(page["Resources"], by_get.expect(200).json()["Resources"]);
    scim.get("/GroupMembers?sortBy=member.display").error(400, "invalidValue");
    let allowed = scim.send("OPTIONS", "/GroupMembers/.search", &[], None).expect(204);
    assert_eq!(allowed.header("allow"), Some("POST, OPTIONS"));
}
