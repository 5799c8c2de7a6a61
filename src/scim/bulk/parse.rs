//! From the body of a request to a [`Job`].

use std::collections::HashSet;

use serde_json::Value;

use super::{Job, Operation, Verb, Wish};
use crate::check;
use crate::dialect::{Deviation, Lenience};
use crate::error::ScimError;
use crate::json::{self, Object};
use crate::message;
use crate::urn;

impl Job {
    /// Reads a `BulkRequest` message of at most `most` operations.
    ///
    /// What makes the job as a whole unreadable is an error here: no list of operations, too many of them (413),
    /// one `bulkId` for two. What is wrong with one operation is kept in its place, and the others stand.
    pub fn parse(mut body: Object, most: usize, lenience: &mut Lenience<'_>) -> Result<Self, ScimError> {
        let schemas = message::member(&mut body, "schemas", lenience)?;
        declared(schemas.as_ref(), lenience)?;
        let fail_on_errors = fail_on_errors(message::member(&mut body, "failOnErrors", lenience)?)?;
        let list = match message::member(&mut body, "Operations", lenience)? {
            Some(Value::Array(list)) => list,
            Some(other) => {
                return Err(ScimError::invalid_syntax(format!(
                    "Operations must be a list; {} was given",
                    json::kind_of(&other)
                )));
            }
            None => {
                return Err(ScimError::invalid_syntax("Operations is missing; it lists what is to be done"));
            }
        };
        if list.len() > most {
            return Err(ScimError::http(
                413,
                format!(
                    "Operations has {} entries; maxOperations is {most}. Nothing was done; send the job in parts",
                    list.len()
                ),
            ));
        }
        if list.is_empty() {
            check::allow(lenience, Deviation::EmptyOperations, || "Operations is empty".into())?;
        }
        let mut operations = Vec::with_capacity(list.len());
        for (i, entry) in list.into_iter().enumerate() {
            operations
                .push(operation(entry, lenience).map_err(|error| error.at(&format!("Operations[{i}]")))?);
        }
        refuse_repeats(&operations)?;
        Ok(Self { fail_on_errors, operations })
    }
}

fn declared(schemas: Option<&Value>, lenience: &mut Lenience<'_>) -> Result<(), ScimError> {
    let named = match schemas {
        Some(Value::Array(list)) => {
            list.iter().any(|s| s.as_str().is_some_and(|s| urn::same(s, urn::BULK_REQUEST)))
        }
        Some(_) | None => false,
    };
    if named {
        return Ok(());
    }
    check::allow(lenience, Deviation::MissingSchemas, || format!("schemas must list {:?}", urn::BULK_REQUEST))
}

fn fail_on_errors(value: Option<Value>) -> Result<Option<usize>, ScimError> {
    let wrong = |given: &str| {
        ScimError::invalid_value(format!(
            "failOnErrors is a whole number from 1, the errors after which the job stops; {given} was given"
        ))
    };
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => match number.as_u64() {
            Some(most @ 1..) => Ok(Some(usize::try_from(most).unwrap_or(usize::MAX))),
            Some(0) | None => Err(wrong(&number.to_string())),
        },
        Some(other) => Err(wrong(json::kind_of(&other))),
    }
}

/// References to a `bulkId` that two operations have would be guesses.
fn refuse_repeats(operations: &[Operation]) -> Result<(), ScimError> {
    let mut seen = HashSet::new();
    let ids = operations.iter().enumerate().filter_map(|(i, o)| o.bulk_id.as_deref().map(|id| (i, id)));
    for (i, id) in ids {
        if !seen.insert(id) {
            return Err(ScimError::invalid_value(format!(
                "Operations[{i}]: the bulkId {id:?} is that of an earlier operation; each has its own. Nothing was \
                 done"
            )));
        }
    }
    Ok(())
}

fn operation(entry: Value, lenience: &mut Lenience<'_>) -> Result<Operation, ScimError> {
    let Value::Object(mut entry) = entry else {
        return Err(ScimError::invalid_syntax(format!(
            "an operation is an object; {} was given",
            json::kind_of(&entry)
        )));
    };
    let method = text(&mut entry, "method", lenience)?;
    let bulk_id = text(&mut entry, "bulkId", lenience)?.filter(|id| !id.is_empty());
    let wish = wish(method.as_deref(), bulk_id.as_deref(), entry, lenience);
    Ok(Operation { method: method.unwrap_or_default(), bulk_id, wish })
}

fn wish(
    method: Option<&str>,
    bulk_id: Option<&str>,
    mut entry: Object,
    lenience: &mut Lenience<'_>,
) -> Result<Wish, ScimError> {
    let verb = verb(method.unwrap_or_default(), lenience)?;
    let path = text(&mut entry, "path", lenience)?.filter(|path| !path.is_empty()).ok_or_else(|| {
        ScimError::invalid_syntax(
            "path is missing; it is that of a single request below the Tenant URL, as in /Users",
        )
    })?;
    // RFC 7644 section 3.7: the path is relative to the base URI; some write it without the slash.
    let path = if path.starts_with('/') { path } else { format!("/{path}") };
    let version = text(&mut entry, "version", lenience)?;
    let data = message::member(&mut entry, "data", lenience)?.filter(|data| !data.is_null());
    let data = match (verb, data) {
        (Verb::Delete, _) => None,
        (_, Some(Value::Object(data))) => Some(data),
        (_, Some(other)) => {
            return Err(ScimError::invalid_syntax(format!(
                "data is the body of the request, an object; {} was given",
                json::kind_of(&other)
            )));
        }
        (_, None) => {
            return Err(ScimError::invalid_syntax(format!(
                "data is missing; {} needs a body",
                verb.as_str()
            )));
        }
    };
    if verb == Verb::Post && bulk_id.is_none() {
        return Err(ScimError::invalid_syntax(
            "bulkId is missing; a POST needs one, so that its answer can be told from others",
        ));
    }
    Ok(Wish { verb, path, version, data })
}

fn verb(method: &str, lenience: &mut Lenience<'_>) -> Result<Verb, ScimError> {
    let all = [Verb::Post, Verb::Put, Verb::Patch, Verb::Delete];
    let Some(verb) = all.into_iter().find(|verb| verb.as_str().eq_ignore_ascii_case(method)) else {
        return Err(ScimError::invalid_syntax(format!(
            "method {method:?} is not known here; it is POST, PUT, PATCH or DELETE"
        )));
    };
    if verb.as_str() != method {
        check::allow(lenience, Deviation::OpCase, || {
            format!("method {method:?} must be written {:?}", verb.as_str())
        })?;
    }
    Ok(verb)
}

fn text(entry: &mut Object, name: &str, lenience: &mut Lenience<'_>) -> Result<Option<String>, ScimError> {
    match message::member(entry, name, lenience)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => {
            Err(ScimError::invalid_syntax(format!("{name} is text; {} was given", json::kind_of(&other))))
        }
    }
}
