//! Many tenants on one server: what is one's is never another's, and a plain install does not know the word.

use serde_json::{Value, json};

use crate::client::Client;
use crate::local::MadeTenant;
use crate::server::{Server, texts};
use crate::values::USER;

/// A tenant and a client of it with full permissions.
struct Tenant {
    url: String,
    client: Client,
    token: String,
}

fn tenant(server: &Server, slug: &str) -> Tenant {
    let MadeTenant { url, secret } = server.local().tenant(slug, &json!({}));
    Tenant { client: server.client_with(&secret).with_base(&url), url, token: secret }
}

fn tenants(server: &Server) -> Vec<Value> {
    server.local().call("GET", "/api/tenants", None).json()["tenants"].as_array().unwrap().clone()
}

#[test]
fn the_same_name_in_two_tenants_is_two_users_and_neither_sees_the_other() {
    let server = Server::start();
    let (acme, globex) = (tenant(&server, "acme"), tenant(&server, "globex"));
    let plain = server.client();
    let ids: Vec<_> = [&plain, &acme.client, &globex.client].iter().map(|c| c.user("bjensen")).collect();
    acme.client.post("/Users", &json!({"schemas": [USER], "userName": "BJENSEN"})).error(409, "uniqueness");
    for (own, client) in ids.iter().zip([&plain, &acme.client, &globex.client]) {
        assert_eq!(client.find_ids("/Users", "userName eq \"bjensen\""), [own.as_str()]);
        let strange = client.get("/Users/0190163d-8694-739b-aea5-966c26f8ad91").expect(404).json();
        for foreign in ids.iter().filter(|id| *id != own) {
            let path = format!("/Users/{foreign}");
            let refused = client.get(&path).expect(404).json();
            let same = refused["detail"].as_str().unwrap().replace(foreign.as_str(), "ID");
            let other =
                strange["detail"].as_str().unwrap().replace("0190163d-8694-739b-aea5-966c26f8ad91", "ID");
            assert_eq!(same, other, "a foreign id is refused in the words for an unknown one");
            client.patch(&path, &json!([{"op": "replace", "path": "active", "value": false}])).expect(404);
            client.delete(&path).expect(404);
            let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                "displayName": format!("of {foreign}"), "members": [{"value": foreign}]});
            client.post("/Groups", &group).error(400, "invalidValue");
        }
    }
}

#[test]
fn a_token_opens_its_own_tenant_only_and_is_refused_elsewhere_like_any_unknown_one() {
    let server = Server::start();
    let (acme, globex) = (tenant(&server, "acme"), tenant(&server, "globex"));
    acme.client.get("/Users").expect(200);
    let refused = |client: Client, base: &str| client.with_base(base).get("/Users").expect(401).json();
    let plain = server.ready.tenant_url.clone();
    let unknown = {
        let other = Server::start();
        refused(server.client_with(&other.ready.secret_token), &plain)
    };
    assert_eq!(refused(acme.client.clone(), &plain), unknown);
    assert_eq!(refused(acme.client.clone(), &globex.url), unknown);
    assert_eq!(refused(server.client(), &acme.url), unknown);
}

#[test]
fn every_link_begins_with_the_tenants_address() {
    let server = Server::start();
    let acme = tenant(&server, "acme");
    assert!(acme.url.ends_with("/t/acme/scim/v2"), "{}", acme.url);
    let body = json!({"schemas": [USER], "userName": "boss"});
    let made = acme.client.post("/Users", &body).expect(201);
    let user = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location").unwrap(), format!("{}/Users/{user}", acme.url));
    assert_eq!(made.json()["meta"]["location"], format!("{}/Users/{user}", acme.url));
    let group = acme.client.group("Sales", &[&user]);
    let read = acme.client.read_group(&group);
    assert_eq!(read["members"][0]["$ref"], format!("{}/Users/{user}", acme.url));
    let config = acme.client.get("/ServiceProviderConfig").expect(200).json();
    assert_eq!(config["meta"]["location"], format!("{}/ServiceProviderConfig", acme.url));
    assert!(!String::from_utf8_lossy(&server.client().get("/Users").body).contains("acme"));
}

#[test]
fn a_plain_install_shows_no_trace_of_tenants() {
    let server = Server::start();
    let stranger = server.stranger();
    let root = server.ready.tenant_url.trim_end_matches("/scim/v2");
    let at = |path: &str| stranger.send_to(&format!("{root}{path}"), "GET", &[], None).expect(404).json();
    assert_eq!(at("/t/acme/scim/v2/Users"), at("/nothing"));
    let status = server.local().call("GET", "/api/status", None);
    assert!(!status.story().to_lowercase().contains("\"tenant\""), "{}", status.story());
    for arguments in [&["--help"][..], &["account", "create", "--help"], &["user", "list", "--help"]] {
        let help = server.try_command(arguments);
        let (out, _) = texts(&help);
        assert!(!out.to_lowercase().contains("tenant"), "{out}");
    }
}

#[test]
fn errors_outside_every_base_name_no_tenant_and_look_the_same() {
    let server = Server::start();
    tenant(&server, "acme");
    let stranger = server.stranger();
    let root = server.ready.tenant_url.trim_end_matches("/scim/v2");
    let at = |path: &str| stranger.send_to(&format!("{root}{path}"), "GET", &[], None).expect(404).json();
    let outside = at("/nothing");
    assert!(!outside.to_string().contains("acme"), "{outside}");
    for path in ["/t/acme", "/t/acme/Users", "/t/globex/scim/v2/Users", "/t/acme/t/acme/scim/v2/Users", "/t"]
    {
        assert_eq!(at(path), outside, "{path}");
    }
}

#[test]
fn each_tenant_has_an_audit_trail_and_lists_of_its_own() {
    let server = Server::start();
    let acme = tenant(&server, "acme");
    acme.client.user("of-acme");
    let local = server.local();
    let actions = |path: &str| -> Vec<String> {
        let trail = local.call("GET", path, None).json();
        let records = trail["records"].as_array().unwrap().iter();
        records.map(|record| record["action"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(actions("/api/t/acme/audit"), ["token.issued", "account.created"]);
    assert!(actions("/api/audit").contains(&"tenant.created".to_owned()));
    let users = |path: &str| local.call("GET", path, None).json()["total"].as_u64().unwrap();
    assert_eq!((users("/api/t/acme/users"), users("/api/users")), (1, 0));
    let status = local.call("GET", "/api/t/acme/status", None).json();
    assert_eq!((&status["tenant"], &status["users"]), (&json!("acme"), &json!(1)));
    for path in ["/api/t/globex/users", "/api/t/acme/tenants", "/api/t/acme/session", "/api/t/acme/doctor"] {
        assert!(matches!(local.call("GET", path, None).status, 404 | 405), "{path}");
    }
    let doctor = local.call("POST", "/api/doctor", None).json();
    assert_eq!(doctor["healthy"], true, "{doctor}");
}

#[test]
fn a_name_is_checked_and_never_given_twice() {
    let server = Server::start();
    let create = |slug: &str| server.local().call("POST", "/api/tenants", Some(&json!({"slug": slug})));
    for wrong in ["ac_me", "Acme", "", "a", "a b", "-a", "a/b", "ä-b"] {
        let refused = create(wrong);
        assert_eq!((refused.status, &refused.json()["error"]["field"]), (400, &json!("slug")), "{wrong:?}");
    }
    assert_eq!(create("acme").status, 201);
    assert_eq!(create("acme").json()["error"]["code"], "slugTaken");
    assert_eq!(server.local().call("DELETE", "/api/tenants/acme", None).status, 204);
    assert_eq!(create("acme").json()["error"]["code"], "slugTaken");
    assert_eq!(server.local().call("DELETE", "/api/tenants/acme", None).status, 404);
}

#[test]
fn a_deleted_tenant_is_gone_at_once_and_its_data_after_a_crash_too() {
    let server = Server::start();
    let (acme, globex) = (tenant(&server, "acme"), tenant(&server, "globex"));
    for number in 0..300 {
        acme.client.user(&format!("user-{number}"));
    }
    globex.client.user("stays");
    assert_eq!(server.local().call("DELETE", "/api/tenants/acme", None).status, 204);
    acme.client.get("/Users").expect(404);
    // killed in the middle of it, or before it began
    let folder = server.crash();
    let server = Server::start_in(folder);
    // each look is a round trip, so this waits long enough for any disk
    for _ in 0..20_000 {
        if !tenants(&server).iter().any(|tenant| tenant["slug"] == "acme") {
            break;
        }
    }
    let left = tenants(&server);
    assert_eq!(left.len(), 1, "{left:?}");
    let trail = server.local().call("GET", "/api/audit", None).json();
    assert_eq!(
        trail["records"].as_array().unwrap().iter().filter(|r| r["action"] == "tenant.erased").count(),
        1
    );
    let globex_now = server.client_with(&globex.token).with_base(left[0]["tenantUrl"].as_str().unwrap());
    assert_eq!(globex_now.total("/Users"), 1);
    assert_eq!(server.local().call("POST", "/api/doctor", None).json()["healthy"], true);
}

#[test]
fn tenants_are_made_and_chosen_on_the_command_line() {
    let server = Server::start();
    let made = server.command_json(&["tenant", "create", "acme", "--name", "Acme Ltd", "--rate", "100"]);
    assert_eq!((&made["name"], &made["limits"]["requestsPerSecond"]), (&json!("Acme Ltd"), &json!(100)));
    server.command(&["account", "create", "idp", "--tenant", "acme"]);
    let token = server.command_json(&["token", "create", "idp", "--tenant", "acme"]);
    let url = made["tenantUrl"].as_str().unwrap();
    server.client_with(token["secret"].as_str().unwrap()).with_base(url).user("anna");
    assert_eq!(server.command_json(&["user", "list", "--tenant", "acme"])["total"], 1);
    assert_eq!(server.command_json(&["user", "list"])["total"], 0);
    assert_eq!(server.try_command(&["user", "list", "--tenant", "globex"]).status.code(), Some(3));
    let changed = server.command_json(&["tenant", "update", "acme", "--token-rate", "50"]);
    assert_eq!(changed["limits"], json!({"requestsPerSecond": 100, "tokenRequestsPerSecond": 50}));
    assert_eq!(server.try_command(&["tenant", "delete", "acme"]).status.code(), Some(5));
    server.command(&["tenant", "delete", "acme", "--yes"]);
    assert_eq!(server.try_command(&["tenant", "show", "globex"]).status.code(), Some(3));
}

#[test]
fn the_flags_entra_glues_to_a_tenants_address_do_not_count() {
    let server = Server::start();
    let acme = tenant(&server, "acme");
    acme.client.user("anna");
    let address = format!("{}?aadOptscim062020/Users?filter=userName+eq+%22anna%22", acme.url);
    let found = acme.client.send_to(&address, "GET", &[], None).expect(200).json();
    assert_eq!(found["totalResults"], 1);
}
