//! From the body of a request to a [`Patch`].

use serde_json::Value;

use super::{Change, Operation, Patch, Verb};
use crate::check;
use crate::dialect::{Deviation, Lenience, Rule};
use crate::error::ScimError;
use crate::json::{self, Object};
use crate::message;
use crate::path::Path;
use crate::urn;

/// The most operations in one message.
pub const MAX_OPERATIONS: usize = 1_000;

impl Patch {
    /// Reads a PatchOp message. Members it does not know are left alone; errors name the operation by its place.
    pub fn parse(mut body: Object, lenience: &mut Lenience<'_>) -> Result<Self, ScimError> {
        message::declared(&mut body, urn::PATCH_OP, lenience)?;
        let list = match message::member(&mut body, "Operations", lenience)? {
            Some(Value::Array(list)) => list,
            Some(other) => {
                return Err(ScimError::invalid_syntax(format!(
                    "Operations must be a list; {} was given",
                    json::kind_of(&other)
                )));
            }
            None => {
                return Err(ScimError::invalid_syntax(
                    "Operations is missing; it lists the changes, as in \
                     [{\"op\": \"replace\", \"path\": \"active\", \"value\": false}]",
                ));
            }
        };
        if list.is_empty() {
            check::allow(lenience, Deviation::EmptyOperations, || "Operations is empty".into())?;
        }
        if list.len() > MAX_OPERATIONS {
            return Err(ScimError::invalid_syntax(format!(
                "Operations has {} entries; at most {MAX_OPERATIONS} are taken in one message. One operation can add or \
                 remove many members",
                list.len()
            )));
        }
        let read = |(i, entry)| operation(entry, lenience).map_err(|e| e.at(&format!("Operations[{i}]")));
        Ok(Self { operations: list.into_iter().enumerate().map(read).collect::<Result<_, _>>()? })
    }
}

fn operation(entry: Value, lenience: &mut Lenience<'_>) -> Result<Operation, ScimError> {
    let Value::Object(mut entry) = entry else {
        return Err(ScimError::invalid_syntax(format!(
            "an operation is an object; {} was given",
            json::kind_of(&entry)
        )));
    };
    let Some(Value::String(op)) = message::member(&mut entry, "op", lenience)? else {
        return Err(ScimError::invalid_syntax("op is missing; it is \"add\", \"remove\" or \"replace\""));
    };
    let path = match message::member(&mut entry, "path", lenience)? {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) => Some(Path::parse(&path)?),
        Some(other) => {
            return Err(ScimError::invalid_path(format!(
                "path is text; {} was given",
                json::kind_of(&other)
            )));
        }
    };
    let value = message::member(&mut entry, "value", lenience)?;
    match verb(&op, lenience)? {
        Some(verb) => put(verb, path, value, lenience),
        None => remove(path, value, lenience),
    }
}

/// `None` stands for `remove`, which takes no value.
fn verb(op: &str, lenience: &mut Lenience<'_>) -> Result<Option<Verb>, ScimError> {
    let lower = op.to_ascii_lowercase();
    let verb = match lower.as_str() {
        "add" => Some(Verb::Add),
        "replace" => Some(Verb::Replace),
        "remove" => None,
        _ => {
            return Err(ScimError::invalid_syntax(format!(
                "op {op:?} is not known; it is \"add\", \"remove\" or \"replace\""
            )));
        }
    };
    if lower != op {
        check::allow(lenience, Deviation::OpCase, || format!("op {op:?} must be written {lower:?}"))?;
    }
    Ok(verb)
}

fn put(
    verb: Verb,
    path: Option<Path>,
    value: Option<Value>,
    lenience: &mut Lenience<'_>,
) -> Result<Operation, ScimError> {
    match (path, value) {
        (Some(path), Some(value)) => Ok(Operation::At { path, change: verb.change(value) }),
        // A serializer that leaves nulls out turns "replace with null" into this.
        (Some(path), None)
            if verb == Verb::Replace
                && lenience
                    .bends(Deviation::ClearWithEmptyText, || format!("{} without a value", path.name)) =>
        {
            Ok(Operation::At { path, change: Change::Replace(Value::Null) })
        }
        (None, Some(_)) if lenience.demands(Rule::RequirePath) => Err(ScimError::invalid_syntax(
            "the path is missing; the interop profile wants one in every operation",
        )),
        (None, Some(Value::Object(value))) => Ok(Operation::Whole { verb, value }),
        (None, Some(other)) => Err(ScimError::invalid_value(format!(
            "without a path, the value must be an object of attributes; {} was given",
            json::kind_of(&other)
        ))),
        (_, None) => Err(ScimError::invalid_value("value is missing")),
    }
}

fn remove(
    path: Option<Path>,
    value: Option<Value>,
    lenience: &mut Lenience<'_>,
) -> Result<Operation, ScimError> {
    let Some(path) = path else {
        return Err(ScimError::no_target("remove needs a path: the attribute to remove"));
    };
    let value = value.filter(|v| !v.is_null());
    if value.is_some() {
        check::allow(lenience, Deviation::RemoveWithValue, || {
            "remove takes no value; name what is to go in the path, as in members[value eq \"...\"]".into()
        })?;
    }
    Ok(Operation::At { path, change: Change::Remove(value) })
}
