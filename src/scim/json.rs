//! Reading JSON from strangers: duplicate members are refused, depth and number of values are bounded.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::ScimError;

/// A JSON object.
pub type Object = Map<String, Value>;

/// The deepest nesting of arrays and objects that is read. SCIM itself needs five.
pub const MAX_DEPTH: usize = 64;
/// The most values in one text: a hundred thousand members with four sub-attributes each fit.
pub const MAX_VALUES: usize = 1_000_000;

/// Reads a JSON object from bytes.
///
/// Anything else is 400 `invalidSyntax` with the place of the mistake: text that is not UTF-8 or not JSON, a
/// member given twice, nesting deeper than [`MAX_DEPTH`], more than [`MAX_VALUES`] values.
pub fn object(bytes: &[u8]) -> Result<Object, ScimError> {
    match value(bytes)? {
        Value::Object(object) => Ok(object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(ScimError::invalid_syntax("the body must be a JSON object"))
        }
    }
}

/// Reads any JSON value from bytes, with the same refusals as [`object`].
pub fn value(bytes: &[u8]) -> Result<Value, ScimError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ScimError::invalid_syntax("the body is empty; a JSON object is needed"));
    }
    let text = std::str::from_utf8(bytes).map_err(|e| {
        ScimError::invalid_syntax(format!(
            "the body is not UTF-8: the byte at position {} is wrong",
            e.valid_up_to()
        ))
    })?;
    let values = Cell::new(0);
    let mut reader = serde_json::Deserializer::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    Seed { depth: 0, values: &values }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|e| ScimError::invalid_syntax(format!("the body is not acceptable JSON: {e}")))
}

/// The member of that name, without regard to case (RFC 7643 section 2.1).
#[must_use]
pub fn member<'o>(object: &'o Object, name: &str) -> Option<&'o Value> {
    object.get(name).or_else(|| object.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v))
}

/// What a value is, in words for an error message.
#[must_use]
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[derive(Clone, Copy)]
struct Seed<'c> {
    depth: usize,
    values: &'c Cell<usize>,
}

impl Seed<'_> {
    /// Counts before descending, so that the bound holds on the way down.
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format_args!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(Self { depth: self.depth + 1, values: self.values })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.values.set(self.values.get() + 1);
        if self.values.get() > MAX_VALUES {
            return Err(D::Error::custom(format_args!("more than {MAX_VALUES} values")));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(inner)? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Object::new();
        while let Some(name) = map.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format_args!(
                    "the member {name:?} is given twice in one object"
                )));
            }
            let value = map.next_value_seed(inner)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(bytes: &[u8]) -> String {
        object(bytes).unwrap_err().detail().to_owned()
    }

    #[test]
    fn a_member_given_twice_is_refused_by_name() {
        assert!(refusal(br#"{"a":1,"b":{"x":1,"x":2}}"#).contains("\"x\" is given twice"));
    }

    #[test]
    fn wrong_utf8_names_the_position() {
        assert!(refusal(b"{\"a\":\"\xff\"}").contains("position 6"));
    }

    #[test]
    fn a_depth_bomb_is_an_error_and_not_an_abort() {
        let bomb = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(refusal(bomb.as_bytes()).contains("64 levels"));
    }

    #[test]
    fn what_is_not_an_object_is_refused() {
        for text in ["", "  ", "[]", "1", "null", "{", "{}x"] {
            assert!(object(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
