//! A resource as it is read: its record, its links to others, and how both become the JSON that is shown.

use bytes::Bytes;
use scim::json::Object;
use scim::resource::Meta;
use scim::urn;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::layout::Kind;

/// Whether reading a resource also reads what links it to others: a user's groups, a group's members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// Read them.
    With,
    /// Leave them out; for a group the cost then does not depend on its size.
    Without,
}

/// A group a user belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupLink {
    /// The group.
    pub id: Uuid,
    /// Its name.
    pub display: String,
    /// Whether the user is a member itself, and not through a nested group.
    pub direct: bool,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberLink {
    /// The member.
    pub id: Uuid,
    /// What it is.
    pub kind: Kind,
    /// Its name; empty where it has none.
    pub display: String,
}

/// The manager of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagerLink {
    /// The manager.
    pub id: Uuid,
    /// The manager's name; empty where there is none.
    pub display: String,
}

impl ManagerLink {
    /// Puts what the server knows of the manager into the resource: RFC 7643 section 4.3.
    fn fill(&self, base: &str, resource: &mut Object) {
        let manager = resource.get_mut(urn::ENTERPRISE_USER).and_then(|e| e.get_mut("manager"));
        let Some(Value::Object(manager)) = manager else { return };
        manager.insert("$ref".into(), json!(format!("{base}/Users/{}", self.id)));
        if !self.display.is_empty() {
            manager.insert("displayName".into(), json!(self.display));
        }
    }
}

impl MemberLink {
    /// The member as an element of `members`.
    #[must_use]
    pub fn to_json(&self, base: &str) -> Value {
        let (name, endpoint) = match self.kind {
            Kind::User => ("User", "Users"),
            Kind::Group => ("Group", "Groups"),
            Kind::Custom(_) => unreachable!("only users and groups become members"),
        };
        let mut shown = json!({
            "value": self.id,
            "$ref": format!("{base}/{endpoint}/{}", self.id),
            "type": name,
        });
        if !self.display.is_empty() {
            shown["display"] = json!(self.display);
        }
        shown
    }
}

impl GroupLink {
    /// The group as an element of `groups`.
    #[must_use]
    pub fn to_json(&self, base: &str) -> Value {
        json!({
            "value": self.id,
            "$ref": format!("{base}/Groups/{}", self.id),
            "display": self.display,
            "type": if self.direct { "direct" } else { "indirect" },
        })
    }
}

/// A resource, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The kind.
    pub kind: Kind,
    /// The id.
    pub id: Uuid,
    /// What `meta` shows.
    pub meta: Meta,
    /// The name other resources show for it.
    pub display: String,
    /// The groups of a user, where they were read.
    pub groups: Vec<GroupLink>,
    /// The members of a group, where they were read.
    pub members: Vec<MemberLink>,
    /// The manager of a user, where it is a user of this directory.
    pub manager: Option<ManagerLink>,
    /// The attributes as JSON text, `schemas` first.
    pub(crate) text: Bytes,
    /// Where `schemas` ends in the text.
    pub(crate) split: usize,
}

impl Entry {
    /// Appends the resource as it is shown below a base URI: the stored text cut open for `id`, with links and
    /// `meta` at its end. Nothing is parsed, but for a manager, who stands in the middle of the text.
    pub fn write_json(&self, base: &str, out: &mut Vec<u8>) {
        if self.manager.is_some() {
            let shown = Value::Object(self.to_object(base));
            out.extend_from_slice(shown.to_string().as_bytes());
        } else {
            self.splice(base, out);
        }
    }

    fn splice(&self, base: &str, out: &mut Vec<u8>) {
        let body = &self.text[self.split..self.text.len() - 1];
        out.reserve(self.text.len() + 400 + 160 * (self.groups.len() + self.members.len()));
        out.extend_from_slice(&self.text[..self.split]);
        out.extend_from_slice(br#","id":""#);
        out.extend_from_slice(self.id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
        out.push(b'"');
        out.extend_from_slice(body);
        list(out, "groups", self.groups.iter().map(|link| link.to_json(base)));
        list(out, "members", self.members.iter().map(|link| link.to_json(base)));
        out.extend_from_slice(br#","meta":"#);
        out.extend_from_slice(self.meta.to_text(base, self.id).as_bytes());
        out.push(b'}');
    }

    /// The resource as it is shown below a base URI.
    ///
    /// # Panics
    /// Never for what the directory reads: it wrote the text itself, and the store refuses a damaged value.
    #[must_use]
    pub fn to_object(&self, base: &str) -> Object {
        let mut text = Vec::new();
        self.splice(base, &mut text);
        let mut object: Object = serde_json::from_slice(&text).expect("a record's text is a JSON object");
        if let Some(manager) = &self.manager {
            manager.fill(base, &mut object);
        }
        object
    }
}

fn list(out: &mut Vec<u8>, name: &str, values: impl ExactSizeIterator<Item = Value>) {
    if values.len() == 0 {
        return;
    }
    out.extend_from_slice(format!(r#","{name}":["#).as_bytes());
    for (i, value) in values.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        out.extend_from_slice(value.to_string().as_bytes());
    }
    out.push(b']');
}
