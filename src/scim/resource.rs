//! A resource and the states it passes through: received, checked, stored.
//!
//! Only a checked resource can be written and only a stored one rendered; see [`crate::check`] for the step
//! between the first two.

use jiff::Timestamp;
use serde_json::{Value, json};
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
}

/// Kept by the directory.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The id, ordered by creation.
    pub id: Uuid,
    /// What `meta` shows.
    pub meta: Meta,
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

    /// `meta` as it is shown.
    #[must_use]
    pub fn to_json(&self, base: &str, id: Uuid) -> Value {
        json!({
            "resourceType": self.resource_type,
            "created": instant_text(self.created),
            "lastModified": instant_text(self.last_modified),
            "location": self.location(base, id),
            "version": self.etag(),
        })
    }
}

/// An instant as it is shown: UTC with milliseconds.
#[must_use]
pub fn instant_text(instant: Timestamp) -> String {
    format!("{instant:.3}")
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

impl Resource<Stored> {
    /// The resource as it is shown below a base URI, `schemas` and `id` first and `meta` last.
    #[must_use]
    pub fn to_json(&self, base: &str) -> Object {
        let mut shown = Object::new();
        if let Some(schemas) = self.attributes.get("schemas") {
            shown.insert("schemas".into(), schemas.clone());
        }
        shown.insert("id".into(), json!(self.state.id));
        shown.extend(
            self.attributes
                .iter()
                .filter(|(name, _)| *name != "schemas")
                .map(|(n, v)| (n.clone(), v.clone())),
        );
        shown.insert("meta".into(), self.state.meta.to_json(base, self.state.id));
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_resource_shows_id_first_and_meta_last() {
        let attributes = json::object(br#"{"schemas":["urn:x"],"userName":"a"}"#).unwrap();
        let at = Timestamp::from_millisecond(1_700_000_000_120).unwrap();
        let meta = Meta {
            resource_type: "User".into(),
            endpoint: "/Users".into(),
            created: at,
            last_modified: at,
            version: 7,
        };
        let id = Uuid::from_u128(1);
        let shown = Resource { attributes, state: Stored { id, meta } }.to_json("https://h/scim/v2");
        assert_eq!(shown.keys().collect::<Vec<_>>(), ["schemas", "id", "userName", "meta"]);
        assert_eq!(shown["meta"]["location"], format!("https://h/scim/v2/Users/{id}"));
        assert_eq!(shown["meta"]["version"], "W/\"7\"");
        assert_eq!(shown["meta"]["created"], "2023-11-14T22:13:20.120Z");
    }
}
