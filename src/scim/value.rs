//! One comparison key decides equality and order everywhere: filters, uniqueness, indexes and PATCH.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Number, Value};
use unicode_normalization::{UnicodeNormalization, is_nfkc};

use crate::date_time::instant;
use crate::schema::{Attribute, Type};

/// What a value is compared by. Keys of one attribute are all of one variant.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum Key {
    /// Text: folded unless the attribute is `caseExact`.
    Text(String),
    /// A boolean; equality only.
    Boolean(bool),
    /// A whole number, exactly: twice its value, so that a fraction it is compared with has a place between two.
    Integer(i128),
    /// A number.
    Number(f64),
    /// An instant: `Z` and offset forms of one instant are equal (RFC 7643 section 2.3.5).
    Instant(Timestamp),
}

impl Key {
    /// Bytes that sort as the keys of one attribute do; index rows are made of them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Boolean(flag) => vec![u8::from(*flag)],
            Self::Integer(number) => ordered(*number),
            Self::Number(number) => {
                // IEEE 754 order as unsigned order: flip all bits of negatives, the sign bit of the rest. The sum
                // makes one zero of both.
                let bits = (number + 0.0).to_bits();
                let mask = if bits >> 63 == 1 { u64::MAX } else { 1 << 63 };
                (bits ^ mask).to_be_bytes().to_vec()
            }
            Self::Instant(instant) => ordered(instant.as_nanosecond()),
        }
    }
}

/// Signed order as unsigned order.
fn ordered(number: i128) -> Vec<u8> {
    (number.cast_unsigned() ^ (1 << 127)).to_be_bytes().to_vec()
}

/// The key of a number among whole ones.
#[expect(
    clippy::cast_possible_truncation,
    reason = "what lies beyond every whole number of a resource stays beyond"
)]
fn integer(number: &Number) -> Option<Key> {
    if let Some(whole) = number.as_i128() {
        return Some(Key::Integer(whole.saturating_mul(2)));
    }
    let number = number.as_f64()?;
    let below = (number.floor() as i128).saturating_mul(2);
    Some(Key::Integer(if number.fract() == 0.0 { below } else { below.saturating_add(1) }))
}

/// The key of one value of a simple attribute, or `None` where the value does not fit the type.
#[must_use]
pub fn key(attribute: &Attribute, value: &Value) -> Option<Key> {
    match attribute.kind {
        Type::Boolean => value.as_bool().map(Key::Boolean),
        Type::Integer => value.as_number().and_then(integer),
        Type::Decimal => value.as_f64().map(Key::Number),
        Type::DateTime => instant(value.as_str()?).map(Key::Instant),
        Type::String | Type::Reference | Type::Binary => value.as_str().map(|text| {
            let text = compared(attribute, text);
            Key::Text(if attribute.case_exact { text.to_owned() } else { fold(text).into_owned() })
        }),
        Type::Complex => None,
    }
}

/// The part of a text that counts when values of an attribute are compared, before case is folded away.
pub(crate) fn compared<'t>(attribute: &Attribute, text: &'t str) -> &'t str {
    if is_resource_reference(attribute) { resource_of(text) } else { text }
}

/// Whether the attribute is a `$ref` to resources of the protocol.
fn is_resource_reference(attribute: &Attribute) -> bool {
    attribute.name == "$ref" && !attribute.reference_types.iter().any(|t| t == "external" || t == "uri")
}

/// The resource a URI of the protocol names: endpoint and id. RFC 7643 section 2.3.7 and RFC 7644 section 3.13: whether
/// the URI has a version, and whether it is absolute, makes no difference.
fn resource_of(uri: &str) -> &str {
    let path = uri.trim_end_matches('/');
    path.rmatch_indices('/').nth(1).map_or(path.trim_start_matches('/'), |(at, _)| &path[at + 1..])
}

/// Text without regard to case and width: NFKC, then lower case letter by letter.
///
/// This is the preparation of RFC 7644 section 7.8 as a prefix-safe mapping: the fold of a prefix is a prefix of
/// the fold, up to combining marks at its end, so that `sw` and index ranges agree.
#[must_use]
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    // 'Σ' has two lower cases; which one is written depends on the place in the word, so they must be equal.
    let one_sigma = |c| if c == 'ς' { 'σ' } else { c };
    let lower: String = text.nfkc().flat_map(char::to_lowercase).map(one_sigma).collect();
    // Lower case of a composed letter can decompose ('İ'); equal texts must have equal folds.
    Cow::Owned(if is_nfkc(&lower) { lower } else { lower.nfkc().collect() })
}

/// Whether two values of an attribute are one and the same to a client: simple ones by key, complex ones by
/// each sub-attribute (RFC 7643 section 2.3.8: member order does not matter).
#[must_use]
pub fn same(attribute: &Attribute, a: &Value, b: &Value) -> bool {
    if !attribute.is_complex() {
        return a == b || key(attribute, a).is_some_and(|k| Some(k) == key(attribute, b));
    }
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(name, left)| {
                    b.get(name).is_some_and(|right| {
                        attribute.sub(name).map_or(left == right, |sub| same(sub, left, right))
                    })
                })
        }
        _ => a == b,
    }
}

/// A text that two values of an attribute share exactly when they are the [`same`]; for looking one up among many.
#[must_use]
pub fn identity(attribute: &Attribute, value: &Value) -> String {
    match value {
        Value::Object(object) if attribute.is_complex() => {
            let part = |(name, value): (&String, &Value)| match attribute.sub(name) {
                Some(sub) => format!("{name:?}:{}", identity(sub, value)),
                None => format!("{name:?}:{value}"),
            };
            let mut parts: Vec<String> = object.iter().map(part).collect();
            parts.sort_unstable();
            parts.join(",")
        }
        _ => key(attribute, value).map_or_else(|| value.to_string(), |key| format!("{key:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_and_width_fold_away() {
        assert_eq!(fold("ÅSA@X.SE"), fold("åsa@x.se"));
        assert_eq!(fold("ＡＢＣ"), "abc");
        assert_eq!(fold("A\u{30a}"), fold("å"));
        assert_eq!(fold("ΓΙΏΡΓΟΣ@X"), fold("γιώργος@x"));
    }

    #[test]
    fn d18_a_reference_with_and_without_version_is_one_key() {
        let of = |text: &str| {
            let registry = crate::Registry::builtin();
            let members = registry.schema(crate::urn::GROUP).unwrap().attribute("members").unwrap();
            key(members.sub("$ref").unwrap(), &Value::from(text))
        };
        let same =
            ["https://h/scim/v2/Users/1", "https://h/scim/Users/1", "/v2/Users/1", "Users/1", "/Users/1/"];
        assert!(same.iter().all(|uri| of(uri) == of("https://h/scim/v2/Users/1")));
        assert_ne!(of("https://h/scim/v2/Groups/1"), of("https://h/scim/v2/Users/1"));
    }

    #[test]
    fn one_instant_in_two_offsets_is_one_key() {
        assert_eq!(instant("2011-05-13T04:42:34Z"), instant("2011-05-13T06:42:34+02:00"));
        assert_eq!(instant("2011-05-13"), None);
        assert!(instant("2011-05-13T04:42:34").is_some());
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in ".*") {
            let once = fold(&text).into_owned();
            prop_assert_eq!(fold(&once).into_owned(), once);
        }

        #[test]
        fn number_bytes_sort_as_numbers(a in any::<i32>(), b in any::<i32>()) {
            let (x, y) = (Key::Number(f64::from(a)), Key::Number(f64::from(b)));
            prop_assert_eq!(x.to_bytes().cmp(&y.to_bytes()), a.cmp(&b));
        }

        #[test]
        fn instant_bytes_sort_as_instants(a in -60_000_000_000i64..60_000_000_000, b in -60_000_000_000i64..60_000_000_000) {
            let key = |s| Key::Instant(Timestamp::from_second(s).unwrap()).to_bytes();
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
        }
    }
}
