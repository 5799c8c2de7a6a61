//! Numbers 228 to 233: /Me, tenants and security (RFC 7644 sections 3.11, 6 and 7).

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::Server;
use crate::values::{ENTERPRISE, GROUP, USER};

/// A client of a fresh tenant.
fn tenant(server: &Server, slug: &str) -> Client {
    let tenant = server.local().tenant(slug, &json!({}));
    server.client_with(&tenant.secret).with_base(&tenant.url)
}

/// The audit trail of writes, oldest first.
fn changes(server: &Server) -> Vec<Value> {
    let mut all =
        server.local().call("GET", "/api/changes", None).json()["changes"].as_array().unwrap().clone();
    all.reverse();
    all
}

#[test]
fn c229_ids_external_ids_and_tokens_do_not_cross_tenants() {
    let server = Server::start();
    let (acme, globex) = (tenant(&server, "acme"), tenant(&server, "globex"));
    let body = json!({"schemas": [USER], "userName": "anna", "externalId": "e-1"});
    let (ours, theirs) = (acme.create_user(&body), globex.create_user(&body));
    assert_ne!(ours["id"], theirs["id"]);
    assert_eq!(acme.find("/Users", "externalId eq \"e-1\"").len(), 1);
    let foreign = format!("/Users/{}", theirs["id"].as_str().unwrap());
    acme.get(&foreign).expect(404);
    acme.put(&foreign, &body).expect(404);
    acme.delete(&foreign).expect(404);
    let group = json!({"schemas": [GROUP], "displayName": "g", "members": [{"value": theirs["id"]}]});
    acme.post("/Groups", &group).error(400, "invalidValue");
    let manager = json!({"schemas": [USER, ENTERPRISE], "userName": "b",
        ENTERPRISE: {"manager": {"value": theirs["id"]}}});
    let report = acme.create_user(&manager);
    assert!(report[ENTERPRISE]["manager"]["displayName"].is_null(), "{report}");
    assert_eq!(globex.total("/Users"), 1);
    acme.with_base(&server.ready.tenant_url).get("/Users").expect(401);
}

#[test]
fn c230_secrets_are_kept_as_hashes_only() {
    let server = Server::start();
    let secret = server.ready.secret_token.clone();
    server.client().get("/Users").expect(200);
    assert!(!server.data_holds(&secret));
    assert!(!server.data_holds(secret.rsplit('_').next().unwrap()));
    let (id, _) = secret.strip_prefix("rc_").unwrap().split_once('_').unwrap();
    let folder = server.crash();
    let server = Server::start_in(folder);
    assert!(server.data_holds(id), "the public part is there");
}

#[test]
fn c230_whoever_guesses_is_slowed_down_and_a_working_client_beside_him_is_not() {
    let server = Server::start();
    let working = server.client();
    working.get("/Users").expect(200);
    let guesser = server.client_with(&format!("{}x", server.ready.secret_token));
    let slowed = (0..2_000).map(|_| guesser.get("/Users")).find(|answer| answer.status != 401);
    let slowed = slowed.expect("guesses are never slowed").expect(429);
    assert!(slowed.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    working.get("/Users").expect(200);
}

#[test]
fn c231_logs_hold_no_personal_data() {
    let server = Server::start_logging();
    let scim = server.client();
    let name = "barbara.jensen@example.com";
    scim.user(name);
    scim.post("/Users", &json!({"schemas": [USER], "userName": name})).error(409, "uniqueness");
    scim.search("/Users", &format!("userName zz \"{name}\"")).expect(400);
    scim.get(&format!("/Users/{name}")).expect(404);
    scim.get(&format!("/Users?filter=userName+xx+{name}")).expect(400);
    let log = server.log();
    assert!(!log.contains("jensen"), "{log}");
    assert!(
        log.lines().filter(|line| line.contains("refused") && line.contains("***")).count() >= 4,
        "{log}"
    );
}

#[test]
fn c232_a_revoked_token_is_refused_at_the_next_request() {
    let server = Server::start();
    let token = server.local().scoped_token("short", &["users:read"]);
    let client = server.client_with(&token.secret);
    for _ in 0..20 {
        client.get("/Users").expect(200);
    }
    server.local().revoke(&token);
    client.get("/Users").expect(401);
}

#[test]
fn c233_every_write_is_in_the_audit_trail_with_actor_request_and_digests() {
    let server = Server::start();
    let scim = server.client();
    let accounts = server.local().call("GET", "/api/accounts", None).json();
    let actor = accounts["accounts"][0]["id"].clone();
    let made = scim.post("/Users", &json!({"schemas": [USER], "userName": "anna"})).expect(201);
    let user = made.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/Users/{user}");
    let title = |title: &str| json!([{"op": "replace", "path": "title", "value": title}]);
    let patched = scim.patch(&path, &title("Boss")).expect(200);
    let unchanged = scim.patch(&path, &title("Boss")).expect(200);
    let replaced =
        scim.put(&path, &json!({"schemas": [USER], "userName": "anna", "title": "Chief"})).expect(200);
    let group = scim.post("/Groups", &json!({"schemas": [GROUP], "displayName": "g"})).expect(201);
    let members = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
    let group_path = format!("/Groups/{}", group.json()["id"].as_str().unwrap());
    let joined = scim.patch(&group_path, &members).expect(204);
    scim.get(&path).expect(200);
    scim.patch(&path, &json!([{"op": "replace", "path": "active", "value": "perhaps"}])).expect(400);
    let deleted = scim.delete(&path).expect(204);

    let trail = changes(&server);
    let told: Vec<_> =
        trail.iter().map(|change| (change["change"].as_str().unwrap(), &change["requestId"])).collect();
    let id = |answer: &crate::answer::Answer| json!(answer.header("x-request-id").unwrap());
    let wanted = [
        ("create", id(&made)),
        ("patch", id(&patched)),
        ("put", id(&replaced)),
        ("create", id(&group)),
        ("patch", id(&joined)),
        ("members", id(&deleted)),
        ("delete", id(&deleted)),
    ];
    assert_eq!(told, wanted.iter().map(|(change, id)| (*change, id)).collect::<Vec<_>>());
    assert!(trail.iter().all(|change| change["requestId"] != id(&unchanged)), "nothing was written");
    assert!(trail.iter().all(|change| change["actor"] == actor && change["at"].is_string()), "{trail:?}");
    let of_user: Vec<_> = trail.iter().filter(|change| change["id"] == user.as_str()).collect();
    assert!(of_user[0]["before"].is_null() && of_user.last().unwrap()["after"].is_null());
    for pair in of_user.windows(2) {
        assert_eq!(pair[0]["after"], pair[1]["before"]);
        assert_eq!(pair[0]["after"].as_str().unwrap().len(), 64);
    }
    assert_eq!(of_user[1]["attributes"], json!(["title"]));
    assert!(!json!(trail).to_string().contains("Boss"), "the trail holds no values");
}

#[test]
fn c228_me_is_not_implemented_for_accounts_that_are_no_user() {
    let server = Server::start();
    let scim = server.client();
    // RFC 7644 section 3.11: a provider without the alias says so
    for method in ["GET", "DELETE"] {
        scim.send(method, "/Me", &[], None).expect(501);
    }
    scim.put("/Me", &json!({"userName": "me"})).expect(501);
}
