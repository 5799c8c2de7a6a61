//! Schemas and resource types as documents: what a file or the administrator hands in (RFC 7643 sections 6 and 7).
//!
//! It reads; whether a document may be served is decided in [`crate::custom`] and [`crate::Registry`].

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

use crate::json::{self, Object};
use crate::registry::ResourceType;
use crate::schema::{Attribute, Schema, Type};
use crate::urn;

/// A document.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// A schema, RFC 7643 section 7.
    Schema(Schema),
    /// A resource type, RFC 7643 section 6.
    ResourceType(ResourceType),
    /// The wish for an index, of our own: RFC 7643 has no form for it.
    Index(IndexWish),
}

/// An attribute that is to be indexed: `{"schemas": [urn::INDEX], "resourceType": "User", "attribute": "title"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IndexWish {
    /// The name of the resource type.
    pub resource_type: String,
    /// The attribute, with its URN where it is one of an extension.
    pub attribute: String,
}

/// `/Roles` and `/Entitlements` in the form in which Okta Identity Governance reads them.
///
/// Okta asks `/ResourceTypes` and then every endpoint whose schema is one of these two
/// (Okta's guide "Build a SCIM 2.0 server with entitlements").
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "the data is part of the program, and a test reads it")]
pub fn okta_governance() -> Vec<Document> {
    documents(include_bytes!("data/okta_governance.json")).expect("the built-in documents are well formed")
}

/// Why a document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct BadDocument {
    /// Which document, and what in it.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

/// Reads all documents of a text: one, a list of them, or a `ListResponse` such as `/Schemas` gives.
pub fn documents(text: &[u8]) -> Result<Vec<Document>, BadDocument> {
    let bad = |reason: &str| BadDocument { place: "the text".to_owned(), reason: reason.to_owned() };
    let value = json::value(text).map_err(|e| bad(&e.detail().replace("the body", "it")))?;
    let list = match value {
        Value::Array(list) => list,
        Value::Object(mut object) => match object.shift_remove("Resources") {
            Some(Value::Array(list)) => list,
            Some(_) => return Err(bad("Resources must be a list")),
            None => vec![Value::Object(object)],
        },
        _ => return Err(bad("it must be a document or a list of documents")),
    };
    list.into_iter()
        .enumerate()
        .map(|(i, value)| match value {
            Value::Object(object) => document(object, i),
            other => Err(BadDocument {
                place: format!("document {}", i + 1),
                reason: format!("it must be an object; {} was given", json::kind_of(&other)),
            }),
        })
        .collect()
}

fn document(mut object: Object, index: usize) -> Result<Document, BadDocument> {
    let name = |field: &str| json::member(&object, field).and_then(Value::as_str).map(str::to_owned);
    let place = name("id").or_else(|| name("name")).unwrap_or_else(|| format!("document {}", index + 1));
    let bad = |reason: String| BadDocument { place: place.clone(), reason };
    let is = |uri: &str| {
        json::member(&object, "schemas")
            .and_then(Value::as_array)
            .is_some_and(|list| list.iter().filter_map(Value::as_str).any(|s| urn::same(s, uri)))
    };
    let (is_schema, is_type, is_index) = (is(urn::SCHEMA), is(urn::RESOURCE_TYPE), is(urn::INDEX));
    // What the server adds when it shows a document is left out, so that what was read can be handed in again.
    object.retain(|name, value| !value.is_null() && !matches!(name.as_str(), "schemas" | "meta"));
    object.values_mut().for_each(without_nulls);
    if is_index {
        return from(object).map(Document::Index).map_err(bad);
    }
    if is_schema || !is_type && object.contains_key("attributes") {
        return from(object).map(|schema| Document::Schema(normal(schema))).map_err(bad);
    }
    if is_type || object.contains_key("endpoint") {
        if let Some(id) = object.shift_remove("id")
            && object.get("name").is_some_and(|name| *name != id)
        {
            return Err(bad("id and name of a resource type must be the same".to_owned()));
        }
        let mut resource_type: ResourceType = from(object).map_err(bad)?;
        if !resource_type.endpoint.starts_with('/') {
            resource_type.endpoint.insert(0, '/');
        }
        return Ok(Document::ResourceType(resource_type));
    }
    Err(bad(format!(
        "it is neither a schema nor a resource type: \"schemas\" must list {} or {}",
        urn::SCHEMA,
        urn::RESOURCE_TYPE
    )))
}

fn from<T: for<'de> Deserialize<'de>>(object: Object) -> Result<T, String> {
    serde_json::from_value(Value::Object(object)).map_err(|e| e.to_string())
}

/// Null and absence are one state (RFC 7643 section 2.5), in schemas too.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(without_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(without_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The schema with the characteristics RFC 7643 leaves no choice about.
fn normal(mut schema: Schema) -> Schema {
    if schema.name.is_empty() {
        schema.name = schema.id.rsplit(':').next().unwrap_or_default().to_owned();
    }
    schema.attributes = schema.attributes.iter().map(|a| Arc::new(normal_attribute(a))).collect();
    schema
}

fn normal_attribute(attribute: &Attribute) -> Attribute {
    let mut attribute = attribute.clone();
    match attribute.kind {
        // RFC 7643 section 2.3.6: binary is case exact.
        Type::Binary => attribute.case_exact = true,
        Type::Reference => {
            // Section 2.3.7: so is a reference.
            attribute.case_exact = true;
            // Section 7: referenceTypes is there for every reference.
            if attribute.reference_types.is_empty() {
                attribute.reference_types = vec!["uri".to_owned()];
            }
        }
        _ => {}
    }
    attribute.sub_attributes =
        attribute.sub_attributes.iter().map(|a| Arc::new(normal_attribute(a))).collect();
    attribute
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_shows_can_be_handed_in_again() {
        let text = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":1,"Resources":[
            {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Schema"],"id":"urn:x:y","description":null,
             "meta":{"resourceType":"Schema"},"attributes":[{"name":"photo","type":"binary","caseExact":null},
             {"name":"link","type":"reference"}]},
            {"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"Thing","name":"Thing","endpoint":"Things",
             "schema":"urn:x:y"}]}"#;
        let [Document::Schema(schema), Document::ResourceType(resource_type)] =
            &documents(text.as_bytes()).unwrap()[..]
        else {
            panic!("a schema and a resource type")
        };
        assert_eq!((schema.name.as_str(), resource_type.endpoint.as_str()), ("y", "/Things"));
        assert!(schema.attributes[0].case_exact);
        assert_eq!(schema.attributes[1].reference_types, ["uri"]);
    }

    #[test]
    fn what_a_schema_leaves_out_has_the_defaults_of_the_rfc() {
        let text = r#"{"id":"urn:x:y","attributes":[{"name":"a"}]}"#;
        let [Document::Schema(schema)] = &documents(text.as_bytes()).unwrap()[..] else { panic!("a schema") };
        let shown = serde_json::to_value(&schema.attributes[0]).unwrap();
        assert_eq!(
            shown,
            serde_json::json!({"name": "a", "type": "string", "multiValued": false, "description": "", "required": false,
                "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none"})
        );
    }

    #[test]
    fn the_types_of_okta_keep_to_the_rules_for_data() {
        let (mut schemas, mut types) = crate::Registry::builtin_parts();
        for document in okta_governance() {
            match document {
                Document::Schema(schema) => {
                    assert_eq!(crate::custom::schema_faults(&schema), []);
                    schemas.push(schema);
                }
                Document::ResourceType(resource_type) => {
                    assert_eq!(crate::custom::resource_type_faults(&resource_type), []);
                    types.push(resource_type);
                }
                Document::Index(_) => {}
            }
        }
        assert_eq!(
            crate::Registry::new(schemas, types).unwrap().resource_type("role").unwrap().endpoint,
            "/Roles"
        );
    }

    #[test]
    fn a_slip_is_named_with_its_place() {
        let of = |text: &str| documents(text.as_bytes()).unwrap_err().to_string();
        assert!(
            of(r#"{"id":"urn:x","attributes":[{"name":"a","mutible":1}]}"#)
                .contains("urn:x: unknown field `mutible`")
        );
        assert!(of("[1]").contains("document 1"));
        assert!(of(r#"{"id":"x"}"#).contains("neither a schema nor a resource type"));
        assert!(of(r#"{"a":1,"a":2}"#).contains("given twice"));
        assert!(of(r#"{"name":"A","id":"B","endpoint":"/A","schema":"urn:x"}"#).contains("must be the same"));
    }
}
