//! A resource and the states it passes through: received, then checked; and what `meta` shows of a stored one.
//!
//! Only a checked resource can be written; see [`crate::check`] for the step. The stored form belongs to whoever
//! keeps it.

use jiff::Timestamp;
use uuid::Uuid;

use crate::error::ScimError;
use crate::json::{self, Object};

/// Read from a client, and not yet looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Received;

/// Valid for its context: names as in the schema, values of the right type, nothing null, empty or read-only.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The members, kept apart because they are edges and not part of the stored text.
    /// `None` where the payload says nothing of them.
    pub members: Option<Vec<MemberRef>>,
    /// What a replacement does to what it does not mention.
    pub omitted: Omitted,
}

/// What a replacement does to what it does not mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Omitted {
    /// It goes (RFC 7644 section 3.5.1).
    Cleared,
    /// It stays: a soft PUT, by [`crate::Deviation::SoftPut`].
    Kept,
}

/// What a stored resource shows as `meta` (RFC 7643 section 3.1).
#[derive(Debug, Clone, PartialEq)]
pub struct Meta {
    /// The name of the resource type.
    pub resource_type: String,
    /// The path of the type below the base URI, with its slash.
    pub endpoint: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub last_modified: Timestamp,
    /// The number of the commit that last changed it; `W/"<n>"` as ETag.
    pub version: u64,
}

impl Meta {
    /// The weak ETag (RFC 7644 section 3.14).
    #[must_use]
    pub fn etag(&self) -> String {
        format!("W/\"{}\"", self.version)
    }

    /// The URI of a resource with this `meta` below a base URI.
    #[must_use]
    pub fn location(&self, base: &str, id: Uuid) -> String {
        format!("{base}{}/{id}", self.endpoint)
    }

    /// `meta` as it is shown, as JSON text. It ends every resource of every answer, so it is written and not
    /// built: names of types and the base URI hold nothing that JSON would escape.
    #[must_use]
    pub fn to_text(&self, base: &str, id: Uuid) -> String {
        format!(
            r#"{{"resourceType":"{}","created":"{:.3}","lastModified":"{:.3}","location":"{base}{}/{id}","version":"W/\"{}\""}}"#,
            self.resource_type, self.created, self.last_modified, self.endpoint, self.version
        )
    }
}

/// A member as a client names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MemberRef {
    /// The id, as sent.
    pub value: String,
    /// The type, where the client gives one: `User` or `Group`.
    pub kind: Option<String>,
}

/// A resource in one of its states. `attributes` holds `schemas`, `externalId` and the attributes of the
/// schemas, extensions under their URI; never `id` or `meta`, and once checked never `members` or `groups`.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource<S> {
    /// The attributes.
    pub attributes: Object,
    /// The state and what belongs to it.
    pub state: S,
}

impl Resource<Received> {
    /// Reads the body of a request; see [`json::object`] for what is refused.
    pub fn parse(body: &[u8]) -> Result<Self, ScimError> {
        Ok(Self::from(json::object(body)?))
    }
}

impl From<Object> for Resource<Received> {
    fn from(attributes: Object) -> Self {
        Self { attributes, state: Received }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn meta_is_json_with_a_weak_version_and_milliseconds() {
        let at = Timestamp::from_millisecond(1_700_000_000_120).unwrap();
        let meta = Meta {
            resource_type: "User".into(),
            endpoint: "/Users".into(),
            created: at,
            last_modified: at,
            version: 7,
        };
        let id = Uuid::from_u128(1);
        let shown: Value = serde_json::from_str(&meta.to_text("https://h/scim/v2", id)).unwrap();
        assert_eq!(shown["location"], format!("https://h/scim/v2/Users/{id}"));
        assert_eq!(shown["version"], meta.etag());
        assert_eq!(shown["version"], "W/\"7\"");
        assert_eq!(shown["created"], "2023-11-14T22:13:20.120Z");
    }
}
