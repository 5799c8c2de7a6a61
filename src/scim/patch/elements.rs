//! What an operation does to a multi-valued attribute.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::Change;
use super::target::{Target, merge};
use crate::check::{self, Part};
use crate::dialect::{Deviation, Lenience, Rule};
use crate::error::ScimError;
use crate::json::Object;
use crate::schema::Attribute;
use crate::value as keys;

/// The elements of an attribute, being changed.
pub(super) struct Elements<'t> {
    pub(super) target: Target<'t>,
    pub(super) list: Vec<Value>,
}

impl Elements<'_> {
    /// The elements after the change.
    pub(super) fn change(
        mut self,
        change: Change,
        lenience: &mut Lenience<'_>,
    ) -> Result<Vec<Value>, ScimError> {
        let whole = self.target.selection.is_none() && self.target.path.sub().is_none();
        self.refuse_several(lenience)?;
        match change {
            Change::Add(value) if whole => self.add(value, lenience)?,
            Change::Replace(value) if whole => self.list = self.checked(value, lenience)?,
            Change::Remove(None) if whole => self.list.clear(),
            Change::Remove(Some(value)) if whole => self.remove_equal(value, lenience)?,
            Change::Remove(_) if self.target.path.sub().is_none() => {
                let chosen = self.chosen();
                self.drop_marked(&chosen);
            }
            Change::Remove(_) => {
                if let Some(parts) = self.target.parts(None, lenience)? {
                    self.merge_chosen(&parts, lenience)?;
                }
            }
            Change::Add(value) => self.put(value, Fit::Merge, lenience)?,
            Change::Replace(value) => self.put(value, Fit::Replace, lenience)?,
        }
        check::bounded(self.list.len(), &self.target.path.name())?;
        Ok(self.list)
    }

    /// The interop profile leaves it to the server to refuse a filter that is not about one element.
    fn refuse_several(&self, lenience: &Lenience<'_>) -> Result<(), ScimError> {
        let chosen = || self.chosen().into_iter().filter(|chosen| *chosen).count();
        if self.target.selection.is_none() || !lenience.demands(Rule::OneMatch) || chosen() < 2 {
            return Ok(());
        }
        Err(ScimError::invalid_filter(format!(
            "{}: the filter matches more than one value; the interop profile wants one",
            self.target.path
        )))
    }

    fn checked(&self, value: Value, lenience: &mut Lenience<'_>) -> Result<Vec<Value>, ScimError> {
        let path = self.target.path;
        match check::value(path.attribute(), value, &path.name(), lenience)? {
            Some(Value::Array(list)) => Ok(list),
            Some(lone) => Ok(vec![lone]),
            None => Ok(vec![]),
        }
    }

    /// Which elements the path speaks of; without a filter, all.
    fn chosen(&self) -> Vec<bool> {
        let matches = |element: &Value| match self.target.selection {
            None => true,
            Some(selection) => element.as_object().is_some_and(|object| selection.filter.matches(object)),
        };
        self.list.iter().map(matches).collect()
    }

    fn drop_marked(&mut self, marks: &[bool]) {
        let mut marks = marks.iter();
        self.list.retain(|_| !marks.next().copied().unwrap_or_default());
    }

    /// RFC 7644 section 3.5.2.1: values are appended; one that is there already changes nothing. A value that is
    /// there with the same type gains what is new (RFC 7643 section 2.4: no value twice with one type).
    fn add(&mut self, value: Value, lenience: &mut Lenience<'_>) -> Result<(), ScimError> {
        let attribute = self.target.path.attribute();
        let given = self.checked(value, lenience)?;
        let mut there: HashMap<String, usize> = HashMap::new();
        for (i, element) in self.list.iter().enumerate() {
            there.entry(likeness(attribute, element)).or_insert(i);
        }
        let mut fresh = vec![false; self.list.len()];
        for element in given {
            let place = *there.entry(likeness(attribute, &element)).or_insert(self.list.len());
            match self.list.get_mut(place) {
                Some(old) => gain(attribute, old, element),
                None => self.list.push(element),
            }
            fresh.resize(self.list.len(), false);
            fresh[place] = true;
        }
        self.settle(&fresh, lenience)
    }

    /// Removes the elements a value list names (Entra, JumpCloud): by `value` and, if given, `type`; where there is
    /// no `value`, by all that is given.
    fn remove_equal(&mut self, value: Value, lenience: &mut Lenience<'_>) -> Result<(), ScimError> {
        let attribute = self.target.path.attribute();
        let given = self.checked(value, lenience)?;
        let (mut tags, mut others) = (HashSet::new(), Vec::new());
        for element in given {
            match tag(attribute, &element, VALUE_AND_TYPE) {
                Some(tag) => {
                    tags.insert(tag);
                }
                None => others.push(element),
            }
        }
        let equal = |element: &Value, other: &Value| match (element, other) {
            (Value::Object(element), Value::Object(other)) => other.iter().all(|(name, wanted)| {
                element.get(name).is_some_and(|found| {
                    attribute.sub(name).map_or(found == wanted, |sub| keys::same(sub, found, wanted))
                })
            }),
            _ => keys::same(attribute, element, other),
        };
        self.list.retain(|element| {
            let tagged = [VALUE, VALUE_AND_TYPE]
                .iter()
                .filter_map(|names| tag(attribute, element, names))
                .any(|tag| tags.contains(&tag));
            !tagged && !others.iter().any(|other| equal(element, other))
        });
        Ok(())
    }

    /// Puts a value at the chosen elements or their sub-attribute.
    fn put(&mut self, value: Value, fit: Fit, lenience: &mut Lenience<'_>) -> Result<(), ScimError> {
        let path = self.target.path;
        // A bare value is the element's `value`; the rest of the element stays.
        let bare = !value.is_object() && !value.is_array();
        let value = match value {
            Value::Array(mut list) if path.sub().is_none() && list.len() <= 1 => {
                check::allow_value(lenience, Deviation::ListForSingle, || {
                    format!("{path}[...] is one element; a list was given")
                })?;
                list.pop().unwrap_or_default()
            }
            other => other,
        };
        let Some(parts) = self.target.parts(Some(value), lenience)? else {
            return self.clear_chosen(lenience);
        };
        if parts.iter().all(|part| part.value.is_none()) {
            if path.sub().is_none() {
                return self.clear_chosen(lenience);
            }
            if !self.chosen().contains(&true) {
                return self.nothing_chosen(lenience);
            }
        } else if !self.chosen().contains(&true) {
            return self.create(parts, lenience);
        }
        if path.sub().is_some() || bare || fit == Fit::Merge {
            return self.merge_chosen(&parts, lenience);
        }
        let element: Object =
            parts.into_iter().filter_map(|part| Some((part.sub.name.clone(), part.value?))).collect();
        let chosen = self.chosen();
        for (old, _) in self.list.iter_mut().zip(&chosen).filter(|(_, chosen)| **chosen) {
            *old = Value::Object(element.clone());
        }
        self.settle(&chosen, lenience)
    }

    fn merge_chosen(&mut self, parts: &[Part], lenience: &mut Lenience<'_>) -> Result<(), ScimError> {
        let chosen = self.chosen();
        for (element, _) in self.list.iter_mut().zip(&chosen).filter(|(_, chosen)| **chosen) {
            if let Value::Object(object) = element {
                merge(object, parts.to_vec(), self.target.path)?;
            }
        }
        // What a merge leaves empty is gone.
        self.list.retain(|element| element.as_object().is_none_or(|object| !object.is_empty()));
        let primary = parts.iter().any(|part| part.sub.name == "primary");
        if primary && self.list.len() == chosen.len() {
            return self.settle(&chosen, lenience);
        }
        self.settle(&[], lenience)
    }

    fn clear_chosen(&mut self, lenience: &mut Lenience<'_>) -> Result<(), ScimError> {
        let chosen = self.chosen();
        if !chosen.contains(&true) {
            return self.nothing_chosen(lenience);
        }
        self.drop_marked(&chosen);
        Ok(())
    }

    /// What is cleared twice is a success: Entra sends "" first and null after it.
    fn nothing_chosen(&self, lenience: &mut Lenience<'_>) -> Result<(), ScimError> {
        if self.target.selection.is_none()
            || lenience.bends(Deviation::CreateFromFilter, || format!("{}[...]", self.target.path))
        {
            return Ok(());
        }
        Err(self.no_target())
    }

    fn no_target(&self) -> ScimError {
        ScimError::no_target(format!("{}: the filter matches no value", self.target.path))
    }

    /// Makes the element the filter describes, with what is given; Entra counts on it. A later operation with the
    /// same filter then finds it.
    fn create(&mut self, parts: Vec<Part>, lenience: &mut Lenience<'_>) -> Result<(), ScimError> {
        let mut element = match self.target.selection {
            None => Object::new(),
            Some(selection) => {
                if !lenience.bends(Deviation::CreateFromFilter, || format!("{}[...]", self.target.path)) {
                    return Err(self.no_target());
                }
                selection.seed.clone().ok_or_else(|| self.no_target())?
            }
        };
        merge(&mut element, parts, self.target.path)?;
        if self.target.selection.is_some_and(|s| !s.filter.matches(&element)) {
            return Err(self.no_target());
        }
        self.list.push(Value::Object(element));
        let mut fresh = vec![false; self.list.len()];
        fresh[self.list.len() - 1] = true;
        self.settle(&fresh, lenience)
    }

    /// A value newly marked primary turns the others' marks off (RFC 7644 section 3.5.2); no value is there twice.
    fn settle(&mut self, fresh: &[bool], lenience: &mut Lenience<'_>) -> Result<(), ScimError> {
        let is_primary = |element: &Value| element.get("primary") == Some(&Value::Bool(true));
        let fresh = |i: usize| fresh.get(i).copied().unwrap_or_default();
        let marked = self.list.iter().enumerate().any(|(i, e)| fresh(i) && is_primary(e));
        if marked {
            for (_, element) in self.list.iter_mut().enumerate().filter(|(i, e)| !fresh(*i) && is_primary(e))
            {
                element["primary"] = Value::Bool(false);
            }
        }
        check::one_primary(&mut self.list, &self.target.path.name(), lenience)?;
        check::drop_repeats(self.target.path.attribute(), &mut self.list);
        Ok(())
    }
}

/// What two elements share that are not kept beside each other: `value` and `type`, or without a `value` everything.
fn likeness(attribute: &Attribute, element: &Value) -> String {
    tag(attribute, element, VALUE_AND_TYPE).unwrap_or_else(|| keys::identity(attribute, element))
}

/// Gives an element what another has and it has not. What is the same stays as it was first sent.
fn gain(attribute: &Attribute, old: &mut Value, new: Value) {
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return };
    for (name, value) in new {
        let same = match (attribute.sub(&name), old.get(&name)) {
            (Some(sub), Some(there)) => keys::same(sub, there, &value),
            _ => false,
        };
        if !same {
            old.insert(name, value);
        }
    }
}

/// How an object meets the element it is put at.
#[derive(Clone, Copy, PartialEq)]
enum Fit {
    /// RFC 7644 section 3.5.2.1.
    Merge,
    /// RFC 7644 section 3.5.2.3: all matching values are replaced.
    Replace,
}

const VALUE: &[&str] = &["value"];
const VALUE_AND_TYPE: &[&str] = &["value", "type"];

/// A text that is the same for elements with the same of the named sub-attributes; none without a `value`.
fn tag(attribute: &Attribute, element: &Value, names: &[&str]) -> Option<String> {
    element.get("value")?;
    let part =
        |name: &&str| Some(format!("{name}={}", keys::identity(attribute.sub(name)?, element.get(name)?)));
    Some(names.iter().filter_map(part).collect::<Vec<_>>().join("&"))
}
