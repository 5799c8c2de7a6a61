//! Numbers 1 to 31: attributes, their types and characteristics (RFC 7643 sections 2 and 7).

use std::fs;

use serde_json::{Value, json};

use crate::server::Server;
use crate::things::{BADGE, badge, definition, thing, with_things};
use crate::values::{ENTERPRISE, NOBODY, USER, element};

fn user(user_name: &str, more: &Value) -> Value {
    let mut body = json!({ "schemas": [USER], "userName": user_name });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn id_of(created: &Value) -> String {
    created["id"].as_str().unwrap().to_owned()
}

#[test]
fn c001_attribute_names_match_in_any_case() {
    let server = Server::start();
    let client = server.client();
    let made = client.create_user(&json!({
        "SCHEMAS": [USER], "USERNAME": "ann", "name": { "GIVENNAME": "Ann" },
    }));
    assert_eq!((&made["userName"], &made["name"]["givenName"]), (&json!("ann"), &json!("Ann")));
    let id = id_of(&made);
    assert_eq!(
        client.find_ids("/Users", r#"UserNAME eq "ann" and NAME.givenname sw "A""#),
        std::slice::from_ref(&id)
    );
    let patched =
        client.patch_user(&id, &json!([{ "op": "replace", "path": "NAME.GivenName", "value": "Anna" }]));
    assert_eq!(patched["name"]["givenName"], "Anna");
    let shown = client.get(&format!("/Users/{id}?attributes=NAME.GIVENNAME")).expect(200).json();
    assert_eq!(shown["name"]["givenName"], "Anna");
}

#[test]
fn c002_a_schema_with_an_attribute_name_outside_the_abnf_is_refused() {
    let server = Server::start();
    for name in ["9lives", "a b", "a.b", "a:b", "$ref", "", "ä", "-a", "_a"] {
        let answer = badge(&server, &json!([{ "name": name }]));
        assert_eq!(answer.status, 400, "{name:?}\n{}", answer.story());
    }
    assert_eq!(badge(&server, &json!([{ "name": "aB-9_" }])).status, 200);
}

#[test]
fn c003_what_a_schema_leaves_out_has_the_default() {
    let server = Server::start();
    badge(&server, &json!([{ "name": "plain" }]));
    let wanted = json!({
        "name": "plain", "type": "string", "multiValued": false, "description": "", "required": false,
        "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none",
    });
    assert_eq!(definition(&server, BADGE, "plain"), wanted);
}

#[test]
fn c004_booleans_come_out_as_booleans() {
    let server = Server::start();
    let client = server.client();
    for (name, sent, kept) in
        [("a", json!("True"), true), ("b", json!("false"), false), ("c", json!(true), true)]
    {
        assert_eq!(client.create_user(&user(name, &json!({ "active": sent })))["active"], kept);
    }
    server.strict().post("/Users", &user("d", &json!({ "active": "True" }))).error(400, "invalidValue");
}

#[test]
fn c005_decimals_come_back_as_they_were_sent() {
    let server = Server::start();
    badge(&server, &json!([{ "name": "height", "type": "decimal" }]));
    let client = server.client();
    for (i, written) in ["0.1", "5.0", "-12.75", "1234567.000001"].iter().enumerate() {
        let body = format!(
            r#"{{"schemas":["{USER}","{BADGE}"],"userName":"u{i}","{BADGE}":{{"height":{written}}}}}"#
        );
        let made = client.text("POST", "/Users", &body).expect(201);
        let text = String::from_utf8(made.body.clone()).unwrap();
        assert!(text.contains(&format!(r#""height":{written}"#)), "{text}");
    }
    let one = client.find("/Users", &format!("{BADGE}:height eq 5"));
    assert_eq!(one[0]["userName"], "u1");
}

#[test]
fn c006_integers_have_no_fraction_and_no_exponent() {
    let server = with_things();
    let client = server.client();
    for wrong in ["5.0", "5.5", "1e3", "\"5\""] {
        let body =
            thing("x", &json!({})).to_string().replacen('{', &format!(r#"{{"integerAttr":{wrong},"#), 1);
        client.text("POST", "/TestResources", &body).error(400, "invalidValue");
    }
    let made = client.post("/TestResources", &thing("a", &json!({ "integerAttr": -7 }))).expect(201).json();
    assert_eq!(made["integerAttr"], -7);
}

#[test]
fn c007_a_date_without_a_time_is_refused() {
    let server = with_things();
    let client = server.client();
    for wrong in ["2011-05-13", "04:42:34Z", "yesterday", "2011-13-13T04:42:34Z"] {
        let body = thing("x", &json!({ "dateTimeAttr": wrong }));
        client.post("/TestResources", &body).error(400, "invalidValue");
    }
    client
        .post("/TestResources", &thing("a", &json!({ "dateTimeAttr": "2011-05-13T04:42:34Z" })))
        .expect(201);
}

#[test]
fn c008_datetimes_compare_as_instants() {
    let server = with_things();
    let client = server.client();
    let body = thing("a", &json!({ "dateTimeAttr": "2011-05-13T06:42:34+02:00" }));
    let made = client.post("/TestResources", &body).expect(201).json();
    assert_eq!(made["dateTimeAttr"], "2011-05-13T06:42:34+02:00");
    for filter in [
        r#"dateTimeAttr eq "2011-05-13T04:42:34Z""#,
        r#"dateTimeAttr eq "2011-05-12T23:42:34-05:00""#,
        r#"dateTimeAttr lt "2011-05-13T04:42:35Z""#,
    ] {
        assert_eq!(client.find_ids("/TestResources", filter), [id_of(&made)], "{filter}");
    }
}

#[test]
fn c009_binary_is_base64_and_compared_with_its_case() {
    let server = with_things();
    let client = server.client();
    for (name, value) in [("a", "aGk="), ("b", "aGk"), ("c", "-_8=")] {
        let made =
            client.post("/TestResources", &thing(name, &json!({ "binaryAttr": value }))).expect(201).json();
        assert_eq!(made["binaryAttr"], value);
    }
    let wrong = thing("x", &json!({ "binaryAttr": "not base64!" }));
    client.post("/TestResources", &wrong).error(400, "invalidValue");
    assert_eq!(client.find("/TestResources", r#"binaryAttr eq "aGk=""#).len(), 1);
    assert_eq!(client.find("/TestResources", r#"binaryAttr eq "AGK=""#).len(), 0);
}

#[test]
fn c010_references_are_absolute_or_relative_uris() {
    let server = with_things();
    let strict = server.strict();
    for (name, uri) in [("a", "https://example.com/x?y=1"), ("b", "../Users/1"), ("c", "urn:example:x")] {
        let made =
            strict.post("/TestResources", &thing(name, &json!({ "referenceAttr": uri }))).expect(201).json();
        assert_eq!(made["referenceAttr"], uri);
    }
    let free = thing("x", &json!({ "referenceAttr": "no uri at all" }));
    strict.post("/TestResources", &free).error(400, "invalidValue");
}

#[test]
fn c011_a_reference_of_ours_leads_to_what_it_names() {
    let server = Server::start();
    let client = server.client();
    let boss = client.user("boss");
    let ann =
        id_of(&client.create_user(&user("ann", &json!({ ENTERPRISE: { "manager": { "value": boss } } }))));
    let group = client.group("Sales", &[&ann]);
    let member = client.read_group(&group)["members"][0]["$ref"].clone();
    let read = client.read_user(&ann);
    let references = [
        (member, &ann),
        (read["groups"][0]["$ref"].clone(), &group),
        (read[ENTERPRISE]["manager"]["$ref"].clone(), &boss),
        (read["meta"]["location"].clone(), &ann),
    ];
    for (uri, id) in references {
        let path =
            uri.as_str().unwrap().strip_prefix(&server.ready.tenant_url).expect("below the Tenant URL");
        assert_eq!(client.get(path).expect(200).json()["id"], **id, "{uri}");
    }
}

#[test]
fn c012_unknown_members_are_refused_and_unknown_managers_kept() {
    let server = Server::start();
    let client = server.client();
    let group = client.group("Sales", &[]);
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": NOBODY }] }]);
    let detail = client.patch(&format!("/Groups/{group}"), &add).error(400, "invalidValue");
    assert!(detail.contains(NOBODY), "{detail}");
    let made = client.create_user(&user("ann", &json!({ ENTERPRISE: { "manager": { "value": NOBODY } } })));
    assert_eq!(made[ENTERPRISE]["manager"]["value"], NOBODY);
}

#[test]
fn c013_the_order_of_members_means_nothing() {
    let server = Server::start();
    let client = server.client();
    let ordered = |name: &str, email: &str| {
        format!(
            r#"{{"emails":[{email}],"userName":"{name}","schemas":["{USER}"],"name":{{"familyName":"B","givenName":"A"}}}}"#
        )
    };
    let one = r#"{"value":"a@x","type":"work","primary":true}"#;
    let other = r#"{"primary":true,"type":"work","value":"a@x"}"#;
    let made = client.text("POST", "/Users", &ordered("ann", one)).expect(201).json();
    let again =
        client.text("PUT", &format!("/Users/{}", id_of(&made)), &ordered("ann", other)).expect(200).json();
    assert_eq!(made["emails"], again["emails"]);
    let remove = json!([{ "op": "remove", "path": "emails", "value": [{ "type": "work", "value": "a@x", "primary": true }] }]);
    assert_eq!(client.patch_user(&id_of(&made), &remove).get("emails"), None);
}

#[test]
fn c014_a_complex_attribute_below_another_is_refused() {
    let server = Server::start();
    let nested = json!([{ "name": "a", "type": "complex", "subAttributes": [
        { "name": "b", "type": "complex", "subAttributes": [{ "name": "c" }] },
    ] }]);
    let answer = badge(&server, &nested);
    assert_eq!(answer.status, 400, "{}", answer.story());
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains("cannot be complex"));
}

#[test]
fn c015_at_most_one_value_is_primary() {
    let server = Server::start();
    let emails = json!({ "emails": [
        { "value": "a@x", "type": "work", "primary": true }, { "value": "b@x", "type": "home", "primary": true },
    ] });
    let made = server.client().create_user(&user("ann", &emails));
    let marked = |made: &Value| {
        made["emails"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|e| e["primary"] == true)
            .map(|e| e["value"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(marked(&made), [json!("b@x")]);
    server.strict().post("/Users", &user("bob", &emails)).error(400, "invalidValue");
}

#[test]
fn c016_without_a_mark_no_value_is_primary() {
    let server = Server::start();
    let client = server.client();
    client.create_user(&user("ann", &json!({ "emails": [{ "value": "a@x" }] })));
    client.create_user(&user("bob", &json!({ "emails": [{ "value": "b@x", "primary": true }] })));
    let found = client.find("/Users", "emails[primary eq true]");
    assert_eq!((found.len(), &found[0]["userName"]), (1, &json!("bob")));
    assert_eq!(client.find("/Users", r#"userName eq "ann" and not (emails[primary eq true])"#).len(), 1);
}

#[test]
fn c017_no_value_comes_twice() {
    let server = Server::start();
    let client = server.client();
    let twice = json!({ "emails": [{ "value": "a@x", "type": "work" }, { "type": "work", "value": "A@x" }] });
    let made = client.create_user(&user("ann", &twice));
    assert_eq!(made["emails"].as_array().unwrap().len(), 1);
    let add = json!([{ "op": "add", "path": "emails", "value": [{ "value": "a@x", "type": "work" }] }]);
    assert_eq!(client.patch_user(&id_of(&made), &add)["emails"].as_array().unwrap().len(), 1);
}

#[test]
fn c018_references_with_and_without_version_are_equal() {
    let server = Server::start();
    let client = server.client();
    let boss = client.user("boss");
    let ann =
        id_of(&client.create_user(&user("ann", &json!({ ENTERPRISE: { "manager": { "value": boss } } }))));
    let shown = client.read_user(&ann)[ENTERPRISE]["manager"]["$ref"].as_str().unwrap().to_owned();
    for uri in [shown.clone(), shown.replace("/v2/", "/"), format!("/Users/{boss}")] {
        let filter = format!("{ENTERPRISE}:manager.$ref eq \"{uri}\"");
        assert_eq!(client.find_ids("/Users", &filter), std::slice::from_ref(&ann), "{filter}");
    }
}

#[test]
fn c019_null_the_empty_list_and_absence_are_one_state() {
    let server = Server::start();
    let client = server.client();
    let ids: Vec<String> = [json!({ "title": null, "emails": [] }), json!({}), json!({ "emails": null })]
        .iter()
        .enumerate()
        .map(|(i, more)| id_of(&client.create_user(&user(&format!("u{i}"), more))))
        .collect();
    for id in &ids {
        let read = client.read_user(id);
        assert!(read.get("title").is_none() && read.get("emails").is_none(), "{read}");
    }
    assert_eq!(client.find("/Users", "not (title pr) and not (emails pr)").len(), 3);
}

#[test]
fn c020_what_is_unassigned_is_left_out() {
    let server = Server::start();
    let client = server.client();
    let made =
        client.create_user(&user("ann", &json!({ "name": { "givenName": null }, "phoneNumbers": [] })));
    let mut names: Vec<&str> = made.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["id", "meta", "schemas", "userName"]);
}

#[test]
fn c021_null_or_an_empty_list_clears() {
    let server = Server::start();
    let client = server.client();
    let full = json!({ "title": "Dr", "emails": [{ "value": "a@x" }] });
    let id = id_of(&client.create_user(&user("ann", &full)));
    let replaced = client.put(&format!("/Users/{id}"), &user("ann", &json!({ "title": null, "emails": [] })));
    let read = replaced.expect(200).json();
    assert!(read.get("title").is_none() && read.get("emails").is_none(), "{read}");
}

#[test]
fn c022_a_case_exact_value_keeps_and_compares_its_case() {
    let server = with_things();
    let client = server.client();
    let body = thing("a", &json!({ "caseExactString": "MixedCase", "caseInsensitiveString": "MixedCase" }));
    let made = client.post("/TestResources", &body).expect(201).json();
    assert_eq!(
        (&made["caseExactString"], &made["caseInsensitiveString"]),
        (&json!("MixedCase"), &json!("MixedCase"))
    );
    assert_eq!(client.find("/TestResources", r#"caseExactString eq "mixedcase""#).len(), 0);
    assert_eq!(client.find("/TestResources", r#"caseExactString eq "MixedCase""#).len(), 1);
    assert_eq!(client.find("/TestResources", r#"caseInsensitiveString eq "mixedcase""#).len(), 1);
}

#[test]
fn c023_read_only_values_of_clients_change_nothing() {
    let server = with_things();
    let client = server.client();
    let made = client
        .post("/TestResources", &thing("a", &json!({ "readOnlyAttr": "mine", "id": "mine" })))
        .expect(201);
    let made = made.json();
    assert!(made.get("readOnlyAttr").is_none() && made["id"] != "mine", "{made}");
    let path = format!("/TestResources/{}", id_of(&made));
    let put = client.put(&path, &thing("a", &json!({ "readOnlyAttr": "mine" }))).expect(200).json();
    assert!(put.get("readOnlyAttr").is_none(), "{put}");
    let set = json!([{ "op": "replace", "path": "readOnlyAttr", "value": "mine" }]);
    client.patch(&path, &set).error(400, "mutability");
}

#[test]
fn c024_immutable_values_are_set_once() {
    let server = with_things();
    let client = server.client();
    let id = id_of(&client.post("/TestResources", &thing("a", &json!({}))).expect(201).json());
    let path = format!("/TestResources/{id}");
    let set = |op: &str, value: &str| {
        client.patch(&path, &json!([{ "op": op, "path": "immutableAttr", "value": value }]))
    };
    assert_eq!(set("add", "one").expect(200).json()["immutableAttr"], "one");
    set("replace", "one").expect(200);
    set("replace", "two").error(400, "mutability");
    client.patch(&path, &json!([{ "op": "remove", "path": "immutableAttr" }])).error(400, "mutability");
    let put = |more: &Value| client.put(&path, &thing("a", more));
    put(&json!({ "immutableAttr": "one" })).expect(200);
    put(&json!({ "immutableAttr": "two" })).error(400, "mutability");
    assert_eq!(put(&json!({})).expect(200).json()["immutableAttr"], "one");
}

#[test]
fn c025_write_only_values_never_leave_the_server() {
    let server = with_things();
    let client = server.client();
    let needle = "Sesame-4711-open";
    let body = thing("a", &json!({ "writeOnlyAttr": needle }));
    let made = client.post("/TestResources", &body).expect(201);
    let path = format!("/TestResources/{}", id_of(&made.json()));
    let user = client.post("/Users", &user("ann", &json!({ "password": needle }))).expect(201);
    let set = json!([{ "op": "add", "path": "writeOnlyAttr", "value": needle }]);
    let answers = [
        made,
        user,
        client.patch(&path, &set).expect(200),
        client.get(&format!("{path}?attributes=writeOnlyAttr")).expect(200),
        client.get("/TestResources").expect(200),
        client.get("/Users?attributes=password").expect(200),
    ];
    for answer in answers {
        assert!(!String::from_utf8_lossy(&answer.body).contains(needle), "{}", answer.story());
    }
    let guess = client.search("/Users", &format!("password eq \"{needle}\""));
    guess.error(400, "invalidFilter");
    let data = server.data();
    assert!(!server.data_holds(needle));
    let log = fs::read_to_string(data.parent().unwrap().join("stderr.log")).unwrap();
    assert!(!log.contains(needle));
}

#[test]
fn c026_what_is_always_returned_survives_every_projection() {
    let server = with_things();
    let client = server.client();
    let body = thing("a", &json!({ "alwaysReturnedAttr": "here", "multiStrings": ["x"] }));
    let id = id_of(&client.post("/TestResources", &body).expect(201).json());
    for query in
        ["attributes=identifier", "excludedAttributes=alwaysReturnedAttr,id,schemas", "attributes=nothing"]
    {
        let shown = client.get(&format!("/TestResources/{id}?{query}")).expect(200).json();
        assert_eq!((&shown["alwaysReturnedAttr"], &shown["id"]), (&json!("here"), &json!(id)), "{query}");
        assert!(shown["schemas"].is_array(), "{query}");
    }
}

#[test]
fn c027_what_is_never_returned_is_not_given_when_named() {
    let server = Server::start();
    badge(&server, &json!([{ "name": "hidden", "returned": "never" }, { "name": "seen" }]));
    let client = server.client();
    let made = client.create_user(&user("ann", &json!({ BADGE: { "hidden": "h", "seen": "s" } })));
    assert_eq!(made[BADGE], json!({ "seen": "s" }));
    for query in ["", &format!("?attributes={BADGE}:hidden"), &format!("?attributes={BADGE}")] {
        let shown = client.get(&format!("/Users/{}{query}", id_of(&made))).expect(200).json();
        assert!(shown[BADGE].get("hidden").is_none(), "{query}: {shown}");
    }
}

#[test]
fn c028_what_is_returned_on_request_comes_when_named() {
    let server = with_things();
    let client = server.client();
    let made =
        client.post("/TestResources", &thing("a", &json!({ "requestOnlyAttr": "r" }))).expect(201).json();
    let path = format!("/TestResources/{}", id_of(&made));
    assert!(client.get(&path).expect(200).json().get("requestOnlyAttr").is_none());
    assert!(client.get("/TestResources").expect(200).list()[0].get("requestOnlyAttr").is_none());
    let named = client.get(&format!("{path}?attributes=requestOnlyAttr")).expect(200).json();
    assert_eq!(named["requestOnlyAttr"], "r");
}

#[test]
fn c029_of_two_creates_of_a_unique_value_one_is_refused() {
    let server = with_things();
    let client = server.client();
    let make = |i: usize| {
        let client = client.clone();
        std::thread::spawn(move || {
            let body = thing(&format!("t{i}"), &json!({ "uniqueString": "the one" }));
            client.post("/TestResources", &body).status
        })
    };
    let threads: Vec<_> = (0..8).map(make).collect();
    let mut statuses: Vec<u16> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    let detail = client
        .post("/TestResources", &thing("x", &json!({ "uniqueString": "The One" })))
        .error(409, "uniqueness");
    let holder = client.find_ids("/TestResources", r#"uniqueString eq "the one""#);
    assert!(detail.contains("uniqueString") && detail.contains(&holder[0]), "{detail}");
}

#[test]
fn c030_uniqueness_folds_as_filters_do() {
    let server = Server::start();
    let client = server.client();
    client.user("ÅSA@x.se");
    for same in ["åsa@x.se", "A\u{30a}SA@X.SE", "ÅＳＡ@x.se"] {
        client.post("/Users", &user(same, &json!({}))).error(409, "uniqueness");
        assert_eq!(client.find("/Users", &format!("userName eq \"{same}\"")).len(), 1, "{same}");
    }
}

#[test]
fn c031_canonical_values_are_hints() {
    let server = Server::start();
    let client = server.client();
    let made = client
        .create_user(&user("ann", &json!({ "emails": [{ "value": "a@x", "type": "carrier pigeon" }] })));
    assert_eq!(element(&made["emails"], "value", "a@x")["type"], "carrier pigeon");
    badge(&server, &json!([{ "name": "colour", "canonicalValues": ["red", "blue"] }]));
    let made = client.create_user(&user("bob", &json!({ BADGE: { "colour": "green" } })));
    assert_eq!(made[BADGE]["colour"], "green");
    assert_eq!(definition(&server, BADGE, "colour")["canonicalValues"], json!(["red", "blue"]));
}
