//! Numbers 126 to 149: filters (RFC 7644 section 3.4.2.2).

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;
use crate::values::{ENTERPRISE, GROUP, USER};

/// Three users that differ in everything filters can be about.
fn people(scim: &Client) {
    for user in [
        json!({"schemas": [USER, ENTERPRISE], "userName": "ann", "title": "Boss", "active": true, "externalId": "A1",
            "name": {"familyName": "Ober"}, "nickName": "x\"y\\z",
            "emails": [{"value": "ann@work.x", "type": "work", "primary": true}, {"value": "ann@home.y", "type": "home"}],
            ENTERPRISE: {"department": "Sales", "manager": {"value": "boss-of-ann"}}}),
        json!({"schemas": [USER], "userName": "Bob", "active": false, "name": {"familyName": "Müller"},
            "emails": [{"value": "bob@home.x", "type": "home"}, {"value": "bob@work.y", "type": "work"}]}),
        json!({"schemas": [USER], "userName": "cyd", "title": "", "x509Certificates": [{"value": "MIIB"}]}),
    ] {
        scim.create_user(&user);
    }
}

/// The names a filter finds, in their order.
fn names(scim: &Client, filter: &str) -> Vec<String> {
    scim.find("/Users", filter).iter().map(|user| user["userName"].as_str().unwrap().to_owned()).collect()
}

fn each(scim: &Client, cases: &[(&str, &[&str])]) {
    for (filter, expected) in cases {
        assert_eq!(names(scim, filter), *expected, "{filter}");
    }
}

fn refused(scim: &Client, filters: &[&str]) {
    for filter in filters {
        scim.search("/Users", filter).error(400, "invalidFilter");
    }
}

fn house() -> (Server, Client) {
    let server = Server::start();
    let scim = server.client();
    people(&scim);
    (server, scim)
}

#[test]
fn c126_the_grammar_and_nothing_else_is_read() {
    let (server, scim) = house();
    each(
        &scim,
        &[
            ("userName eq \"ann\"", &["ann"]),
            ("title pr and (active eq true or nickName pr)", &["ann"]),
            ("not (userName eq \"ann\") and emails[type eq \"work\"]", &["Bob"]),
        ],
    );
    refused(
        &server.strict(),
        &[
            "userName is \"ann\"",
            "userName eq",
            "eq \"ann\"",
            "userName eq ann",
            "userName eq \"ann\" and",
            "(userName pr",
            "userName pr)",
            "userName pr title pr",
            "emails[type eq \"work\"",
            "userName = \"ann\"",
            "",
        ],
    );
}

#[test]
fn c127_operators_have_no_case() {
    let (_server, scim) = house();
    each(
        &scim,
        &[
            ("userName EQ \"ann\" OR userName Eq \"cyd\"", &["ann", "cyd"]),
            ("NOT (userName SW \"a\") AND emails PR", &["Bob"]),
        ],
    );
}

#[test]
fn c128_every_operator_on_every_type_it_fits() {
    let (_server, scim) = house();
    let (past, future) = ("2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z");
    each(
        &scim,
        &[
            ("userName ne \"ann\"", &["Bob", "cyd"]),
            ("userName co \"o\"", &["Bob"]),
            ("userName sw \"b\"", &["Bob"]),
            ("userName ew \"D\"", &["cyd"]),
            ("userName pr", &["ann", "Bob", "cyd"]),
            ("userName gt \"ann\"", &["Bob", "cyd"]),
            ("userName ge \"bob\"", &["Bob", "cyd"]),
            ("userName lt \"bob\"", &["ann"]),
            ("userName le \"bob\"", &["ann", "Bob"]),
            ("active eq false", &["Bob"]),
            ("active ne false and active pr", &["ann"]),
        ],
    );
    for (operator, instant) in [("gt", past), ("ge", past), ("lt", future), ("le", future), ("ne", past)] {
        assert_eq!(names(&scim, &format!("meta.created {operator} \"{instant}\"")).len(), 3, "{operator}");
    }
    assert!(names(&scim, &format!("meta.created eq \"{past}\"")).is_empty());
}

#[test]
fn c129_there_is_no_order_on_booleans_and_binaries() {
    let (_server, scim) = house();
    for operator in ["gt", "ge", "lt", "le"] {
        refused(
            &scim,
            &[&format!("active {operator} true"), &format!("x509Certificates.value {operator} \"MIIB\"")],
        );
    }
}

#[test]
fn c130_only_text_has_parts() {
    let (_server, scim) = house();
    for operator in ["co", "sw", "ew"] {
        refused(&scim, &[&format!("active {operator} \"t\""), &format!("active {operator} true")]);
    }
}

#[test]
fn c131_groups_bind_before_not_not_before_and_and_before_or() {
    let (_server, scim) = house();
    each(
        &scim,
        &[
            ("userName eq \"cyd\" or userName eq \"ann\" and active eq false", &["cyd"]),
            ("(userName eq \"cyd\" or userName eq \"ann\") and active eq true", &["ann"]),
            ("not (userName eq \"ann\") and not (userName eq \"cyd\")", &["Bob"]),
            ("not (userName eq \"ann\" or userName eq \"bob\")", &["cyd"]),
            ("not (userName eq \"ann\") or userName eq \"ann\"", &["ann", "Bob", "cyd"]),
        ],
    );
}

#[test]
fn c132_not_needs_its_parentheses() {
    let (server, _) = house();
    refused(&server.strict(), &["not title pr", "not userName eq \"ann\""]);
}

#[test]
fn c133_a_value_path_holds_within_one_element() {
    let (_server, scim) = house();
    each(
        &scim,
        &[
            ("emails[type eq \"work\" and value co \".x\"]", &["ann"]),
            ("emails[type eq \"home\" and value co \".x\"]", &["Bob"]),
            ("emails[type eq \"work\" and value co \"home\"]", &[]),
        ],
    );
}

#[test]
fn c134_plain_sub_attributes_may_match_across_elements() {
    let (_server, scim) = house();
    each(&scim, &[("emails.type eq \"work\" and emails.value co \".x\"", &["ann", "Bob"])]);
}

#[test]
fn c135_a_complex_attribute_compares_by_its_value() {
    let (_server, scim) = house();
    each(
        &scim,
        &[
            ("emails eq \"ann@work.x\"", &["ann"]),
            ("emails co \"work.y\"", &["Bob"]),
            (&format!("{ENTERPRISE}:manager eq \"boss-of-ann\""), &["ann"]),
        ],
    );
    let member = scim.find_ids("/Users", "userName eq \"ann\"").remove(0);
    let group = scim.group("team", &[&member]);
    assert_eq!(scim.find_ids("/Groups", &format!("members eq \"{member}\"")), [group]);
}

#[test]
fn c136_pr_means_a_value_that_is_not_empty() {
    let (_server, scim) = house();
    each(
        &scim,
        &[
            ("title pr", &["ann"]),
            ("name pr", &["ann", "Bob"]),
            ("name.givenName pr", &[]),
            ("emails pr", &["ann", "Bob"]),
            (&format!("{ENTERPRISE}:department pr"), &["ann"]),
        ],
    );
}

#[test]
fn c137_text_compares_by_case_exact_and_in_unicode() {
    let (_server, scim) = house();
    each(
        &scim,
        &[
            ("userName eq \"ANN\"", &["ann"]),
            ("externalId eq \"a1\"", &[]),
            ("externalId eq \"A1\"", &["ann"]),
            ("name.familyName eq \"mÜLLER\"", &["Bob"]),
            // the same letter as two characters
            ("name.familyName eq \"Mu\u{308}ller\"", &["Bob"]),
            ("name.familyName sw \"m\u{fc}\"", &["Bob"]),
        ],
    );
}

#[test]
fn c138_ne_and_not_eq_agree_on_what_is_absent() {
    let (_server, scim) = house();
    let ne = names(&scim, "title ne \"Boss\"");
    assert_eq!(ne, ["Bob", "cyd"], "an absent value is not equal to anything");
    assert_eq!(names(&scim, "not (title eq \"Boss\")"), ne);
}

#[test]
fn c139_eq_null_means_not_pr() {
    let (_server, scim) = house();
    assert_eq!(names(&scim, "title eq null"), names(&scim, "not (title pr)"));
    assert_eq!(names(&scim, "title ne null"), names(&scim, "title pr"));
    assert_eq!(names(&scim, "title eq null"), ["Bob", "cyd"]);
}

#[test]
fn c140_names_may_carry_their_urn() {
    let (server, scim) = house();
    for scim in [&scim, &server.strict()] {
        each(
            scim,
            &[
                (&format!("{USER}:userName eq \"ann\""), &["ann"]),
                (&format!("{USER}:name.familyName eq \"ober\""), &["ann"]),
                (&format!("{ENTERPRISE}:department eq \"sales\""), &["ann"]),
                (&format!("{ENTERPRISE}:manager.value eq \"boss-of-ann\""), &["ann"]),
            ],
        );
    }
}

#[test]
fn c141_schemas_can_be_filtered_by() {
    let (_server, scim) = house();
    each(
        &scim,
        &[
            (&format!("schemas eq \"{ENTERPRISE}\""), &["ann"]),
            (&format!("schemas eq \"{USER}\""), &["ann", "Bob", "cyd"]),
            (&format!("schemas eq \"{GROUP}\""), &[]),
        ],
    );
}

#[test]
fn c142_last_modified_finds_what_changed_since() {
    let (_server, scim) = house();
    let all = scim.find("/Users", "userName pr");
    let since = all.iter().map(|user| user["meta"]["lastModified"].as_str().unwrap()).max().unwrap();
    std::thread::park_timeout(std::time::Duration::from_millis(5));
    let id = all[0]["id"].as_str().unwrap();
    scim.patch_user(id, &json!([{"op": "replace", "path": "title", "value": "changed"}]));
    each(&scim, &[(&format!("meta.lastModified gt \"{since}\""), &["ann"])]);
}

#[test]
fn c143_escapes_in_text_and_text_without_an_end() {
    let (_server, scim) = house();
    each(
        &scim,
        &[
            (r#"nickName eq "x\"y\\z""#, &["ann"]),
            (r#"userName eq "\u0061nn""#, &["ann"]),
            (r#"nickName co "\"""#, &["ann"]),
        ],
    );
    refused(
        &scim,
        &["userName eq \"ann", "userName eq \"ann\\\"", r#"userName eq "\u00""#, r#"userName eq "\q""#],
    );
}

#[test]
fn c144_numbers_as_in_json_and_true_as_text_only_when_tolerant() {
    let (server, scim) = house();
    let strict = server.strict();
    each(&scim, &[("active eq \"true\"", &["ann"]), ("active eq \"False\"", &["Bob"])]);
    refused(&strict, &["active eq \"true\"", "active eq 1"]);
    each(&strict, &[("active eq true", &["ann"])]);
    refused(&strict, &["userName eq 01", "userName eq 1.", "userName eq +1", "userName eq TRUE"]);
}

#[test]
fn c145_an_unknown_attribute_is_refused_or_has_no_value() {
    let (server, scim) = house();
    refused(&server.strict(), &["noSuchThing eq \"x\"", "noSuchThing pr", "name.noSuchPart pr"]);
    each(
        &scim,
        &[
            ("noSuchThing eq \"x\"", &[]),
            ("noSuchThing pr", &[]),
            ("noSuchThing eq \"x\" or userName eq \"ann\"", &["ann"]),
        ],
    );
}

#[test]
fn c146_long_and_deep_filters_are_refused_with_clear_words() {
    let (_server, scim) = house();
    let deep = format!("{}title pr{}", "(".repeat(500), ")".repeat(500));
    let nots = format!("{}title pr{}", "not (".repeat(500), ")".repeat(500));
    for filter in [deep, nots] {
        let detail = scim.search("/Users", &filter).error(400, "invalidFilter");
        assert!(detail.len() < 500 && !detail.is_empty(), "{detail}");
    }
    let long = vec!["title eq \"x\""; 2_000].join(" or ");
    scim.search("/Users", &long).expect_one_of(&[400, 413, 414, 431]);
}

#[test]
fn c147_the_lookups_of_the_great_clients_find_exactly_theirs() {
    let server = Server::start();
    let scim = server.client();
    let mut ids = Vec::new();
    for n in 0..120 {
        let user = scim.create_user(&json!({
            "schemas": [USER], "userName": format!("user{n}"), "externalId": format!("x{n}"),
            "displayName": format!("Display {n}"), "emails": [{"value": format!("user{n}@x"), "type": "work"}]
        }));
        ids.push(user["id"].as_str().unwrap().to_owned());
    }
    let group = scim.group("team", &[&ids[7]]);
    for filter in [
        format!("id eq \"{}\"", ids[7]),
        "userName eq \"USER7\"".to_owned(),
        "externalId eq \"x7\"".to_owned(),
        "emails.value eq \"user7@x\"".to_owned(),
        "emails[type eq \"work\"].value eq \"user7@x\"".to_owned(),
        "displayName eq \"display 7\"".to_owned(),
        format!("groups.value eq \"{group}\""),
    ] {
        assert_eq!(scim.find_ids("/Users", &filter), [ids[7].clone()], "{filter}");
    }
    assert_eq!(
        scim.find_ids("/Groups", &format!("members.value eq \"{}\"", ids[7])),
        std::slice::from_ref(&group)
    );
    assert_eq!(scim.find_ids("/Groups", "displayName eq \"TEAM\""), [group]);
}

#[test]
fn c148_hundreds_of_alternatives_work() {
    let server = Server::start();
    let scim = server.client();
    let ids: Vec<String> = (0..200).map(|n| scim.user(&format!("many{n}"))).collect();
    let filter = ids.iter().map(|id| format!("id eq \"{id}\"")).collect::<Vec<_>>().join(" or ");
    let path = format!("/Users?count=500&filter={}", crate::client::percent(&filter));
    let found = scim.get(&path).expect(200).list();
    let found: Vec<&str> = found.iter().map(|user| user["id"].as_str().unwrap()).collect();
    assert_eq!(found, ids);
}

#[test]
fn c149_filters_see_the_value_that_was_returned() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.create_user(&json!({
        "schemas": [USER], "userName": "seen", "active": "True", "emails": {"value": "One@X", "primary": "true"}
    }));
    let id = user["id"].as_str().unwrap();
    let mut filters = vec![
        format!("active eq {}", user["active"]),
        format!("emails.value eq {}", user["emails"][0]["value"]),
        format!("emails.primary eq {}", user["emails"][0]["primary"]),
    ];
    for name in ["created", "lastModified", "version", "resourceType"] {
        filters.push(format!("meta.{name} eq {}", Value::from(user["meta"][name].as_str().unwrap())));
    }
    for filter in filters {
        assert_eq!(scim.find_ids("/Users", &filter), [id], "{filter}");
    }
}
