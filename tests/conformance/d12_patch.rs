//! Numbers 182 to 207: PATCH (RFC 7644 section 3.5.2).

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;
use crate::values::{ENTERPRISE, NOBODY, PATCH_OP, USER, as_sent, sorted};

/// A user with something of every kind.
fn full(scim: &Client, name: &str) -> String {
    let user = scim.create_user(&json!({
        "schemas": [USER, ENTERPRISE], "userName": name, "title": "old", "nickName": "n",
        "name": {"givenName": "G", "familyName": "F"},
        "emails": [
            {"value": "w@x", "type": "work", "primary": true, "display": "W"},
            {"value": "h@x", "type": "home", "display": "H"}
        ],
        ENTERPRISE: {"department": "d", "costCenter": "c"}
    }));
    user["id"].as_str().unwrap().to_owned()
}

/// What strict operations leave of such a user.
fn after(operations: &Value) -> Value {
    let server = Server::start();
    let strict = server.strict();
    let id = full(&strict, "after");
    as_sent(&strict.patch_user(&id, operations))
}

/// The keyword with which a strict account is refused.
fn refused(operations: &Value) -> String {
    let server = Server::start();
    let strict = server.strict();
    let id = full(&strict, "refused");
    let before = strict.read_user(&id);
    let answer = strict.patch(&format!("/Users/{id}"), operations).expect(400).json();
    assert_eq!(strict.read_user(&id), before, "a refused PATCH changed something");
    answer["scimType"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn c182_a_message_has_its_schema_and_operations() {
    let server = Server::start();
    let strict = server.strict();
    let path = format!("/Users/{}", full(&strict, "message"));
    let operation = json!({"op": "replace", "path": "title", "value": "t"});
    for message in [
        json!({"Operations": [operation]}),
        json!({"schemas": [USER], "Operations": [operation]}),
        json!({"schemas": [PATCH_OP], "Operations": []}),
        json!({"schemas": [PATCH_OP]}),
        json!({"schemas": [PATCH_OP], "Operations": operation}),
    ] {
        strict.patch_message(&path, &message).expect(400);
    }
    strict.patch_message(&path, &json!({"schemas": [PATCH_OP], "Operations": [operation]})).expect(200);
}

#[test]
fn c183_an_operation_is_add_remove_or_replace() {
    for operation in [
        json!({"op": "set", "path": "title", "value": "t"}),
        json!({"path": "title", "value": "t"}),
        json!({"op": 1, "path": "title", "value": "t"}),
        json!({"op": ["add"], "path": "title", "value": "t"}),
    ] {
        assert_eq!(refused(&json!([operation])), "invalidSyntax", "{operation}");
    }
}

#[test]
fn c184_remove_without_a_path_has_no_target() {
    assert_eq!(refused(&json!([{"op": "remove"}])), "noTarget");
}

#[test]
fn c185_a_patch_is_atomic() {
    let server = Server::start();
    let scim = server.client();
    let id = full(&scim, "atomic");
    let before = scim.read_user(&id);
    let operations = json!([
        {"op": "replace", "path": "title", "value": "new"},
        {"op": "replace", "path": "userName", "value": "renamed"},
        {"op": "remove", "path": "emails"},
        {"op": "replace", "path": "active", "value": "neither"}
    ]);
    scim.patch(&format!("/Users/{id}"), &operations).expect(400);
    assert_eq!(scim.read_user(&id), before);
    assert!(scim.find("/Users", "userName eq \"renamed\"").is_empty());
    assert_eq!(scim.find_ids("/Users", "emails.value eq \"w@x\""), [id]);
}

#[test]
fn c186_each_operation_works_on_what_the_one_before_left() {
    let left = after(&json!([
        {"op": "add", "path": "emails", "value": [{"value": "o@x", "type": "other"}]},
        {"op": "replace", "path": "emails[type eq \"other\"].value", "value": "p@x"},
        {"op": "replace", "path": "title", "value": "one"},
        {"op": "replace", "path": "title", "value": "two"},
        {"op": "remove", "path": "nickName"},
        {"op": "add", "path": "nickName", "value": "again"}
    ]));
    assert_eq!(left["emails"][2], json!({"value": "p@x", "type": "other"}));
    assert_eq!((&left["title"], &left["nickName"]), (&json!("two"), &json!("again")));
}

#[test]
fn c187_success_is_200_with_a_body_or_204_and_200_with_attributes() {
    let server = Server::start();
    let scim = server.client();
    let (user, group) = (full(&scim, "success"), scim.group("success", &[]));
    let title = json!([{"op": "replace", "path": "title", "value": "t"}]);
    let answer = scim.patch(&format!("/Users/{user}"), &title).expect_one_of(&[200, 204]);
    assert_eq!(answer.body.is_empty(), answer.status == 204);
    let shown = scim.patch(&format!("/Users/{user}?attributes=title"), &title).expect(200).json();
    assert_eq!((&shown["title"], shown.get("userName")), (&json!("t"), None));
    let name = json!([{"op": "replace", "path": "displayName", "value": "renamed"}]);
    scim.patch(&format!("/Groups/{group}"), &name).expect_one_of(&[200, 204]);
    let shown = scim.patch(&format!("/Groups/{group}?attributes=displayName"), &name).expect(200).json();
    assert_eq!(shown["displayName"], "renamed");
}

#[test]
fn c188_a_read_only_target_is_refused() {
    for path in ["id", "meta", "meta.created", "groups"] {
        assert_eq!(refused(&json!([{"op": "replace", "path": path, "value": "x"}])), "mutability", "{path}");
    }
    let server = Server::start();
    let scim = server.client();
    let id = full(&scim, "lenient");
    let whole = json!([{"op": "replace", "value": {"id": "x", "meta": {"version": "x"}, "title": "t"}}]);
    let left = scim.patch_user(&id, &whole);
    assert_eq!((&left["id"], &left["title"]), (&json!(id), &json!("t")));
}

#[test]
fn c189_an_immutable_value_can_be_added_where_none_is() {
    let server = Server::start();
    let scim = server.client();
    let (user, group) = (scim.user("member"), scim.group("immutable", &[]));
    // the parts of a member are immutable (RFC 7643 section 4.2): given once, with the member
    let add = json!([{"op": "add", "path": "members", "value": [{"value": user, "type": "User"}]}]);
    scim.patch_group(&group, &add);
    assert_eq!(scim.members(&group), std::slice::from_ref(&user));
    let path = format!("members[value eq \"{user}\"].type");
    let change = json!([{"op": "replace", "path": path, "value": "Group"}]);
    scim.patch(&format!("/Groups/{group}"), &change).error(400, "mutability");
}

#[test]
fn c190_a_new_primary_takes_the_place_of_the_old() {
    let left = after(&json!([{"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}]));
    assert_ne!(left["emails"][0]["primary"], true);
    assert_eq!(left["emails"][1]["primary"], true);
    let left = after(&json!([{"op": "add", "path": "emails", "value": [{"value": "n@x", "primary": true}]}]));
    let primaries: Vec<&Value> =
        left["emails"].as_array().unwrap().iter().filter(|e| e["primary"] == true).collect();
    assert_eq!(primaries, [&json!({"value": "n@x", "primary": true})]);
}

#[test]
fn c191_add_creates_replaces_appends_or_merges() {
    let left = after(&json!([
        {"op": "add", "path": "displayName", "value": "created"},
        {"op": "add", "path": "title", "value": "replaced"},
        {"op": "add", "path": "emails", "value": [{"value": "appended@x"}]},
        {"op": "add", "path": "name", "value": {"middleName": "merged"}}
    ]));
    assert_eq!((&left["displayName"], &left["title"]), (&json!("created"), &json!("replaced")));
    assert_eq!(left["emails"].as_array().unwrap().len(), 3);
    assert_eq!(left["name"], json!({"givenName": "G", "familyName": "F", "middleName": "merged"}));
}

#[test]
fn c192_adding_what_is_there_changes_nothing() {
    let server = Server::start();
    let scim = server.client();
    let id = full(&scim, "there");
    let before = scim.read_user(&id);
    let again = json!([
        {"op": "add", "path": "title", "value": "old"},
        {"op": "add", "path": "emails", "value": [{"value": "h@x", "type": "home", "display": "H"}]},
        {"op": "add", "path": "name", "value": {"givenName": "G"}}
    ]);
    assert_eq!(scim.patch_user(&id, &again), before, "meta.version and lastModified stay");
}

#[test]
fn c193_add_without_a_path_merges_attribute_by_attribute() {
    let left = after(&json!([{"op": "add", "value": {
        "title": "new", "name": {"middleName": "M"}, "emails": [{"value": "n@x"}],
        ENTERPRISE: {"division": "v"}
    }}]));
    assert_eq!(left["title"], "new");
    assert_eq!(left["name"], json!({"givenName": "G", "familyName": "F", "middleName": "M"}));
    assert_eq!(left["emails"].as_array().unwrap().len(), 3);
    assert_eq!(left[ENTERPRISE], json!({"department": "d", "costCenter": "c", "division": "v"}));
}

#[test]
fn c194_remove_takes_one_all_the_matching_or_parts_of_them() {
    let left = after(&json!([
        {"op": "remove", "path": "title"},
        {"op": "remove", "path": "emails[type eq \"work\"]"},
        {"op": "remove", "path": "emails[type eq \"home\"].display"}
    ]));
    assert!(left.get("title").is_none());
    assert_eq!(left["emails"], json!([{"value": "h@x", "type": "home"}]));
    assert!(after(&json!([{"op": "remove", "path": "emails"}])).get("emails").is_none());
}

#[test]
fn c195_required_and_read_only_attributes_cannot_be_removed() {
    for path in ["userName", "id", "meta", "schemas"] {
        assert_eq!(refused(&json!([{"op": "remove", "path": path}])), "mutability", "{path}");
    }
}

#[test]
fn c196_with_its_last_element_an_attribute_is_gone() {
    let left = after(&json!([
        {"op": "remove", "path": "emails[type eq \"work\"]"},
        {"op": "remove", "path": "emails[type eq \"home\"]"}
    ]));
    assert!(left.get("emails").is_none());
}

#[test]
fn c197_replace_adds_what_is_absent_and_keeps_other_parts() {
    let left = after(&json!([
        {"op": "replace", "path": "displayName", "value": "added"},
        {"op": "replace", "path": "name", "value": {"givenName": "new"}}
    ]));
    assert_eq!(left["displayName"], "added");
    // RFC 7644 section 3.5.2.3: the sub-attributes given are replaced
    assert_eq!(left["name"], json!({"givenName": "new", "familyName": "F"}));
}

#[test]
fn c198_replace_with_a_filter_replaces_every_match() {
    let left = after(&json!([
        {"op": "replace", "path": "emails[type eq \"home\"]", "value": {"value": "new@x", "type": "other"}}
    ]));
    assert_eq!(left["emails"][1], json!({"value": "new@x", "type": "other"}));
    let none = json!([{"op": "replace", "path": "emails[type eq \"other\"].value", "value": "x@x"}]);
    assert_eq!(refused(&none), "noTarget");
}

#[test]
fn c199_replacing_a_part_leaves_the_other_parts() {
    let left = after(&json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@x"}]));
    assert_eq!(left["emails"][0], json!({"value": "new@x", "type": "work", "primary": true, "display": "W"}));
    assert_eq!(left["emails"][1]["value"], "h@x");
}

#[test]
fn c200_schemas_keeps_in_step_with_extensions() {
    let gone = after(&json!([{"op": "remove", "path": ENTERPRISE}]));
    assert_eq!((&gone["schemas"], gone.get(ENTERPRISE)), (&json!([USER]), None));
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("plain");
    let path = format!("{ENTERPRISE}:employeeNumber");
    let left = scim.patch_user(&id, &json!([{"op": "add", "path": path, "value": "7"}]));
    assert_eq!(left["schemas"], json!([USER, ENTERPRISE]));
}

#[test]
fn c201_paths_follow_the_grammar() {
    let left = after(&json!([
        {"op": "replace", "path": "title", "value": "a"},
        {"op": "replace", "path": "name.givenName", "value": "b"},
        {"op": "replace", "path": "emails[type eq \"work\" and value co \"@\"].display", "value": "c"},
        {"op": "replace", "path": format!("{USER}:nickName"), "value": "d"},
        {"op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "e"},
        {"op": "remove", "path": "emails[not (type eq \"work\")]"}
    ]));
    assert_eq!((&left["title"], &left["name"]["givenName"]), (&json!("a"), &json!("b")));
    assert_eq!(left["emails"], json!([{"value": "w@x", "type": "work", "primary": true, "display": "c"}]));
    assert_eq!((&left["nickName"], &left[ENTERPRISE]["department"]), (&json!("d"), &json!("e")));
    for path in
        ["emails[", "emails[type]", "name..givenName", "emails[type eq \"work\"", ".title", "no such", ""]
    {
        let operation = json!([{"op": "replace", "path": path, "value": "x"}]);
        assert_eq!(refused(&operation), "invalidPath", "{path}");
    }
}

#[test]
fn c202_a_value_of_the_wrong_type_is_refused() {
    for (path, value) in [
        ("active", json!("perhaps")),
        ("title", json!({"a": 1})),
        ("title", json!(["a", "b"])),
        ("name", json!("text")),
        ("emails", json!([{"value": 7}])),
    ] {
        assert_eq!(
            refused(&json!([{"op": "replace", "path": path, "value": value}])),
            "invalidValue",
            "{path}"
        );
    }
}

#[test]
fn c203_one_a_hundred_and_many_members_in_one_message() {
    let server = Server::start();
    let scim = server.client();
    let users: Vec<String> = (0..300).map(|i| scim.user(&format!("u{i}"))).collect();
    let group = scim.group("g", &[]);
    let values = |ids: &[String]| ids.iter().map(|id| json!({"value": id})).collect::<Vec<_>>();
    for (from, to) in [(0, 1), (1, 101), (101, 300)] {
        let add = json!([{"op": "add", "path": "members", "value": values(&users[from..to])}]);
        scim.patch_group(&group, &add);
    }
    let all: Vec<&str> = users.iter().map(String::as_str).collect();
    assert_eq!(scim.members(&group), sorted(&all));
    // what a message does not name is never read: a change of one member answers without the others
    let remove = json!([{"op": "remove", "path": "members", "value": values(&users[1..])}]);
    let answer = scim.patch(&format!("/Groups/{group}"), &remove).expect(204);
    assert!(answer.body.is_empty());
    assert_eq!(scim.members(&group), sorted(&all[..1]));
}

#[test]
fn c204_a_member_added_twice_and_a_stranger_removed_make_no_version() {
    let server = Server::start();
    let scim = server.client();
    let (ann, bob) = (scim.user("ann"), scim.user("bob"));
    let group = scim.group("g", &[&ann]);
    let before = scim.read_group(&group);
    for change in [
        json!([{"op": "add", "path": "members", "value": [{"value": ann}]}]),
        json!([{"op": "remove", "path": format!("members[value eq \"{bob}\"]")}]),
        json!([{"op": "remove", "path": "members", "value": [{"value": bob}]}]),
        json!([{"op": "remove", "path": format!("members[value eq \"{NOBODY}\"]")}]),
    ] {
        scim.patch_group(&group, &change);
        assert_eq!(scim.read_group(&group), before, "{change}");
    }
}

#[test]
fn c205_two_thousand_parallel_changes_lose_none() {
    const CLIENTS: usize = 20;
    const EACH: usize = 100;
    let server = Server::start();
    let scim = server.client();
    let group = scim.group("g", &[]);
    let mut all: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (scim, group) = (scim.clone(), group.clone());
                scope.spawn(move || {
                    let mut mine = Vec::new();
                    for i in 0..EACH {
                        let user = scim.user(&format!("u{client}-{i}"));
                        let add = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
                        scim.patch_group(&group, &add);
                        mine.push(user);
                    }
                    mine
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    all.sort();
    assert_eq!(all.len(), CLIENTS * EACH);
    assert_eq!(scim.members(&group), all);
    let listed = server.command_json(&["group", "list"]);
    assert_eq!(listed["groups"][0]["members"], CLIENTS * EACH);
}

#[test]
fn c206_a_patch_is_judged_only_on_what_it_touches() {
    let server = Server::start();
    let (scim, strict) = (server.client(), server.strict());
    // a tolerant account may have stored what a strict one would not have taken
    let id = scim.create_user(&json!({
        "schemas": [USER], "userName": "odd", "profileUrl": "no uri at all", "locale": "NNRDFX",
        "addresses": [{"type": "work", "country": "Atlantis"}]
    }))["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let left = strict.patch_user(&id, &json!([{"op": "replace", "path": "title", "value": "t"}]));
    assert_eq!((&left["title"], &left["profileUrl"]), (&json!("t"), &json!("no uri at all")));
}

#[test]
fn c207_null_and_empty_text_clear_for_a_tolerant_account() {
    let server = Server::start();
    let scim = server.client();
    for (n, value) in [json!(null), json!("")].iter().enumerate() {
        let boss = scim.user(&format!("boss {n}"));
        let id = full(&scim, &format!("cleared {n}"));
        let manager = format!("{ENTERPRISE}:manager");
        scim.patch_user(&id, &json!([{"op": "add", "path": manager, "value": {"value": boss}}]));
        let left = scim.patch_user(
            &id,
            &json!([
                {"op": "replace", "path": manager, "value": value},
                {"op": "replace", "path": "title", "value": value}
            ]),
        );
        assert!(left[ENTERPRISE].get("manager").is_none() && left.get("title").is_none(), "{value}: {left}");
    }
}

#[test]
fn c101_a_name_given_twice_in_different_case_is_refused_in_a_patch_too() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("ann");
    let twice = json!([{"op": "replace", "value": {"title": "A", "Title": "B"}}]);
    scim.patch(&format!("/Users/{id}"), &twice).error(400, "invalidSyntax");
    assert_eq!(scim.read_user(&id).get("title"), None);
}
