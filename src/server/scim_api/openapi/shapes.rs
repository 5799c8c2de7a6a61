//! Resource types as JSON Schema: as they are shown, and as they are sent.

use scim::schema::{Mutability, Returned, Type};
use scim::{Attribute, Registry, ResourceType, Schema};
use serde_json::{Map, Value, json};

/// The name of the schema of what a client sends.
pub(super) fn sent_name(resource_type: &ResourceType) -> String {
    format!("{}Request", resource_type.name)
}

/// What an answer holds. Only what is always returned is required: a client may have asked for less.
pub(super) fn shown(registry: &Registry, resource_type: &ResourceType) -> Value {
    let is_shown = |attribute: &Attribute| attribute.returned != Returned::Never;
    let mut shape = shape(registry, resource_type, &is_shown);
    shape["required"] = json!(["schemas", "id"]);
    shape
}

/// What a create or a replacement holds. More is accepted than this says: names in any case, and what is tolerated of
/// some clients.
pub(super) fn sent(registry: &Registry, resource_type: &ResourceType) -> Value {
    let is_sent = |attribute: &Attribute| attribute.mutability != Mutability::ReadOnly;
    let mut shape = shape(registry, resource_type, &is_sent);
    let base = registry.base(resource_type);
    let required = base.attributes.iter().filter(|a| a.required).map(|a| a.name.clone());
    let extensions = resource_type.schema_extensions.iter().filter(|e| e.required).map(|e| e.schema.clone());
    shape["required"] = std::iter::once("schemas".to_owned()).chain(required).chain(extensions).collect();
    shape
}

fn shape(registry: &Registry, resource_type: &ResourceType, keeps: &dyn Fn(&Attribute) -> bool) -> Value {
    let base = registry.base(resource_type);
    let mut properties = Map::new();
    for attribute in registry.common().iter().chain(&base.attributes).filter(|a| keeps(a)) {
        properties.insert(attribute.name.clone(), of_attribute(attribute, keeps));
    }
    properties.insert("schemas".into(), schemas(registry, resource_type));
    for extension in registry.extensions(resource_type) {
        properties.insert(extension.id.clone(), of_extension(extension, keeps));
    }
    json!({
        "type": "object",
        "description": resource_type.description,
        "properties": properties,
        "additionalProperties": false,
    })
}

/// The base schema and any of the extensions, none twice (RFC 7643 section 3).
fn schemas(registry: &Registry, resource_type: &ResourceType) -> Value {
    let base = &registry.base(resource_type).id;
    let all: Vec<&str> = std::iter::once(base.as_str())
        .chain(registry.extensions(resource_type).map(|e| e.id.as_str()))
        .collect();
    json!({ "type": "array", "items": { "enum": all }, "contains": { "const": base }, "uniqueItems": true })
}

fn of_extension(extension: &Schema, keeps: &dyn Fn(&Attribute) -> bool) -> Value {
    let mut shape = of_parts(&extension.attributes, keeps);
    shape["description"] = json!(extension.description);
    shape
}

fn of_parts<'a>(
    attributes: impl IntoIterator<Item = &'a std::sync::Arc<Attribute>>,
    keeps: &dyn Fn(&Attribute) -> bool,
) -> Value {
    let properties: Map<String, Value> = attributes
        .into_iter()
        .filter(|attribute| keeps(attribute))
        .map(|attribute| (attribute.name.clone(), of_attribute(attribute, keeps)))
        .collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn of_attribute(attribute: &Attribute, keeps: &dyn Fn(&Attribute) -> bool) -> Value {
    let mut one = match attribute.kind {
        Type::String if attribute.required => json!({ "type": "string", "minLength": 1 }),
        // RFC 7643 section 2.3.7: absolute or relative, and what clients send besides is kept as it is
        Type::String | Type::Reference => json!({ "type": "string" }),
        Type::Boolean => json!({ "type": "boolean" }),
        Type::Decimal => json!({ "type": "number" }),
        Type::Integer => json!({ "type": "integer" }),
        Type::DateTime => json!({ "type": "string", "format": "date-time" }),
        Type::Binary => json!({ "type": "string", "contentEncoding": "base64" }),
        Type::Complex => of_parts(&attribute.sub_attributes, keeps),
    };
    // hints, as RFC 7643 section 2.3.1 has it: other values are accepted
    if !attribute.canonical_values.is_empty() {
        one["examples"] = json!(attribute.canonical_values);
    }
    let mut shape = if attribute.multi_valued { json!({ "type": "array", "items": one }) } else { one };
    if !attribute.description.is_empty() {
        shape["description"] = json!(attribute.description);
    }
    shape
}
