//! Numbers 86 to 103: HTTP, media types and authentication (RFC 7644 sections 2, 3.8, 3.12 and 7).

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Barrier};

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::server::Server;
use crate::values::{ERROR, GROUP, NOBODY, USER};
use crate::wire::Wire;

/// One account with a token, made over the admin socket.
fn token(server: &Server, name: &str, permissions: &Value) -> String {
    let account = json!({"name": name, "permissions": permissions});
    let account = server.local().call("POST", "/api/accounts", Some(&account)).json();
    let tokens = format!("/api/accounts/{}/tokens", account["id"].as_str().unwrap());
    server.local().call("POST", &tokens, None).json()["secret"].as_str().unwrap().to_owned()
}

/// The answers to a `GET` of `path` by each of the tokens, all sent in one moment over connections that stand.
fn at_once(server: &Arc<Server>, path: &str, secrets: &[String]) -> Vec<Answer> {
    let start = Arc::new(Barrier::new(secrets.len()));
    let senders: Vec<_> = secrets
        .iter()
        .map(|secret| {
            let request =
                format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}\r\n\r\n");
            let (server, start) = (Arc::clone(server), Arc::clone(&start));
            std::thread::spawn(move || {
                let mut wire = Wire::connect(&server, rustls::ALL_VERSIONS, &[], &[b"http/1.1"]).unwrap();
                start.wait();
                wire.exchange(request.as_bytes())
            })
        })
        .collect();
    senders.into_iter().map(|sender| sender.join().unwrap()).collect()
}

#[test]
fn c086_json_is_utf_8_and_other_bytes_are_refused() {
    let server = Server::start();
    let scim = server.client();
    let made = scim.create_user(&json!({"schemas": [USER], "userName": "Zoë 李"}));
    assert_eq!(made["userName"], "Zoë 李");
    let mut body = br#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"x"#.to_vec();
    body.extend_from_slice(b"\xff\"}");
    let headers = [("content-type", "application/scim+json")];
    scim.send("POST", "/Users", &headers, Some(&body)).error(400, "invalidSyntax");
}

#[test]
fn c087_accept_of_either_json_is_honoured() {
    let server = Server::start();
    let scim = server.client();
    for accept in
        ["application/scim+json", "application/json", "application/scim+json, application/json;q=0.5", "*/*"]
    {
        scim.send("GET", "/Users", &[("accept", accept)], None).list();
    }
}

#[test]
fn c088_every_body_is_scim_json_errors_too() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("anna");
    for (path, status) in [
        (format!("/Users/{id}"), 200),
        ("/Users".to_owned(), 200),
        ("/Schemas".to_owned(), 200),
        (format!("/Users/{NOBODY}"), 404),
        ("/Nothing".to_owned(), 404),
    ] {
        let answer = scim.get(&path).expect(status);
        let media_type = answer.header("content-type").unwrap();
        assert!(media_type.starts_with("application/scim+json"), "{path}: {media_type}");
    }
}

#[test]
fn c089_a_body_of_another_media_type_is_415() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({"schemas": [USER], "userName": "x"}).to_string();
    for media_type in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
        scim.send("POST", "/Users", &[("content-type", media_type)], Some(body.as_bytes())).expect(415);
    }
    assert_eq!(scim.total("/Users"), 0);
}

#[test]
fn c090_401_names_the_scheme() {
    let server = Server::start();
    for client in [
        server.stranger(),
        server.client_with("rc_nonsense"),
        server.stranger().with_authorization("Basic eDp5"),
    ] {
        let refused = client.get("/Users").expect(401);
        assert!(refused.header("www-authenticate").unwrap().starts_with("Bearer"), "{}", refused.story());
    }
}

#[test]
fn c091_each_client_may_do_what_its_account_says_and_no_more() {
    let server = Server::start();
    let reader = token(&server, "reader", &json!({"kind": "scoped", "scopes": ["users:read"]}));
    let reader = server.client_with(&reader);
    reader.get("/Users").list();
    for refused in [
        reader.post("/Users", &json!({"schemas": [USER], "userName": "x"})),
        reader.get("/Groups"),
        reader.post("/Groups", &json!({"schemas": [GROUP], "displayName": "x"})),
        reader.delete(&format!("/Users/{NOBODY}")),
    ] {
        let body = refused.expect(403).json();
        assert_eq!((&body["schemas"], &body["status"]), (&json!([ERROR]), &json!("403")));
        assert!(body["detail"].as_str().unwrap().contains("reader"), "{body}");
    }
}

#[test]
fn c092_tokens_are_long_and_end_when_they_are_to() {
    let server = Server::start();
    let (one, two) = (server.ready.secret_token.clone(), token(&server, "other", &json!({"kind": "full"})));
    for secret in [&one, &two] {
        let random = secret.rsplit('_').next().unwrap();
        // 43 letters of 62 are 256 bits; 6 are the checksum
        assert!(random.len() >= 49 && random.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{secret}");
    }
    assert_ne!(one, two);
    let account = json!({"name": "short", "permissions": {"kind": "full"}});
    let account = server.local().call("POST", "/api/accounts", Some(&account)).json();
    let tokens = format!("/api/accounts/{}/tokens", account["id"].as_str().unwrap());
    let past = server.local().call("POST", &tokens, Some(&json!({"expiresAt": "2020-01-01T00:00:00Z"})));
    assert_eq!((past.status, &past.json()["error"]["field"]), (400, &json!("expiresAt")));
    let end = "2099-01-31T00:00:00Z";
    let made = server.local().call("POST", &tokens, Some(&json!({"expiresAt": end}))).json();
    assert_eq!(made["token"]["expiresAt"], end);
    server.client_with(made["secret"].as_str().unwrap()).get("/Users").expect(200);
}

#[test]
fn c093_tls_1_2_is_spoken_and_plain_http_is_not() {
    let server = Server::start();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let mut wire = Wire::connect(&server, &[version], &[], &[b"http/1.1"]).unwrap();
        wire.request("GET /scim/v2/Users HTTP/1.1", "\r\n").list();
    }
    let mut plain = TcpStream::connect(("localhost", server.port())).unwrap();
    let request = format!(
        "GET /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        server.ready.secret_token
    );
    plain.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    plain.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("HTTPS only"), "{answer}");
}

#[test]
fn c094_an_unknown_endpoint_is_404_and_a_wrong_method_405_with_allow() {
    let server = Server::start();
    let scim = server.client();
    for path in ["/Nothing", "/Users/a/b", "/Userss"] {
        scim.get(path).expect(404);
    }
    let id = scim.user("anna");
    for (method, path, allowed) in [
        ("DELETE", "/Users".to_owned(), "POST"),
        ("POST", format!("/Users/{id}"), "PATCH"),
        ("PUT", "/Schemas".to_owned(), "GET"),
    ] {
        let refused = scim.send(method, &path, &[], None).expect(405);
        let allow = refused.header("allow").unwrap().to_owned();
        let mut methods = allow.split(", ");
        assert!(methods.clone().any(|known| known == allowed), "{path}: {allow}");
        assert!(methods.all(|known| known != method), "{path}: {allow}");
    }
}

#[test]
fn c095_the_base_has_no_query_and_a_wrong_version_is_refused() {
    let server = Server::start();
    let scim = server.client();
    scim.user("anna");
    assert!(!server.ready.tenant_url.contains('?'));
    let root = server.ready.tenant_url.trim_end_matches("/scim/v2").to_owned();
    let at = |path: &str| scim.send_to(&format!("{root}{path}"), "GET", &[], None);
    for version in ["v1", "v3", "v1.1", "v20"] {
        let detail = at(&format!("/scim/{version}/Users")).error(400, "invalidVers");
        assert!(detail.contains(version) && detail.contains(&server.ready.tenant_url), "{detail}");
    }
    let found = at("/scim/Users").list();
    let location = found[0]["meta"]["location"].as_str().unwrap();
    assert!(location.starts_with(&server.ready.tenant_url), "{location}");
}

#[test]
fn c096_unknown_query_parameters_are_ignored() {
    let server = Server::start();
    let scim = server.client();
    scim.user("anna");
    for query in ["aadOptscim062020", "x=1&filter=userName+eq+%22anna%22", "foo=bar&&baz", "%C3%A4=1"] {
        assert_eq!(scim.get(&format!("/Users?{query}")).list().len(), 1, "{query}");
    }
}

#[test]
fn c097_an_error_has_schemas_status_as_text_and_a_detail() {
    let server = Server::start();
    let scim = server.client();
    scim.user("anna");
    let taken = json!({"schemas": [USER], "userName": "ANNA"});
    for (answer, status, scim_type) in [
        (scim.get(&format!("/Users/{NOBODY}")), 404, Value::Null),
        (scim.get("/Users?filter=nonsense"), 400, json!("invalidFilter")),
        (scim.post("/Users", &taken), 409, json!("uniqueness")),
        (scim.text("POST", "/Users", "{"), 400, json!("invalidSyntax")),
        (server.stranger().get("/Users"), 401, Value::Null),
    ] {
        let body = answer.expect(status).json();
        assert_eq!(body["schemas"], json!([ERROR]));
        assert_eq!(body["status"], status.to_string());
        assert_eq!(body["scimType"], scim_type, "{body}");
        assert!(!body["detail"].as_str().unwrap().is_empty());
        let known = ["schemas", "status", "scimType", "detail"];
        assert!(body.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())), "{body}");
    }
}

#[test]
fn c098_every_error_has_a_request_id_in_header_and_log_and_tells_nothing_internal() {
    let server = Server::start_logging();
    let scim = server.client();
    let mut ids = Vec::new();
    let mut refused = vec![
        scim.get(&format!("/Users/{NOBODY}")).expect(404),
        scim.get("/Users?filter=nonsense").expect(400),
        scim.get("/Nothing").expect(404),
        scim.send("DELETE", "/Users", &[], None).expect(405),
        server.stranger().get("/Users").expect(401),
        server.wire().exchange(b"NOT HTTP AT ALL\r\n\r\n").expect(400),
        server.wire().request("POST /scim/v2/Users HTTP/1.1", "Content-Length: 99999999\r\n\r\n").expect(413),
    ];
    refused.push(scim.get("/Users").expect(200));
    for answer in refused {
        let id =
            answer.header("x-request-id").unwrap_or_else(|| panic!("no id\n{}", answer.story())).to_owned();
        let text = String::from_utf8_lossy(&answer.body).to_lowercase();
        for internal in ["src/", ".rs:", "panicked", "sled", "/tmp/", "backtrace"] {
            assert!(!text.contains(internal), "{text}");
        }
        assert!(!ids.contains(&id), "{id} names two requests");
        ids.push(id);
    }
    let log = server.log();
    ids.pop();
    for id in ids {
        assert!(
            log.lines().any(|line| line.ends_with(&format!("request={id}"))),
            "{id} is not in the log\n{log}"
        );
    }
}

#[test]
fn c099_a_body_over_the_limit_is_413_and_names_the_limit() {
    let server = Server::start();
    let scim = server.client();
    let body = json!({"schemas": [USER], "userName": "x", "title": "y".repeat(40 << 20)}).to_string();
    let head = format!(
        "Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{}",
        body.len(),
        &body[..100_000]
    );
    let refused = server.wire().request("POST /scim/v2/Users HTTP/1.1", &head).expect(413);
    assert!(refused.json()["detail"].as_str().unwrap().contains("MiB"), "{}", refused.story());
    assert_eq!(scim.total("/Users"), 0);
}

#[test]
fn c100_too_many_requests_of_a_token_are_429_with_the_time_to_wait() {
    let server = Arc::new(Server::start());
    let tenant = server.local().tenant("limited", &json!({"tokenRequestsPerSecond": 25}));
    let client = server.client_with(&tenant.secret).with_base(&tenant.url);
    client.get("/Users").expect(200);
    // 25 go at once, 50 more wait up to two seconds for their turn
    let answers = at_once(&server, "/t/limited/scim/v2/Users?count=0", &vec![tenant.secret; 110]);
    let (refused, let_in): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status != 200);
    assert!(let_in.len() >= 70, "only {} were let in", let_in.len());
    assert!(!refused.is_empty(), "nobody was told to wait");
    for answer in refused {
        let answer = answer.expect(429);
        let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=5).contains(&seconds), "{}", answer.story());
        assert!(
            answer.json()["detail"].as_str().unwrap().contains("25 requests a second"),
            "{}",
            answer.story()
        );
    }
    // what was told is kept to, and others were never in the way
    server.client().get("/Users").expect(200);
    client.get("/Users").expect(200);
}

#[test]
fn c100_an_overloaded_server_answers_503_with_the_time_to_wait() {
    let server = Arc::new(Server::start());
    // each token is proven by a slow hash the first time, and only so many may wait for that
    let secrets: Vec<_> =
        (0..40).map(|number| token(&server, &format!("a{number}"), &json!({"kind": "full"}))).collect();
    let answers = at_once(&server, "/scim/v2/Users", &secrets);
    let mut refused = 0;
    for (answer, secret) in answers.into_iter().zip(&secrets) {
        if answer.status != 200 {
            let answer = answer.expect(503);
            assert_eq!(answer.header("retry-after"), Some("1"), "{}", answer.story());
            refused += 1;
            let client = server.client_with(secret);
            assert!((0..100).any(|_| client.get("/Users").status == 200), "it stays refused");
        }
    }
    assert!(refused > 0, "forty slow checks at once overloaded nothing");
}

#[test]
fn c101_a_member_given_twice_is_refused() {
    let server = Server::start();
    let scim = server.client();
    for body in [
        format!(r#"{{"schemas":["{USER}"],"userName":"a","userName":"b"}}"#),
        format!(r#"{{"schemas":["{USER}"],"userName":"a","name":{{"givenName":"x","givenName":"y"}}}}"#),
    ] {
        scim.text("POST", "/Users", &body).error(400, "invalidSyntax");
    }
    assert_eq!(scim.total("/Users"), 0);
}

#[test]
fn c102_depth_and_size_of_json_are_bounded() {
    let mut server = Server::start();
    let scim = server.client();
    let deep =
        format!(r#"{{"schemas":["{USER}"],"userName":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    scim.text("POST", "/Users", &deep).error(400, "invalidSyntax");
    let wide = format!(r#"{{"schemas":["{USER}"],"userName":"a","roles":[{}0]}}"#, "0,".repeat(2_000_000));
    scim.text("POST", "/Users", &wide).expect_one_of(&[400, 413]);
    assert!(server.lives());
    assert_eq!(scim.total("/Users"), 0);
}

#[test]
fn c103_nobody_gets_in_without_a_token_and_nobody_registers_himself() {
    let server = Server::start();
    let stranger = server.stranger();
    for (method, path) in
        [("GET", "/Users"), ("POST", "/Users"), ("GET", "/Groups"), ("GET", "/Me"), ("POST", "/Bulk")]
    {
        let status =
            stranger.text(method, path, &json!({"schemas": [USER], "userName": "me"}).to_string()).status;
        assert!(matches!(status, 401 | 404 | 501), "{method} {path}: {status}");
    }
    assert_eq!(server.client().total("/Users"), 0);
}
