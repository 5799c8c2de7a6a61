//! Bad filters and paths: 400 with a reason, never an unfiltered list, and never the end of the process.

use serde_json::json;

use crate::client::form;
use crate::server::Server;
use crate::values::USER;

#[test]
fn a_bad_filter_is_invalid_filter_and_never_a_list() {
    let mut server = Server::start();
    let scim = server.client();
    scim.user("listed");
    for filter in [
        "",
        " ",
        "userName",
        "userName eq",
        "eq \"x\"",
        "userName \"x\"",
        "userName eq \"x",
        "userName is \"x\"",
        "userName eq \"x\" and",
        "and userName eq \"x\"",
        "userName eq \"x\" userName eq \"y\"",
        "(userName eq \"x\"",
        "userName eq \"x\")",
        "()",
        "not",
        "not userName pr",
        "emails[type eq \"work\"",
        "emails[]",
        "emails[type eq \"work\"].",
        "userName pr \"x\"",
        "userName eq \"\\q\"",
        "userName eq \"\\u12\"",
        "\"x\" eq userName",
        "userName == \"x\"",
        "1 eq 1",
        "userName eq \"x\"; drop",
        "\u{1F980}",
        "userName eq \"x\" xor title pr",
    ] {
        for path in ["/Users", "/Groups"] {
            let detail = scim.search(path, filter).error(400, "invalidFilter");
            assert!(detail.len() > 10, "{filter}: {detail}");
        }
    }
    scim.search("/Users", "active gt true").error(400, "invalidFilter");
    for raw in ["filter=%", "filter=%zz", "filter="] {
        scim.get(&format!("/Users?{raw}")).error(400, "invalidFilter");
    }
    for no_text in ["filter=%FF%FE", "filter=userName+eq+%22%C3%22"] {
        scim.get(&format!("/Users?{no_text}")).error_one_of(400, &["invalidFilter", "invalidValue"]);
    }
    assert!(server.lives());
    assert_eq!(scim.find("/Users", "userName eq \"listed\"").len(), 1);
}

#[test]
fn an_odd_unquoted_value_finds_nobody_or_is_refused() {
    // Q18 lets a value go without quotes, so some of these are read as plain text; none may match everybody
    let server = Server::start();
    let (scim, strict) = (server.client(), server.strict());
    scim.user("x");
    for value in ["x\"", "{}", "[\"x\"]", "'x'", "-", "*", "%", "null"] {
        let filter = format!("userName eq {value}");
        let answer = scim.search("/Users", &filter);
        if answer.status == 200 {
            assert!(answer.list().is_empty(), "{filter}");
        } else {
            answer.error(400, "invalidFilter");
        }
        if value != "null" {
            strict.search("/Users", &filter).error(400, "invalidFilter");
        }
    }
}

#[test]
fn a_filter_on_an_unknown_attribute_finds_nobody_or_is_refused() {
    let server = Server::start();
    let (scim, strict) = (server.client(), server.strict());
    scim.user("listed");
    for filter in [
        "favouriteColour eq \"green\"",
        "name.shoeSize gt 43",
        "emails[colour eq \"green\"]",
        "active.x pr",
        "urn:example:nobody:1.0:User:x eq \"1\"",
        "favouriteColour pr",
    ] {
        assert!(scim.find("/Users", filter).is_empty(), "{filter}");
        strict.search("/Users", filter).error(400, "invalidFilter");
    }
}

#[test]
fn nested_parentheses_in_a_query_are_invalid_filter() {
    let mut server = Server::start();
    let scim = server.client();
    scim.user("deep");
    for depth in [100, 1_000, 2_500] {
        for (open, close) in [("(", ")"), ("not(", ")"), ("(", "")] {
            let filter = format!("{}userName+pr{}", open.repeat(depth), close.repeat(depth));
            let answer = scim.get(&format!("/Users?filter={filter}"));
            if answer.status == 431 || answer.status == 414 {
                answer.expect_one_of(&[414, 431]);
            } else {
                answer.error(400, "invalidFilter");
            }
        }
    }
    assert!(server.lives());
    assert_eq!(scim.find("/Users", "((userName eq \"deep\"))").len(), 1, "a few are fine");
}

#[test]
fn a_hundred_thousand_nested_parentheses_in_a_query_are_refused() {
    let mut server = Server::start();
    let scim = server.client();
    scim.user("deep");
    let filter = format!("{}userName+pr{}", "(".repeat(100_000), ")".repeat(100_000));
    let line = format!("GET /scim/v2/Users?filter={filter} HTTP/1.1");
    let answer = server.wire().request(&line, "\r\n").expect_one_of(&[400, 414, 431]);
    if answer.status == 400 {
        answer.error(400, "invalidFilter");
    }
    assert!(server.lives());
    assert_eq!(scim.total("/Users"), 1);
}

#[test]
fn a_hundred_thousand_nested_parentheses_in_a_path_are_refused() {
    let mut server = Server::start();
    let scim = server.client();
    let user = scim.create_user(&json!({
        "schemas": [USER], "userName": "deep", "emails": [{"type": "work", "value": "a@x"}]
    }));
    let group = scim.group("deep", &[]);
    let id = user["id"].as_str().unwrap();
    for depth in [100, 5_000, 100_000] {
        for (open, close) in [("(", ")"), ("not (", ")"), ("(", "")] {
            let filter = format!("{}value pr{}", open.repeat(depth), close.repeat(depth));
            let operations = json!([{"op": "remove", "path": format!("emails[{filter}]")}]);
            scim.patch(&format!("/Users/{id}"), &operations)
                .error_one_of(400, &["invalidFilter", "invalidPath"]);
            let operations = json!([{"op": "remove", "path": format!("members[{filter}]")}]);
            scim.patch(&format!("/Groups/{group}"), &operations)
                .error_one_of(400, &["invalidFilter", "invalidPath"]);
        }
        let brackets = json!([{"op": "remove", "path": "emails[".repeat(depth)}]);
        scim.patch(&format!("/Users/{id}"), &brackets).error_one_of(400, &["invalidFilter", "invalidPath"]);
        let dots = json!([{"op": "remove", "path": vec!["a"; depth].join(".")}]);
        scim.patch(&format!("/Users/{id}"), &dots).error_one_of(400, &["invalidFilter", "invalidPath"]);
    }
    assert!(server.lives());
    assert_eq!(scim.read_user(id), user);
}

#[test]
fn hundreds_of_terms_are_answered_and_100_000_are_refused() {
    let mut server = Server::start();
    let scim = server.client();
    let ids: Vec<String> = (0..5).map(|n| scim.user(&format!("term-{n}"))).collect();
    // 100 ids stay within the head's limit
    let terms: Vec<String> = (0..100).map(|n| format!("id eq \"{}\"", ids[n % 5])).collect();
    let mut found = scim.find_ids("/Users", &terms.join(" or "));
    found.sort();
    assert_eq!(found, ids);
    let user = &ids[0];
    let before = scim.read_user(user);
    let many = vec!["value pr"; 100_000].join(" and ");
    let operations = json!([{"op": "remove", "path": format!("emails[{many}]")}]);
    scim.patch(&format!("/Users/{user}"), &operations).error_one_of(400, &["invalidFilter", "invalidPath"]);
    assert!(server.lives());
    assert_eq!(&scim.read_user(user), &before);
}

#[test]
fn a_long_value_in_a_filter_is_no_trouble() {
    let server = Server::start();
    let scim = server.client();
    scim.user("short");
    for text in ["%".repeat(1_000), "\\\"".repeat(500), "\u{1F980}".repeat(200), "a\\u0000b".to_owned()] {
        assert!(scim.find("/Users", &format!("userName eq \"{text}\"")).is_empty());
        assert!(scim.find("/Users", &format!("title co \"{text}\"")).is_empty());
    }
}

#[test]
fn both_projections_together_are_refused() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("projected");
    let query = format!("attributes=userName&excludedAttributes={}", form("emails"));
    scim.get(&format!("/Users?{query}")).expect(400);
    scim.get(&format!("/Users/{id}?{query}")).expect(400);
    // names nobody knows are no reason to refuse, nor to answer more
    let read = scim.get(&format!("/Users/{id}?attributes=favouriteColour")).expect(200).json();
    assert_eq!(read, json!({"schemas": [USER], "id": id}));
}
