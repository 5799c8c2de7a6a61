//! The admin API as a browser and as the command line use it, without sockets and TLS.

use super::{Authority, Facts, House, Moment, Origin, answer};
use crate::events::Outbox;
use crate::tenant::{Tenants, Usage};
use ::access::{Access, Keys, Limits};
use ::directory::Deleting;
use ::events::{Policy, Vault};
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;
use store::Kv;
use uuid::Uuid;

const PHRASE: &str = "correct horse battery staple";

/// An appliance without sockets, and its clock.
struct Bench {
    kv: Kv,
    tenants: Arc<Tenants>,
    outbox: Outbox,
    facts: Facts,
    now: Timestamp,
    drawn: u64,
    cookie: Option<String>,
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
    text: String,
}

impl Bench {
    async fn new() -> Bench {
        let kv = Kv::memory();
        let access = Access::open(kv.clone(), &Keys { server: [1; 32], boot: [2; 32] }).await.unwrap();
        let origin = "https://localhost:8443".to_owned();
        let usage = Usage { deleting: Deleting::IntoBin, group_members: false };
        let tenants = Tenants::open(kv.clone(), access, origin, Limits::default(), usage).await.unwrap();
        let facts = Facts {
            version: "0.1.0".into(),
            authority: Some(Authority { pem: "PEM".into(), fingerprint: "AB:CD".into() }),
            bin_days: 30,
            dev: true,
            hosts: vec!["localhost".into(), "127.0.0.1".into()],
        };
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let outbox = Outbox::new(Policy::default(), None, Vault::new(&[1; 32])).unwrap();
        Bench { kv, tenants: Arc::new(tenants), outbox, facts, now, drawn: 0, cookie: None }
    }

    /// One that is set up, and a browser that is signed in.
    async fn signed_in() -> Bench {
        let mut bench = Bench::new().await;
        let code = bench.local("POST", "/api/setup-code", "").await;
        let body = json!({ "setupCode": code.body["setupCode"], "passphrase": PHRASE });
        let got = bench.browser("POST", "/api/setup", &body.to_string()).await;
        assert_eq!(got.status, StatusCode::CREATED, "{}", got.text);
        bench
    }

    fn later(&mut self, minutes: i64) {
        self.now += SignedDuration::from_mins(minutes);
    }

    async fn send(&mut self, request: Request<Bytes>, origin: Origin) -> Got {
        self.drawn += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.drawn.to_le_bytes());
        let moment = Moment { now: self.now, id: Uuid::from_u128(self.drawn.into()), seed };
        let house = House { tenants: &self.tenants, kv: &self.kv, outbox: &self.outbox, facts: &self.facts };
        let response = answer(&house, &request, origin, moment).await;
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.to_vec()).unwrap();
        if let Some(cookie) = parts.headers.get("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Got { status: parts.status, headers: parts.headers, body, text }
    }

    /// What our own page sends, with the cookie it was given.
    fn page_request(&self, method: &str, path: &str, body: &str) -> Request<Bytes> {
        let mut request = Request::builder().method(method).uri(path).header("host", "localhost:8444");
        if method != "GET" {
            request = request
                .header("content-type", "application/json")
                .header("x-rollcall-request", "1")
                .header("sec-fetch-site", "same-origin");
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    async fn browser(&mut self, method: &str, path: &str, body: &str) -> Got {
        let request = self.page_request(method, path, body);
        self.send(request, Origin::Browser).await
    }

    async fn local(&mut self, method: &str, path: &str, body: &str) -> Got {
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        self.send(request, Origin::Local).await
    }

    async fn account(&mut self, name: &str) -> Value {
        let body = json!({ "name": name, "permissions": { "kind": "full" } });
        let got = self.browser("POST", "/api/accounts", &body.to_string()).await;
        assert_eq!(got.status, StatusCode::CREATED, "{}", got.text);
        got.body
    }
}

fn code(got: &Got) -> (u16, &str) {
    (got.status.as_u16(), got.body["error"]["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_fresh_appliance_is_set_up_once_and_signed_in_to() {
    let mut bench = Bench::new().await;
    let got = bench.browser("GET", "/api/session", "").await;
    assert_eq!(got.body, json!({ "state": "setup", "version": "0.1.0" }));
    let issued = bench.local("POST", "/api/setup-code", "").await;
    assert_eq!(issued.status, StatusCode::CREATED);
    assert_eq!(issued.body["expiresAt"], "2026-11-24T12:00:00Z");
    let set_up = json!({ "setupCode": issued.body["setupCode"], "passphrase": PHRASE }).to_string();

    let short = json!({ "setupCode": issued.body["setupCode"], "passphrase": "too short" }).to_string();
    let got = bench.browser("POST", "/api/setup", &short).await;
    assert_eq!((code(&got), &got.body["error"]["field"]), ((400, "badPassphrase"), &json!("passphrase")));

    let got = bench.browser("POST", "/api/setup", &set_up).await;
    assert_eq!((got.status, &got.body), (StatusCode::CREATED, &json!({ "state": "signedIn" })));
    let cookie = got.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-rollcall="), "{cookie}");
    for word in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
    assert_eq!(bench.browser("GET", "/api/session", "").await.body["state"], "signedIn");

    let got = bench.browser("POST", "/api/setup", &set_up).await;
    assert_eq!(code(&got), (403, "wrongSetupCode"));
}

#[tokio::test]
async fn an_expired_setup_code_is_refused() {
    let mut bench = Bench::new().await;
    let issued = bench.local("POST", "/api/setup-code", "").await;
    bench.later(24 * 60);
    let body = json!({ "setupCode": issued.body["setupCode"], "passphrase": PHRASE });
    let got = bench.browser("POST", "/api/setup", &body.to_string()).await;
    assert_eq!(code(&got), (403, "wrongSetupCode"));
}

#[tokio::test]
async fn a_setup_code_is_only_given_on_the_machine_itself() {
    let mut bench = Bench::signed_in().await;
    assert_eq!(code(&bench.browser("POST", "/api/setup-code", "").await), (403, "machineOnly"));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_the_passphrase_opens_another() {
    let mut bench = Bench::signed_in().await;
    let old = bench.cookie.clone();
    let got = bench.browser("DELETE", "/api/session", "").await;
    assert_eq!(got.status, StatusCode::NO_CONTENT);
    assert!(got.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    bench.cookie.clone_from(&old);
    assert_eq!(code(&bench.browser("GET", "/api/accounts", "").await), (401, "signedOut"));
    assert_eq!(bench.browser("GET", "/api/session", "").await.body["state"], "signedOut");
    let got = bench.browser("POST", "/api/session", r#"{"passphrase":"not this one"}"#).await;
    assert_eq!(code(&got), (401, "wrongPassphrase"));
    let got = bench.browser("POST", "/api/session", &json!({ "passphrase": PHRASE }).to_string()).await;
    assert_eq!(got.status, StatusCode::CREATED);
    assert_ne!(bench.cookie, old, "a new session has a new id");
    assert_eq!(bench.browser("GET", "/api/accounts", "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_idle_session_has_to_sign_in_again() {
    let mut bench = Bench::signed_in().await;
    bench.later(14);
    assert_eq!(bench.browser("GET", "/api/accounts", "").await.status, StatusCode::OK);
    bench.later(16);
    assert_eq!(code(&bench.browser("GET", "/api/accounts", "").await), (401, "signedOut"));
}

#[tokio::test]
async fn guessing_the_passphrase_is_told_when_to_come_again() {
    let mut bench = Bench::signed_in().await;
    for _ in 0..5 {
        bench.browser("POST", "/api/session", r#"{"passphrase":"guess"}"#).await;
    }
    let got = bench.browser("POST", "/api/session", &json!({ "passphrase": PHRASE }).to_string()).await;
    assert_eq!(code(&got), (429, "wait"));
    assert_eq!(got.headers["retry-after"], "1");
    // the machine itself is not slowed down
    assert_eq!(bench.local("POST", "/api/setup-code", "").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn without_a_session_nothing_but_the_session_itself_can_be_asked_for() {
    let mut bench = Bench::signed_in().await;
    bench.cookie = Some("__Host-rollcall=".to_owned() + &"0".repeat(64));
    let id = Uuid::from_u128(1);
    for (method, path) in [
        ("GET", "/api/status".to_owned()),
        ("GET", "/api/ca.pem".to_owned()),
        ("GET", "/api/accounts".to_owned()),
        ("POST", "/api/accounts".to_owned()),
        ("GET", format!("/api/accounts/{id}")),
        ("PATCH", format!("/api/accounts/{id}")),
        ("DELETE", format!("/api/accounts/{id}")),
        ("GET", format!("/api/accounts/{id}/activity")),
        ("POST", format!("/api/accounts/{id}/tokens")),
        ("DELETE", format!("/api/accounts/{id}/tokens/000000000000")),
        ("GET", "/api/users".to_owned()),
        ("GET", format!("/api/users/{id}")),
        ("GET", "/api/groups".to_owned()),
        ("GET", format!("/api/groups/{id}")),
        ("GET", format!("/api/groups/{id}/members")),
        ("GET", "/api/audit".to_owned()),
        ("POST", "/api/doctor".to_owned()),
    ] {
        assert_eq!(code(&bench.browser(method, &path, "").await), (401, "signedOut"), "{method} {path}");
    }
}

#[tokio::test]
async fn a_request_of_another_site_is_refused_although_it_has_the_cookie() {
    let mut bench = Bench::signed_in().await;
    let body = json!({ "name": "evil", "permissions": { "kind": "full" } }).to_string();
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "none"),
        ("x-rollcall-request", "yes"),
        ("origin", "https://evil.example"),
    ] {
        let mut request = bench.page_request("POST", "/api/accounts", &body);
        request.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(
            code(&bench.send(request, Origin::Browser).await),
            (403, "foreignOrigin"),
            "{name}: {value}"
        );
    }
    for name in ["sec-fetch-site", "x-rollcall-request"] {
        let mut request = bench.page_request("POST", "/api/accounts", &body);
        request.headers_mut().remove(name);
        assert_eq!(
            code(&bench.send(request, Origin::Browser).await),
            (403, "foreignOrigin"),
            "without {name}"
        );
    }
    let mut form = bench.page_request("POST", "/api/accounts", &body);
    form.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(code(&bench.send(form, Origin::Browser).await), (415, "notJson"));
    let mut rebound = bench.page_request("GET", "/api/accounts", "");
    rebound.headers_mut().insert("host", "evil.example:8444".parse().unwrap());
    assert_eq!(code(&bench.send(rebound, Origin::Browser).await), (421, "wrongHost"));
    assert_eq!(bench.browser("GET", "/api/accounts", "").await.body, json!({ "accounts": [] }));
}

#[tokio::test]
async fn a_token_is_shown_once_and_revoked_at_once() {
    let mut bench = Bench::signed_in().await;
    let account = bench.account("Entra").await;
    let path = format!("/api/accounts/{}", account["id"].as_str().unwrap());
    let got = bench.browser("POST", &format!("{path}/tokens"), "{}").await;
    assert_eq!(got.status, StatusCode::CREATED, "{}", got.text);
    assert_eq!(got.headers["cache-control"], "no-store");
    let secret = got.body["secret"].as_str().unwrap().to_owned();
    let token = got.body["token"]["id"].as_str().unwrap().to_owned();
    assert!(bench.tenants.default().access.verifier().verify(&secret, bench.now).await.is_ok());

    for path in ["/api/accounts", &path, &format!("{path}/activity"), "/api/audit"] {
        let text = bench.browser("GET", path, "").await.text;
        assert!(!text.contains(&secret[16..59]), "{path} shows the secret");
        assert!(!text.contains("argon2"), "{path} shows the hash");
    }
    let shown = bench.browser("GET", &path, "").await.body["tokens"][0].clone();
    assert_eq!(
        shown,
        json!({
            "id": token, "prefix": format!("{}…", &secret[..12]),
            "createdAt": "2026-11-23T12:00:00Z", "lastUsedAt": null,
        })
    );
    let second = bench.browser("POST", &format!("{path}/tokens"), "").await;
    assert_eq!(second.status, StatusCode::CREATED);
    let third = bench.browser("POST", &format!("{path}/tokens"), "").await;
    assert_eq!(code(&third), (409, "twoTokens"));

    let got = bench.browser("DELETE", &format!("{path}/tokens/{token}"), "").await;
    assert_eq!((got.status, got.text.as_str()), (StatusCode::NO_CONTENT, ""));
    assert!(bench.tenants.default().access.verifier().verify(&secret, bench.now).await.is_err());
    let again = bench.browser("DELETE", &format!("{path}/tokens/{token}"), "").await;
    assert_eq!(code(&again), (404, "notFound"));
}

#[tokio::test]
async fn an_account_is_created_changed_and_deleted_with_clear_refusals() {
    let mut bench = Bench::signed_in().await;
    let body = json!({
        "name": " Entra ", "description": "prod", "dialect": "strict",
        "permissions": { "kind": "scoped", "scopes": ["teams:write", "users:read"] },
    });
    let got = bench.browser("POST", "/api/accounts", &body.to_string()).await;
    let id = got.body["id"].as_str().unwrap().to_owned();
    assert_eq!(
        got.body,
        json!({
            "id": id, "name": "Entra", "description": "prod", "dialect": "strict",
            "permissions": { "kind": "scoped", "scopes": ["users:read", "teams:write"] },
            "deviations": {}, "rules": {}, "user": null, "suggestion": null,
            "createdAt": "2026-11-23T12:00:00Z", "lastUsedAt": null, "tokens": [],
        })
    );
    let path = format!("/api/accounts/{id}");
    for (body, expected) in [
        (r#"{"name":"ENTRA","permissions":{"kind":"full"}}"#, (409, "nameTaken")),
        (r#"{"name":"","permissions":{"kind":"full"}}"#, (400, "badField")),
        (r#"{"name":"x"}"#, (400, "badBody")),
        (r#"{"name":"x","permissions":{"kind":"full","scopes":["users:read"]}}"#, (400, "badBody")),
        (r#"{"name":"x","permissions":{"kind":"scoped","scopes":["users:admin"]}}"#, (400, "badBody")),
        (r#"{"name":"x","permissions":{"kind":"full"},"tokens":[]}"#, (400, "badBody")),
        ("{", (400, "badBody")),
    ] {
        let got = bench.browser("POST", "/api/accounts", body).await;
        assert_eq!(code(&got), expected, "{body}");
        assert!(!got.body["error"]["message"].as_str().unwrap().is_empty());
    }
    let got = bench.browser("PATCH", &path, r#"{"permissions":{"kind":"full"}}"#).await;
    assert_eq!(
        (&got.body["permissions"], &got.body["description"]),
        (&json!({ "kind": "full" }), &json!("prod"))
    );
    assert_eq!(bench.browser("DELETE", &path, "").await.status, StatusCode::NO_CONTENT);
    for method in ["GET", "DELETE"] {
        assert_eq!(code(&bench.browser(method, &path, "").await), (404, "notFound"));
    }
    let got = bench.browser("PUT", &path, "{}").await;
    assert_eq!(
        (code(&got), &got.headers["allow"]),
        ((405, "method"), &"GET, PATCH, DELETE".parse().unwrap())
    );
}

#[tokio::test]
async fn the_command_line_needs_no_session_and_is_named_in_the_audit_trail() {
    let mut bench = Bench::new().await;
    let body = json!({ "name": "cli", "permissions": { "kind": "full" } }).to_string();
    assert_eq!(bench.local("POST", "/api/accounts", &body).await.status, StatusCode::CREATED);
    assert_eq!(bench.local("GET", "/api/accounts", "").await.body["accounts"][0]["name"], "cli");
    let first = bench.local("GET", "/api/audit?count=1", "").await.body;
    assert_eq!(first["records"][0]["actor"], "local");
    assert_eq!(first["records"][0]["action"], "account.created");
    assert_eq!(first.get("nextCursor"), None);
    bench.local("POST", "/api/setup-code", "").await;
    let newest = bench.local("GET", "/api/audit?count=1", "").await.body;
    assert_eq!(newest["records"][0]["action"], "setupCode.issued");
    let path = format!("/api/audit?count=1&cursor={}", newest["nextCursor"].as_str().unwrap());
    assert_eq!(bench.local("GET", &path, "").await.body, first);
    assert_eq!(code(&bench.local("GET", "/api/audit?cursor=x", "").await), (400, "badCursor"));
}

#[tokio::test]
async fn a_rejected_request_shows_on_the_page_of_an_account_that_waits() {
    let mut bench = Bench::signed_in().await;
    let account = bench.account("Entra").await;
    let id = account["id"].as_str().unwrap();
    let (method, path) = ("GET".into(), "/scim/v2/Users".into());
    let note = ::access::RequestNote { at: bench.now, method, path, status: 401, detail: "mistyped".into() };
    bench.tenants.default().access.reject("rc_cut", note);
    let got = bench.browser("GET", &format!("/api/accounts/{id}/activity"), "").await;
    assert_eq!(got.body["requests"][0]["status"], 401, "{}", got.text);
    assert_eq!(got.body["requests"][0]["detail"], "mistyped");
    assert_eq!(got.body["firstRequestAt"], Value::Null, "nothing was accepted yet");
}

#[tokio::test]
async fn the_first_request_of_an_account_shows_in_its_activity() {
    let mut bench = Bench::signed_in().await;
    let account = bench.account("Entra").await;
    let id: ::access::AccountId = account["id"].as_str().unwrap().parse().unwrap();
    let path = format!("/api/accounts/{id}/activity");
    let got = bench.browser("GET", &path, "").await;
    assert_eq!(
        got.body,
        json!({
            "firstRequestAt": null, "lastRequestAt": null, "testConnectionAt": null,
            "requests": [], "tolerated": [],
        })
    );
    let activity = bench.tenants.default().access.activity();
    let note = ::access::RequestNote {
        at: bench.now,
        method: "GET".into(),
        path: "/scim/v2/Users".into(),
        status: 200,
        detail: String::new(),
    };
    activity.record(id, "000000000000".parse().unwrap(), note);
    let used = access::Use { name: "booleanText", example: "PATCH /Users/1", piece: "active" };
    activity.tolerated(id, used, bench.now);
    activity.test_connection(id, bench.now);
    let noon = "2026-11-23T12:00:00Z";
    let got = bench.browser("GET", &path, "").await;
    assert_eq!(
        got.body,
        json!({
            "firstRequestAt": noon, "lastRequestAt": noon, "testConnectionAt": noon,
            "requests": [{ "at": noon, "method": "GET", "path": "/scim/v2/Users", "status": 200, "detail": null }],
            "tolerated": [{
                "name": "booleanText", "count": 1, "firstAt": noon, "lastAt": noon, "example": "PATCH /Users/1"
            }],
        })
    );
}

#[tokio::test]
async fn what_was_bent_for_a_client_is_told_in_plain_words() {
    let mut bench = Bench::signed_in().await;
    let made =
        bench.browser("POST", "/api/accounts", r#"{"name":"IdP","permissions":{"kind":"full"}}"#).await;
    assert_eq!((&made.body["dialect"], &made.body["suggestion"]), (&json!("tolerant"), &Value::Null));
    let id: access::AccountId = made.body["id"].as_str().unwrap().parse().unwrap();
    let used = access::Use { name: "opCase", example: "PATCH /scim/v2/Users/1", piece: "op \"Replace\"" };
    bench.tenants.default().access.activity().tolerated(id, used, bench.now);
    bench.tenants.default().access.activity().sign(id, "entraFlag");
    let got = bench.browser("GET", &format!("/api/accounts/{id}/bends"), "").await;
    let bend = &got.body["bends"][0];
    assert_eq!((&bend["name"], &bend["section"]), (&json!("opCase"), &json!("RFC 7644 section 3.5.2")));
    assert_eq!(
        bend["example"],
        json!({ "method": "PATCH", "path": "/scim/v2/Users/1", "piece": "op \"Replace\"" })
    );
    assert_eq!(got.body["suggestion"]["dialect"], "entra");
    let shown = bench.browser("GET", &format!("/api/accounts/{id}"), "").await;
    assert_eq!(shown.body["suggestion"]["dialect"], "entra", "and nothing has switched: {}", shown.body);
    assert_eq!(shown.body["dialect"], "tolerant");
}

#[tokio::test]
async fn a_dialect_or_switch_that_means_nothing_is_refused_by_name() {
    let mut bench = Bench::signed_in().await;
    for (body, field) in [
        (r#"{"name":"a","permissions":{"kind":"full"},"dialect":"Entra"}"#, "dialect"),
        (r#"{"name":"a","permissions":{"kind":"full"},"deviations":{"opcase":true}}"#, "deviations"),
        (r#"{"name":"a","permissions":{"kind":"full"},"rules":{"opCase":true}}"#, "rules"),
    ] {
        let got = bench.browser("POST", "/api/accounts", body).await;
        assert_eq!(
            (got.status, &got.body["error"]["field"]),
            (StatusCode::BAD_REQUEST, &json!(field)),
            "{body}"
        );
    }
    let body = r#"{"name":"a","permissions":{"kind":"full"},"dialect":"okta","deviations":{"softPut":true}}"#;
    let made = bench.browser("POST", "/api/accounts", body).await;
    assert_eq!(made.body["deviations"], json!({ "softPut": true }));
    let path = format!("/api/accounts/{}", made.body["id"].as_str().unwrap());
    let changed = bench.browser("PATCH", &path, r#"{"dialect":"interop"}"#).await;
    assert_eq!(
        (&changed.body["dialect"], &changed.body["deviations"]),
        (&json!("interop"), &json!({ "softPut": true }))
    );
}

#[tokio::test]
async fn guards_are_read_changed_and_noted_in_the_trail() {
    let mut bench = Bench::signed_in().await;
    let usual = bench.browser("GET", "/api/guards", "").await.body;
    assert_eq!(
        usual,
        json!({
            "usersPerHour": { "least": 50, "percent": 10 }, "groupsPerHour": { "least": 50, "percent": 10 },
            "membersAtOnce": 50, "spareMinutes": 60,
        })
    );
    let limits = r#"{"usersPerHour":{"least":1,"percent":0},"groupsPerHour":null,"membersAtOnce":null,"spareMinutes":0}"#;
    assert_eq!(bench.browser("PUT", "/api/guards", limits).await.status, StatusCode::OK);
    assert_eq!(bench.browser("GET", "/api/guards", "").await.body["groupsPerHour"], Value::Null);
    let wrong = limits.replace("\"percent\":0", "\"percent\":101");
    assert_eq!(code(&bench.browser("PUT", "/api/guards", &wrong).await), (400, "badField"));
    let trail = bench.browser("GET", "/api/audit", "").await;
    assert_eq!(trail.body["records"][0]["action"], "guards.changed");
    assert_eq!(bench.browser("GET", "/api/held", "").await.body, json!({ "held": [] }));
    let nobody = "/api/held/0190163d-8694-739b-aea5-966c26f8ad91";
    assert_eq!(code(&bench.browser("POST", &format!("{nobody}/allow"), "{}").await), (404, "notFound"));
    assert_eq!(code(&bench.browser("DELETE", nobody, "").await), (404, "notFound"));
    let nobody = "/api/users/0190163d-8694-739b-aea5-966c26f8ad91/protection";
    assert_eq!(code(&bench.browser("PUT", nobody, "").await), (404, "notFound"));
}

#[tokio::test]
async fn an_empty_directory_is_listed_and_found_healthy() {
    let mut bench = Bench::signed_in().await;
    let got = bench.browser("GET", "/api/users?search=bj&count=10", "").await;
    assert_eq!(got.body, json!({ "users": [], "total": 0 }), "{}", got.text);
    assert_eq!(bench.browser("GET", "/api/groups", "").await.body, json!({ "groups": [], "total": 0 }));
    let id = Uuid::from_u128(5);
    for path in [format!("/api/users/{id}"), format!("/api/groups/{id}"), format!("/api/groups/{id}/members")]
    {
        assert_eq!(code(&bench.browser("GET", &path, "").await), (404, "notFound"), "{path}");
    }
    let got = bench.browser("POST", "/api/doctor", "{}").await;
    assert_eq!(got.body["healthy"], true, "{}", got.text);
    let got = bench.browser("GET", "/api/status", "").await;
    assert_eq!(
        got.body,
        json!({
            "version": "0.1.0", "tenantUrl": "https://localhost:8443/scim/v2", "users": 0, "groups": 0,
            "caFingerprint": "AB:CD", "dev": true,
        })
    );
    let got = bench.browser("GET", "/api/ca.pem", "").await;
    assert_eq!(
        (got.text.as_str(), &got.headers["content-type"]),
        ("PEM", &"application/x-pem-file".parse().unwrap())
    );
}

#[tokio::test]
async fn whoever_is_not_signed_in_learns_of_no_tenant() {
    let mut bench = Bench::signed_in().await;
    let made = bench.local("POST", "/api/tenants", r#"{"slug":"acme"}"#).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(made.body["tenantUrl"], "https://localhost:8443/t/acme/scim/v2");
    assert_eq!(bench.browser("GET", "/api/t/acme/accounts", "").await.status, StatusCode::OK);
    assert_eq!(bench.browser("GET", "/api/t/globex/accounts", "").await.status, StatusCode::NOT_FOUND);
    let house = bench.browser("GET", "/api/t/acme/session", "").await;
    assert!(house.status == StatusCode::NOT_FOUND && house.text.contains("whole server"), "{}", house.text);
    bench.cookie = None;
    let known = bench.browser("GET", "/api/t/acme/accounts", "").await;
    let unknown = bench.browser("GET", "/api/t/globex/accounts", "").await;
    assert_eq!((known.status, &known.text), (StatusCode::UNAUTHORIZED, &unknown.text));
}

#[tokio::test]
async fn a_deleted_tenant_is_not_found_at_once_and_held_until_its_last_request_ends() {
    let bench = Bench::new().await;
    let draft = ::access::TenantDraft {
        slug: "acme".into(),
        name: String::new(),
        limits: ::access::TenantLimits::default(),
    };
    let (tenants, actor) = (&bench.tenants, ::access::Actor::Local);
    let slug = tenants.create(draft, actor, bench.now).await.unwrap().slug;
    let request = tenants.named("acme").unwrap();
    assert!(tenants.is_held(&slug));
    assert!(tenants.end(slug.clone(), actor, bench.now).await.unwrap());
    assert!(tenants.named("acme").is_none() && tenants.is_held(&slug));
    drop(request);
    assert!(!tenants.is_held(&slug));
    assert!(!tenants.end(slug, actor, bench.now).await.unwrap());
}
