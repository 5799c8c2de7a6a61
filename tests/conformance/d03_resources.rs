//! Numbers 48 to 69: users, groups and the enterprise extension (RFC 7643 section 4).

use serde_json::json;

use crate::server::Server;
use crate::values::USER;

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
