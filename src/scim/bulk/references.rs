//! References to what other operations of a job make: `bulkId:x` in data at any depth, in paths, and in the
//! filters of PATCH paths (RFC 7644 section 3.7.1).

use serde_json::Value;

use crate::json::Object;

const PREFIX: &str = "bulkId:";

/// A reference that cannot be put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved(
    /// The `bulkId` it names.
    pub String,
);

/// The `bulkId` a text refers to: it is a reference as a whole, or a URI whose last segment is one.
fn referred(text: &str) -> Option<&str> {
    text.rsplit('/').next()?.strip_prefix(PREFIX)
}

/// Calls `see` with every `bulkId` a value refers to.
pub(super) fn each(value: &Value, see: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => {
            if let Some(id) = referred(text) {
                see(id);
            } else if text.contains(PREFIX) {
                text.split('"').skip(1).step_by(2).filter_map(referred).for_each(see);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| each(value, see)),
        Value::Object(object) => object.values().for_each(|value| each(value, see)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The `bulkId` that a segment of a path refers to.
pub(super) fn of_path(path: &str) -> Option<&str> {
    segments(path).find_map(|segment| segment.strip_prefix(PREFIX))
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('?').next().unwrap_or_default().split('/')
}

/// The path with ids in place of references.
pub fn resolve_path(path: &str, id_of: impl Fn(&str) -> Option<String>) -> Result<String, Unresolved> {
    let Some(bulk_id) = of_path(path) else { return Ok(path.to_owned()) };
    let id = id_of(bulk_id).ok_or_else(|| Unresolved(bulk_id.to_owned()))?;
    Ok(path.replacen(&format!("{PREFIX}{bulk_id}"), &id, 1))
}

/// Puts ids in place of all references in a body.
pub fn resolve_data(data: &mut Object, id_of: impl Fn(&str) -> Option<String>) -> Result<(), Unresolved> {
    data.values_mut().try_for_each(|value| resolve(value, &id_of))
}

fn resolve(value: &mut Value, id_of: &impl Fn(&str) -> Option<String>) -> Result<(), Unresolved> {
    match value {
        Value::String(text) => resolve_text(text, id_of),
        Value::Array(list) => list.iter_mut().try_for_each(|value| resolve(value, id_of)),
        Value::Object(object) => object.values_mut().try_for_each(|value| resolve(value, id_of)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn resolve_text(text: &mut String, id_of: &impl Fn(&str) -> Option<String>) -> Result<(), Unresolved> {
    let id = |bulk_id: &str| id_of(bulk_id).ok_or_else(|| Unresolved(bulk_id.to_owned()));
    if let Some(bulk_id) = referred(text) {
        let id = id(bulk_id)?;
        let stem = text.len() - bulk_id.len() - PREFIX.len();
        text.replace_range(stem.., &id);
    } else if text.contains(PREFIX) {
        let mut parts: Vec<String> = text.split('"').map(str::to_owned).collect();
        for part in parts.iter_mut().skip(1).step_by(2) {
            if let Some(bulk_id) = referred(part) {
                *part = id(bulk_id)?;
            }
        }
        *text = parts.join("\"");
    }
    Ok(())
}

/// The body without the values that refer to one of `later`: what can be made before they are.
///
/// A reference in `value` or `$ref` stands for the object around it, such as a member or a manager.
#[must_use]
pub fn without(data: &Object, later: &impl Fn(&str) -> bool) -> Object {
    let kept = |(name, value): (&String, &Value)| Some((name.clone(), stripped(value, later)?));
    data.iter().filter_map(kept).collect()
}

fn stripped(value: &Value, later: &impl Fn(&str) -> bool) -> Option<Value> {
    match value {
        Value::String(text) => (!referred(text).is_some_and(later)).then(|| value.clone()),
        Value::Array(list) => {
            Some(Value::Array(list.iter().filter_map(|element| stripped(element, later)).collect()))
        }
        Value::Object(object) => {
            let stands_for_all = |(name, value): (&String, &Value)| {
                (name.eq_ignore_ascii_case("value") || name.eq_ignore_ascii_case("$ref"))
                    && value.as_str().and_then(referred).is_some_and(later)
            };
            (!object.iter().any(stands_for_all)).then(|| Value::Object(without(object, later)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(value.clone()),
    }
}
