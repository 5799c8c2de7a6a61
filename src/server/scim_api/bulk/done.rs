//! What became of one operation of a job, and its entry in the answer.

use bytes::Bytes;
use http::header::{ETAG, LOCATION};
use http::{HeaderName, Response, StatusCode};
use serde_json::{Value, json};

use crate::http::Body;

/// What became of an operation.
#[derive(Debug, Clone)]
pub(super) struct Done {
    status: StatusCode,
    location: Option<String>,
    version: Option<String>,
    body: Bytes,
}

impl Done {
    /// Reads the answer to the operation. `location` is where its path leads, for those that create nothing.
    pub(super) fn of(response: Response<Body>, location: Option<String>) -> Self {
        let text = |name: HeaderName| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let status = response.status();
        let (version, location) = (text(ETAG), location.or_else(|| text(LOCATION)));
        // Only reads are answered with bodies that are made while they are sent, and a job reads nothing.
        let body = match response.into_body() {
            Body::Whole(bytes) => bytes,
            Body::Stream(_) => Bytes::new(),
        };
        Self { status, location, version, body }
    }

    /// What was done before the server stopped, and is found in the store.
    pub(super) fn before(status: StatusCode, location: String, revision: u64) -> Self {
        let version = (status != StatusCode::NO_CONTENT).then(|| format!("W/\"{revision}\""));
        Self { status, location: Some(location), version, body: Bytes::new() }
    }

    /// The same with another status: that of the request alone, where it would have shown the resource.
    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same at a later version.
    pub(super) fn at_version_of(mut self, later: Self) -> Self {
        self.version = later.version;
        self
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// The detail of an error.
    pub(super) fn detail(&self) -> String {
        let error: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        error["detail"].as_str().unwrap_or_default().to_owned()
    }

    /// The id of what was made: the last segment of its place.
    pub(super) fn id(&self) -> Option<&str> {
        self.location.as_deref()?.rsplit('/').next()
    }

    /// The entry in the answer. The body is left out where all went well, as RFC 7644 section 3.7.3 allows.
    pub(super) fn entry(&self, method: &str, bulk_id: Option<&str>) -> Value {
        let mut entry = json!({ "status": self.status.as_str() });
        let parts = [
            ("method", (!method.is_empty()).then_some(method)),
            ("bulkId", bulk_id),
            ("location", self.location.as_deref()),
            ("version", self.version.as_deref()),
        ];
        for (name, value) in parts {
            if let Some(value) = value {
                entry[name] = json!(value);
            }
        }
        if !self.is_success() {
            entry["response"] = serde_json::from_slice(&self.body).unwrap_or_default();
        }
        entry
    }
}
