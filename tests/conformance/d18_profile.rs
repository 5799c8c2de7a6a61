//! Numbers 245 to 260: the interoperability profile that an `interop` account is held to.

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;

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
