//! Numbers 48 to 69: users, groups and the enterprise extension (RFC 7643 section 4).

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;
use crate::values::{ENTERPRISE, GROUP, NOBODY, USER, element, sorted};

#[test]
fn c048_a_user_needs_a_name_that_is_not_empty() {
    let server = Server::start();
    for scim in [server.client(), server.strict()] {
        for body in [
            json!({"schemas": [USER]}),
            json!({"schemas": [USER], "userName": ""}),
            json!({"schemas": [USER], "userName": null}),
        ] {
            scim.post("/Users", &body).error(400, "invalidValue");
        }
    }
}

#[test]
fn c049_user_names_are_unique_in_any_case() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("Ann@Example.com");
    scim.post("/Users", &json!({"schemas": [USER], "userName": "aNN@eXAMPLE.COM"})).error(409, "uniqueness");
    assert_eq!(scim.find_ids("/Users", "userName eq \"ann@example.COM\""), [id]);
}

#[test]
fn c050_names_are_prepared_before_they_are_compared() {
    let server = Server::start();
    let scim = server.client();
    // composed and decomposed, full width, and case beyond ASCII (RFC 8265 section 3.3)
    for (sent, same) in
        [("caf\u{e9}", "cafe\u{301}"), ("\u{ff41}\u{ff42}c", "abc"), ("\u{c9}cole", "\u{e9}cole")]
    {
        let user = scim.create_user(&json!({"schemas": [USER], "userName": sent}));
        assert_eq!(user["userName"], sent, "the value is returned as it was sent");
        scim.post("/Users", &json!({"schemas": [USER], "userName": same})).error(409, "uniqueness");
        assert_eq!(
            scim.find_ids("/Users", &format!("userName eq \"{same}\"")),
            [user["id"].as_str().unwrap()]
        );
    }
}

#[test]
fn c051_a_password_is_never_returned_and_never_kept_in_clear() {
    let server = Server::start();
    let scim = server.client();
    let secret = "correct-horse-battery-7";
    let answer = scim
        .post("/Users", &json!({"schemas": [USER], "userName": "secret", "password": secret}))
        .expect(201);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let change = json!([{"op": "replace", "path": "password", "value": secret}]);
    scim.patch(&format!("/Users/{id}"), &change).expect_one_of(&[200, 204]);
    for path in [
        format!("/Users/{id}"),
        format!("/Users/{id}?attributes=password"),
        "/Users?attributes=password".to_owned(),
    ] {
        let text = String::from_utf8(scim.get(&path).expect(200).body).unwrap();
        assert!(!text.contains("password") && !text.contains(secret), "{path}: {text}");
    }
    assert!(!String::from_utf8(answer.body).unwrap().contains(secret));
    assert!(!server.data_holds(secret));
}

#[test]
fn c052_a_formatted_name_and_its_parts_stay_as_sent() {
    let server = Server::start();
    let scim = server.client();
    let name = json!({"formatted": "Ms. Barbara J Jensen", "givenName": "Barbara", "familyName": "Jensen"});
    let user = scim.create_user(&json!({"schemas": [USER], "userName": "named", "name": name}));
    assert_eq!(user["name"], name);
    let part = json!([{"op": "replace", "path": "name.familyName", "value": "Smith"}]);
    let user = scim.patch_user(user["id"].as_str().unwrap(), &part);
    assert_eq!(user["name"]["formatted"], "Ms. Barbara J Jensen");
    assert_eq!(user["name"]["givenName"], "Barbara");
}

#[test]
fn c053_language_locale_and_time_zone_are_kept() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({
        "schemas": [USER], "userName": "locale",
        "preferredLanguage": "da, en-gb;q=0.8, en;q=0.7", "locale": "en_US", "timezone": "America/Los_Angeles"
    });
    let user = scim.create_user(&body);
    for name in ["preferredLanguage", "locale", "timezone"] {
        assert_eq!(user[name], body[name], "{name}");
    }
    let bad = json!({"schemas": [USER], "userName": "bad", "locale": 7});
    server.strict().post("/Users", &bad).error(400, "invalidValue");
}

#[test]
fn c054_profile_urls_and_photos_are_uris() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({
        "schemas": [USER], "userName": "pictured", "profileUrl": "https://example.com/ann",
        "photos": [{"value": "https://example.com/ann.jpg", "type": "photo"}]
    });
    let strict = server.strict();
    let user = strict.create_user(&body);
    assert_eq!((&user["profileUrl"], &user["photos"]), (&body["profileUrl"], &body["photos"]));
    let attributes = scim.get(&format!("/Schemas/{USER}")).expect(200).json()["attributes"].clone();
    let kind =
        |name: &str| attributes.as_array().unwrap().iter().find(|a| a["name"] == name).unwrap().clone();
    assert_eq!(kind("profileUrl")["type"], "reference");
    assert_eq!(kind("photos")["subAttributes"][0]["type"], "reference");
    for value in [json!(7), json!(["a", "b"])] {
        let bad = json!({"schemas": [USER], "userName": "bad", "profileUrl": value});
        strict.post("/Users", &bad).error(400, "invalidValue");
    }
}

#[test]
fn c055_emails_of_several_types_one_of_them_primary() {
    let server = Server::start();
    let scim = server.client();
    let emails = json!([
        {"value": "work@example.com", "type": "work", "primary": true},
        {"value": "home@example.com", "type": "home"},
        {"value": "other@example.com", "type": "other"}
    ]);
    let user = scim.create_user(&json!({"schemas": [USER], "userName": "mail", "emails": emails}));
    assert_eq!(user["emails"], emails);
    let add =
        json!([{"op": "add", "path": "emails", "value": [{"value": "new@example.com", "primary": true}]}]);
    let user = scim.patch_user(user["id"].as_str().unwrap(), &add);
    let primaries = user["emails"].as_array().unwrap().iter().filter(|e| e["primary"] == true).count();
    assert_eq!(primaries, 1, "{}", user["emails"]);
    assert_eq!(user["emails"].as_array().unwrap().len(), 4);
}

#[test]
fn c056_an_email_is_kept_as_it_was_sent() {
    let server = Server::start();
    let scim = server.client();
    let emails = json!([{"value": "Barbara.JENSEN@Example.COM", "type": "work"}]);
    let user = scim.create_user(&json!({"schemas": [USER], "userName": "canon", "emails": emails}));
    assert_eq!(user["emails"], emails);
    assert_eq!(scim.find("/Users", "emails.value eq \"barbara.jensen@example.com\"").len(), 1);
}

#[test]
fn c057_a_tolerant_account_keeps_any_country() {
    let server = Server::start();
    let scim = server.client();
    let body = |country: &str| json!({"schemas": [USER], "userName": country, "addresses": [{"type": "work", "country": country}]});
    assert_eq!(scim.create_user(&body("Svalbard"))["addresses"][0]["country"], "Svalbard");
    assert_eq!(server.strict().create_user(&body("US"))["addresses"][0]["country"], "US");
}

#[test]
fn c058_addresses_may_hold_line_breaks() {
    let server = Server::start();
    let scim = server.client();
    let address =
        json!({"type": "work", "formatted": "1 Way\nTown\r\nLand", "streetAddress": "1 Way\nFloor 2"});
    let user = scim.create_user(&json!({"schemas": [USER], "userName": "lines", "addresses": [address]}));
    assert_eq!(user["addresses"][0], address);
}

fn add(scim: &Client, group: &str, member: &Value) -> crate::answer::Answer {
    scim.patch(&format!("/Groups/{group}"), &json!([{"op": "add", "path": "members", "value": [member]}]))
}

#[test]
fn c059_a_users_groups_name_id_address_and_type() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("ann");
    let group = scim.group("Sales", &[&user]);
    let read = scim.read_user(&user);
    assert_eq!(
        read["groups"],
        json!([{
            "value": group, "$ref": format!("{}/Groups/{group}", server.ready.tenant_url),
            "display": "Sales", "type": "direct",
        }])
    );
    // what $ref names is there
    let path = read["groups"][0]["$ref"].as_str().unwrap().to_owned();
    assert_eq!(scim.send_to(&path, "GET", &[], None).expect(200).json()["displayName"], "Sales");
    let schema = scim.get(&format!("/Schemas/{USER}")).expect(200).json();
    let groups = element(&schema["attributes"], "name", "groups");
    assert_eq!(groups["mutability"], "readOnly");
    for part in groups["subAttributes"].as_array().unwrap() {
        assert_eq!(part["mutability"], "readOnly", "{part}");
    }
}

#[test]
fn c060_groups_of_a_user_are_changed_through_the_group_alone() {
    let server = Server::start();
    let scim = server.client();
    let (inside, outside) = (scim.group("inside", &[]), scim.group("outside", &[]));
    let body = json!({"schemas": [USER], "userName": "ann", "groups": [{"value": outside}]});
    let user = scim.create_user(&body)["id"].as_str().unwrap().to_owned();
    assert!(scim.members(&outside).is_empty());
    add(&scim, &inside, &json!({"value": user})).expect(204);
    let put = json!({"schemas": [USER], "userName": "ann", "groups": [{"value": outside}]});
    scim.put(&format!("/Users/{user}"), &put).expect(200);
    assert_eq!(scim.members(&inside), sorted(&[&user]));
    assert!(scim.members(&outside).is_empty());
    let path = format!("/Users/{user}");
    scim.patch(&path, &json!([{"op": "remove", "path": "groups"}])).expect_one_of(&[200, 204, 400]);
    assert_eq!(scim.read_user(&user)["groups"].as_array().unwrap().len(), 1);
}

#[test]
fn c061_a_certificate_is_base64_and_comes_back_as_it_was() {
    let server = Server::start();
    let scim = server.client();
    // an empty ASN.1 sequence stands for a certificate: what is in it is the client's
    let body = json!({"schemas": [USER], "userName": "ann", "x509Certificates": [{"value": "MAA="}]});
    let user = scim.create_user(&body);
    assert_eq!(user["x509Certificates"], json!([{"value": "MAA="}]));
    for wrong in ["not base64!", "MAA=MAA=", "M"] {
        let body = json!({"schemas": [USER], "userName": "bob", "x509Certificates": [{"value": wrong}]});
        assert_eq!(scim.post("/Users", &body).expect(400).json()["scimType"], "invalidValue", "{wrong}");
    }
    let schema = scim.get(&format!("/Schemas/{USER}")).expect(200).json();
    let certificates = element(&schema["attributes"], "name", "x509Certificates");
    assert_eq!(element(&certificates["subAttributes"], "name", "value")["type"], "binary");
}

#[test]
fn c062_an_inactive_user_can_be_read_and_found() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("ann");
    let group = scim.group("g", &[&user]);
    scim.patch_user(&user, &json!([{"op": "replace", "path": "active", "value": false}]));
    assert_eq!(scim.read_user(&user)["active"], false);
    assert_eq!(scim.find_ids("/Users", "userName eq \"ann\""), std::slice::from_ref(&user));
    assert_eq!(scim.find_ids("/Users", "active eq false"), std::slice::from_ref(&user));
    assert_eq!(scim.members(&group), sorted(&[&user]));
}

#[test]
fn c063_a_group_needs_a_display_name() {
    let server = Server::start();
    let scim = server.client();
    let refused = scim.post("/Groups", &json!({"schemas": [GROUP]})).expect(400);
    assert_eq!(refused.json()["scimType"], "invalidValue");
    let schema = scim.get(&format!("/Schemas/{GROUP}")).expect(200).json();
    assert_eq!(element(&schema["attributes"], "name", "displayName")["required"], true);
    let group = scim.group("g", &[]);
    let path = format!("/Groups/{group}");
    scim.put(&path, &json!({"schemas": [GROUP]})).expect(400);
    scim.patch(&path, &json!([{"op": "remove", "path": "displayName"}])).expect(400);
    assert_eq!(scim.read_group(&group)["displayName"], "g");
}

#[test]
fn c064_another_type_for_a_member_makes_no_second_row() {
    let server = Server::start();
    for scim in [server.client(), server.strict()] {
        let name = format!("ann{}", scim.total("/Users"));
        let user = scim.user(&name);
        let group = scim.group(&name, &[&user]);
        let version = scim.read_group(&group)["meta"]["version"].clone();
        let path = format!("/Groups/{group}");
        // the same member again, with what is not its type
        add(&scim, &group, &json!({"value": user, "type": "Group"})).expect_one_of(&[204, 400]);
        let change = json!([
            {"op": "replace", "path": format!("members[value eq \"{user}\"].type"), "value": "Group"}
        ]);
        scim.patch(&path, &change).expect_one_of(&[204, 400]);
        let read = scim.read_group(&group);
        assert_eq!(read["members"].as_array().unwrap().len(), 1);
        assert_eq!(read["members"][0]["type"], "User");
        assert_eq!(read["meta"]["version"], version, "nothing changed");
    }
}

#[test]
fn c065_users_of_a_nested_group_belong_to_the_outer_one_indirectly() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("ann");
    let inner = scim.group("inner", &[&user]);
    let outer = scim.group("outer", &[&inner]);
    assert_eq!(scim.read_group(&outer)["members"][0]["type"], "Group");
    let read = scim.read_user(&user);
    assert_eq!(element(&read["groups"], "value", &inner)["type"], "direct");
    assert_eq!(element(&read["groups"], "value", &outer)["type"], "indirect");
    // and no more once the nesting is gone
    scim.patch_group(&outer, &json!([{"op": "remove", "path": "members"}]));
    assert_eq!(scim.read_user(&user)["groups"].as_array().unwrap().len(), 1);
}

#[test]
fn c066_groups_that_would_contain_themselves_are_refused() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("ann");
    let a = scim.group("a", &[&user]);
    let b = scim.group("b", &[&a]);
    let c = scim.group("c", &[&b]);
    for (group, member) in [(&a, &a), (&a, &b), (&a, &c), (&b, &c)] {
        let refused = add(&scim, group, &json!({"value": member})).expect(400);
        assert_eq!(refused.json()["scimType"], "invalidValue");
    }
    assert_eq!(scim.read_user(&user)["groups"].as_array().unwrap().len(), 3);
}

#[test]
fn c067_the_enterprise_attributes_are_kept_and_found() {
    let server = Server::start();
    let scim = server.client();
    let boss = scim.user("boss");
    let enterprise = json!({
        "employeeNumber": "701984", "costCenter": "4130", "organization": "Universal",
        "division": "Theme Park", "department": "Tour", "manager": {"value": boss},
    });
    let body = json!({"schemas": [USER, ENTERPRISE], "userName": "ann", ENTERPRISE: enterprise});
    let made = scim.create_user(&body);
    for name in ["employeeNumber", "costCenter", "organization", "division", "department"] {
        assert_eq!(made[ENTERPRISE][name], enterprise[name]);
        let filter = format!("{ENTERPRISE}:{name} eq {}", enterprise[name]);
        assert_eq!(scim.find_ids("/Users", &filter), [made["id"].as_str().unwrap().to_owned()], "{filter}");
    }
    assert_eq!(made["schemas"], json!([USER, ENTERPRISE]));
    let filter = format!("{ENTERPRISE}:manager.value eq \"{boss}\"");
    assert_eq!(scim.find_ids("/Users", &filter), [made["id"].as_str().unwrap().to_owned()]);
}

#[test]
fn c068_a_managers_name_and_address_are_the_servers() {
    let server = Server::start();
    let scim = server.client();
    let boss = scim.create_user(&json!({"schemas": [USER], "userName": "boss", "displayName": "The Boss"}));
    let boss = boss["id"].as_str().unwrap();
    let sent = json!({"value": boss, "displayName": "Somebody Else"});
    let body = json!({"schemas": [USER, ENTERPRISE], "userName": "ann", ENTERPRISE: {"manager": sent}});
    let made = scim.create_user(&body);
    let manager = json!({
        "value": boss, "$ref": format!("{}/Users/{boss}", server.ready.tenant_url), "displayName": "The Boss",
    });
    assert_eq!(made[ENTERPRISE]["manager"], manager);
    scim.patch_user(boss, &json!([{"op": "replace", "path": "displayName", "value": "New Name"}]));
    let read = scim.read_user(made["id"].as_str().unwrap());
    assert_eq!(read[ENTERPRISE]["manager"]["displayName"], "New Name");
}

#[test]
fn c069_a_deleted_user_is_no_member_and_no_manager() {
    let server = Server::start();
    let scim = server.client();
    let boss = scim.user("boss");
    let report = json!({
        "schemas": [USER, ENTERPRISE], "userName": "ann", ENTERPRISE: {"manager": {"value": boss}},
    });
    let report = scim.create_user(&report);
    let id = report["id"].as_str().unwrap();
    let stray = json!({
        "schemas": [USER, ENTERPRISE], "userName": "bob",
        ENTERPRISE: {"manager": {"value": NOBODY}, "department": "D"},
    });
    let stray = scim.create_user(&stray);
    let group = scim.group("g", &[&boss, id]);
    scim.delete(&format!("/Users/{boss}")).expect(204);

    assert_eq!(scim.members(&group), sorted(&[id]));
    let read = scim.read_user(id);
    assert_eq!((read.get(ENTERPRISE), &read["schemas"]), (None, &json!([USER])));
    assert_ne!(read["meta"]["version"], report["meta"]["version"]);
    assert!(scim.find_ids("/Users", &format!("{ENTERPRISE}:manager.value eq \"{boss}\"")).is_empty());
    // a manager nobody ever knew stays as it was sent
    assert_eq!(scim.read_user(stray["id"].as_str().unwrap())[ENTERPRISE], stray[ENTERPRISE]);

    let outer = scim.group("outer", &[&group]);
    scim.delete(&format!("/Groups/{group}")).expect(204);
    assert!(scim.members(&outer).is_empty());
    assert!(scim.read_user(id).get("groups").is_none());
    server.command(&["doctor", "--verify"]);
}
