//! The change feed: one record for each change, written by the same commit as the change.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ctx::Ctx;

/// What happened to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// It was created.
    Create,
    /// Its attributes were replaced or patched.
    Update,
    /// Members came or went.
    Members,
    /// It was deleted.
    Delete,
}

/// A record of the feed. Its place is the revision of the commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedRecord {
    /// What happened.
    pub change: Change,
    /// The resource type.
    pub resource_type: String,
    /// The resource.
    pub id: Uuid,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who asked.
    pub actor: String,
}

impl FeedRecord {
    /// The record of one change.
    #[must_use]
    pub fn new(change: Change, resource_type: &str, id: Uuid, ctx: &Ctx) -> Self {
        Self {
            change,
            resource_type: resource_type.to_owned(),
            id,
            at_ms: ctx.now.as_millisecond(),
            actor: ctx.actor.clone(),
        }
    }

    /// The bytes that are stored.
    #[must_use]
    pub(crate) fn encode(&self) -> bytes::Bytes {
        serde_json::to_vec(self).expect("a record of texts and numbers is JSON").into()
    }
}
