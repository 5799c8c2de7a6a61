//! What an operation does to one attribute.

use serde_json::Value;

use super::Change;
use super::elements::Elements;
use crate::check::{self, Part};
use crate::dialect::{Lenience, Rule};
use crate::error::ScimError;
use crate::json::Object;
use crate::path::{AttributePath, Selection};
use crate::schema::{Attribute, Mutability};

/// An attribute, and which part of it is meant.
#[derive(Clone, Copy)]
pub(super) struct Target<'t> {
    pub(super) path: &'t AttributePath,
    pub(super) selection: Option<&'t Selection>,
}

impl Target<'_> {
    /// Changes the attribute in the object that holds it: the resource, or an extension.
    pub(super) fn change(
        self,
        object: &mut Object,
        change: Change,
        lenience: &mut Lenience<'_>,
    ) -> Result<(), ScimError> {
        let attribute = self.path.attribute();
        let clears = matches!(change, Change::Remove(_));
        // The place in the object is kept, so that members stay in their order.
        let current = object.get_mut(&attribute.name).map(Value::take).filter(|v| !v.is_null());
        let before = (attribute.mutability == Mutability::Immutable).then(|| current.clone()).flatten();
        let had = current.is_some();
        let new = if attribute.multi_valued {
            let list = match current {
                Some(Value::Array(list)) => list,
                Some(lone) => vec![lone],
                None => vec![],
            };
            let list = Elements { target: self, list }.change(change, lenience)?;
            (!list.is_empty()).then_some(Value::Array(list))
        } else {
            self.single(current, change, lenience)?
        };
        if before.is_some() && new != before {
            return Err(ScimError::mutability(format!("{} cannot be changed once it is set", self.path)));
        }
        match new {
            Some(new) => {
                object.insert(attribute.name.clone(), new);
            }
            None if attribute.required && clears => {
                return Err(ScimError::mutability(format!(
                    "{} is required and cannot be removed",
                    self.path
                )));
            }
            None if attribute.required && had => {
                return Err(ScimError::invalid_value(format!(
                    "{} is required and cannot be empty",
                    self.path
                )));
            }
            None => {
                object.shift_remove(&attribute.name);
            }
        }
        Ok(())
    }

    fn single(
        self,
        current: Option<Value>,
        change: Change,
        lenience: &mut Lenience<'_>,
    ) -> Result<Option<Value>, ScimError> {
        let attribute = self.path.attribute();
        // RFC 7644 section 3.5.2.3 merges; the interop profile replaces wholly.
        let starts_anew = matches!(change, Change::Replace(_))
            && self.path.sub().is_none()
            && lenience.demands(Rule::WholeComplex);
        let value = match change {
            Change::Remove(_) if self.path.sub().is_none() => return Ok(None),
            Change::Remove(_) => None,
            Change::Add(value) | Change::Replace(value) => Some(value),
        };
        if !attribute.is_complex() {
            return check::single(attribute, value.unwrap_or_default(), &self.path.name(), lenience);
        }
        let Some(parts) = self.parts(value, lenience)? else { return Ok(None) };
        let mut element = match current {
            Some(Value::Object(object)) if !starts_anew => object,
            Some(_) | None => Object::new(),
        };
        merge(&mut element, parts, self.path)?;
        Ok((!element.is_empty()).then_some(Value::Object(element)))
    }

    /// What a value says of the sub-attributes; `None` means that the whole is unassigned. Without a value, the
    /// sub-attribute of the path is.
    pub(super) fn parts(
        self,
        value: Option<Value>,
        lenience: &mut Lenience<'_>,
    ) -> Result<Option<Vec<Part>>, ScimError> {
        let attribute = self.path.attribute();
        let place = self.path.name();
        if let Some(sub) = self.path.sub() {
            let value = match value {
                None => None,
                Some(value) => check::value(sub, value, &place, lenience)?,
            };
            return Ok(Some(vec![Part { sub: sub.clone(), value }]));
        }
        let Some(value) = check::unwrapped(attribute, value.unwrap_or_default(), &place, lenience)? else {
            return Ok(None);
        };
        let object = check::as_object(attribute, value, &place, lenience)?;
        check::parts(attribute, object, &place, lenience).map(Some)
    }
}

/// Sets and unsets sub-attributes. Nothing is left where only `type`, `primary` and the like would be after one
/// was unset: they describe a value that is gone (Entra clears `emails[type eq "work"].value`, `manager.value`).
pub(super) fn merge(element: &mut Object, parts: Vec<Part>, path: &AttributePath) -> Result<(), ScimError> {
    let mut unset = false;
    let value = parts.iter().find(|part| part.sub.name == "value");
    if value.is_some_and(|part| part.value.as_ref() != element.get("value")) {
        // A URI of the value before is wrong now.
        element.shift_remove("$ref");
    }
    for Part { sub, value } in parts {
        let old = element.get(&sub.name);
        if sub.mutability == Mutability::Immutable && old.is_some() && old != value.as_ref() {
            return Err(ScimError::mutability(format!(
                "{}.{} cannot be changed once it is set",
                path.attribute().name,
                sub.name
            )));
        }
        if let Some(value) = value {
            element.insert(sub.name.clone(), value);
        } else {
            refuse_unset(&sub, path)?;
            unset |= element.shift_remove(&sub.name).is_some();
        }
    }
    let describes = |name: &String| matches!(name.as_str(), "type" | "primary" | "$ref");
    if unset && element.keys().all(describes) {
        element.clear();
    }
    Ok(())
}

fn refuse_unset(sub: &Attribute, path: &AttributePath) -> Result<(), ScimError> {
    if sub.required {
        let name = &path.attribute().name;
        return Err(ScimError::mutability(format!("{name}.{} is required and cannot be removed", sub.name)));
    }
    Ok(())
}
