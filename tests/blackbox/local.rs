//! The local admin socket, for service accounts the command line has no words for.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::answer::{Answer, read_answer};

/// A client of the admin API over the socket in the data folder.
pub(crate) struct Local {
    socket: PathBuf,
}

impl Local {
    pub(crate) fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// One call with an optional JSON body.
    pub(crate) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-Rollcall-Request: 1\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut stream = UnixStream::connect(&self.socket).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        read_answer(&mut stream, request).unwrap()
    }

    /// Makes an account with exactly these scopes and a token for it.
    pub(crate) fn scoped_token(&self, name: &str, scopes: &[&str]) -> ScopedToken {
        let account = json!({
            "name": name,
            "description": "",
            "permissions": {"kind": "scoped", "scopes": scopes},
            "dialect": "tolerant",
        });
        let answer = self.call("POST", "/api/accounts", Some(&account));
        assert_eq!(answer.status, 201, "{}", answer.story());
        let account = answer.json()["id"].as_str().unwrap().to_owned();
        let answer = self.call("POST", &format!("/api/accounts/{account}/tokens"), None);
        assert_eq!(answer.status, 201, "{}", answer.story());
        let made = answer.json();
        ScopedToken {
            account,
            id: made["token"]["id"].as_str().unwrap().to_owned(),
            secret: made["secret"].as_str().unwrap().to_owned(),
        }
    }

    /// Makes a tenant with these limits, an account with full permissions in it and a token for that.
    pub(crate) fn tenant(&self, slug: &str, limits: &Value) -> MadeTenant {
        let made = self.call("POST", "/api/tenants", Some(&json!({"slug": slug, "limits": limits})));
        assert_eq!(made.status, 201, "{}", made.story());
        let account = json!({"name": "idp", "permissions": {"kind": "full"}});
        let account = self.call("POST", &format!("/api/t/{slug}/accounts"), Some(&account)).json();
        let tokens = format!("/api/t/{slug}/accounts/{}/tokens", account["id"].as_str().unwrap());
        let token = self.call("POST", &tokens, None);
        assert_eq!(token.status, 201, "{}", token.story());
        MadeTenant {
            url: made.json()["tenantUrl"].as_str().unwrap().to_owned(),
            secret: token.json()["secret"].as_str().unwrap().to_owned(),
        }
    }

    /// Revokes a token.
    pub(crate) fn revoke(&self, token: &ScopedToken) {
        let path = format!("/api/accounts/{}/tokens/{}", token.account, token.id);
        let answer = self.call("DELETE", &path, None);
        assert_eq!(answer.status, 204, "{}", answer.story());
    }
}

/// A token and where it belongs.
pub(crate) struct ScopedToken {
    pub(crate) account: String,
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// A tenant beside the default one.
pub(crate) struct MadeTenant {
    /// Its Tenant URL.
    pub(crate) url: String,
    /// A token with full permissions.
    pub(crate) secret: String,
}
