//! A resource as it is read: its record, its links to others, and how both become the JSON that is shown.

use bytes::Bytes;
use jiff::Timestamp;
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
    /// Since when it is a member, where that is known.
    pub since: Option<Timestamp>,
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
    /// The names of the member's resource type and of its endpoint.
    fn type_and_endpoint(&self) -> (&'static str, &'static str) {
        match self.kind {
            Kind::User => ("User", "Users"),
            Kind::Group => ("Group", "Groups"),
            Kind::Custom(_) => unreachable!("only users and groups become members"),
        }
    }

    /// Appends the member as an element of `members`, without a tree in between: there may be very many.
    pub fn write_json(&self, base: &str, out: &mut Vec<u8>) {
        let (name, endpoint) = self.type_and_endpoint();
        let mut buffer = Uuid::encode_buffer();
        let id = &*self.id.hyphenated().encode_lower(&mut buffer);
        let parts =
            [r#"{"value":""#, id, r#"","$ref":""#, base, "/", endpoint, "/", id, r#"","type":""#, name];
        for part in parts {
            out.extend_from_slice(part.as_bytes());
        }
        out.push(b'"');
        if !self.display.is_empty() {
            out.extend_from_slice(br#","display":"#);
            out.extend_from_slice(Value::from(self.display.as_str()).to_string().as_bytes());
        }
        out.push(b'}');
    }

    /// The member as an element of `members`.
    #[must_use]
    pub fn to_json(&self, base: &str) -> Value {
        let (name, endpoint) = self.type_and_endpoint();
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
        out.reserve(self.text.len() + 400 + 160 * (self.groups.len() + self.members.len()));
        self.write_opening(base, out);
        self.write_closing(base, out);
    }

    /// Appends what stands before the members of a group that were not read: with [`Self::write_closing`] behind
    /// them, the list can be written between, piece by piece.
    pub fn write_opening(&self, base: &str, out: &mut Vec<u8>) {
        let body = &self.text[self.split..self.text.len() - 1];
        out.extend_from_slice(&self.text[..self.split]);
        out.extend_from_slice(br#","id":""#);
        out.extend_from_slice(self.id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
        out.push(b'"');
        out.extend_from_slice(body);
        list(out, "groups", self.groups.iter().map(|link| link.to_json(base)));
        list(out, "members", self.members.iter().map(|link| link.to_json(base)));
    }

    /// Appends what stands behind the members, to the end.
    pub fn write_closing(&self, base: &str, out: &mut Vec<u8>) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_written_as_it_is_shown() {
        for (kind, display) in [(Kind::User, "Bj\u{f6}rn \"B\" \\ \n"), (Kind::Group, "")] {
            let link = MemberLink { id: Uuid::from_u128(7), kind, display: display.into(), since: None };
            let mut out = Vec::new();
            link.write_json("https://h/scim/v2", &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), link.to_json("https://h/scim/v2").to_string());
        }
    }
}
