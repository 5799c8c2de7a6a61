//! Values and shapes at the edge of what is sensible: kept as they are or refused, never bent or lost.

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;
use crate::values::{ENTERPRISE, GROUP, USER, as_sent, sorted};

#[test]
fn a_very_long_name_is_kept_and_found_or_refused() {
    let mut server = Server::start();
    let scim = server.client();
    for length in [500, 5_000, 100_000, 1_000_000] {
        let name = "n".repeat(length);
        let body = json!({"schemas": [USER], "userName": name, "displayName": name, "externalId": name});
        let answer = scim.post("/Users", &body).expect_one_of(&[201, 400]);
        if answer.status == 201 {
            assert_eq!(as_sent(&answer.json()), body, "{length}");
            scim.post("/Users", &body).error(409, "uniqueness");
        } else {
            answer.error(400, "invalidValue");
        }
        let group = json!({"schemas": [GROUP], "displayName": name});
        scim.post("/Groups", &group).expect_one_of(&[201, 400]);
    }
    // two long names that differ at their end only are two names
    let near = |end: char| json!({"schemas": [USER], "userName": format!("{}{end}", "m".repeat(500))});
    let (a, b) = (scim.create_user(&near('a')), scim.create_user(&near('b')));
    assert_eq!(scim.find("/Users", &format!("userName eq \"{}b\"", "M".repeat(500))), [b]);
    assert_eq!(scim.find("/Users", &format!("userName eq \"{}a\"", "M".repeat(500))), [a]);
    assert!(server.lives());
    server.command(&["doctor", "--verify"]);
}

#[test]
fn what_is_unique_and_what_a_filter_finds_are_one_rule() {
    let server = Server::start();
    let scim = server.client();
    // whatever the comparison folds, a name that is refused as taken is found by a filter, and the reverse
    let pairs = [
        ("STRASSE", "strasse"),
        ("stra\u{df}e", "STRASSE2"),
        ("\u{c5}ngstr\u{f6}m", "\u{e5}NGSTR\u{d6}M"),
        ("e\u{301}clair", "\u{e9}CLAIR"),
        ("\u{ff21}bc", "abc"),
        ("\u{130}stanbul", "istanbul"),
        (
            "\u{3a3}\u{3af}\u{3c3}\u{3c5}\u{3c6}\u{3bf}\u{3c2}",
            "\u{3c3}\u{3af}\u{3c3}\u{3c5}\u{3c6}\u{3bf}\u{3c3}",
        ),
        ("a b", "a  b"),
        ("a\u{0}b", "a"),
        (" pad ", "pad"),
        ("tab\tbed", "tab bed"),
    ];
    for (first, second) in pairs {
        let id = scim.user(first);
        let quoted = serde_json::to_string(second).unwrap();
        let found = scim.find_ids("/Users", &format!("userName eq {quoted}"));
        let answer = scim.post("/Users", &json!({"schemas": [USER], "userName": second}));
        match answer.expect_one_of(&[201, 409]) {
            taken if taken.status == 409 => {
                assert_eq!(found, [id.as_str()], "{second:?} is taken by {first:?} and yet not found");
            }
            made => {
                assert!(found.is_empty(), "{second:?} finds {first:?} and yet is free");
                scim.delete(&format!("/Users/{}", made.json()["id"].as_str().unwrap())).expect(204);
            }
        }
        assert_eq!(scim.read_user(&id)["userName"], first, "as sent");
        scim.delete(&format!("/Users/{id}")).expect(204);
    }
}

#[test]
fn id_and_schemas_are_answered_even_if_excluded() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("always");
    let path = format!("/Users/{id}?excludedAttributes=id,schemas,userName,meta,active");
    assert_eq!(scim.get(&path).expect(200).json(), json!({"schemas": [USER], "id": id}));
    let listed = scim.get("/Users?excludedAttributes=id,userName,meta").list().remove(0);
    assert_eq!(listed, json!({"schemas": [USER], "id": id}));
}

#[test]
fn projection_holds_for_the_answers_to_writes() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({
        "schemas": [USER, ENTERPRISE], "userName": "p", "title": "T", "name": {"givenName": "G", "familyName": "F"},
        ENTERPRISE: {"department": "D", "division": "V"}
    });
    let query = format!("attributes=name.givenName,{ENTERPRISE}:department");
    let made = scim.post(&format!("/Users?{query}"), &body).expect(201).json();
    let id = made["id"].as_str().unwrap();
    let expected = json!({
        "schemas": [USER, ENTERPRISE], "id": id, "name": {"givenName": "G"}, ENTERPRISE: {"department": "D"}
    });
    assert_eq!(made, expected);
    assert_eq!(scim.put(&format!("/Users/{id}?{query}"), &body).expect(200).json(), expected);
    let title = json!([{"op": "replace", "path": "title", "value": "U"}]);
    assert_eq!(scim.patch(&format!("/Users/{id}?{query}"), &title).expect(200).json(), expected);
}

#[test]
fn links_left_out_of_the_answers_to_writes_are_left_out() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("member");
    let group = json!({"schemas": [GROUP], "displayName": "g", "members": [{"value": user}]});
    let made = scim.post("/Groups?excludedAttributes=members", &group).expect(201).json();
    assert!(made.get("members").is_none(), "POST: {made}");
    let id = made["id"].as_str().unwrap();
    let put = scim.put(&format!("/Groups/{id}?excludedAttributes=members"), &group).expect(200).json();
    assert!(put.get("members").is_none(), "PUT: {put}");
    assert_eq!(scim.members(id), [user.as_str()]);
    let whole = json!({"schemas": [USER], "userName": "member", "title": "T"});
    let put = scim.put(&format!("/Users/{user}?excludedAttributes=groups"), &whole).expect(200).json();
    assert!(put.get("groups").is_none(), "PUT: {put}");
    assert_eq!(put["title"], "T");
}

#[test]
fn at_most_one_value_is_primary() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({
        "schemas": [USER], "userName": "primary",
        "emails": [{"type": "work", "value": "w@x", "primary": true}, {"type": "home", "value": "h@x"}]
    });
    let id = scim.create_user(&body)["id"].as_str().unwrap().to_owned();
    let primaries = |user: &Value| -> Vec<String> {
        let emails = user["emails"].as_array().unwrap().iter().filter(|email| email["primary"] == true);
        emails.map(|email| email["value"].as_str().unwrap().to_owned()).collect()
    };
    let path = r#"emails[type eq "home"].primary"#;
    let user = scim.patch_user(&id, &json!([{"op": "replace", "path": path, "value": true}]));
    assert_eq!(primaries(&user), ["h@x"]);
    let added = json!([{"type": "other", "value": "o@x", "primary": true}]);
    let user = scim.patch_user(&id, &json!([{"op": "add", "path": "emails", "value": added}]));
    assert_eq!(primaries(&user), ["o@x"]);
    let mut two = body.clone();
    two["userName"] = json!("two primaries");
    two["emails"][1]["primary"] = json!(true);
    let made = scim.create_user(&two);
    assert_eq!(primaries(&made).len(), 1, "{made}");
    server
        .strict()
        .post("/Users", &json!({"schemas": [USER], "userName": "strict", "emails": two["emails"]}))
        .error(400, "invalidValue");
}

/// Makes a tower of groups, each in the next, and gives their ids from the innermost.
fn tower(scim: &Client, height: usize, user: &str) -> Vec<String> {
    let mut groups: Vec<String> = vec![scim.group("level 0", &[user])];
    for level in 1..height {
        let inner = groups.last().unwrap().clone();
        groups.push(scim.group(&format!("level {level}"), &[&inner]));
    }
    groups
}

#[test]
fn a_tall_tower_of_groups_is_walked_and_its_cycle_seen() {
    let mut server = Server::start();
    let scim = server.client();
    let user = scim.user("inmost");
    let groups = tower(&scim, 60, &user);
    let close = json!([{"op": "add", "path": "members", "value": [{"value": groups[59]}]}]);
    scim.patch(&format!("/Groups/{}", groups[0]), &close).error(400, "invalidValue");
    assert_eq!(scim.members(&groups[0]), [user.as_str()]);
    let named = scim.read_user(&user)["groups"].as_array().unwrap().len();
    assert_eq!(named, 60);
    scim.delete(&format!("/Groups/{}", groups[30])).expect(204);
    assert_eq!(scim.read_user(&user)["groups"].as_array().unwrap().len(), 30);
    assert!(server.lives());
    server.command(&["doctor", "--verify"]);
}

#[test]
fn a_renamed_user_and_group_are_shown_by_their_new_names() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("before");
    let group = scim.group("Before", &[&user]);
    let name = |value: &str| json!([{"op": "replace", "path": "displayName", "value": value}]);
    scim.patch_user(&user, &name("After User"));
    scim.patch_group(&group, &name("After Group"));
    assert_eq!(scim.read_group(&group)["members"][0]["display"], "After User");
    assert_eq!(scim.read_user(&user)["groups"][0]["display"], "After Group");
    assert_eq!(scim.find_ids("/Users", &format!("groups eq \"{group}\"")), [user.as_str()]);
    assert_eq!(scim.find_ids("/Groups", &format!("members.value eq \"{user}\"")), [group.as_str()]);
}

#[test]
fn an_index_never_disagrees_with_what_is_stored() {
    let server = Server::start();
    let scim = server.client();
    let ids: Vec<String> = (0..6).map(|n| scim.user(&format!("indexed-{n}"))).collect();
    // each indexed attribute is set, changed and cleared; the old value finds nobody, the new one exactly its users
    let manager = format!("{ENTERPRISE}:manager");
    let number = format!("{ENTERPRISE}:employeeNumber");
    let rows = [
        ("externalId", "externalId"),
        ("displayName", "displayName"),
        ("name.familyName", "name.familyName"),
        (r#"emails[type eq "work"].value"#, "emails.value"),
        (number.as_str(), number.as_str()),
        (manager.as_str(), manager.as_str()),
    ];
    for (path, attribute) in rows {
        for id in &ids[..4] {
            scim.patch_user(id, &json!([{"op": "add", "path": path, "value": "old"}]));
        }
        scim.patch_user(&ids[1], &json!([{"op": "replace", "path": path, "value": "new"}]));
        scim.patch_user(&ids[2], &json!([{"op": "replace", "path": path, "value": null}]));
        scim.delete(&format!("/Users/{}", scim.user("short-lived"))).expect(204);
        let found = |value: &str| {
            let mut found = scim.find_ids("/Users", &format!("{attribute} eq \"{value}\""));
            found.sort();
            found
        };
        assert_eq!(found("old"), sorted(&[&ids[0], &ids[3]]), "{attribute}");
        assert_eq!(found("new"), [ids[1].as_str()], "{attribute}");
        let mut either = scim.find_ids(
            "/Users",
            &format!("{attribute} eq \"old\" or {attribute} eq \"new\" or userName eq \"indexed-0\""),
        );
        either.sort();
        assert_eq!(either, sorted(&[&ids[0], &ids[1], &ids[3]]), "{attribute}: each once");
    }
    server.command(&["doctor", "--verify"]);
}
