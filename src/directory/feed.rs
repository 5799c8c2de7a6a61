//! The change feed: one record for each change of a resource, written by the same commit as the change. Pure.
//!
//! It tells what changed; who is told is decided elsewhere. It is the audit trail of the directory too: each record has
//! who asked, by which request, and digests of the resource before and after.

use scim::json::Object;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::change::Joining;
use crate::codec::Record;
use crate::ctx::{Ctx, Keep};
use crate::digest::Digest;

/// What happened to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// It was created, or brought back from the recycle bin.
    Create,
    /// It was replaced.
    Put,
    /// Its attributes or members were patched.
    #[serde(alias = "update")]
    Patch,
    /// Members of it went because they were deleted, or came because they were restored.
    Members,
    /// It was deleted.
    Delete,
    /// An asynchronous request is done. No resource changed by it: that has records of its own.
    Completed,
}

/// Whether a resource became active or inactive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Turned {
    /// `active` became true, or was taken away: what says nothing counts as active.
    Active,
    /// `active` became false.
    Inactive,
}

/// A record of the feed. Its place is the revision of the commit, which is the version of the resource too.
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
    /// The request by which it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// What the attributes were before; nothing for what was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Digest>,
    /// What the attributes were after; nothing for what was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Digest>,
    /// The client's name for the resource, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// What changed: attributes, one level down where they are complex and single, and `members`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<String>,
    /// Whether it became active or inactive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turned: Option<Turned>,
    /// The transaction, where it has a name; else the commit is it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub txn: Option<String>,
    /// The attributes after the change, where values are kept; of a completed request, how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Value>,
    /// The members that came, where values are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<Member>,
    /// The members that went, where values are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Uuid>,
}

/// A member that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its id.
    pub id: Uuid,
    /// Its kind, as the byte in keys.
    pub kind: u8,
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
            request: ctx.request.clone(),
            before: None,
            after: None,
            external_id: None,
            attributes: vec![],
            turned: None,
            txn: ctx.txn.clone(),
            values: None,
            added: vec![],
            removed: vec![],
        }
    }

    /// The record with what the resource was before and after the change, as digests.
    #[must_use]
    pub(crate) fn digests(mut self, before: Option<&Record>, after: Option<&Record>) -> Self {
        self.before = before.map(Digest::of);
        self.after = after.map(Digest::of);
        self
    }

    /// The record with what the change did to the attributes.
    #[must_use]
    pub(crate) fn attributes(mut self, before: Option<&Object>, after: Option<&Object>, keep: Keep) -> Self {
        let external = after.or(before).and_then(|attributes| attributes.get("externalId"));
        self.external_id = external.and_then(Value::as_str).map(str::to_owned);
        if let Some(after) = after {
            self.attributes = before.map_or_else(|| names(after), |before| differences(before, after));
            self.turned = before.and_then(|before| turned(before, after));
            if keep == Keep::Values {
                self.values = Some(Value::Object(after.clone()));
            }
        }
        self
    }

    /// The record with what the change did to the members.
    #[must_use]
    pub(crate) fn members(mut self, added: &[Joining], removed: &[Uuid], keep: Keep) -> Self {
        if added.is_empty() && removed.is_empty() {
            return self;
        }
        self.attributes.push("members".to_owned());
        if keep == Keep::Values {
            self.added =
                added.iter().map(|member| Member { id: member.id, kind: member.kind.byte() }).collect();
            self.removed = removed.to_vec();
        }
        self
    }

    /// The bytes that are stored.
    #[must_use]
    pub(crate) fn encode(&self) -> bytes::Bytes {
        serde_json::to_vec(self).expect("a record of texts and numbers is JSON").into()
    }
}

/// The attributes a resource has.
fn names(attributes: &Object) -> Vec<String> {
    attributes.keys().filter(|name| *name != "schemas").cloned().collect()
}

/// The attributes that differ. Single complex attributes and extensions are told by their parts.
fn differences(before: &Object, after: &Object) -> Vec<String> {
    let mut changed = Vec::new();
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    for name in after.keys().chain(gone).filter(|name| *name != "schemas") {
        match (before.get(name), after.get(name)) {
            (before, after) if before == after => {}
            (Some(Value::Object(before)), Some(Value::Object(after))) => {
                let joint = if name.contains(':') { ':' } else { '.' };
                changed.extend(
                    differences(before, after).into_iter().map(|part| format!("{name}{joint}{part}")),
                );
            }
            _ => changed.push(name.clone()),
        }
    }
    changed
}

fn turned(before: &Object, after: &Object) -> Option<Turned> {
    let is_active = |attributes: &Object| attributes.get("active").and_then(Value::as_bool).unwrap_or(true);
    match (is_active(before), is_active(after)) {
        (false, true) => Some(Turned::Active),
        (true, false) => Some(Turned::Inactive),
        (true, true) | (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scim::urn::ENTERPRISE_USER;
    use serde_json::json;

    fn object(value: &Value) -> Object {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_changed_is_named_by_its_parts() {
        let before = object(&json!({
            "schemas": ["a"], "userName": "a", "title": "t", "name": {"givenName": "A", "familyName": "B"},
            "emails": [{"value": "a@x"}], ENTERPRISE_USER: {"department": "D", "manager": {"value": "1"}},
        }));
        let after = object(&json!({
            "schemas": ["b"], "userName": "a", "nickName": "n", "name": {"givenName": "A", "familyName": "C"},
            "emails": [{"value": "b@x"}], ENTERPRISE_USER: {"department": "E", "manager": {"value": "2"}},
        }));
        let department = format!("{ENTERPRISE_USER}:department");
        let manager = format!("{ENTERPRISE_USER}:manager.value");
        let expected = ["nickName", "name.familyName", "emails", &department, &manager, "title"];
        let mut changed = differences(&before, &after);
        changed.sort_unstable();
        let mut expected = expected.map(str::to_owned);
        expected.sort_unstable();
        assert_eq!(changed, expected);
        assert_eq!(differences(&after, &after), Vec::<String>::new());
    }

    #[test]
    fn only_a_turn_is_told() {
        let (on, off, unsaid) = (json!({"active": true}), json!({"active": false}), json!({}));
        let told = |before: &Value, after: &Value| turned(&object(before), &object(after));
        assert_eq!(told(&on, &off), Some(Turned::Inactive));
        assert_eq!(told(&unsaid, &off), Some(Turned::Inactive));
        assert_eq!(told(&off, &unsaid), Some(Turned::Active));
        assert_eq!(told(&on, &unsaid), None);
        assert_eq!(told(&off, &off), None);
    }

    #[test]
    fn a_record_of_an_older_version_is_read() {
        let old = r#"{"change":"update","resourceType":"User","id":"0190163d-8694-739b-aea5-966c26f8ad91","atMs":1,"actor":"a"}"#;
        let record: FeedRecord = serde_json::from_str(old).unwrap();
        assert_eq!((record.change, record.attributes.len(), record.txn), (Change::Patch, 0, None));
    }
}
