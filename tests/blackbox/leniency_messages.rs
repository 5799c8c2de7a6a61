//! OWN-10, first part: the leniency rows about messages, names and ids, each tolerant and strict.
//!
//! Rows: Q1, Q3, Q4, Q5, Q11, Q16, Q17, Q18, Q19, Q20. In a row that both dialects treat alike, one function
//! holds the row and two tests run it.

use serde_json::{Value, json};

use crate::bodies::okta_user;
use crate::client::Client;
use crate::server::Server;
use crate::values::{ENTERPRISE, GROUP, PATCH_OP, USER, as_sent};

#[test]
fn own_10_q1_tolerant_takes_op_in_any_case() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("q1");
    for (op, title) in [("Replace", "a"), ("ADD", "b"), ("rePLace", "c")] {
        let user = scim.patch_user(&id, &json!([{"op": op, "path": "title", "value": title}]));
        assert_eq!(user["title"], title, "{op}");
    }
    let user = scim.patch_user(&id, &json!([{"op": "Remove", "path": "title"}]));
    assert!(user.get("title").is_none());
}

#[test]
fn own_10_q1_strict_wants_op_in_lower_case() {
    let server = Server::start();
    let scim = server.strict();
    let id = scim.user("q1");
    let before = scim.read_user(&id);
    for op in ["Replace", "ADD", "Remove"] {
        let operations = json!([{"op": op, "path": "title", "value": "x"}]);
        scim.patch(&format!("/Users/{id}"), &operations).error(400, "invalidSyntax");
    }
    assert_eq!(scim.read_user(&id), before);
    scim.patch_user(&id, &json!([{"op": "replace", "path": "title", "value": "x"}]));
}

const WORK_VALUE: &str = r#"emails[type eq "work"].value"#;

#[test]
fn own_10_q3_tolerant_makes_the_missing_element() {
    let server = Server::start();
    let scim = server.client();
    for op in ["Add", "Replace"] {
        let id = scim.user(&format!("q3-{op}"));
        let user = scim.patch_user(
            &id,
            &json!([
                {"op": op, "path": WORK_VALUE, "value": "a@x"},
                {"op": op, "path": r#"emails[type eq "work"].primary"#, "value": true},
                {"op": op, "path": r#"roles[primary eq "True"].display"#, "value": "Admin"},
                {"op": op, "path": r#"roles[primary eq "True"].value"#, "value": "admin"}
            ]),
        );
        assert_eq!(user["emails"], json!([{"type": "work", "value": "a@x", "primary": true}]), "{op}");
        assert_eq!(user["roles"], json!([{"primary": true, "display": "Admin", "value": "admin"}]), "{op}");
    }
}

#[test]
fn own_10_q3_strict_answers_no_target() {
    let server = Server::start();
    let scim = server.strict();
    let id = scim.user("q3");
    let before = scim.read_user(&id);
    for op in ["add", "replace"] {
        let operations = json!([{"op": op, "path": WORK_VALUE, "value": "a@x"}]);
        scim.patch(&format!("/Users/{id}"), &operations).error(400, "noTarget");
    }
    assert_eq!(scim.read_user(&id), before);
    let user = scim.patch_user(
        &id,
        &json!([
            {"op": "add", "path": "emails", "value": [{"type": "work", "value": "a@x"}]},
            {"op": "replace", "path": WORK_VALUE, "value": "b@x"}
        ]),
    );
    assert_eq!(user["emails"], json!([{"type": "work", "value": "b@x"}]));
}

#[test]
fn own_10_q4_tolerant_takes_dotted_and_full_keys_as_paths() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("q4");
    let department = format!("{ENTERPRISE}:department");
    let user = scim.patch_user(
        &id,
        &json!([{"op": "replace", "value": {
            "displayName": "B", "name.givenName": "K", "name.familyName": "F", department: "D"
        }}]),
    );
    assert_eq!(user["displayName"], "B");
    assert_eq!(user["name"], json!({"givenName": "K", "familyName": "F"}));
    assert_eq!(user[ENTERPRISE], json!({"department": "D"}));
    assert_eq!(user["schemas"], json!([USER, ENTERPRISE]));
}

#[test]
fn own_10_q4_strict_refuses_dotted_and_full_keys() {
    let server = Server::start();
    let scim = server.strict();
    let id = scim.user("q4");
    let before = scim.read_user(&id);
    for key in ["name.givenName".to_owned(), format!("{ENTERPRISE}:department")] {
        let operations = json!([{"op": "replace", "value": {"displayName": "B", key: "K"}}]);
        scim.patch(&format!("/Users/{id}"), &operations).error(400, "invalidSyntax");
        assert_eq!(scim.read_user(&id), before);
    }
}

fn q5(scim: &Client) {
    let body = json!({
        "schemas": [USER, ENTERPRISE], "userName": "q5",
        "name": {"givenName": "G", "familyName": "F"},
        ENTERPRISE: {"department": "D", "costCenter": "C"}
    });
    let id = scim.create_user(&body)["id"].as_str().unwrap().to_owned();
    let user = scim.patch_user(
        &id,
        &json!([{"op": "replace", "value": {"name": {"givenName": "G2"}, ENTERPRISE: {"department": "D2"}}}]),
    );
    assert_eq!(user["name"], json!({"givenName": "G2", "familyName": "F"}));
    assert_eq!(user[ENTERPRISE], json!({"department": "D2", "costCenter": "C"}));
    let user =
        scim.patch_user(&id, &json!([{"op": "replace", "path": "name", "value": {"familyName": "F2"}}]));
    assert_eq!(user["name"], json!({"givenName": "G2", "familyName": "F2"}));
}

#[test]
fn own_10_q5_tolerant_merges_sub_attributes() {
    q5(&Server::start().client());
}

#[test]
fn own_10_q5_strict_merges_sub_attributes() {
    q5(&Server::start().strict());
}

/// Bodies with something in them that no schema knows.
fn with_unknown_parts() -> [Value; 3] {
    [
        json!({"schemas": [USER], "userName": "q11", "favouriteColour": "green"}),
        json!({"schemas": [USER, "urn:example:nobody:1.0:User"], "userName": "q11"}),
        json!({"schemas": [USER], "userName": "q11", "name": {"givenName": "G", "shoeSize": 43}}),
    ]
}

#[test]
fn own_10_q11_tolerant_ignores_what_no_schema_knows() {
    let server = Server::start();
    let scim = server.client();
    for body in with_unknown_parts() {
        let created = scim.create_user(&body);
        let mut expected = json!({"schemas": [USER], "userName": "q11"});
        if created.get("name").is_some() {
            expected["name"] = json!({"givenName": "G"});
        }
        assert_eq!(as_sent(&created), expected);
        let id = created["id"].as_str().unwrap();
        let put = scim.put(&format!("/Users/{id}"), &body).expect(200).json();
        assert_eq!(as_sent(&put), expected);
        scim.patch_user(id, &json!([{"op": "replace", "value": {"favouriteColour": "green", "title": "T"}}]));
        let user =
            scim.patch_user(id, &json!([{"op": "replace", "path": "favouriteColour", "value": "red"}]));
        assert_eq!(user["title"], "T");
        assert!(user.get("favouriteColour").is_none());
        scim.delete(&format!("/Users/{id}")).expect(204);
    }
}

#[test]
fn own_10_q11_strict_refuses_what_no_schema_knows() {
    let server = Server::start();
    let scim = server.strict();
    for body in with_unknown_parts() {
        scim.post("/Users", &body).error(400, "invalidSyntax");
    }
    assert_eq!(scim.total("/Users"), 0);
    let id = scim.user("q11");
    let before = scim.read_user(&id);
    for body in with_unknown_parts() {
        scim.put(&format!("/Users/{id}"), &body).error(400, "invalidSyntax");
    }
    for operation in [
        json!([{"op": "replace", "path": "favouriteColour", "value": "red"}]),
        json!([{"op": "add", "path": "name.shoeSize", "value": 43}]),
        json!([{"op": "remove", "path": "urn:example:nobody:1.0:User:x"}]),
    ] {
        scim.patch(&format!("/Users/{id}"), &operation).error(400, "invalidPath");
    }
    assert_eq!(scim.read_user(&id), before);
}

/// The extension's URN as the reference Postman collection misspells it.
fn misspelled() -> Value {
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0User";
    json!({"schemas": [USER, urn], "userName": "q11", urn: {"department": "D"}})
}

#[test]
fn own_10_q11_tolerant_reads_past_a_misspelled_extension_urn() {
    let server = Server::start();
    let scim = server.client();
    let created = scim.create_user(&misspelled());
    let text = created.to_string();
    assert!(!text.contains("2.0User"), "the misspelled URN is kept: {text}");
    // what was meant may be understood, but then wholly: data and URI together
    assert_eq!(
        created["schemas"].as_array().unwrap().len() == 2,
        created.get(ENTERPRISE).is_some(),
        "{text}"
    );
    let id = created["id"].as_str().unwrap();
    let put = scim.put(&format!("/Users/{id}"), &misspelled()).expect(200).json();
    assert_eq!(as_sent(&put), as_sent(&created));
}

#[test]
fn own_10_q11_strict_refuses_a_misspelled_extension_urn() {
    let server = Server::start();
    let scim = server.strict();
    scim.post("/Users", &misspelled()).error(400, "invalidSyntax");
    assert_eq!(scim.total("/Users"), 0);
}

fn q11_read_only(scim: &Client) {
    let body = json!({
        "schemas": [USER], "userName": "q11", "id": "mine", "meta": {"resourceType": "Thing", "version": "9"},
        "groups": [{"value": "g", "display": "G"}]
    });
    let created = scim.create_user(&body);
    assert_ne!(created["id"], "mine");
    assert_eq!(created["meta"]["resourceType"], "User");
    assert!(created.get("groups").is_none());
    let id = created["id"].as_str().unwrap();
    let put = scim.put(&format!("/Users/{id}"), &body).expect(200).json();
    assert_eq!(put["id"], id);
    assert!(put.get("groups").is_none());
    assert_eq!(put["meta"]["created"], created["meta"]["created"]);
}

#[test]
fn own_10_q11_tolerant_ignores_read_only_attributes() {
    q11_read_only(&Server::start().client());
}

#[test]
fn own_10_q11_strict_ignores_read_only_attributes_too() {
    q11_read_only(&Server::start().strict());
}

#[test]
fn own_10_q16_tolerant_takes_no_operations_as_no_change() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("q16");
    let before = scim.read_user(&id);
    assert_eq!(scim.patch_user(&id, &json!([])), before);
    let group = scim.group("q16", &[]);
    let before = scim.read_group(&group);
    scim.patch_group(&group, &json!([]));
    assert_eq!(scim.read_group(&group), before);
}

#[test]
fn own_10_q16_strict_refuses_no_operations() {
    let server = Server::start();
    let scim = server.strict();
    let id = scim.user("q16");
    scim.patch(&format!("/Users/{id}"), &json!([])).error_one_of(400, &["invalidSyntax", "invalidValue"]);
}

/// Speaks on the bare socket, because a well-made client sends no length with a GET.
fn q17(server: &Server, scim: &Client, secret: &str) {
    let id = scim.user("q17");
    let mut wire = server.wire().with_token(secret);
    let rest = "Content-Type: application/scim+json; charset=utf-8\r\nContent-Length: 0\r\n\r\n";
    let read = wire.request(&format!("GET /scim/v2/Users/{id} HTTP/1.1"), rest).expect(200).json();
    assert_eq!(read["userName"], "q17");
    assert_eq!(wire.request("GET /scim/v2/Users HTTP/1.1", rest).list().len(), 1);
    wire.request(&format!("DELETE /scim/v2/Users/{id} HTTP/1.1"), rest).expect(204);
    assert_eq!(scim.total("/Users"), 0);
}

#[test]
fn own_10_q17_tolerant_takes_an_empty_body_with_a_type() {
    let server = Server::start();
    q17(&server, &server.client(), &server.ready.secret_token);
}

#[test]
fn own_10_q17_strict_takes_an_empty_body_with_a_type() {
    let server = Server::start();
    let secret = server.strict_token();
    q17(&server, &server.client_with(&secret), &secret);
}

fn q18_any_case(scim: &Client) {
    let body = json!({
        "SCHEMAS": [USER], "USERNAME": "q18", "DisplayName": "Q", "Name": {"GIVENNAME": "G"},
        "Emails": [{"Type": "work", "VALUE": "q18@x"}]
    });
    let created = scim.create_user(&body);
    let expected = json!({
        "schemas": [USER], "userName": "q18", "displayName": "Q", "name": {"givenName": "G"},
        "emails": [{"type": "work", "value": "q18@x"}]
    });
    assert_eq!(as_sent(&created), expected);
    let id = created["id"].as_str().unwrap();
    for filter in [
        r#"USERNAME EQ "q18""#,
        r#"username Eq "q18" AND displayname PR"#,
        r#"EMAILS[TYPE eq "work" And Value SW "q18"]"#,
        r#"NOT (userName eq "nobody") oR title pR"#,
    ] {
        assert_eq!(scim.find_ids("/Users", filter), [id], "{filter}");
    }
    let user = scim.patch_user(id, &json!([{"op": "replace", "path": "NAME.givenname", "value": "G2"}]));
    assert_eq!(user["name"], json!({"givenName": "G2"}));
}

#[test]
fn own_10_q18_tolerant_takes_names_and_keywords_in_any_case() {
    q18_any_case(&Server::start().client());
}

#[test]
fn own_10_q18_strict_takes_names_and_keywords_in_any_case() {
    q18_any_case(&Server::start().strict());
}

#[test]
fn own_10_q18_tolerant_takes_an_unquoted_value() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({"schemas": [USER], "userName": "q18", "userType": "Employee", "externalId": "jyoung"});
    let id = scim.create_user(&body)["id"].as_str().unwrap().to_owned();
    scim.user("another");
    assert_eq!(scim.find_ids("/Users", "userType eq Employee"), [id.as_str()]);
    assert_eq!(scim.find_ids("/Users", "externalId eq jyoung and active ne false"), [id.as_str()]);
}

#[test]
fn own_10_q18_strict_refuses_an_unquoted_value() {
    let server = Server::start();
    let scim = server.strict();
    scim.user("q18");
    scim.search("/Users", "userType eq Employee").error(400, "invalidFilter");
}

fn q19(scim: &Client) {
    let user = scim.user("q19");
    let group = scim.group("Before", &[&user]);
    let rename = json!([{"op": "replace", "value": {"id": group, "displayName": "After"}}]);
    scim.patch(&format!("/Groups/{group}"), &rename).expect_one_of(&[200, 204]);
    let read = scim.read_group(&group);
    assert_eq!(read["displayName"], "After");
    assert_eq!(read["id"], group);
    assert_eq!(scim.members(&group), [user]);
}

#[test]
fn own_10_q19_tolerant_ignores_the_id_in_a_rename() {
    q19(&Server::start().client());
}

#[test]
fn own_10_q19_strict_ignores_the_id_in_a_rename() {
    q19(&Server::start().strict());
}

fn q20(server: &Server, scim: &Client) {
    let secret = "1mz050nq-correct-horse";
    let answer = scim.post("/Users", &okta_user("q20@x")).expect(201);
    assert!(!String::from_utf8_lossy(&answer.body).contains("password"), "{}", answer.story());
    let user = answer.json();
    let id = user["id"].as_str().unwrap();
    let mut whole = user.clone();
    whole["password"] = json!("2nd-correct-horse");
    let put = scim.put(&format!("/Users/{id}"), &whole).expect(200).json();
    assert!(put.get("password").is_none());
    let patched =
        scim.patch_user(id, &json!([{"op": "replace", "value": {"password": "3rd-correct-horse"}}]));
    assert!(patched.get("password").is_none());
    let asked = scim.get(&format!("/Users/{id}?attributes=password,userName")).expect(200).json();
    assert_eq!(asked, json!({"schemas": [USER], "id": id, "userName": "q20@x"}));
    for secret in [secret, "2nd-correct-horse", "3rd-correct-horse"] {
        assert!(!server.data_holds(secret), "{secret} lies on the disk");
    }
}

#[test]
fn own_10_q20_tolerant_takes_a_password_and_never_returns_it() {
    let server = Server::start();
    q20(&server, &server.client());
}

#[test]
fn own_10_q20_strict_takes_a_password_and_never_returns_it() {
    let server = Server::start();
    q20(&server, &server.strict());
}

#[test]
fn x2_tolerant_takes_a_patch_without_schemas() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("x2");
    for schemas in [None, Some(json!([]))] {
        let mut message = json!({"Operations": [{"op": "replace", "path": "title", "value": "T"}]});
        if let Some(schemas) = schemas {
            message["schemas"] = schemas;
        }
        scim.patch_message(&format!("/Users/{id}"), &message).expect(200);
        assert_eq!(scim.read_user(&id)["title"], "T");
        scim.patch_user(&id, &json!([{"op": "remove", "path": "title"}]));
    }
}

#[test]
fn x2_strict_refuses_a_patch_without_schemas() {
    let server = Server::start();
    let scim = server.strict();
    let (user, group) = (scim.user("x2"), scim.group("x2", &[]));
    for schemas in [json!([]), Value::Null, json!([USER]), json!([GROUP])] {
        let message = json!({"schemas": schemas, "Operations": [{"op": "replace", "path": "displayName", "value": "T"}]});
        scim.patch_message(&format!("/Users/{user}"), &message).error(400, "invalidSyntax");
        scim.patch_message(&format!("/Groups/{group}"), &message).error(400, "invalidSyntax");
    }
    let bare = json!({"Operations": [{"op": "replace", "path": "displayName", "value": "T"}]});
    scim.patch_message(&format!("/Users/{user}"), &bare).error(400, "invalidSyntax");
    let right = json!({"schemas": [PATCH_OP], "Operations": bare["Operations"]});
    scim.patch_message(&format!("/Users/{user}"), &right).expect(200);
}
