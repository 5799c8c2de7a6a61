//! What a schema or resource type from data must keep to, beyond fitting together (which [`crate::Registry`] checks).
//!
//! Every fault is found at once, so that an administrator mends a file in one go.

use std::fmt;

use crate::registry::{Registry, ResourceType, is_attribute_name};
use crate::schema::{Attribute, Mutability, Returned, Schema, Type, Uniqueness};
use crate::urn;

/// The most attributes of one schema, and sub-attributes of one attribute.
pub const MAX_ATTRIBUTES: usize = 256;
/// The longest name.
const MAX_NAME: usize = 64;
/// The longest URI.
const MAX_URI: usize = 256;
/// The longest description.
const MAX_DESCRIPTION: usize = 4_000;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The schema, attribute or resource type.
    pub place: String,
    /// The rule it breaks.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

/// What is wrong with a schema from data; nothing where it may be served.
#[must_use]
pub fn schema_faults(schema: &Schema) -> Vec<Fault> {
    let mut faults = Faults(vec![]);
    if let Some(reason) = uri_fault(&schema.id) {
        faults.add(&schema.id, reason);
    }
    if Registry::builtin().schema(&schema.id).is_some() {
        faults.add(&schema.id, "this schema is built in; choose another URI");
    }
    if schema.attributes.is_empty() {
        faults.add(&schema.id, "a schema needs at least one attribute");
    }
    if schema.attributes.len() > MAX_ATTRIBUTES {
        faults.add(&schema.id, format!("a schema has at most {MAX_ATTRIBUTES} attributes"));
    }
    if schema.name.len() > MAX_NAME || schema.description.len() > MAX_DESCRIPTION {
        faults.add(
            &schema.id,
            format!("name and description have at most {MAX_NAME} and {MAX_DESCRIPTION} bytes"),
        );
    }
    for attribute in &schema.attributes {
        let place = format!("{}:{}", schema.id, attribute.name);
        if attribute.name.starts_with('$') {
            faults.add(&place, "only a sub-attribute can be named $ref");
        }
        if ["schemas", "id", "externalId", "meta"].iter().any(|n| attribute.name.eq_ignore_ascii_case(n)) {
            faults.add(
                &place,
                "every resource has this attribute already (RFC 7643 section 3.1); leave it out",
            );
        }
        faults.attribute(&place, attribute);
        if attribute.sub_attributes.len() > MAX_ATTRIBUTES {
            faults.add(&place, format!("an attribute has at most {MAX_ATTRIBUTES} sub-attributes"));
        }
        for sub in &attribute.sub_attributes {
            let place = format!("{place}.{}", sub.name);
            faults.attribute(&place, sub);
            if attribute.mutability == Mutability::ReadOnly && sub.required {
                faults
                    .add(&place, "a part of a read-only attribute cannot be required: nobody could give it");
            }
        }
    }
    faults.0
}

/// What is wrong with a resource type from data by itself; nothing where it may be served.
#[must_use]
pub fn resource_type_faults(resource_type: &ResourceType) -> Vec<Fault> {
    // Also those that a switch turns on: a type must not stand in their way later.
    const RESERVED: [&str; 9] = [
        "/ServiceProviderConfig",
        "/Schemas",
        "/ResourceTypes",
        "/Bulk",
        "/Me",
        "/Users",
        "/Groups",
        "/GroupMembers",
        "/Events",
    ];
    let mut faults = Faults(vec![]);
    let place = &resource_type.name;
    let builtin = Registry::builtin();
    if let Some(ours) = builtin.resource_type(place) {
        if ours.name != *place {
            faults.add(place, format!("this resource type is built in, under the name {}", ours.name));
        }
        if ours.endpoint != resource_type.endpoint || !urn::same(&ours.schema, &resource_type.schema) {
            faults.add(
                place,
                format!(
                    "this resource type is built in: it keeps the endpoint {} and the schema {}, and only gains extensions",
                    ours.endpoint, ours.schema
                ),
            );
        }
        return faults.0;
    }
    let segment = resource_type.endpoint.strip_prefix('/').unwrap_or_default();
    if !is_name(&resource_type.name) {
        faults.add(place, "a name is a letter, then letters, digits, '-' and '_', at most 64 of them");
    }
    if !is_name(segment) {
        faults.add(
            place,
            "an endpoint is one path segment such as /Roles: a letter, then letters, digits, '-' and '_'",
        );
    }
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(&resource_type.endpoint)) {
        faults.add(place, format!("the endpoint {} belongs to the server", resource_type.endpoint));
    }
    if let Some(schema) = builtin.schema(&resource_type.schema) {
        faults.add(place, format!("{} is built in and cannot be the base of another type", schema.id));
    }
    if resource_type.description.len() > MAX_DESCRIPTION {
        faults.add(place, format!("a description has at most {MAX_DESCRIPTION} bytes"));
    }
    faults.0
}

struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, place: &str, reason: impl Into<String>) {
        self.0.push(Fault { place: place.to_owned(), reason: reason.into() });
    }

    fn attribute(&mut self, place: &str, attribute: &Attribute) {
        let kept = attribute.mutability != Mutability::WriteOnly;
        if !is_attribute_name(&attribute.name) || attribute.name.len() > MAX_NAME {
            self.add(
                place,
                "a name is a letter, then letters, digits, '-' and '_' (RFC 7643 section 2.1), at most 64 of them",
            );
        }
        if let Some(word) = secret_word(&attribute.name) {
            self.add(
                place,
                format!(
                    "{word:?} speaks of a secret. Rollcall keeps attributes readable to every client with read permission, \
                     so secrets have no place in them"
                ),
            );
        }
        if attribute.description.len() > MAX_DESCRIPTION {
            self.add(place, format!("a description has at most {MAX_DESCRIPTION} bytes"));
        }
        if attribute.required && !kept {
            self.add(place, "a writeOnly attribute cannot be required: its value is not kept");
        }
        if attribute.required && attribute.mutability == Mutability::ReadOnly {
            self.add(place, "a readOnly attribute cannot be required: nobody could give it");
        }
        if !kept && attribute.returned != Returned::Never {
            self.add(place, "a writeOnly attribute is returned \"never\" (RFC 7643 section 7)");
        }
        if attribute.uniqueness != Uniqueness::None
            && (!kept || matches!(attribute.kind, Type::Complex | Type::Boolean))
        {
            self.add(place, "only a text, number, instant or reference that is kept can be unique");
        }
        if !attribute.reference_types.is_empty() && attribute.kind != Type::Reference {
            self.add(place, "only a reference has referenceTypes");
        }
    }
}

fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME && !text.starts_with('$') && is_attribute_name(text)
}

/// Why a URI cannot name a schema. It must be a URN: paths tell it from an attribute's name by its first colon, and
/// it must not be one the protocol gives a meaning of its own.
fn uri_fault(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once(':').unwrap_or(("", ""));
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.ends_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    if !scheme.eq_ignore_ascii_case("urn") || !rest.contains(':') || !rest.split(':').all(is_part) {
        return Some(
            "a schema is named by a URN such as urn:example:params:scim:schemas:extension:2.0:User, of letters, digits, \
             '-', '_', '.' and ':'"
                .to_owned(),
        );
    }
    if uri.len() > MAX_URI {
        return Some(format!("a URN has at most {MAX_URI} bytes"));
    }
    let lower = uri.to_ascii_lowercase();
    let core = ["serviceproviderconfig", "resourcetype", "schema"];
    let is_core =
        lower.strip_prefix("urn:ietf:params:scim:schemas:core:2.0:").is_some_and(|n| core.contains(&n));
    if is_core || lower.starts_with("urn:ietf:params:scim:api:") || lower.starts_with("urn:rollcall:") {
        return Some("this URN belongs to the protocol or to Rollcall".to_owned());
    }
    None
}

/// The word of a name that speaks of a credential. Words end where the case or a sign changes, so that
/// `secretary` is no secret.
fn secret_word(name: &str) -> Option<String> {
    const ALONE: [&str; 12] = [
        "password",
        "passwords",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "secrets",
        "credential",
        "credentials",
        "pin",
        "passcode",
        "otp",
    ];
    const PAIRS: [(&str, &str); 6] = [
        ("api", "key"),
        ("private", "key"),
        ("access", "token"),
        ("refresh", "token"),
        ("bearer", "token"),
        ("pass", "word"),
    ];
    let words = words(name);
    if let Some(word) = words.iter().find(|w| ALONE.contains(&w.as_str())) {
        return Some(word.clone());
    }
    let pair = words.windows(2).find(|w| PAIRS.contains(&(w[0].as_str(), w[1].as_str())));
    pair.map(|pair| pair.join(" "))
}

fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![];
    let mut before = ' ';
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() {
            before = ' ';
            continue;
        }
        let starts = before == ' ' || c.is_ascii_uppercase() && !before.is_ascii_uppercase();
        match words.last_mut() {
            Some(word) if !starts => word.push(c.to_ascii_lowercase()),
            _ => words.push(c.to_ascii_lowercase().to_string()),
        }
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, documents};

    fn faults(attributes: &str) -> String {
        let text = format!(r#"{{"id":"urn:example:x","attributes":{attributes}}}"#);
        let [Document::Schema(schema)] = &documents(text.as_bytes()).unwrap()[..] else { panic!("a schema") };
        schema_faults(schema).iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn secrets_are_refused_and_secretaries_are_not() {
        for name in ["password", "clientSecret", "API_Key", "user-passwd", "accessToken", "loginPIN"] {
            assert!(faults(&format!(r#"[{{"name":"{name}"}}]"#)).contains("secret"), "{name}");
        }
        for name in ["secretary", "tokenSerial", "keyCard", "pinned", "badgeNumber"] {
            assert_eq!(faults(&format!(r#"[{{"name":"{name}"}}]"#)), "", "{name}");
        }
    }

    #[test]
    fn a_schema_is_named_by_a_urn_of_its_own() {
        for uri in [
            "x",
            "http://example.com/x",
            "urn:x",
            "urn:x:",
            "urn:x:a b",
            "urn:ietf:params:scim:api:messages:2.0:X",
            "urn:ietf:params:scim:schemas:core:2.0:Schema",
            "urn:ietf:params:scim:schemas:core:2.0:User",
        ] {
            let schema = Schema {
                id: uri.into(),
                name: String::new(),
                description: String::new(),
                attributes: vec![],
            };
            assert!(schema_faults(&schema).len() > 1, "{uri}");
        }
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let told = faults(
            r#"[{"name":"id"},{"name":"9x"},{"name":"w","mutability":"writeOnly","required":true,"returned":"never"},
                {"name":"b","type":"boolean","uniqueness":"server"},{"name":"r","referenceTypes":["User"]}]"#,
        );
        for part in ["leave it out", "a name is a letter", "not kept", "can be unique", "only a reference"] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }

    #[test]
    fn a_resource_type_keeps_off_the_paths_of_the_protocol() {
        let of = |name: &str, endpoint: &str, schema: &str| {
            resource_type_faults(&ResourceType {
                name: name.into(),
                endpoint: endpoint.into(),
                description: String::new(),
                schema: schema.into(),
                schema_extensions: vec![],
            })
            .len()
        };
        assert_eq!(of("Thing", "/Things", "urn:x:y"), 0);
        assert_eq!(of("User", "/Users", urn::USER), 0);
        for (name, endpoint, schema) in [
            ("Thing", "/schemas", "urn:x:y"),
            ("Thing", "/groupmembers", "urn:x:y"),
            ("Thing", "/a/b", "urn:x:y"),
            ("Thing", "/.search", "urn:x:y"),
            ("9", "/Things", "urn:x:y"),
            ("Person", "/People", urn::USER),
            ("User", "/People", urn::USER),
        ] {
            assert_eq!(of(name, endpoint, schema), 1, "{name} {endpoint} {schema}");
        }
    }
}
