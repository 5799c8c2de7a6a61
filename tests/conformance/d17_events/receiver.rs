//! Receivers of events, as small as they can be: one that polls, and one that is posted to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::client::Client;
use crate::server::Server;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_mins(1);

/// A token, verified and taken apart.
#[derive(Debug, Clone)]
pub(super) struct Set {
    pub(super) claims: Value,
    /// The one event.
    pub(super) kind: String,
    pub(super) payload: Value,
}

impl Set {
    /// The kind without what all kinds begin with.
    pub(super) fn short(&self) -> &str {
        self.kind.trim_start_matches("urn:ietf:params:scim:event:")
    }

    pub(super) fn uri(&self) -> &str {
        self.claims["sub_id"]["uri"].as_str().unwrap()
    }

    pub(super) fn jti(&self) -> String {
        self.claims["jti"].as_str().unwrap().to_owned()
    }
}

/// Verifies a token by the published keys and takes it apart.
pub(super) fn opened(server: &Server, token: &str) -> Set {
    let (text, signature) = token.rsplit_once('.').unwrap();
    let (head, claims) = text.split_once('.').unwrap();
    let (head, claims): (Value, Value) = (parsed(head), parsed(claims));
    assert_eq!(head["typ"], "secevent+jwt");
    let keys = plain(&server.stranger().get("/.events/jwks"));
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == head["kid"]).unwrap();
    let public = base64(key["x"].as_str().unwrap());
    UnparsedPublicKey::new(&ED25519, public).verify(text.as_bytes(), &base64(signature)).unwrap();
    let events = claims["events"].as_object().unwrap();
    assert_eq!(events.len(), 1, "{claims}");
    let (kind, payload) = events.iter().next().unwrap();
    Set { kind: kind.clone(), payload: payload.clone(), claims: claims.clone() }
}

/// The body of a success that is no SCIM message.
pub(super) fn plain(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.story());
    serde_json::from_slice(&answer.body).unwrap()
}

fn parsed(part: &str) -> Value {
    serde_json::from_slice(&base64(part)).unwrap()
}

/// Base64url without padding (RFC 4648 section 5).
fn base64(text: &str) -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bits, mut count, mut bytes) = (0u32, 0, Vec::new());
    for letter in text.bytes() {
        let place = alphabet.iter().position(|known| *known == letter).unwrap();
        bits = bits << 6 | u32::try_from(place).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    bytes
}

/// A stream that is polled, and who polls it.
pub(super) struct Poller<'s> {
    server: &'s Server,
    client: Client,
    pub(super) id: String,
    path: String,
}

impl<'s> Poller<'s> {
    /// Makes a stream; `with` is added to what makes it.
    pub(super) fn new(server: &'s Server, with: &Value) -> Self {
        let mut body = json!({ "name": "poll", "delivery": { "method": "poll" } });
        body.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        let made = server.local().call("POST", "/api/streams", Some(&body));
        assert_eq!(made.status, 201, "{}", made.story());
        let made = made.json();
        let id = made["id"].as_str().unwrap().to_owned();
        let client = server.client_with(made["secret"].as_str().unwrap());
        Self { server, client, path: format!("/.events/{id}"), id }
    }

    /// One poll.
    pub(super) fn poll(&self, body: &Value) -> Value {
        plain(&self.client.post(&self.path, body))
    }

    /// Everything there is now, in order; nothing is acknowledged.
    pub(super) fn look(&self) -> Vec<Set> {
        let answer = self.poll(&json!({ "returnImmediately": true, "maxEvents": 500 }));
        let sets = answer["sets"].as_object().unwrap();
        let opened = sets.iter().map(|(jti, token)| {
            let set = opened(self.server, token.as_str().unwrap());
            assert_eq!(&set.jti(), jti);
            set
        });
        opened.collect()
    }

    /// Everything there is now, acknowledged.
    pub(super) fn take(&self) -> Vec<Set> {
        let sets = self.look();
        let ack: Vec<String> = sets.iter().map(Set::jti).collect();
        self.poll(&json!({ "maxEvents": 0, "ack": ack }));
        sets
    }

    /// Everything there is once so many requests are told to be done, acknowledged: the answer about a request may
    /// come a moment before its end is on disk, and only then it is told.
    pub(super) fn take_ends(&self, count: usize) -> Vec<Set> {
        let mut sets = Vec::new();
        while sets.iter().filter(|set: &&Set| set.short() == "misc:asyncresp").count() < count {
            self.wait();
            sets.extend(self.take());
        }
        sets
    }

    /// Waits until something is there.
    pub(super) fn wait(&self) -> Vec<Set> {
        for _ in 0..3 {
            if !self.poll(&json!({ "maxEvents": 1 }))["sets"].as_object().unwrap().is_empty() {
                return self.look();
            }
        }
        panic!("nothing came")
    }
}

/// What a receiver was posted.
#[derive(Debug)]
pub(super) struct Posted {
    head: String,
    pub(super) body: String,
}

impl Posted {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

/// A receiver on the loopback interface. It gives these answers in turn, and 202 from then on.
pub(super) struct Poster {
    pub(super) url: String,
    posted: Receiver<Posted>,
}

impl Poster {
    pub(super) fn start(answers: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/events", listener.local_addr().unwrap());
        let (tell, posted) = channel();
        std::thread::spawn(move || {
            let mut answers = answers.iter();
            // connections that are kept open would each need a thread
            while let Ok((stream, _)) = listener.accept() {
                let answer = answers.next().copied().unwrap_or("202 Accepted");
                if serve(stream, answer, &tell).is_none() {
                    return;
                }
            }
        });
        Self { url, posted }
    }

    pub(super) fn next(&self) -> Posted {
        self.posted.recv_timeout(PATIENCE).expect("nothing was posted")
    }
}

fn serve(mut stream: TcpStream, answer: &str, tell: &Sender<Posted>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut head, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        head.push_str(&line);
        line.clear();
    }
    let posted = Posted { head, body: String::new() };
    let length = posted.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let posted = Posted { body: String::from_utf8(body).ok()?, ..posted };
    write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok()?;
    tell.send(posted).ok()
}
