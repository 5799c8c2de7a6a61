//! Numbers 223 to 227: versions and preconditions (RFC 7644 section 3.14).

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::client::Client;
use crate::server::Server;
use crate::values::{GROUP, USER};

/// Sends a request with one header more.
fn with(client: &Client, method: &str, path: &str, header: (&str, &str), body: Option<&Value>) -> Answer {
    let text = body.map(Value::to_string);
    let headers = [header, ("content-type", "application/scim+json")];
    client.send(method, path, &headers, text.as_deref().map(str::as_bytes))
}

fn rename(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "displayName", "value": name}],
    })
}

fn etag(answer: &Answer) -> String {
    answer.header("etag").expect("an ETag header").to_owned()
}

#[test]
fn c223_the_etag_header_and_meta_version_agree_on_every_answer() {
    let server = Server::start();
    let client = server.client();
    let agree = |answer: Answer| {
        let version = answer.json()["meta"]["version"].as_str().unwrap().to_owned();
        assert_eq!(etag(&answer), version, "{}", answer.story());
        assert!(version.starts_with("W/\""), "{version}");
        version
    };
    let body = json!({"schemas": [USER], "userName": "ann"});
    let made = client.post("/Users", &body).expect(201);
    let path = format!("/Users/{}", made.json()["id"].as_str().unwrap());
    let first = agree(made);
    assert_eq!(agree(client.get(&path).expect(200)), first);
    let replaced =
        agree(client.put(&path, &json!({"schemas": [USER], "userName": "ann", "title": "a"})).expect(200));
    let patched =
        agree(client.patch(&path, &json!([{"op": "add", "path": "title", "value": "b"}])).expect(200));
    assert!(first != replaced && replaced != patched);
    assert_eq!(client.get("/ServiceProviderConfig").expect(200).json()["etag"]["supported"], true);
}

#[test]
fn c224_if_none_match_answers_304_without_a_body() {
    let server = Server::start();
    let client = server.client();
    for path in [format!("/Users/{}", client.user("ann")), format!("/Groups/{}", client.group("g", &[]))] {
        let tag = etag(&client.get(&path).expect(200));
        let strong = tag.trim_start_matches("W/").to_owned();
        for method in ["GET", "HEAD"] {
            for given in [tag.as_str(), &strong, "*", &format!("\"x\", {tag}")] {
                let answer = with(&client, method, &path, ("if-none-match", given), None);
                assert_eq!((answer.status, answer.body.len()), (304, 0), "{given}: {}", answer.story());
                assert_eq!(etag(&answer), tag);
            }
        }
        with(&client, "GET", &path, ("if-none-match", "W/\"0\""), None).expect(200);
        with(&client, "GET", &path, ("if-match", "W/\"0\""), None).expect(412);
        with(&client, "GET", &path, ("if-none-match", "\"open"), None).error(400, "invalidValue");
    }
}

#[test]
fn c224_a_change_that_expects_another_version_is_412_and_changes_nothing() {
    let server = Server::start();
    let client = server.client();
    let bodies = [
        (format!("/Users/{}", client.user("ann")), json!({"schemas": [USER], "userName": "bob"})),
        (format!("/Groups/{}", client.group("g", &[])), json!({"schemas": [GROUP], "displayName": "h"})),
    ];
    for (path, replacement) in bodies {
        let before = client.get(&path).expect(200);
        let tag = etag(&before);
        for (name, value) in [("if-match", "W/\"0\", \"x\""), ("if-none-match", "*"), ("if-none-match", &tag)]
        {
            with(&client, "PUT", &path, (name, value), Some(&replacement)).expect(412);
            with(&client, "PATCH", &path, (name, value), Some(&rename("other"))).expect(412);
            let refused = with(&client, "DELETE", &path, (name, value), None).expect(412);
            let advice = if name == "if-match" { "read it again" } else { "leave that header out" };
            assert!(refused.json()["detail"].as_str().unwrap().contains(advice), "{}", refused.story());
        }
        assert_eq!(client.get(&path).expect(200).json(), before.json());
        let patched = with(&client, "PATCH", &path, ("if-match", &tag), Some(&rename("other")));
        let tag = etag(&patched.expect_one_of(&[200, 204]));
        let replaced = with(&client, "PUT", &path, ("if-match", &format!("\"x\",{tag}")), Some(&replacement));
        etag(&replaced.expect(200));
        with(&client, "DELETE", &path, ("if-match", &tag), None).expect(412);
        with(&client, "DELETE", &path, ("if-match", "*"), None).expect(204);
        with(&client, "DELETE", &path, ("if-match", "*"), None).expect(404);
    }
}

#[test]
fn c225_a_change_of_members_is_a_new_version_of_the_group() {
    let server = Server::start();
    let scim = server.client();
    let (ann, bob) = (scim.user("ann"), scim.user("bob"));
    let group = scim.group("g", &[]);
    let path = format!("/Groups/{group}");
    let mut versions = vec![];
    let mut note = || {
        let answer = scim.get(&path).expect(200);
        let etag = answer.header("etag").unwrap().to_owned();
        assert_eq!(answer.json()["meta"]["version"], json!(etag));
        assert!(!versions.contains(&etag), "{etag} is an old version");
        versions.push(etag);
    };
    note();
    scim.patch_group(&group, &json!([{"op": "add", "path": "members", "value": [{"value": ann}]}]));
    note();
    scim.patch_group(&group, &json!([{"op": "add", "path": "members", "value": [{"value": bob}]}]));
    note();
    scim.patch_group(&group, &json!([{"op": "remove", "path": "members", "value": [{"value": bob}]}]));
    note();
    scim.delete(&format!("/Users/{ann}")).expect(204);
    note();
    server.command(&["bin", "restore", &ann]);
    note();
}

#[test]
fn c227_a_write_that_changes_nothing_changes_no_version() {
    let server = Server::start();
    let client = server.client();
    let ann = client.user("ann");
    let group = client.group("g", &[&ann]);
    let same = |path: &str, write: &dyn Fn()| {
        let before = client.get(path).expect(200);
        write();
        let after = client.get(path).expect(200);
        assert_eq!(etag(&after), etag(&before));
        assert_eq!(after.json(), before.json());
    };
    let user = format!("/Users/{ann}");
    same(&user, &|| drop(client.put(&user, &json!({"schemas": [USER], "userName": "ann"})).expect(200)));
    same(&user, &|| {
        drop(client.patch_user(&ann, &json!([{"op": "replace", "path": "userName", "value": "ann"}])));
    });
    same(&user, &|| drop(client.patch_user(&ann, &json!([{"op": "remove", "path": "title"}]))));
    let path = format!("/Groups/{group}");
    let members = json!([{"value": ann}]);
    same(&path, &|| client.patch_group(&group, &json!([{"op": "add", "path": "members", "value": members}])));
    same(&path, &|| {
        client.patch_group(&group, &json!([{"op": "replace", "path": "members", "value": members}]));
    });
    let body = json!({"schemas": [GROUP], "displayName": "g", "members": members});
    same(&path, &|| drop(client.put(&path, &body).expect(200)));
}

#[test]
fn c226_an_account_can_be_held_to_name_the_version_it_changes() {
    let server = Server::start();
    server.command(&["account", "create", "careful", "--rule", "requireIfMatch=on"]);
    let token = server.command_json(&["token", "create", "careful"])["secret"].as_str().unwrap().to_owned();
    let careful = server.client_with(&token);
    let user = careful.create_user(&json!({"schemas": [USER], "userName": "careful"}));
    let path = format!("/Users/{}", user["id"].as_str().unwrap());
    let title = json!([{"op": "replace", "path": "title", "value": "t"}]);
    careful.patch(&path, &title).expect(428);
    careful.put(&path, &user).expect(428);
    careful.delete(&path).expect(428);
    let version = user["meta"]["version"].as_str().unwrap();
    with(&careful, "DELETE", &path, ("if-match", version), None).expect(204);
    // the others are not
    let scim = server.client();
    let id = scim.user("carefree");
    scim.patch_user(&id, &title);
}

#[test]
fn c224_head_with_304_tells_no_length() {
    let server = Server::start();
    let scim = server.client();
    let path = format!("/Users/{}", scim.user("ann"));
    let etag = scim.get(&path).expect(200).header("etag").unwrap().to_owned();
    for method in ["GET", "HEAD"] {
        let answer = scim.send(method, &path, &[("if-none-match", &etag)], None);
        assert_eq!((answer.status, answer.header("content-length")), (304, None), "{}", answer.story());
    }
}
