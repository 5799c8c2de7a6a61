//! Numbers 228 to 233: /Me, tenants and security (RFC 7644 sections 3.11, 6 and 7).

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::client::Client;
use crate::server::Server;
use crate::values::{ENTERPRISE, GROUP, PATCH_OP, USER};

const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

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

/// A client of an account that stands for a user; `more` goes to the account's making.
fn bound(server: &Server, user: &str, more: &[&str]) -> Client {
    let name = format!("{user} herself");
    server.command(&[&["account", "create", &name, "--user", user], more].concat());
    let token = server.command_json(&["token", "create", &name])["secret"].as_str().unwrap().to_owned();
    server.client_with(&token)
}

#[test]
fn c228_me_is_not_implemented_for_accounts_that_are_no_user() {
    let server = Server::start();
    let scim = server.client();
    // RFC 7644 section 3.11: a provider without the alias says so
    for method in ["GET", "HEAD", "DELETE"] {
        scim.send(method, "/Me", &[], None).expect(501);
    }
    scim.put("/Me", &json!({"userName": "me"})).expect(501);
    let detail = scim.get("/Me").json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("rollcall account update"), "{detail}");
    server.stranger().get("/Me").expect(401);
    scim.send("TRACE", "/Me", &[], None).expect(405);
}

#[test]
fn c228_me_is_the_user_the_account_stands_for() {
    let server = Server::start();
    let all = server.client();
    let ann = all.user("ann");
    all.user("bob");
    let (me, path) = (bound(&server, "ann", &[]), format!("/Users/{ann}"));
    let location = format!("{}{path}", server.ready.tenant_url);
    let placed = |answer: Answer| {
        assert_eq!(answer.header("location"), Some(location.as_str()), "{}", answer.story());
        let shown = (answer.status == 200).then_some(location.as_str());
        assert_eq!(answer.header("content-location"), shown, "{}", answer.story());
        answer
    };
    let shown = placed(me.get("/Me?attributes=userName").expect(200)).json();
    assert_eq!(shown, all.get(&format!("{path}?attributes=userName")).expect(200).json());
    let head = placed(me.send("HEAD", "/me/", &[], None).expect(200));
    let etag = head.header("etag").unwrap().to_owned();
    let unchanged = placed(me.send("GET", "/Me", &[("if-none-match", &etag)], None));
    assert_eq!(unchanged.status, 304, "{}", unchanged.story());
    let message =
        json!({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "title", "value": "Boss"}]});
    let patched = placed(me.text("PATCH", "/Me", &message.to_string()).expect(200)).json();
    assert_eq!((&patched["id"], &patched["title"]), (&json!(ann), &json!("Boss")));
    assert_eq!(patched["meta"]["location"], json!(location));
    let taken = json!({"schemas": [USER], "userName": "BOB"});
    placed(me.put("/Me", &taken).expect(409));
    let minimal = [("prefer", "return=minimal"), ("content-type", "application/scim+json")];
    let again = json!({"schemas": [USER], "userName": "ann", "title": "Chief"}).to_string();
    placed(me.send("PUT", "/Me", &minimal, Some(again.as_bytes())).expect(204));
    assert_eq!(all.get(&path).expect(200).json()["title"], "Chief");
    placed(me.send("DELETE", "/Me", &[("if-match", &etag)], None).expect(412));
    // the trail names the user, whatever the path did
    let trail = changes(&server);
    assert_eq!(trail.last().unwrap()["id"], json!(ann), "{trail:?}");
    me.post("/Me", &json!({"schemas": [USER], "userName": "carl"})).expect(501);
    assert_eq!(all.total("/Users"), 2);

    placed(me.delete("/Me").expect(204));
    placed(me.get("/Me").expect(404));
    server.command(&["bin", "restore", &ann]);
    placed(me.get("/Me").expect(200));
    server.command(&["account", "update", "ann herself", "--no-user"]);
    me.get("/Me").expect(501);
}

#[test]
fn c228_me_needs_what_the_users_own_resource_needs() {
    let server = Server::start();
    let all = server.client();
    let ann = all.user("ann");
    let put = json!({"schemas": [USER], "userName": "ann", "title": "t"});
    let reader = bound(&server, "ann", &["--scope", "users:read"]);
    reader.get("/Me").expect(200);
    reader.put("/Me", &put).expect(403);
    reader.delete("/Me").expect(403);
    let bob = all.user("bob");
    let careful = bound(&server, "bob", &["--rule", "requireIfMatch=on"]);
    careful.delete("/Me").expect(428);
    server.command(&["user", "protect", "bob"]);
    careful.send("DELETE", "/Me", &[("if-match", "*")], None).expect(403);
    all.get(&format!("/Users/{ann}")).expect(200);
    all.get(&format!("/Users/{bob}")).expect(200);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a client that asks again waits in between")]
fn c228_a_bulk_job_and_a_request_done_later_know_me() {
    let server = Server::start();
    let all = server.client();
    let ann = all.user("ann");
    let (me, path) = (bound(&server, "ann", &[]), format!("/Users/{ann}"));
    let retitle = |title: &str| json!({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "title", "value": title}]});
    let operation =
        |path: &str, title: &str| json!({"method": "PATCH", "path": path, "data": retitle(title)});
    let job = json!({"schemas": [BULK_REQUEST], "Operations": [
        operation(&path, "first"), operation("/Me", "second"),
        {"method": "POST", "path": "/Me", "bulkId": "x", "data": {"schemas": [USER], "userName": "carl"}},
    ]});
    let done = me.post("/Bulk", &job).expect(200).json()["Operations"].clone();
    let statuses: Vec<_> =
        done.as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["200", "200", "501"], "{done}");
    assert_eq!(done[1]["location"], json!(format!("{}{path}", server.ready.tenant_url)));
    assert_eq!(all.get(&path).expect(200).json()["title"], "second");
    let other = all.post("/Bulk", &job).expect(200).json()["Operations"].clone();
    assert_eq!(other[1]["status"], "501", "{other}");

    let later = [("prefer", "respond-async"), ("content-type", "application/scim+json")];
    let accepted = me.send("PATCH", "/Me", &later, Some(retitle("third").to_string().as_bytes()));
    assert_eq!(accepted.status, 202, "{}", accepted.story());
    assert!(accepted.header("location").unwrap().contains("/.requests/"), "{}", accepted.story());
    let start = Instant::now();
    while all.get(&path).expect(200).json()["title"] != "third" {
        assert!(start.elapsed() < Duration::from_secs(30), "the request was not done");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn c228_an_account_is_bound_to_a_user_of_its_own_tenant_only() {
    let server = Server::start();
    let local = server.local();
    let acme = tenant(&server, "acme");
    let theirs = acme.create_user(&json!({"schemas": [USER], "userName": "anna"}))["id"].clone();
    let account = |user: &Value| json!({"name": "hers", "permissions": {"kind": "full"}, "user": user});
    let refused = local.call("POST", "/api/accounts", Some(&account(&theirs)));
    assert_eq!(
        (refused.status, &refused.json()["error"]["field"]),
        (400, &json!("user")),
        "{}",
        refused.story()
    );
    let made = local.call("POST", "/api/t/acme/accounts", Some(&account(&theirs))).json();
    assert_eq!(made["user"], theirs);
    let place = format!("/api/t/acme/accounts/{}", made["id"].as_str().unwrap());
    let token = local.call("POST", &format!("{place}/tokens"), None).json();
    let me = server.client_with(token["secret"].as_str().unwrap()).with_base(&acme_url(&server));
    let answer = me.get("/Me").expect(200);
    let location = format!("{}/Users/{}", acme_url(&server), theirs.as_str().unwrap());
    assert_eq!(answer.header("location"), Some(location.as_str()));
    let renamed = local.call("PATCH", &place, Some(&json!({"name": "still hers"}))).json();
    assert_eq!(renamed["user"], theirs, "what is left out stays");
    assert_eq!(local.call("PATCH", &place, Some(&json!({"user": null}))).json()["user"], Value::Null);
    me.get("/Me").expect(501);
}

/// The Tenant URL of the tenant acme.
fn acme_url(server: &Server) -> String {
    server.ready.tenant_url.replace("/scim/v2", "/t/acme/scim/v2")
}
