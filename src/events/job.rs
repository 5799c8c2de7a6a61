//! Requests that are answered before they are done (RFC 9967 section 2.5.1).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// A request that was accepted, and how it ended. It is on disk before the client hears of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// The transaction; the key of the record too.
    pub txn: String,
    /// The service account that asked.
    pub account: Uuid,
    /// The id of the token it showed.
    pub token: String,
    /// The method.
    pub method: String,
    /// Path and query, as they came.
    pub target: String,
    /// The headers that decide what is done.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// How far it is.
    pub state: JobState,
}

/// How far a request is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum JobState {
    /// It is to be done, perhaps after a restart.
    Pending,
    /// It is done.
    Done {
        /// Since when.
        at: Timestamp,
        /// What became of it; of a bulk request, of each of its operations.
        operations: Vec<Operation>,
    },
}

impl store::Record for Job {
    const VERSION: u8 = 1;
}

/// What became of an operation, in the form of a Bulk response (RFC 7644 section 3.7.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// The method.
    pub method: String,
    /// The resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Its version now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The status, as text.
    pub status: String,
    /// The error, where it failed. What a success made is fetched by who may read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
}
