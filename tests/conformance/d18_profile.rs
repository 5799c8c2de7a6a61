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
