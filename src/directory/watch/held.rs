//! A change that was held back, and the administrator's word on it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::Record;
use uuid::Uuid;

/// Resources a held change names.
const NAMED: usize = 100;

/// What a limit is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind", content = "group")]
pub enum Subject {
    /// Disabling and deleting users.
    Users,
    /// Deleting groups.
    Groups,
    /// Taking all members from a group, or deleting it with them.
    Members(Uuid),
}

/// An administrator's leave for what was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Allowed {
    /// Until then.
    pub until: Timestamp,
    /// For so many changes; `None` is any number.
    pub changes: Option<u64>,
    /// How many changes have made use of it.
    pub used: u64,
}

/// Changes of one account that a limit holds back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// Its id.
    pub id: Uuid,
    /// The account that asked, by its id.
    pub actor: String,
    /// What the limit is about.
    pub subject: Subject,
    /// The limit when it was last reached.
    pub limit: u64,
    /// How many requests were held.
    pub attempts: u64,
    /// When the first one was.
    pub first_at: Timestamp,
    /// When the last one was.
    pub last_at: Timestamp,
    /// The resources they were about, the last hundred.
    pub resources: Vec<Uuid>,
    /// The administrator's leave, where one was given.
    pub allowed: Option<Allowed>,
}

impl Record for Held {
    const VERSION: u8 = 1;
}

impl Held {
    /// Notes one more request that was held.
    pub(super) fn again(&mut self, resource: Uuid, limit: u64, now: Timestamp) {
        self.attempts += 1;
        self.last_at = now;
        self.limit = limit;
        if !self.resources.contains(&resource) {
            self.resources.push(resource);
        }
        if self.resources.len() > NAMED {
            self.resources.remove(0);
        }
    }

    /// Makes use of the administrator's leave, if it still holds; gives until when it does.
    pub(super) fn passes(&mut self, now: Timestamp) -> Option<Timestamp> {
        let allowed = self.allowed.as_mut()?;
        let holds = now <= allowed.until && allowed.changes.is_none_or(|most| allowed.used < most);
        allowed.used += u64::from(holds);
        holds.then_some(allowed.until)
    }
}
