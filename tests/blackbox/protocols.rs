//! The layers below SCIM: HTTP/2, HTTP/1.1, TLS 1.2 and TLS 1.3.

use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::server::Server;
use crate::values::USER;
use crate::wire::{Wire, config};

#[test]
fn http_2_creates_and_reads_on_one_connection() {
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let users = runtime.block_on(async {
        let tls = config(&server, rustls::ALL_VERSIONS, &[], &[b"h2"]);
        let socket = TcpStream::connect(("localhost", server.port())).await.unwrap();
        let name = "localhost".try_into().unwrap();
        let stream = TlsConnector::from(Arc::new(tls)).connect(name, socket).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        let (sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        let driver = tokio::spawn(connection);
        // eight at once on one connection
        let creates = (0..8).map(|n| {
            let mut sender = sender.clone();
            let body = json!({"schemas": [USER], "userName": format!("h2-{n}")}).to_string();
            let request = http::Request::post(format!("{}/Users", server.ready.tenant_url))
                .header("authorization", format!("Bearer {}", server.ready.secret_token))
                .header("content-type", "application/scim+json")
                .body(Full::new(Bytes::from(body)))
                .unwrap();
            tokio::spawn(async move { sender.send_request(request).await.unwrap() })
        });
        let mut users: Vec<Value> = Vec::new();
        for create in creates.collect::<Vec<_>>() {
            let response = create.await.unwrap();
            assert_eq!(response.status(), 201);
            assert_eq!(response.version(), http::Version::HTTP_2);
            let body = response.into_body().collect().await.unwrap().to_bytes();
            users.push(serde_json::from_slice(&body).unwrap());
        }
        // an error in the same form as over HTTP/1.1
        let mut sender = sender;
        let request = http::Request::get(format!("{}/Nothing", server.ready.tenant_url))
            .header("authorization", format!("Bearer {}", server.ready.secret_token))
            .body(Full::new(Bytes::new()))
            .unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(response.status(), 404);
        assert_eq!(response.headers()["content-type"], "application/scim+json");
        drop(sender);
        driver.abort();
        users
    });
    let scim = server.client();
    assert_eq!(scim.total("/Users"), 8);
    for user in users {
        assert_eq!(scim.read_user(user["id"].as_str().unwrap()), user);
    }
}

#[test]
fn http_1_1_is_agreed_on_when_asked_for() {
    let server = Server::start();
    let mut wire = Wire::connect(&server, rustls::ALL_VERSIONS, &[], &[b"http/1.1"]).unwrap();
    assert_eq!(wire.alpn(), Some(b"http/1.1".as_slice()));
    assert!(wire.request("GET /scim/v2/Users HTTP/1.1", "\r\n").list().is_empty());
}

#[test]
fn http_1_0_is_answered() {
    let server = Server::start();
    let answer = server.wire().request("GET /scim/v2/Users HTTP/1.0", "\r\n");
    assert_eq!(answer.expect(200).json()["totalResults"], 0);
}

#[test]
fn tls_1_2_and_tls_1_3_both_work() {
    let server = Server::start();
    for (offered, agreed) in [
        (&rustls::version::TLS12, rustls::ProtocolVersion::TLSv1_2),
        (&rustls::version::TLS13, rustls::ProtocolVersion::TLSv1_3),
    ] {
        let mut wire = Wire::connect(&server, &[offered], &[], &[]).unwrap();
        assert_eq!(wire.version(), Some(agreed));
        assert!(wire.request("GET /scim/v2/Users HTTP/1.1", "\r\n").list().is_empty());
    }
    let wire = Wire::open(&server);
    assert_eq!(wire.version(), Some(rustls::ProtocolVersion::TLSv1_3), "the newer one is preferred");
}

#[test]
fn requests_sent_at_once_on_one_connection_are_answered_in_order() {
    let server = Server::start();
    let scim = server.client();
    let ids: Vec<String> = (0..5).map(|n| scim.user(&format!("pipelined-{n}"))).collect();
    let mut wire = server.wire();
    let authorization = wire.authorization().to_owned();
    let requests: Vec<String> = ids
        .iter()
        .map(|id| format!("GET /scim/v2/Users/{id} HTTP/1.1\r\nHost: localhost\r\n{authorization}\r\n"))
        .collect();
    wire.send(requests.concat().as_bytes()).unwrap();
    for id in &ids {
        assert_eq!(&wire.answer("pipelined GET").unwrap().expect(200).json()["id"], id);
    }
}

#[test]
fn a_body_in_many_small_pieces_is_put_together() {
    let server = Server::start();
    let mut wire = server.wire();
    let body = json!({"schemas": [USER], "userName": "in pieces"}).to_string();
    let head = format!(
        "POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\n{}Content-Type: application/scim+json\r\n\
         Content-Length: {}\r\n\r\n",
        wire.authorization(),
        body.len()
    );
    for byte in head.bytes().chain(body.bytes()) {
        wire.send(&[byte]).unwrap();
    }
    assert_eq!(wire.answer("POST in pieces").unwrap().expect(201).json()["userName"], "in pieces");
}
