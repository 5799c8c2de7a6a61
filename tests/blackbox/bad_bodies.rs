//! Bad bodies: each is refused with a reason, nothing is half-written, and the process lives.

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;
use crate::values::{GROUP, NOBODY, PATCH_OP, USER};

/// A user and a group that no bad request may touch.
struct Bystanders {
    user: Value,
    group: Value,
}

impl Bystanders {
    fn new(scim: &Client) -> Self {
        let body = json!({"schemas": [USER], "userName": "bystander", "title": "T", "active": true});
        let user = scim.create_user(&body);
        let group = scim.group("bystanders", &[user["id"].as_str().unwrap()]);
        let user = scim.read_user(user["id"].as_str().unwrap());
        Self { user, group: scim.read_group(&group) }
    }

    fn user_path(&self) -> String {
        format!("/Users/{}", self.user["id"].as_str().unwrap())
    }

    fn group_path(&self) -> String {
        format!("/Groups/{}", self.group["id"].as_str().unwrap())
    }

    /// Checks that the process lives and nothing was written.
    fn check(&self, server: &mut Server, scim: &Client) {
        assert!(server.lives(), "the process is gone");
        assert_eq!((scim.total("/Users"), scim.total("/Groups")), (1, 1));
        assert_eq!(scim.get(&self.user_path()).expect(200).json(), self.user);
        assert_eq!(scim.get(&self.group_path()).expect(200).json(), self.group);
        assert_eq!(scim.find("/Users", "userName eq \"bystander\""), std::slice::from_ref(&self.user));
    }
}

/// Sends a body to every method that takes one, on users and groups.
fn everywhere(by: &Bystanders, mut check: impl FnMut(&str, &str)) {
    for (method, path) in [
        ("POST", "/Users".to_owned()),
        ("PUT", by.user_path()),
        ("PATCH", by.user_path()),
        ("POST", "/Groups".to_owned()),
        ("PUT", by.group_path()),
        ("PATCH", by.group_path()),
    ] {
        check(method, &path);
    }
}

#[test]
fn malformed_json_is_invalid_syntax_everywhere() {
    let mut server = Server::start();
    let scim = server.client();
    let by = Bystanders::new(&scim);
    let bodies = [
        "",
        " ",
        "{",
        "}",
        "nul",
        "{\"userName\":}",
        "{\"userName\":\"x\"",
        "[1,2",
        "\"text\"",
        "42",
        "null",
        "true",
        "[]",
        "[{\"userName\":\"x\"}]",
        "{\"userName\":\"x\"}garbage",
        "{\"userName\":\"\\ud800\"}",
        "{\"userName\":\"\\x\"}",
        "{\"userName\":\"tab\tinside\"}",
        "{\"n\":1e999999}",
        "{\"n\":01}",
        "{\"n\":NaN}",
        "\u{feff}\u{feff}{}",
        "\0",
        "<xml/>",
        "userName=x",
    ];
    everywhere(&by, |method, path| {
        for body in bodies {
            scim.text(method, path, body).error_one_of(400, &["invalidSyntax", "invalidValue"]);
        }
    });
    by.check(&mut server, &scim);
}

#[test]
fn wrong_utf8_is_invalid_syntax_everywhere() {
    let mut server = Server::start();
    let scim = server.client();
    let by = Bystanders::new(&scim);
    let bodies: [&[u8]; 4] = [
        b"{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"\xff\xfe\"}",
        b"{\"userName\":\"\xc3\"}",
        b"{\"userName\":\"\xed\xa0\x80\"}",
        b"\xff\xfe{\x00}\x00",
    ];
    everywhere(&by, |method, path| {
        for body in bodies {
            let headers = [("content-type", "application/scim+json; charset=utf-8")];
            scim.send(method, path, &headers, Some(body)).error(400, "invalidSyntax");
        }
    });
    by.check(&mut server, &scim);
}

#[test]
fn duplicate_keys_are_invalid_syntax() {
    let mut server = Server::start();
    let scim = server.client();
    let by = Bystanders::new(&scim);
    let user = format!("\"schemas\":[\"{USER}\"]");
    for body in [
        format!("{{{user},\"userName\":\"a\",\"userName\":\"b\"}}"),
        format!("{{{user},\"userName\":\"a\",\"userName\":\"a\"}}"),
        format!("{{{user},\"userName\":\"a\",\"USERNAME\":\"b\"}}"),
        format!("{{{user},{user},\"userName\":\"a\"}}"),
        format!("{{{user},\"userName\":\"a\",\"name\":{{\"givenName\":\"x\",\"givenName\":\"y\"}}}}"),
        format!("{{{user},\"userName\":\"a\",\"emails\":[{{\"value\":\"x\",\"value\":\"y\"}}]}}"),
        format!("{{{user},\"userName\":\"a\",\"user\\u004eame\":\"b\"}}"),
    ] {
        scim.text("POST", "/Users", &body).error(400, "invalidSyntax");
        scim.text("PUT", &by.user_path(), &body).error(400, "invalidSyntax");
    }
    let patch = format!("\"schemas\":[\"{PATCH_OP}\"]");
    for body in [
        format!(
            "{{{patch},\"Operations\":[{{\"op\":\"add\",\"op\":\"remove\",\"path\":\"title\",\"value\":\"x\"}}]}}"
        ),
        format!(
            "{{{patch},\"Operations\":[{{\"op\":\"add\",\"value\":{{\"title\":\"x\",\"title\":\"y\"}}}}]}}"
        ),
        format!("{{{patch},\"Operations\":[],\"Operations\":[{{\"op\":\"remove\",\"path\":\"title\"}}]}}"),
    ] {
        scim.text("PATCH", &by.user_path(), &body).error(400, "invalidSyntax");
    }
    by.check(&mut server, &scim);
}

#[test]
fn depth_bombs_in_json_are_invalid_syntax() {
    let mut server = Server::start();
    let scim = server.client();
    let by = Bystanders::new(&scim);
    for depth in [200, 5_000, 100_000] {
        let lists = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let objects = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        for bomb in [&lists, &objects] {
            let user = format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"bomb\",\"emails\":{bomb}}}");
            scim.text("POST", "/Users", bomb).error(400, "invalidSyntax");
            scim.text("POST", "/Users", &user).error(400, "invalidSyntax");
            scim.text("PUT", &by.user_path(), &user).error(400, "invalidSyntax");
            let patch = format!(
                "{{\"schemas\":[\"{PATCH_OP}\"],\"Operations\":[{{\"op\":\"add\",\"path\":\"title\",\"value\":{bomb}}}]}}"
            );
            scim.text("PATCH", &by.user_path(), &patch).error(400, "invalidSyntax");
            scim.text("PATCH", &by.group_path(), &patch).error(400, "invalidSyntax");
        }
        // never closed
        scim.text("POST", "/Users", &"[".repeat(depth)).error(400, "invalidSyntax");
        scim.text("POST", "/Users", &"{\"a\":".repeat(depth)).error(400, "invalidSyntax");
    }
    by.check(&mut server, &scim);
}

#[test]
fn a_wrong_type_is_invalid_value_and_names_the_attribute() {
    let mut server = Server::start();
    let scim = server.client();
    let by = Bystanders::new(&scim);
    let rows = [
        ("userName", json!({"a": 1})),
        ("userName", json!(["a", "b"])),
        ("userName", json!(true)),
        ("active", json!("maybe")),
        ("active", json!(7)),
        ("active", json!([true, false])),
        ("displayName", json!({"value": {"deeper": 1}})),
        ("name", json!("Babs Jensen")),
        ("name", json!([{"givenName": "a"}, {"givenName": "b"}])),
        ("name", json!({"givenName": {"a": 1}})),
        ("emails", json!(true)),
        ("emails", json!([[{"value": "a@x"}]])),
        ("emails", json!([{"value": {"a": 1}}])),
        ("emails", json!([{"value": "a@x", "primary": "perhaps"}])),
        ("x509Certificates", json!([{"value": "not base64 !"}])),
    ];
    for (attribute, value) in rows {
        let mut body = json!({"schemas": [USER], "userName": "wrong"});
        body[attribute] = value.clone();
        let detail = scim.post("/Users", &body).error(400, "invalidValue");
        assert!(detail.contains(attribute), "{attribute} is not named: {detail}");
        scim.put(&by.user_path(), &body).error(400, "invalidValue");
        let operations = json!([{"op": "replace", "path": attribute, "value": value}]);
        scim.patch(&by.user_path(), &operations).error(400, "invalidValue");
        let operations = json!([{"op": "replace", "value": {"nickName": "first", attribute: value}}]);
        scim.patch(&by.user_path(), &operations).error(400, "invalidValue");
    }
    for members in
        [json!(7), json!(true), json!([7]), json!([{"value": 7.5}]), json!([{"display": "no value"}])]
    {
        let body = json!({"schemas": [GROUP], "displayName": "wrong", "members": members});
        scim.post("/Groups", &body).error(400, "invalidValue");
        let operations = json!([{"op": "add", "path": "members", "value": members}]);
        scim.patch(&by.group_path(), &operations).error(400, "invalidValue");
    }
    scim.post("/Groups", &json!({"schemas": [GROUP]})).error(400, "invalidValue");
    scim.post("/Groups", &json!({"schemas": [GROUP], "displayName": ""})).error(400, "invalidValue");
    by.check(&mut server, &scim);
}

#[test]
fn a_broken_patch_message_is_refused() {
    let mut server = Server::start();
    let scim = server.client();
    let by = Bystanders::new(&scim);
    let syntax = [
        json!({"schemas": [PATCH_OP]}),
        json!({"schemas": [PATCH_OP], "Operations": {}}),
        json!({"schemas": [PATCH_OP], "Operations": "replace"}),
        json!({"schemas": [PATCH_OP], "Operations": [7]}),
        json!({"schemas": [PATCH_OP], "Operations": [{}]}),
        json!({"schemas": [PATCH_OP], "Operations": [{"path": "title", "value": "x"}]}),
        json!({"schemas": [PATCH_OP], "Operations": [{"op": 7, "path": "title", "value": "x"}]}),
        json!({"schemas": [PATCH_OP], "Operations": [{"op": "move", "path": "title", "value": "x"}]}),
        json!({"schemas": "PatchOp", "Operations": [{"op": "replace", "path": 7, "value": "x"}]}),
        json!({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "title"}]}),
        json!({"schemas": [PATCH_OP], "Operations": [{"op": "add", "value": "no object"}]}),
    ];
    for message in syntax {
        for path in [by.user_path(), by.group_path()] {
            let types = ["invalidSyntax", "invalidValue", "invalidPath"];
            scim.patch_message(&path, &message).error_one_of(400, &types);
        }
    }
    scim.patch(&by.user_path(), &json!([{"op": "remove"}])).error(400, "noTarget");
    for path in [
        "",
        " ",
        "title.",
        ".title",
        "emails[",
        "emails[type",
        "emails[type eq]",
        "emails[]",
        "a..b",
        "name.givenName.x",
        "emails[type eq \"work\"",
        "emails[type eq \"work\"]value",
        "emails[type eq \"work].value",
        "\"title\"",
        "title title",
        "urn:",
    ] {
        let operations = json!([{"op": "replace", "path": path, "value": "x"}]);
        scim.patch(&by.user_path(), &operations).error_one_of(400, &["invalidPath", "invalidFilter"]);
    }
    for attribute in ["id", "meta", "meta.created", "groups"] {
        let operations = json!([{"op": "replace", "path": attribute, "value": "x"}]);
        let types = ["mutability", "invalidValue"];
        scim.patch(&by.user_path(), &operations).error_one_of(400, &types);
    }
    // a list of schemas without a known one is read past, as in a POST (Q11), and never stored
    let operations = json!([{"op": "replace", "path": "schemas", "value": ["urn:example:nobody:1.0:User"]}]);
    scim.patch(&by.user_path(), &operations).expect_one_of(&[200, 400]);
    for attribute in ["userName", "id"] {
        scim.patch(&by.user_path(), &json!([{"op": "remove", "path": attribute}])).error(400, "mutability");
    }
    scim.patch(&by.group_path(), &json!([{"op": "remove", "path": "displayName"}])).error(400, "mutability");
    by.check(&mut server, &scim);
}

#[test]
fn unknown_ids_are_404_for_every_method() {
    let mut server = Server::start();
    let scim = server.client();
    let by = Bystanders::new(&scim);
    let user_id = by.user["id"].as_str().unwrap();
    let group_id = by.group["id"].as_str().unwrap();
    let long = "x".repeat(2_000);
    for id in [NOBODY, "1", "not-a-uuid", "..%2F..%2Fetc", "%00", "%22", &long] {
        for endpoint in ["/Users", "/Groups"] {
            let path = format!("{endpoint}/{id}");
            scim.get(&path).expect(404);
            scim.delete(&path).expect(404);
            scim.patch(&path, &json!([{"op": "replace", "path": "displayName", "value": "x"}])).expect(404);
        }
        scim.put(&format!("/Users/{id}"), &json!({"schemas": [USER], "userName": "x"})).expect(404);
        scim.put(&format!("/Groups/{id}"), &json!({"schemas": [GROUP], "displayName": "x"})).expect(404);
    }
    // what is no text names nothing, or is refused as such
    scim.get("/Users/%FF").expect_one_of(&[400, 404]);
    scim.delete("/Users/%FF").expect_one_of(&[400, 404]);
    // an id of the other kind is unknown too
    scim.get(&format!("/Groups/{user_id}")).expect(404);
    scim.delete(&format!("/Users/{group_id}")).expect(404);
    scim.delete(&format!("/Groups/{user_id}")).expect(404);
    // below a resource there is nothing
    scim.get(&format!("/Users/{user_id}/emails")).expect(404);
    by.check(&mut server, &scim);
}

#[test]
fn unknown_content_types_are_415() {
    let mut server = Server::start();
    let scim = server.client();
    let by = Bystanders::new(&scim);
    let body = json!({"schemas": [USER], "userName": "typed", "displayName": "typed"}).to_string();
    everywhere(&by, |method, path| {
        for content_type in [
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "json",
            "application/jsonx",
        ] {
            scim.send(method, path, &[("content-type", content_type)], Some(body.as_bytes())).expect(415);
        }
    });
    by.check(&mut server, &scim);
}

#[test]
fn a_body_of_11_mb_is_413() {
    let mut server = Server::start();
    let scim = server.client();
    let by = Bystanders::new(&scim);
    let filling = "x".repeat(11_000_000);
    let body = json!({"schemas": [USER], "userName": "big", "title": filling}).to_string();
    everywhere(&by, |method, path| {
        let length =
            format!("Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let answer = server.wire().request(&format!("{method} /scim/v2{path} HTTP/1.1"), &length).expect(413);
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.chars().any(|c| c.is_ascii_digit()), "the detail names no limit: {detail}");
    });
    // without a length said beforehand
    let chunks = format!(
        "Content-Type: application/scim+json\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    server.wire().request("POST /scim/v2/Users HTTP/1.1", &chunks).expect(413);
    by.check(&mut server, &scim);
}

#[test]
fn a_wide_body_within_the_limit_is_answered() {
    let mut server = Server::start();
    let scim = server.client();
    let by = Bystanders::new(&scim);
    // many nodes, many unknown members, many operations: an answer of any kind, in good time
    let take = |body: &str| {
        let answer = scim.text("POST", "/Users", body).expect_one_of(&[201, 400]);
        if answer.status == 201 {
            scim.delete(&format!("/Users/{}", answer.json()["id"].as_str().unwrap())).expect(204);
        }
    };
    let same = format!("[{}1]", "1,".repeat(100_000));
    let distinct: Vec<String> = (0..20_000).map(|n| format!("{{\"value\":\"{n}@x\"}}")).collect();
    for emails in [same, format!("[{}]", distinct.join(","))] {
        take(&format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"wide\",\"emails\":{emails}}}"));
    }
    let unknown: Vec<String> = (0..20_000).map(|n| format!("\"a{n}\":1")).collect();
    let unknown = unknown.join(",");
    let body = format!("{{{unknown},\"schemas\":[\"{USER}\"],\"userName\":\"wide\"}}");
    take(&body);
    let same: Value = (0..2_000).map(|_| json!({"op": "replace", "path": "title", "value": "T"})).collect();
    scim.patch(&by.user_path(), &same).expect_one_of(&[200, 400, 413]);
    by.check(&mut server, &scim);
}
