//! From received to checked: names as in the schema, values of the right type, what is missing refused.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::context::Context;
use crate::dialect::{Deviation, Lenience, Rule};
use crate::error::ScimError;
use crate::json::{self, Object};
use crate::registry::{Registry, ResourceType};
use crate::resource::{Checked, MemberRef, Omitted, Received, Resource};
use crate::schema::{Attribute, Mutability, Schema};
use crate::urn;

mod format;
#[cfg(test)]
mod tests;
mod value;
mod whole;

pub(crate) use value::{
    Part, allow, allow_value, as_object, drop_repeats, one_primary, parts, unwrapped, wrong_type,
};
pub use value::{single, value};
pub use whole::{immutable, require};

/// Checks a payload against its resource type.
///
/// Read-only attributes are left out (RFC 7644 section 3.3), names take the schema's case, values the schema's
/// type; null, empty lists and empty objects are the same as absence (RFC 7643 section 2.5).
pub fn resource(
    registry: &Registry,
    resource_type: &ResourceType,
    received: Resource<Received>,
    context: Context,
    lenience: &mut Lenience<'_>,
) -> Result<Resource<Checked>, ScimError> {
    let declared = declared_schemas(registry, resource_type, &received.attributes, lenience)?;
    let mut attributes = Object::new();
    attributes.insert("schemas".into(), Value::Null);
    let mut members = None;
    for (name, value) in received.attributes {
        if name.eq_ignore_ascii_case("schemas") {
            continue;
        }
        if let Some(attribute) = registry.core_attribute(resource_type, &name) {
            let attribute = Arc::clone(attribute);
            if attribute.mutability == Mutability::ReadOnly {
                continue;
            }
            if is_edge(resource_type, &attribute) {
                members = Some(self::members(&attribute, value, lenience)?);
                continue;
            }
            refuse_password(resource_type, &attribute, lenience)?;
            let checked = self::value(&attribute, value, &attribute.name, lenience)?;
            if attribute.mutability != Mutability::WriteOnly {
                put(&mut attributes, &attribute.name, checked)?;
            }
        } else if let Some(schema) = registry.extension(resource_type, &name) {
            let checked = extension(schema, value, lenience)?;
            if checked.is_some() && !declared.iter().any(|s| urn::same(s, &schema.id)) {
                allow(lenience, Deviation::UndeclaredExtension, || {
                    format!("data for the extension {} is given, but \"schemas\" does not list it", schema.id)
                })?;
            }
            put(&mut attributes, &schema.id, checked)?;
        } else {
            allow(lenience, Deviation::UnknownAttribute, || {
                format!("{} has no attribute {name:?}", resource_type.name)
            })?;
        }
    }
    finish(registry, resource_type, &mut attributes);
    if context != Context::PatchRequest {
        require(registry, resource_type, &attributes)?;
    }
    let omitted = match context {
        Context::ReplaceRequest
            if lenience.bends(Deviation::SoftPut, || "attributes that PUT leaves out".into()) =>
        {
            Omitted::Kept
        }
        _ => Omitted::Cleared,
    };
    Ok(Resource { attributes, state: Checked { members, omitted } })
}

/// The interop profile has no passwords: one is as unknown there as any other attribute no schema has.
pub(crate) fn refuse_password(
    resource_type: &ResourceType,
    attribute: &Attribute,
    lenience: &Lenience<'_>,
) -> Result<(), ScimError> {
    if attribute.mutability == Mutability::WriteOnly && lenience.demands(Rule::NoPassword) {
        return Err(ScimError::invalid_syntax(format!(
            "{} has no attribute {:?} in the interop profile: passwords do not belong into provisioning",
            resource_type.name, attribute.name
        )));
    }
    Ok(())
}

/// The most values an attribute kept in the resource itself may have; members are kept apart and have no bound.
///
/// An operation of a PATCH looks at all of them, and a message has up to a thousand operations.
pub const MAX_ELEMENTS: usize = 5_000;

/// Refuses a list longer than [`MAX_ELEMENTS`].
pub(crate) fn bounded(length: usize, place: &str) -> Result<(), ScimError> {
    if length <= MAX_ELEMENTS {
        return Ok(());
    }
    Err(ScimError::invalid_value(format!("{place} has {length} values; at most {MAX_ELEMENTS} are kept")))
}

/// Sets `schemas` to exactly the schemas that carry data: the base schema first, then extensions.
pub fn finish(registry: &Registry, resource_type: &ResourceType, attributes: &mut Object) {
    let base = std::iter::once(json!(registry.base(resource_type).id));
    let carried = registry.extensions(resource_type).filter(|schema| attributes.contains_key(&schema.id));
    let schemas = base.chain(carried.map(|schema| json!(schema.id))).collect();
    attributes.insert("schemas".into(), Value::Array(schemas));
}

/// Whether the attribute is kept as edges between resources and not in the resource's text.
#[must_use]
pub fn is_edge(resource_type: &ResourceType, attribute: &Attribute) -> bool {
    resource_type.schema == urn::GROUP && attribute.name == "members"
}

fn extension(schema: &Schema, value: Value, lenience: &mut Lenience<'_>) -> Result<Option<Value>, ScimError> {
    let object = match value {
        Value::Null => return Ok(None),
        Value::Object(object) => object,
        other => return Err(wrong_type(&schema.id, "an object", &other)),
    };
    let mut checked = Object::new();
    for (name, value) in object {
        let Some(attribute) = schema.attribute(&name) else {
            allow(lenience, Deviation::UnknownAttribute, || {
                format!("{} has no attribute {name:?}", schema.id)
            })?;
            continue;
        };
        if attribute.mutability == Mutability::ReadOnly {
            continue;
        }
        let place = format!("{}:{}", schema.id, attribute.name);
        let value = self::value(attribute, value, &place, lenience)?;
        if attribute.mutability != Mutability::WriteOnly {
            put(&mut checked, &attribute.name, value)?;
        }
    }
    Ok((!checked.is_empty()).then_some(Value::Object(checked)))
}

fn declared_schemas(
    registry: &Registry,
    resource_type: &ResourceType,
    attributes: &Object,
    lenience: &mut Lenience<'_>,
) -> Result<Vec<String>, ScimError> {
    let declared: Vec<String> = match json::member(attributes, "schemas") {
        None | Some(Value::Null) => vec![],
        Some(Value::String(lone)) => {
            allow(lenience, Deviation::SingleForList, || "schemas is a list of URIs; text was given".into())?;
            vec![lone.clone()]
        }
        Some(Value::Array(list)) => list
            .iter()
            .map(|v| v.as_str().map(str::to_owned).ok_or_else(|| wrong_type("schemas", "a list of URIs", v)))
            .collect::<Result<_, _>>()?,
        Some(other) => return Err(wrong_type("schemas", "a list of URIs", other)),
    };
    if declared.is_empty() {
        allow(lenience, Deviation::MissingSchemas, || {
            format!("schemas is missing; it must list {:?}", resource_type.schema)
        })?;
        return Ok(declared);
    }
    for id in &declared {
        let known = urn::same(id, &resource_type.schema) || registry.extension(resource_type, id).is_some();
        if !known {
            allow(lenience, Deviation::UnknownSchema, || {
                format!("{} has no schema {id:?}", resource_type.name)
            })?;
        }
    }
    if !declared.iter().any(|id| urn::same(id, &resource_type.schema)) {
        allow(lenience, Deviation::MissingSchemas, || {
            format!("schemas must list {:?}", resource_type.schema)
        })?;
    }
    Ok(declared)
}

/// The members a value of `members` names, each once. A member without an id is refused and not passed over.
pub fn members(
    attribute: &Attribute,
    value: Value,
    lenience: &mut Lenience<'_>,
) -> Result<Vec<MemberRef>, ScimError> {
    let without_id =
        || ScimError::invalid_value("members: each member needs a value, the id of a user or group");
    let has_id = |element: &Value| match element {
        Value::Object(object) => json::member(object, "value").is_some_and(|id| !id.is_null() && id != ""),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => true,
    };
    let all = match &value {
        Value::Array(list) => list.iter().all(has_id),
        lone => has_id(lone),
    };
    if !all {
        return Err(without_id());
    }
    let checked = self::value(attribute, value, &attribute.name, lenience)?;
    let Some(Value::Array(list)) = checked else { return Ok(vec![]) };
    let mut seen = HashSet::with_capacity(list.len());
    let mut members = Vec::with_capacity(list.len());
    for element in &list {
        let id = element.get("value").and_then(Value::as_str).ok_or_else(without_id)?;
        if seen.insert(id) {
            let kind = element.get("type").and_then(Value::as_str).map(str::to_owned);
            members.push(MemberRef { value: id.to_owned(), kind });
        }
    }
    Ok(members)
}

fn put(object: &mut Object, name: &str, value: Option<Value>) -> Result<(), ScimError> {
    if object.get(name).is_some_and(|v| !v.is_null()) {
        return Err(ScimError::invalid_syntax(format!("{name} is given twice, in different case")));
    }
    if let Some(value) = value {
        bounded(value.as_array().map_or(0, Vec::len), name)?;
        object.insert(name.to_owned(), value);
    }
    Ok(())
}
