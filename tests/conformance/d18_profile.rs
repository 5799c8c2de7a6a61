//! Numbers 245 to 260: the interoperability profile that an `interop` account is held to.

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;
use crate::values::{ENTERPRISE, GROUP, PATCH_OP, USER};

/// A client of a tenant with these limits.
fn limited(server: &Server, limits: &Value) -> Client {
    let tenant = server.local().tenant("limited", limits);
    server.client_with(&tenant.secret).with_base(&tenant.url)
}

#[test]
fn c255_the_least_rate_that_can_be_set_is_twenty_five_a_second() {
    let server = Server::start();
    for wrong in [1, 24] {
        let tenant = json!({"slug": "slow", "limits": {"requestsPerSecond": wrong}});
        let refused = server.local().call("POST", "/api/tenants", Some(&tenant));
        assert_eq!(refused.json()["error"]["field"], "limits.requestsPerSecond", "{wrong}");
    }
    // at the least rate a second's worth goes at once, and what comes after waits instead of failing
    let client = limited(&server, &json!({"requestsPerSecond": 25}));
    for _ in 0..40 {
        client.get("/Users?count=0").expect(200);
    }
}

#[test]
fn c255_what_is_beyond_the_rate_of_a_tenant_is_429_with_retry_after() {
    let server = Server::start();
    let client = limited(&server, &json!({"requestsPerSecond": 25}));
    client.get("/Users?count=0").expect(200);
    let senders: Vec<_> = (0..110)
        .map(|_| {
            let client = client.clone();
            std::thread::spawn(move || client.get("/Users?count=0"))
        })
        .collect();
    let answers: Vec<_> = senders.into_iter().map(|sender| sender.join().unwrap()).collect();
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
    assert!(!refused.is_empty(), "nobody was told to wait");
    for answer in refused {
        assert_eq!(answer.status, 429, "{}", answer.story());
        assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    }
}

#[test]
fn c251_a_page_has_a_hundred_resources_unless_asked_and_a_hundred_when_asked() {
    let server = Server::start();
    let scim = server.client();
    for n in 0..101 {
        scim.user(&format!("u{n}"));
    }
    for query in ["", "?count=100", "?cursor", "?cursor&count=100"] {
        let list = scim.get(&format!("/Users{query}")).expect(200).json();
        assert_eq!((&list["itemsPerPage"], &list["totalResults"]), (&json!(100), &json!(101)), "{query}");
    }
    assert_eq!(scim.get("/Users?count=101").list().len(), 101);
}

#[test]
fn c253_the_filters_of_the_profile_are_answered() {
    let server = Server::start();
    let (scim, strict) = (server.client(), server.strict());
    let user = scim.create_user(&json!({
        "schemas": [crate::values::USER], "userName": "ann", "externalId": "U1",
        "emails": [{"value": "ann@x", "type": "work"}, {"value": "ann@y", "type": "home"}],
    }));
    scim.user("bob");
    let user = user["id"].as_str().unwrap();
    let group = json!({
        "schemas": [crate::values::GROUP], "displayName": "Team", "externalId": "G1", "members": [{"value": user}],
    });
    let group = scim.post("/Groups", &group).expect(201).json()["id"].as_str().unwrap().to_owned();
    for filter in [
        r#"userName eq "ANN""#,
        r#"externalId eq "U1""#,
        r#"emails[value eq "ann@y"]"#,
        r#"emails[type eq "work" and value eq "ann@x"]"#,
    ] {
        assert_eq!(strict.find_ids("/Users", filter), [user], "{filter}");
    }
    assert!(strict.find_ids("/Users", r#"emails[type eq "work" and value eq "ann@y"]"#).is_empty());
    for filter in [r#"displayName eq "team""#, r#"externalId eq "G1""#] {
        assert_eq!(strict.find_ids("/Groups", filter), [group.as_str()], "{filter}");
    }
    assert_eq!(strict.find_ids("/Groups", &format!(r#"members[value eq "{user}"]"#)), [group.as_str()]);
}

fn id_of(user: &Value) -> String {
    format!("/Users/{}", user["id"].as_str().unwrap())
}

/// A client with full permissions and a dialect of its own, made on the command line.
fn speaking(server: &Server, dialect: &str, switches: &[&str]) -> Client {
    let name = format!("speaks-{dialect}");
    server.command(&[&["account", "create", &name, "--dialect", dialect], switches].concat());
    let token = server.command_json(&["token", "create", &name]);
    server.client_with(token["secret"].as_str().unwrap())
}

fn group(scim: &Client, body: &Value) -> Value {
    scim.post("/Groups", body).expect(201).json()
}

fn ann(scim: &Client) -> String {
    id_of(&scim.create_user(&json!({
        "schemas": [USER], "userName": "ann", "name": {"givenName": "Ann", "familyName": "Bee"},
        "emails": [{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "work"}, {"value": "c@x", "type": "home"}]
    })))
}

#[test]
fn c074_only_an_interop_account_is_told_that_the_profile_is_kept() {
    let server = Server::start();
    for scim in [server.client(), server.strict(), server.stranger()] {
        let told = scim.get("/ServiceProviderConfig").expect(200).json();
        assert_eq!(told.get("interopProfileConformant"), None, "{told}");
    }
    let interop = speaking(&server, "interop", &[]);
    let told = interop.get("/ServiceProviderConfig").expect(200).json();
    assert_eq!(told["interopProfileConformant"], true);
    server.command(&["account", "update", "speaks-interop", "--deviation", "opCase=on"]);
    assert_eq!(interop.get("/ServiceProviderConfig").json().get("interopProfileConformant"), None);
}

#[test]
fn c245_an_operation_without_a_path_is_refused_in_the_profile_alone() {
    let server = Server::start();
    let interop = speaking(&server, "interop", &[]);
    let ann = ann(&interop);
    let pathless = json!([{"op": "replace", "value": {"active": false}}]);
    interop.patch(&ann, &pathless).error(400, "invalidSyntax");
    assert_eq!(interop.get(&ann).json().get("active"), None);
    server.strict().patch(&ann, &pathless).expect(200);
}

#[test]
fn c246_a_filtered_path_without_a_sub_attribute_is_refused_but_for_members() {
    let server = Server::start();
    let interop = speaking(&server, "interop", &[]);
    let ann = ann(&interop);
    let home = json!([{"op": "remove", "path": "emails[type eq \"home\"]"}]);
    interop.patch(&ann, &home).error(400, "invalidPath");
    let made = group(
        &interop,
        &json!({
            "schemas": [GROUP], "displayName": "g",
            "members": [{"value": ann.rsplit('/').next().unwrap()}]
        }),
    );
    let group = format!("/Groups/{}", made["id"].as_str().unwrap());
    let member = format!("members[value eq \"{}\"]", ann.rsplit('/').next().unwrap());
    interop.patch(&group, &json!([{"op": "remove", "path": member}])).expect(204);
    server.strict().patch(&ann, &home).expect(200);
}

#[test]
fn c247_a_filter_that_matches_several_values_is_refused() {
    let server = Server::start();
    let interop = speaking(&server, "interop", &[]);
    let ann = ann(&interop);
    let set = |kind: &str| json!([{"op": "replace", "path": format!("emails[type eq \"{kind}\"].value"), "value": "n@x"}]);
    interop.patch(&ann, &set("work")).error(400, "invalidFilter");
    interop.patch(&ann, &set("home")).expect(200);
    server.strict().patch(&ann, &set("work")).expect(200);
}

#[test]
fn c248_attributes_and_schemas_nobody_defined_are_refused() {
    let server = Server::start();
    for scim in [speaking(&server, "interop", &[]), server.strict()] {
        let unknown = json!({"schemas": [USER], "userName": "x", "shoeSize": 44});
        scim.post("/Users", &unknown).error(400, "invalidSyntax");
        let unknown = json!({"schemas": [USER, "urn:example:nobody"], "userName": "x"});
        scim.post("/Users", &unknown).error(400, "invalidSyntax");
    }
    let kept = server.client().create_user(&json!({"schemas": [USER], "userName": "x", "shoeSize": 44}));
    assert_eq!(kept.get("shoeSize"), None);
}

#[test]
fn c249_every_type_has_canonical_values() {
    let server = Server::start();
    for schema in server.client().get("/Schemas").list() {
        for attribute in schema["attributes"].as_array().unwrap() {
            let subs = attribute["subAttributes"].as_array().map_or(&[] as &[Value], Vec::as_slice);
            let kind = subs.iter().find(|sub| sub["name"] == "type");
            if let Some(kind) = kind {
                let values = kind["canonicalValues"].as_array().map_or(0, Vec::len);
                assert!(values > 0, "{} of {}", attribute["name"], schema["id"]);
            }
        }
    }
}

#[test]
fn c250_all_messages_of_the_profile_are_scim_json() {
    let server = Server::start();
    let interop = speaking(&server, "interop", &[]);
    let body = json!({"schemas": [USER], "userName": "typed"}).to_string();
    let send = |scim: &Client, kind: &str| {
        scim.send("POST", "/Users", &[("content-type", kind)], Some(body.as_bytes()))
    };
    let refused = send(&interop, "application/json").expect(415);
    assert_eq!(refused.header("content-type"), Some("application/scim+json"));
    let made = send(&interop, "application/scim+json;charset=utf-8").expect(201);
    assert_eq!(made.header("content-type"), Some("application/scim+json"));
    let strict = server.strict();
    assert_eq!(
        send(&strict, "application/json").expect(409).header("content-type"),
        Some("application/scim+json")
    );
}

#[test]
fn c252_delete_deletes_patch_does_not_and_names_are_free_again() {
    let server = Server::start();
    let interop = speaking(&server, "interop", &[]);
    let ann = ann(&interop);
    let off = json!([{"op": "replace", "path": "active", "value": false}]);
    interop.patch(&ann, &off).expect(200);
    interop.get(&ann).expect(200);
    interop.delete(&ann).expect(204);
    interop.get(&ann).expect(404);
    interop.post("/Users", &json!({"schemas": [USER], "userName": "ann"})).expect(201);
}

#[test]
fn c256_a_patch_changes_several_attributes_and_fifty_members() {
    let server = Server::start();
    let interop = speaking(&server, "interop", &[]);
    let ann = ann(&interop);
    let several = json!([
        {"op": "replace", "path": "title", "value": "t"},
        {"op": "replace", "path": "displayName", "value": "d"},
        {"op": "replace", "path": "name", "value": {"givenName": "Anna"}},
        {"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "R"},
    ]);
    let changed = interop.patch(&ann, &several).expect(200).json();
    assert_eq!((&changed["title"], &changed["displayName"]), (&json!("t"), &json!("d")));
    assert_eq!(changed["name"], json!({"givenName": "Anna"}), "the profile replaces a complex value wholly");
    let merged = server
        .strict()
        .patch(&ann, &json!([{"op": "replace", "path": "name", "value": {"familyName": "B"}}]));
    assert_eq!(merged.expect(200).json()["name"], json!({"givenName": "Anna", "familyName": "B"}));

    let users: Vec<String> = (0..50)
        .map(|number| {
            let user = interop.create_user(&json!({"schemas": [USER], "userName": format!("u{number}")}));
            user["id"].as_str().unwrap().to_owned()
        })
        .collect();
    let made = group(&interop, &json!({"schemas": [GROUP], "displayName": "fifty"}));
    let group = format!("/Groups/{}", made["id"].as_str().unwrap());
    let adds: Vec<Value> =
        users.iter().map(|id| json!({"op": "add", "path": "members", "value": [{"value": id}]})).collect();
    interop.patch(&group, &json!(adds)).expect(204);
    assert_eq!(interop.get(&group).json()["members"].as_array().unwrap().len(), 50);
}

#[test]
fn c257_the_profile_takes_no_passwords() {
    let server = Server::start();
    let interop = speaking(&server, "interop", &[]);
    let secret = "correct horse battery";
    let body = json!({"schemas": [USER], "userName": "p", "password": secret});
    interop.post("/Users", &body).error(400, "invalidSyntax");
    let ann = ann(&interop);
    interop.patch(&ann, &json!([{"op": "replace", "path": "password", "value": secret}])).expect(400);
    let made = server.client().create_user(&body);
    assert_eq!(made.get("password"), None);
    assert!(!server.data_holds(secret), "a password is accepted and not kept");
}

#[test]
fn c258_a_group_may_be_empty_and_its_name_is_its_own() {
    let server = Server::start();
    let interop = speaking(&server, "interop", &[]);
    group(&interop, &json!({"schemas": [GROUP], "displayName": "Empty", "members": []}));
    let again = json!({"schemas": [GROUP], "displayName": "EMPTY"});
    interop.post("/Groups", &again).error(409, "uniqueness");
}

#[test]
fn c259_a_user_who_was_deactivated_can_be_activated() {
    let server = Server::start();
    let interop = speaking(&server, "interop", &[]);
    let ann = ann(&interop);
    for active in [false, true] {
        let set = json!([{"op": "replace", "path": "active", "value": active}]);
        assert_eq!(interop.patch(&ann, &set).expect(200).json()["active"], active);
        assert_eq!(interop.find("/Users", "userName eq \"ann\"").len(), 1);
    }
}

#[test]
fn c260_what_is_provisioned_is_edited_by_its_client_alone() {
    let server = Server::start();
    let scim = server.client();
    let ann = ann(&scim);
    let path = format!("/api/users/{}", ann.rsplit('/').next().unwrap());
    for method in ["PUT", "PATCH", "POST", "DELETE"] {
        let answer = server.local().call(method, &path, Some(&json!({"userName": "other"})));
        assert_eq!(answer.status, 405, "{method}: {}", answer.story());
    }
}

#[test]
fn c053_c054_c057_c061_strict_holds_texts_to_their_form() {
    let server = Server::start();
    let (strict, tolerant) = (server.strict(), server.client());
    for (number, more) in [
        json!({"locale": "NNRDFX OLPZ"}),
        json!({"preferredLanguage": "en;q=7"}),
        json!({"timezone": "noon"}),
        json!({"profileUrl": "no uri"}),
        json!({"photos": [{"value": "no uri"}]}),
        json!({"addresses": [{"country": "Germany"}]}),
        json!({"x509Certificates": [{"value": "AAEC"}]}),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = json!({"schemas": [USER], "userName": format!("u{number}")});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        strict.post("/Users", &body).error(400, "invalidValue");
        let kept = tolerant.create_user(&body);
        for (name, value) in more.as_object().unwrap() {
            assert_eq!(&kept[name], value, "kept as sent");
        }
    }
}

#[test]
fn c012_members_who_are_nobody_are_refused_or_left_out_by_a_switch() {
    let server = Server::start();
    let lenient = speaking(&server, "tolerant", &["--deviation", "skipUnknownMembers=on"]);
    let ann = ann(&lenient);
    let members = json!([{"value": ann.rsplit('/').next().unwrap()}, {"value": "nobody"},
        {"value": "0190163d-8694-739b-aea5-966c26f8ad91"}]);
    let body = |name: &str| json!({"schemas": [GROUP], "displayName": name, "members": members});
    assert_eq!(group(&lenient, &body("a"))["members"].as_array().unwrap().len(), 1);
    server.client().post("/Groups", &body("b")).error(400, "invalidValue");
    let bends = server.command_json(&["account", "bends", "speaks-tolerant"]);
    let names: Vec<_> = bends["bends"].as_array().unwrap().iter().map(|bend| bend["name"].clone()).collect();
    assert_eq!(names, [json!("skipUnknownMembers")], "{bends}");
}

#[test]
fn c177_a_soft_put_keeps_what_it_does_not_mention() {
    let server = Server::start();
    let soft = speaking(&server, "okta", &["--deviation", "softPut=on"]);
    let ann = ann(&soft);
    let put = json!({"schemas": [USER], "userName": "ann", "title": "t"});
    let kept = soft.put(&ann, &put).expect(200).json();
    assert_eq!((&kept["title"], &kept["name"]["givenName"]), (&json!("t"), &json!("Ann")));
    let cleared = server.client().put(&ann, &put).expect(200).json();
    assert_eq!(cleared.get("name"), None);
}

#[test]
fn c091_a_bare_token_and_an_overridden_method_need_their_switches() {
    let server = Server::start();
    server.command(&[
        "account",
        "create",
        "bare",
        "--deviation",
        "bareToken=on",
        "--deviation",
        "methodOverride=on",
    ]);
    let token = server.command_json(&["token", "create", "bare"])["secret"].as_str().unwrap().to_owned();
    let bare = server.stranger().with_authorization(&token);
    let ann = ann(&bare);
    let message =
        json!({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "title", "value": "t"}]});
    let over = |scim: &Client| {
        let headers = [("content-type", "application/scim+json"), ("x-http-method-override", "PATCH")];
        scim.send("POST", &ann, &headers, Some(message.to_string().as_bytes()))
    };
    assert_eq!(over(&bare).expect(200).json()["title"], "t");
    over(&server.client()).expect(405);
    server.stranger().with_authorization(&server.ready.secret_token).get("/Users").expect(401);
}

#[test]
fn c181_emptying_a_large_group_is_held_until_an_administrator_allows_it() {
    let server = Server::start();
    let limits = json!({"usersPerHour": {"least": 2, "percent": 0}, "groupsPerHour": null, "membersAtOnce": 2, "spareMinutes": 0});
    assert_eq!(server.local().call("PUT", "/api/guards", Some(&limits)).status, 200);
    let scim = server.client();
    let users: Vec<String> = ["a", "b", "c"]
        .map(|name| {
            scim.create_user(&json!({"schemas": [USER], "userName": name}))["id"].as_str().unwrap().to_owned()
        })
        .to_vec();
    let members: Vec<Value> = users.iter().map(|id| json!({"value": id})).collect();
    let made = group(&scim, &json!({"schemas": [GROUP], "displayName": "g", "members": members}));
    let path = format!("/Groups/{}", made["id"].as_str().unwrap());
    let empty = json!({"schemas": [GROUP], "displayName": "g"});
    let detail = scim.put(&path, &empty).expect(403).json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("rollcall held allow"), "{detail}");
    let held = server.command_json(&["held", "list"]);
    let id = held["held"][0]["id"].as_str().unwrap();
    assert_eq!(held["held"][0]["subject"]["kind"], "members");
    server.command(&["held", "allow", id, "--changes", "1"]);
    scim.put(&path, &empty).expect(200);

    for user in &users[..2] {
        scim.delete(&format!("/Users/{user}")).expect(204);
    }
    scim.delete(&format!("/Users/{}", users[2])).expect(403);
    server.command(&["held", "limits", "--off"]);
    scim.delete(&format!("/Users/{}", users[2])).expect(204);
}

#[test]
fn c260_a_protected_user_is_left_alone_by_every_client() {
    let server = Server::start();
    let scim = server.client();
    let ann = ann(&scim);
    server.command(&["user", "protect", "ann"]);
    let off = json!([{"op": "replace", "path": "active", "value": false}]);
    scim.patch(&ann, &off).expect(403);
    scim.delete(&ann).expect(403);
    scim.put(&ann, &json!({"schemas": [USER], "userName": "ann"})).expect(403);
    scim.get(&ann).expect(200);
    server.command(&["user", "unprotect", "ann"]);
    scim.delete(&ann).expect(204);
}
