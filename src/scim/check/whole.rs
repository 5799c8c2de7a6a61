//! What a resource as a whole must be: complete in what is required, and unchanged in what is immutable.

use std::sync::Arc;

use serde_json::Value;

use super::finish;
use crate::error::ScimError;
use crate::json::Object;
use crate::registry::{Registry, ResourceType};
use crate::schema::{Attribute, Mutability};
use crate::value::same;

/// Refuses a resource without a required attribute (RFC 7643 section 2.2) or a required extension (section 6), and a
/// complex value without a required sub-attribute.
pub fn require(
    registry: &Registry,
    resource_type: &ResourceType,
    attributes: &Object,
) -> Result<(), ScimError> {
    for attribute in &registry.base(resource_type).attributes {
        if is_wanted(attribute) && !is_given(attributes, attribute) {
            return Err(ScimError::invalid_value(format!(
                "{} is required: no {} can be without it",
                attribute.name, resource_type.name
            )));
        }
        require_parts("", attributes, attribute)?;
    }
    for extension in &resource_type.schema_extensions {
        let Some(schema) = registry.schema(&extension.schema) else { continue };
        let Some(Value::Object(data)) = attributes.get(&schema.id) else {
            if extension.required {
                return Err(ScimError::invalid_value(format!(
                    "{} must carry the extension {}",
                    resource_type.name, schema.id
                )));
            }
            continue;
        };
        for attribute in &schema.attributes {
            if is_wanted(attribute) && !is_given(data, attribute) {
                return Err(ScimError::invalid_value(format!(
                    "{}:{} is required",
                    schema.id, attribute.name
                )));
            }
            require_parts(&format!("{}:", schema.id), data, attribute)?;
        }
    }
    Ok(())
}

/// Whether a client has to give the attribute.
fn is_wanted(attribute: &Attribute) -> bool {
    attribute.required && attribute.mutability != Mutability::ReadOnly
}

/// Whether an attribute has a value: RFC 7643 section 4.1.1 wants a user's name non-empty, and empty text is none
/// anywhere else.
fn is_given(attributes: &Object, attribute: &Attribute) -> bool {
    attributes.get(&attribute.name).is_some_and(|value| value.as_str() != Some(""))
}

fn require_parts(place: &str, attributes: &Object, attribute: &Attribute) -> Result<(), ScimError> {
    let wanted = || attribute.sub_attributes.iter().filter(|sub| is_wanted(sub));
    if wanted().next().is_none() {
        return Ok(());
    }
    let values = match attributes.get(&attribute.name) {
        None => &[],
        Some(Value::Array(list)) => list.as_slice(),
        Some(lone) => std::slice::from_ref(lone),
    };
    for value in values.iter().filter_map(Value::as_object) {
        if let Some(missing) = wanted().find(|sub| !is_given(value, sub)) {
            let name = &attribute.name;
            return Err(ScimError::invalid_value(format!(
                "{place}{name}.{} is required: no value of {name} can be without it",
                missing.name
            )));
        }
    }
    Ok(())
}

/// Holds what a replacement says of immutable attributes against what is stored (RFC 7644 section 3.5.1): a value
/// that is there stays, also where the replacement says nothing of it; another value is 400 `mutability`. What is
/// read-only stays too, and a replacement never speaks of it.
pub fn immutable(
    registry: &Registry,
    resource_type: &ResourceType,
    stored: &Object,
    replacement: &mut Object,
) -> Result<(), ScimError> {
    let base = &registry.base(resource_type).attributes;
    let mut all = base.iter().chain(registry.extensions(resource_type).flat_map(|s| &s.attributes));
    if !all.any(|attribute| is_fixed(attribute)) {
        return Ok(());
    }
    immutable_values("", base, stored, replacement)?;
    for schema in registry.extensions(resource_type) {
        let Some(Value::Object(stored)) = stored.get(&schema.id) else { continue };
        if !schema.attributes.iter().any(|attribute| is_fixed(attribute)) {
            continue;
        }
        let mut data = match replacement.get_mut(&schema.id).map(Value::take) {
            Some(Value::Object(data)) => data,
            _ => Object::new(),
        };
        immutable_values(&format!("{}:", schema.id), &schema.attributes, stored, &mut data)?;
        if !data.is_empty() {
            replacement.insert(schema.id.clone(), Value::Object(data));
        }
    }
    finish(registry, resource_type, replacement);
    Ok(())
}

/// Whether a replacement cannot change the attribute, or a part of its one value. The values of a list come and go as
/// wholes: what is immutable in them is so while they are there.
fn is_fixed(attribute: &Attribute) -> bool {
    let stays = |a: &Attribute| matches!(a.mutability, Mutability::Immutable | Mutability::ReadOnly);
    stays(attribute) || (!attribute.multi_valued && attribute.sub_attributes.iter().any(|sub| stays(sub)))
}

fn immutable_values(
    place: &str,
    attributes: &[Arc<Attribute>],
    stored: &Object,
    replacement: &mut Object,
) -> Result<(), ScimError> {
    for attribute in attributes.iter().filter(|attribute| is_fixed(attribute)) {
        let name = &attribute.name;
        let Some(old) = stored.get(name) else { continue };
        if matches!(attribute.mutability, Mutability::ReadWrite | Mutability::WriteOnly) {
            // the value may be taken away as a whole
            if let (Value::Object(old), Some(Value::Object(new))) = (old, replacement.get_mut(name)) {
                immutable_values(&format!("{place}{name}."), &attribute.sub_attributes, old, new)?;
            }
            continue;
        }
        match replacement.get(name) {
            None => {
                replacement.insert(name.clone(), old.clone());
            }
            Some(new) if same(attribute, old, new) => {}
            Some(_) => {
                return Err(ScimError::mutability(format!("{place}{name} cannot be changed once it is set")));
            }
        }
    }
    Ok(())
}
