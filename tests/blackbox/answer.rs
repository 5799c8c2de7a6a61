//! What a request was answered with, and the rules that hold for every answer of the SCIM listener.
//!
//! [`Answer::expect`] checks these rules each time, so that no test has to remember them.

use std::io::{self, Read};

use serde_json::Value;

use crate::values::{ERROR, LIST};

/// One answer, with the request it belongs to for the failure's text.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) request: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The value of a header, if there is one.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("the body is not JSON ({error})\n{}", self.story()),
        }
    }

    /// The request and the answer, cut to a readable length.
    pub(crate) fn story(&self) -> String {
        let body = String::from_utf8_lossy(&self.body);
        let headers: Vec<String> = self.headers.iter().map(|(n, v)| format!("    {n}: {v}")).collect();
        let headers = headers.join("\n");
        format!("-> {}\n<- {}\n{headers}\n    {}", cut(&self.request), self.status, cut(&body))
    }

    /// Checks the status and every rule that any SCIM answer with it obeys.
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "status {} is not {status}\n{}", self.status, self.story());
        self.check_form();
        self
    }

    /// Checks that the status is one of several, and every rule that any SCIM answer with it obeys.
    pub(crate) fn expect_one_of(self, statuses: &[u16]) -> Self {
        assert!(statuses.contains(&self.status), "status is not one of {statuses:?}\n{}", self.story());
        self.check_form();
        self
    }

    /// Checks for an error with this `scimType`, and gives its detail.
    pub(crate) fn error(self, status: u16, scim_type: &str) -> String {
        let answer = self.expect(status);
        let body = answer.json();
        assert_eq!(body["scimType"], scim_type, "scimType\n{}", answer.story());
        body["detail"].as_str().unwrap().to_owned()
    }

    /// Checks for an error with one of these `scimType`s, and gives its detail.
    pub(crate) fn error_one_of(self, status: u16, scim_types: &[&str]) -> String {
        let answer = self.expect(status);
        let body = answer.json();
        let given = body["scimType"].as_str().unwrap_or_default();
        assert!(scim_types.contains(&given), "scimType is not one of {scim_types:?}\n{}", answer.story());
        body["detail"].as_str().unwrap().to_owned()
    }

    /// The resources of a `ListResponse`, whose form is checked.
    pub(crate) fn list(self) -> Vec<Value> {
        let answer = self.expect(200);
        let body = answer.json();
        assert_eq!(body["schemas"], serde_json::json!([LIST]), "schemas\n{}", answer.story());
        assert!(body["totalResults"].is_u64(), "totalResults is not a number\n{}", answer.story());
        match &body["Resources"] {
            Value::Array(resources) => resources.clone(),
            Value::Null if body["totalResults"] == 0 => Vec::new(),
            _ => panic!("no Resources\n{}", answer.story()),
        }
    }

    fn check_form(&self) {
        match self.status {
            204 => assert!(self.body.is_empty(), "204 with a body\n{}", self.story()),
            200..=299 => {
                self.check_content_type();
                if !self.request.starts_with("HEAD ") {
                    self.check_no_empty_values(&self.json(), "");
                }
            }
            300..=399 => panic!("a redirect\n{}", self.story()),
            _ => {
                self.check_content_type();
                if !self.request.starts_with("HEAD ") {
                    self.check_error_form();
                }
            }
        }
    }

    fn check_content_type(&self) {
        let content_type = self.header("content-type").unwrap_or_default();
        let media = content_type.split(';').next().unwrap_or_default().trim();
        assert_eq!(media, "application/scim+json", "content type\n{}", self.story());
    }

    fn check_error_form(&self) {
        let body = self.json();
        assert_eq!(body["schemas"], serde_json::json!([ERROR]), "schemas of an error\n{}", self.story());
        assert_eq!(body["status"], self.status.to_string(), "status as text\n{}", self.story());
        let detail = body["detail"].as_str().unwrap_or_default();
        assert!(detail.len() > 5, "an error without a detail\n{}", self.story());
        if self.status == 401 {
            let challenge = self.header("www-authenticate").unwrap_or_default();
            assert!(challenge.starts_with("Bearer"), "401 without a challenge\n{}", self.story());
        }
        if self.status == 405 {
            assert!(self.header("allow").is_some(), "405 without Allow\n{}", self.story());
        }
    }

    /// Nothing is answered with a null or an empty list or object; Entra stumbles over each of them.
    fn check_no_empty_values(&self, value: &Value, at: &str) {
        match value {
            Value::Null => panic!("null at {at}\n{}", self.story()),
            Value::Array(items) => {
                let may_be_empty = at.ends_with("/Resources") || at.ends_with("/schemaExtensions");
                assert!(!items.is_empty() || may_be_empty, "empty list at {at}\n{}", self.story());
                for (index, item) in items.iter().enumerate() {
                    self.check_no_empty_values(item, &format!("{at}/{index}"));
                }
            }
            Value::Object(members) => {
                assert!(!members.is_empty(), "empty object at {at}\n{}", self.story());
                for (name, member) in members {
                    self.check_no_empty_values(member, &format!("{at}/{name}"));
                }
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

fn cut(text: &str) -> String {
    const LIMIT: usize = 3_000;
    if text.len() <= LIMIT {
        return text.to_owned();
    }
    let head: String = text.chars().take(LIMIT).collect();
    format!("{head}... ({} bytes)", text.len())
}

/// Reads one HTTP/1.1 answer from a stream.
pub(crate) fn read_answer(stream: &mut impl Read, request: String) -> io::Result<Answer> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(read_byte(stream)?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.split("\r\n");
    let status_line = lines.next().unwrap_or_default();
    let status = status_line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| io::Error::other(format!("not a status line: {status_line}")))?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer { request, status, headers, body: Vec::new() };
    if answer.request.starts_with("HEAD ") || status == 204 {
        return Ok(answer);
    }
    if answer.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        answer.body = read_chunks(stream)?;
    } else if let Some(length) = answer.header("content-length") {
        let mut body = vec![0; length.parse().map_err(io::Error::other)?];
        stream.read_exact(&mut body)?;
        answer.body = body;
    } else {
        stream.read_to_end(&mut answer.body)?;
    }
    Ok(answer)
}

fn read_byte(stream: &mut impl Read) -> io::Result<u8> {
    let mut byte = [0];
    stream.read_exact(&mut byte)?;
    Ok(byte[0])
}

fn read_chunks(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.push(read_byte(stream)?);
        }
        let line = String::from_utf8_lossy(&line).trim().to_owned();
        let size = usize::from_str_radix(line.split(';').next().unwrap_or_default(), 16)
            .map_err(io::Error::other)?;
        let mut chunk = vec![0; size + 2];
        stream.read_exact(&mut chunk)?;
        if size == 0 {
            return Ok(body);
        }
        body.extend_from_slice(&chunk[..size]);
    }
}
