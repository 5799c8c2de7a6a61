//! One value of an attribute: its type, and the shapes clients give it.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use super::format;
use crate::date_time::instant;
use crate::dialect::{Deviation, Lenience};
use crate::error::ScimError;
use crate::json::{self, Object};
use crate::schema::{Attribute, Mutability, Type};
use crate::value as keys;

/// Checks one value of an attribute and gives it the schema's type; `None` means unassigned.
///
/// `place` is how error messages name the attribute.
pub fn value(
    attribute: &Attribute,
    value: Value,
    place: &str,
    lenience: &mut Lenience<'_>,
) -> Result<Option<Value>, ScimError> {
    if !attribute.multi_valued {
        return single(attribute, value, place, lenience);
    }
    let list = match value {
        Value::Null => return Ok(None),
        Value::Array(list) => list,
        Value::String(text)
            if text.is_empty()
                && lenience.bends(Deviation::ClearWithEmptyText, || format!("{place}: \"\"")) =>
        {
            return Ok(None);
        }
        lone @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            allow_value(lenience, Deviation::SingleForList, || {
                format!("{place} is a list; {} was given", json::kind_of(&lone))
            })?;
            vec![lone]
        }
    };
    elements(attribute, list, place, lenience)
}

/// Checks one element of a multi-valued attribute, or the value of a single-valued one.
pub fn single(
    attribute: &Attribute,
    value: Value,
    place: &str,
    lenience: &mut Lenience<'_>,
) -> Result<Option<Value>, ScimError> {
    let Some(value) = unwrapped(attribute, value, place, lenience)? else { return Ok(None) };
    match attribute.kind {
        Type::Complex => complex(attribute, value, place, lenience),
        Type::Boolean => boolean(value, place, lenience).map(Some),
        Type::Integer => match value {
            Value::Number(number) if number.is_i64() || number.is_u64() => Ok(Some(Value::Number(number))),
            other => Err(wrong_type(place, "a whole number", &other)),
        },
        Type::Decimal => match value {
            Value::Number(number) => Ok(Some(Value::Number(number))),
            other => Err(wrong_type(place, "a number", &other)),
        },
        Type::String | Type::Reference | Type::DateTime | Type::Binary => {
            text(attribute, value, place, lenience)
        }
    }
}

/// A value out of the wrappings clients put around it; `None` means unassigned.
pub(crate) fn unwrapped(
    attribute: &Attribute,
    value: Value,
    place: &str,
    lenience: &mut Lenience<'_>,
) -> Result<Option<Value>, ScimError> {
    Ok(match value {
        Value::Null => None,
        Value::String(text)
            if text.is_empty()
                && lenience.bends(Deviation::ClearWithEmptyText, || format!("{place}: \"\"")) =>
        {
            None
        }
        Value::Array(mut list) if !attribute.multi_valued && list.len() <= 1 => {
            let Some(lone) = list.pop() else { return Ok(None) };
            allow_value(lenience, Deviation::ListForSingle, || {
                format!("{place} is a single value; a list was given")
            })?;
            let inner = match lone {
                // Entra's older jobs wrap simple values as well: [{"$ref":null,"value":"User X"}]
                Value::Object(mut wrapped) if !attribute.is_complex() => {
                    wrapped.remove("value").unwrap_or_default()
                }
                other => other,
            };
            unwrapped(attribute, inner, place, lenience)?
        }
        other => Some(other),
    })
}

fn elements(
    attribute: &Attribute,
    list: Vec<Value>,
    place: &str,
    lenience: &mut Lenience<'_>,
) -> Result<Option<Value>, ScimError> {
    let mut kept: Vec<Value> = Vec::with_capacity(list.len());
    for element in list {
        let Some(element) = single(attribute, element, place, lenience)? else { continue };
        kept.push(element);
    }
    drop_repeats(attribute, &mut kept);
    if one_primary(&mut kept, place, lenience)? == Marks::Changed {
        drop_repeats(attribute, &mut kept);
    }
    Ok((!kept.is_empty()).then_some(Value::Array(kept)))
}

/// RFC 7643 section 2.4: a service provider does not return the same value twice in one attribute.
pub(crate) fn drop_repeats(attribute: &Attribute, list: &mut Vec<Value>) {
    // Members and large lists must not cost a comparison of each with each.
    let mut seen = HashSet::with_capacity(list.len());
    list.retain(|element| seen.insert(keys::identity(attribute, element)));
}

/// Whether marks of primary values had to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marks {
    Kept,
    Changed,
}

/// RFC 7643 section 2.4: at most one value is primary. Where it is tolerated, the last one marked stays so.
pub(crate) fn one_primary(
    list: &mut [Value],
    place: &str,
    lenience: &mut Lenience<'_>,
) -> Result<Marks, ScimError> {
    let marked: Vec<usize> =
        (0..list.len()).filter(|i| list[*i].get("primary") == Some(&Value::Bool(true))).collect();
    if marked.len() < 2 {
        return Ok(Marks::Kept);
    }
    allow_value(lenience, Deviation::SeveralPrimaries, || {
        format!("{place}: {} values are marked primary; at most one may be", marked.len())
    })?;
    for i in &marked[..marked.len() - 1] {
        list[*i]["primary"] = Value::Bool(false);
    }
    Ok(Marks::Changed)
}

fn complex(
    attribute: &Attribute,
    value: Value,
    place: &str,
    lenience: &mut Lenience<'_>,
) -> Result<Option<Value>, ScimError> {
    let object = as_object(attribute, value, place, lenience)?;
    let parts = parts(attribute, object, place, lenience)?;
    let checked: Object =
        parts.into_iter().filter_map(|part| Some((part.sub.name.clone(), part.value?))).collect();
    Ok((!checked.is_empty()).then_some(Value::Object(checked)))
}

/// The object of a complex value; a bare one stands for its `value`.
pub(crate) fn as_object(
    attribute: &Attribute,
    value: Value,
    place: &str,
    lenience: &mut Lenience<'_>,
) -> Result<Object, ScimError> {
    match value {
        Value::Object(object) => Ok(object),
        bare @ Value::String(_) if attribute.value_sub().is_some() => {
            allow_value(lenience, Deviation::BareValue, || {
                format!(
                    "{place} takes an object such as {{\"value\": ...}}; {} was given",
                    json::kind_of(&bare)
                )
            })?;
            Ok(Object::from_iter([("value".to_owned(), bare)]))
        }
        other => Err(wrong_type(place, "an object", &other)),
    }
}

/// What a complex value says of one sub-attribute.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// The sub-attribute.
    pub(crate) sub: Arc<Attribute>,
    /// Its checked value; `None` means unassigned.
    pub(crate) value: Option<Value>,
}

/// Checks the members of a complex value. Unknown and read-only ones are left out.
pub(crate) fn parts(
    attribute: &Attribute,
    object: Object,
    place: &str,
    lenience: &mut Lenience<'_>,
) -> Result<Vec<Part>, ScimError> {
    let mut parts: Vec<Part> = Vec::with_capacity(object.len());
    for (name, value) in object {
        let sub = match attribute.sub(&name) {
            Some(sub) => sub,
            None if name.eq_ignore_ascii_case("managerId")
                && attribute.name == "manager"
                && lenience.bends(Deviation::ManagerId, || format!("{place}.managerId")) =>
            {
                attribute.value_sub().expect("manager has a value in the enterprise schema")
            }
            None => {
                allow(lenience, Deviation::UnknownAttribute, || {
                    format!("{place} has no sub-attribute {name:?}")
                })?;
                continue;
            }
        };
        // A server-kept sub-attribute is left out, as read-only attributes are (RFC 7644 section 3.3).
        if sub.mutability == Mutability::ReadOnly {
            continue;
        }
        let value = self::value(sub, value, &format!("{place}.{}", sub.name), lenience)?;
        match parts.iter_mut().find(|part| part.sub.name == sub.name) {
            None => parts.push(Part { sub: Arc::clone(sub), value }),
            Some(part) if part.value.is_none() => part.value = value,
            Some(_) if value.is_none() => {}
            Some(_) => {
                return Err(ScimError::invalid_syntax(format!(
                    "{place}.{} is given twice, in different case",
                    sub.name
                )));
            }
        }
    }
    Ok(parts)
}

fn boolean(value: Value, place: &str, lenience: &mut Lenience<'_>) -> Result<Value, ScimError> {
    match value {
        Value::Bool(_) => Ok(value),
        Value::String(ref text)
            if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") =>
        {
            let flag = text.eq_ignore_ascii_case("true");
            allow_value(lenience, Deviation::BooleanText, || {
                format!("{place} is a boolean; the text {value} was given")
            })?;
            Ok(Value::Bool(flag))
        }
        other => Err(wrong_type(place, "true or false", &other)),
    }
}

fn text(
    attribute: &Attribute,
    value: Value,
    place: &str,
    lenience: &mut Lenience<'_>,
) -> Result<Option<Value>, ScimError> {
    let text = match value {
        Value::String(text) => text,
        Value::Number(number) if attribute.kind == Type::String => {
            allow_value(lenience, Deviation::NumberAsText, || {
                format!("{place} is text; a number was given")
            })?;
            number.to_string()
        }
        other => return Err(wrong_type(place, "text", &other)),
    };
    match attribute.kind {
        Type::DateTime if instant(&text).is_none() => Err(ScimError::invalid_value(format!(
            "{place} is an instant such as \"2011-05-13T04:42:34Z\"; {text:?} was given"
        ))),
        Type::Reference if !is_uri_reference(&text) => {
            allow_value(lenience, Deviation::LooseFormat, || {
                format!("{place} is a URI, absolute or relative; what was given is not")
            })?;
            Ok(Some(Value::String(text)))
        }
        Type::Binary => {
            let Some(bytes) = format::base64(&text) else {
                return Err(ScimError::invalid_value(format!(
                    "{place} is base64 text; what was given is not"
                )));
            };
            if place == "x509Certificates.value" && !format::is_certificate(&bytes) {
                allow_value(lenience, Deviation::LooseCertificate, || {
                    format!("{place} is a DER certificate in base64; what was given is not")
                })?;
            }
            Ok(Some(Value::String(text)))
        }
        Type::String | Type::Reference | Type::DateTime => {
            if let Some(wanted) = format::fault(place, &text) {
                allow_value(lenience, Deviation::LooseFormat, || {
                    format!("{place} is {wanted}; what was given is not")
                })?;
            }
            Ok(Some(Value::String(text)))
        }
        Type::Boolean | Type::Integer | Type::Decimal | Type::Complex => Ok(Some(Value::String(text))),
    }
}

/// RFC 3986 section 4.1, by the characters a URI is written in (appendix A).
fn is_uri_reference(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_escape =
        |at: usize| bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    bytes.iter().enumerate().all(|(at, b)| match b {
        b'%' => is_escape(at),
        b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b'?' | b'#' | b'[' | b']' | b'@' | b'!' | b'$' | b'&'
        | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' => true,
        _ => b.is_ascii_alphanumeric(),
    })
}

/// Asks for a deviation, or refuses with a detail. The detail is kept as the example of its use, so it names
/// attributes and keys and quotes nobody's data.
pub(crate) fn allow(
    lenience: &mut Lenience<'_>,
    deviation: Deviation,
    detail: impl FnOnce() -> String,
) -> Result<(), ScimError> {
    let detail = detail();
    let granted = lenience.bends(deviation, || detail.clone());
    if granted { Ok(()) } else { Err(ScimError::invalid_syntax(detail)) }
}

pub(crate) fn allow_value(
    lenience: &mut Lenience<'_>,
    deviation: Deviation,
    detail: impl FnOnce() -> String,
) -> Result<(), ScimError> {
    let detail = detail();
    let granted = lenience.bends(deviation, || detail.clone());
    if granted { Ok(()) } else { Err(ScimError::invalid_value(detail)) }
}

pub(crate) fn wrong_type(place: &str, wanted: &str, given: &Value) -> ScimError {
    ScimError::invalid_value(format!("{place} must be {wanted}; {} was given", json::kind_of(given)))
}
