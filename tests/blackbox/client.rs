//! A SCIM client as identity providers are: HTTPS with a bearer token, the appliance's CA as its only trust.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::answer::Answer;
use crate::server::Server;
use crate::values::{GROUP, PATCH_OP, USER};

/// The content type Entra sends.
const SCIM_JSON: &str = "application/scim+json; charset=utf-8";

/// A client of one tenant with one token; cloning it shares its connections.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    base: String,
    authorization: Option<String>,
}

impl Client {
    pub(crate) fn new(server: &Server, token: Option<&str>) -> Self {
        let pem = std::fs::read(&server.ready.ca_file).unwrap();
        let ca = Certificate::from_pem(&pem).unwrap();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(vec![ca])))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections_per_host(40)
            .timeout_global(Some(Duration::from_mins(2)))
            .build()
            .new_agent();
        let authorization = token.map(|token| format!("Bearer {token}"));
        Self { agent, base: server.ready.tenant_url.clone(), authorization }
    }

    /// The same client with another `Authorization` header, sent as it stands.
    pub(crate) fn with_authorization(&self, value: &str) -> Self {
        Self { authorization: Some(value.to_owned()), ..self.clone() }
    }

    /// The same client of another tenant's address.
    pub(crate) fn with_base(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.text("POST", path, &body.to_string())
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        self.text("PUT", path, &body.to_string())
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None)
    }

    /// Sends the operations in a PATCH message with the right `schemas`.
    pub(crate) fn patch(&self, path: &str, operations: &Value) -> Answer {
        self.patch_message(path, &json!({"schemas": [PATCH_OP], "Operations": operations}))
    }

    /// Sends a whole PATCH message.
    pub(crate) fn patch_message(&self, path: &str, message: &Value) -> Answer {
        self.text("PATCH", path, &message.to_string())
    }

    /// Sends a body exactly as written.
    pub(crate) fn text(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send(method, path, &[("content-type", SCIM_JSON)], Some(body.as_bytes()))
    }

    /// Sends anything that is a well-formed HTTP request.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        self.send_to(&format!("{}{path}", self.base), method, headers, body)
    }

    /// Sends to a whole address, for paths outside the tenant.
    pub(crate) fn send_to(
        &self,
        address: &str,
        method: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        let mut request = http::Request::builder().method(method).uri(address);
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = body.map(String::from_utf8_lossy).unwrap_or_default();
        let story = format!("{method} {address} {headers:?}\n    {sent}");
        let answered = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut response = match answered {
            Ok(response) => response,
            Err(error) => panic!("no answer ({error})\n-> {story}"),
        };
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let body = response.body_mut().with_config().limit(256 << 20).read_to_vec().unwrap();
        Answer { request: story, status: response.status().as_u16(), headers, body }
    }

    /// Searches with a filter, encoded as Entra does (`+` for a space).
    pub(crate) fn search(&self, path: &str, filter: &str) -> Answer {
        self.get(&format!("{path}?filter={}", form(filter)))
    }

    /// The resources a filter finds, after a check that the total agrees.
    pub(crate) fn find(&self, path: &str, filter: &str) -> Vec<Value> {
        let answer = self.search(path, filter);
        let story = answer.story();
        let total = answer.json()["totalResults"].clone();
        let found = answer.list();
        assert_eq!(total, found.len(), "totalResults disagrees with Resources\n{story}");
        found
    }

    /// The ids a filter finds.
    pub(crate) fn find_ids(&self, path: &str, filter: &str) -> Vec<String> {
        self.find(path, filter).iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
    }

    /// How many resources there are.
    pub(crate) fn total(&self, path: &str) -> u64 {
        self.get(&format!("{path}?count=0")).expect(200).json()["totalResults"].as_u64().unwrap()
    }

    /// Creates a user with nothing but a name, and gives its id.
    pub(crate) fn user(&self, user_name: &str) -> String {
        self.create_user(&json!({"schemas": [USER], "userName": user_name}))["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Creates a user from a whole body, and gives the answer's.
    pub(crate) fn create_user(&self, body: &Value) -> Value {
        self.post("/Users", body).expect(201).json()
    }

    /// Creates a group with these members, and gives its id.
    pub(crate) fn group(&self, display_name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        let body = json!({"schemas": [GROUP], "displayName": display_name, "members": members});
        self.post("/Groups", &body).expect(201).json()["id"].as_str().unwrap().to_owned()
    }

    /// The user as it is now.
    pub(crate) fn read_user(&self, id: &str) -> Value {
        self.get(&format!("/Users/{id}")).expect(200).json()
    }

    /// The group as it is now.
    pub(crate) fn read_group(&self, id: &str) -> Value {
        self.get(&format!("/Groups/{id}")).expect(200).json()
    }

    /// The ids of the group's members, sorted.
    pub(crate) fn members(&self, group: &str) -> Vec<String> {
        let group = self.read_group(group);
        let members = group["members"].as_array().cloned().unwrap_or_default();
        let mut ids: Vec<String> =
            members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }

    /// Applies operations to a user and gives the answer, which holds what a later read holds.
    pub(crate) fn patch_user(&self, id: &str, operations: &Value) -> Value {
        let answered = self.patch(&format!("/Users/{id}"), operations).expect(200).json();
        let read = self.read_user(id);
        assert_eq!(answered, read, "the answer to PATCH differs from a later GET");
        read
    }

    /// Applies operations to a group; the answer is empty.
    pub(crate) fn patch_group(&self, id: &str, operations: &Value) {
        self.patch(&format!("/Groups/{id}"), operations).expect(204);
    }
}

/// Encodes a query value as an HTML form does: `+` for a space.
pub(crate) fn form(text: &str) -> String {
    percent(text).replace("%20", "+")
}

/// Encodes a query value with `%20` for a space, as Okta does.
pub(crate) fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
