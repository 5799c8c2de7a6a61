//! Errors of the outermost layers, on a bare socket: every one is a SCIM Error.

use std::io::Write;
use std::net::TcpStream;

use serde_json::json;

use crate::server::Server;
use crate::values::{NOBODY, USER};

#[test]
fn what_is_no_http_is_400_with_a_scim_body() {
    let mut server = Server::start();
    let scim = server.client();
    for bytes in [
        "NOT HTTP AT ALL\r\n\r\n".as_bytes(),
        b"GET /scim/v2/Users HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET /scim/v2/Users with spaces HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"G\x01T /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /scim/v2/Users HTTP/1.1\r\nbroken header\r\n\r\n",
        b"GET /scim/v2/Users HTTP/1.1\r\nHo st: localhost\r\n\r\n",
        b"GET /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
        b"POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n{}",
        b"POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
        b"\x00\x01\x02\x03\x04\x05\x06\x07\r\n\r\n",
    ] {
        server.wire().exchange(bytes).expect(400);
    }
    assert!(server.lives());
    assert_eq!(scim.total("/Users"), 0);
}

#[test]
fn a_broken_chunk_is_400_or_an_end_of_the_connection() {
    let mut server = Server::start();
    let scim = server.client();
    let mut wire = server.wire();
    let head = format!(
        "POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\n{}Content-Type: application/scim+json\r\n\
         Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n",
        wire.authorization()
    );
    wire.send(head.as_bytes()).unwrap();
    if let Ok(answer) = wire.answer("POST with a broken chunk") {
        answer.expect(400);
    }
    assert!(server.lives());
    assert_eq!(scim.total("/Users"), 0);
}

#[test]
fn a_body_cut_short_writes_nothing() {
    let mut server = Server::start();
    let scim = server.client();
    let body = json!({"schemas": [USER], "userName": "cut short"}).to_string();
    for sent in [0, 1, body.len() - 1] {
        let mut wire = server.wire();
        let head = format!(
            "POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\n{}Content-Type: application/scim+json\r\n\
             Content-Length: {}\r\n\r\n{}",
            wire.authorization(),
            body.len(),
            &body[..sent]
        );
        wire.send(head.as_bytes()).unwrap();
        drop(wire);
    }
    assert!(server.lives());
    assert_eq!(scim.total("/Users"), 0);
    scim.user("cut short");
}

#[test]
fn a_head_that_is_too_large_is_431_with_a_scim_body() {
    let mut server = Server::start();
    let id = server.client().user("head");
    let line = format!("GET /scim/v2/Users/{id} HTTP/1.1");
    let large = format!("X-Large: {}\r\n\r\n", "x".repeat(1_000_000));
    server.wire().request(&line, &large).expect(431);
    let many: Vec<String> = (0..5_000).map(|n| format!("X-{n}: x\r\n")).collect();
    server.wire().request(&line, &format!("{}\r\n", many.concat())).expect(431);
    let long = format!("GET /scim/v2/Users?x={} HTTP/1.1", "x".repeat(1_000_000));
    server.wire().request(&long, "\r\n").expect_one_of(&[414, 431]);
    // a token of Entra's size and a page of cookies are no trouble
    let usual = format!("X-Usual: {}\r\n\r\n", "x".repeat(8_000));
    server.wire().request(&line, &usual).expect(200);
    assert!(server.lives());
}

#[test]
fn a_method_that_is_not_there_is_405_with_allow() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("405");
    let rows: [(&str, String, &[&str]); 9] = [
        ("PUT", "/Users".to_owned(), &["GET", "POST"]),
        ("PATCH", "/Users".to_owned(), &["GET", "POST"]),
        ("DELETE", "/Users".to_owned(), &["GET", "POST"]),
        ("POST", format!("/Users/{id}"), &["GET", "PUT", "PATCH", "DELETE"]),
        ("DELETE", "/Groups".to_owned(), &["GET", "POST"]),
        ("POST", format!("/Groups/{NOBODY}"), &["GET", "PUT", "PATCH", "DELETE"]),
        ("POST", "/Schemas".to_owned(), &["GET"]),
        ("DELETE", "/ServiceProviderConfig".to_owned(), &["GET"]),
        ("PUT", "/ResourceTypes/User".to_owned(), &["GET"]),
    ];
    for (method, path, allowed) in rows {
        let body = if method == "DELETE" { None } else { Some(b"{}".as_slice()) };
        let headers = [("content-type", "application/scim+json")];
        let answer = scim.send(method, &path, &headers, body).expect(405);
        let allow = answer.header("allow").unwrap();
        for name in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let listed = allow.split(',').any(|word| word.trim() == name);
            assert_eq!(listed, allowed.contains(&name), "{method} {path}: {name} in {allow:?}");
        }
    }
    server.wire().request(&format!("BREW /scim/v2/Users/{id} HTTP/1.1"), "\r\n").expect_one_of(&[405, 501]);
    assert_eq!(scim.read_user(&id)["userName"], "405");
}

#[test]
fn an_unknown_route_is_404_with_a_scim_body() {
    let server = Server::start();
    let scim = server.client();
    let root = format!("https://localhost:{}", server.port());
    for path in
        ["/", "/favicon.ico", "/scimmy", "/scim/v2/Nothing", "/scim/v2/Users/a/b/c", "/scim/v2/../../etc"]
    {
        scim.send_to(&format!("{root}{path}"), "GET", &[], None).expect(404);
        scim.send_to(&format!("{root}{path}"), "DELETE", &[], None).expect_one_of(&[404, 405]);
    }
}

#[test]
fn plain_http_and_noise_on_the_tls_port_do_no_harm() {
    let mut server = Server::start();
    let noise: [&[u8]; 3] =
        [b"GET /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\n\r\n", &[0x16, 3, 1, 0xff, 0xff, 1], &[0; 4096]];
    for bytes in noise {
        let mut socket = TcpStream::connect(("localhost", server.port())).unwrap();
        socket.write_all(bytes).unwrap();
    }
    // a connection that says nothing holds up nobody
    let _silent = TcpStream::connect(("localhost", server.port())).unwrap();
    assert_eq!(server.client().total("/Users"), 0);
    assert!(server.lives());
}

#[test]
fn a_connection_serves_on_after_each_error_it_can() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("kept alive");
    let mut wire = server.wire();
    let json_of =
        |length: usize| format!("Content-Type: application/scim+json\r\nContent-Length: {length}\r\n\r\n");
    wire.request("GET /scim/v2/Nothing HTTP/1.1", "\r\n").expect(404);
    wire.request("POST /scim/v2/Users HTTP/1.1", &format!("{}{{", json_of(1))).expect(400);
    wire.request("DELETE /scim/v2/Users HTTP/1.1", "\r\n").expect(405);
    wire.request("GET /scim/v2/Users?filter=x HTTP/1.1", "\r\n").expect(400);
    let read = wire.request(&format!("GET /scim/v2/Users/{id} HTTP/1.1"), "\r\n").expect(200);
    assert_eq!(read.json()["userName"], "kept alive");
    wire.request(&format!("GET /scim/v2/Users/{id} HTTP/1.1"), "Connection: close\r\n\r\n").expect(200);
    assert!(wire.is_closed(), "the connection was to be closed");
}

#[test]
fn a_refusal_that_no_handler_saw_is_logged_under_the_id_in_its_answer() {
    let server = Server::start_logging();
    let refused = server.wire().exchange(b"NOT HTTP AT ALL\r\n\r\n").expect(400);
    let id = format!("request={}", refused.header("x-request-id").unwrap());
    let log = server.log();
    assert_eq!(
        log.lines().filter(|line| line.ends_with(&id) && line.contains("status=400")).count(),
        1,
        "{log}"
    );
}
