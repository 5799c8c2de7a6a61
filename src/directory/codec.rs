//! The stored form of a resource: a small binary head, then its attributes as JSON text.
//!
//! The head holds what lists and links need without reading the text, and where the text can be cut open, so
//! that a plain GET is a splice of bytes.

use bytes::Bytes;
use jiff::Timestamp;
use scim::json::Object;
use scim::urn;
use serde_json::Value;

use crate::layout::Kind;

/// The version of the form, first byte of every value.
const FORM: u8 = 1;
/// Set in the flags when the text holds a manager, whose name has to be looked up on reading.
const HAS_MANAGER: u8 = 1;
const FIXED: usize = 1 + 1 + 8 + 8 + 4 + 2;
/// A display name longer than this is cut in the head; members show it cut.
const MAX_DISPLAY: usize = 1024;

/// A resource in its stored form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record {
    /// When it was made.
    pub created: Timestamp,
    /// When its text was last changed.
    pub modified: Timestamp,
    /// What other resources show as its name; empty where it has none.
    pub display: String,
    /// Whether the text holds a manager.
    pub has_manager: bool,
    /// Where `"schemas":[..]` ends in the text.
    pub split: usize,
    /// The attributes as a JSON object, `schemas` first; no `id`, `meta`, `groups` or `members`.
    pub text: Bytes,
}

impl Record {
    /// The stored form of checked attributes.
    #[must_use]
    pub(crate) fn new(kind: Kind, attributes: &Object, created: Timestamp, modified: Timestamp) -> Self {
        let schemas = attributes.get("schemas").map(Value::to_string).unwrap_or_default();
        let mut text = format!(r#"{{"schemas":{schemas}"#);
        let split = text.len();
        for (name, value) in attributes.iter().filter(|(name, _)| *name != "schemas") {
            text.push(',');
            text.push_str(&Value::from(name.as_str()).to_string());
            text.push(':');
            text.push_str(&value.to_string());
        }
        text.push('}');
        Self {
            created,
            modified,
            display: cut(display(kind, attributes), MAX_DISPLAY).to_owned(),
            has_manager: attributes.get(urn::ENTERPRISE_USER).is_some_and(|e| e.get("manager").is_some()),
            split,
            text: text.into(),
        }
    }

    /// The bytes that are stored.
    #[must_use]
    pub(crate) fn encode(&self) -> Bytes {
        let display = &self.display;
        let mut out = Vec::with_capacity(FIXED + display.len() + self.text.len());
        out.push(FORM);
        out.push(if self.has_manager { HAS_MANAGER } else { 0 });
        out.extend_from_slice(&self.created.as_millisecond().to_be_bytes());
        out.extend_from_slice(&self.modified.as_millisecond().to_be_bytes());
        out.extend_from_slice(
            &u32::try_from(self.split).expect("a list of schema URIs is short").to_be_bytes(),
        );
        out.extend_from_slice(&u16::try_from(display.len()).expect("cut above").to_be_bytes());
        out.extend_from_slice(display.as_bytes());
        out.extend_from_slice(&self.text);
        out.into()
    }

    /// Reads stored bytes; `None` where they are not a record of this form.
    #[must_use]
    pub(crate) fn decode(bytes: &Bytes) -> Option<Self> {
        let head: &[u8; FIXED] = bytes.get(..FIXED)?.try_into().ok()?;
        if head[0] != FORM {
            return None;
        }
        let millis = |at: usize| {
            let number = i64::from_be_bytes(head[at..at + 8].try_into().expect("eight bytes"));
            Timestamp::from_millisecond(number).ok()
        };
        let split = u32::from_be_bytes(head[18..22].try_into().expect("four bytes")) as usize;
        let display_len = usize::from(u16::from_be_bytes(head[22..24].try_into().expect("two bytes")));
        let display = std::str::from_utf8(bytes.get(FIXED..FIXED + display_len)?).ok()?.to_owned();
        let text = bytes.slice(FIXED + display_len..);
        (split < text.len()).then_some(())?;
        Some(Self {
            created: millis(2)?,
            modified: millis(10)?,
            display,
            has_manager: head[1] & HAS_MANAGER != 0,
            split,
            text,
        })
    }

    /// The attributes; `None` where the text is not a JSON object.
    #[must_use]
    pub(crate) fn attributes(&self) -> Option<Object> {
        serde_json::from_slice(&self.text).ok()
    }
}

/// What other resources show as the name of this one: a user without a display name is known by the user name.
fn display(kind: Kind, attributes: &Object) -> &str {
    let text = |name: &str| attributes.get(name).and_then(Value::as_str);
    match kind {
        Kind::Group | Kind::Custom(_) => text("displayName"),
        Kind::User => text("displayName").or_else(|| text("userName")),
    }
    .unwrap_or_default()
}

fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(attributes: &Value) -> Record {
        let at = Timestamp::from_millisecond(1_700_000_000_123).unwrap();
        Record::new(Kind::User, attributes.as_object().unwrap(), at, at)
    }

    #[test]
    fn what_is_encoded_decodes_the_same() {
        let one = record(&json!({"schemas": ["urn:a"], "userName": "å\"b", "active": true}));
        assert_eq!(Record::decode(&one.encode()), Some(one.clone()));
        assert_eq!(one.display, "å\"b");
        assert_eq!(&one.text[..one.split], br#"{"schemas":["urn:a"]"#);
        assert_eq!(one.attributes().unwrap()["userName"], "å\"b");
    }

    #[test]
    fn a_manager_is_flagged() {
        let one = record(&json!({"schemas": [], urn::ENTERPRISE_USER: {"manager": {"value": "x"}}}));
        assert!(one.has_manager && Record::decode(&one.encode()).unwrap().has_manager);
    }

    #[test]
    fn a_long_name_is_cut_between_letters() {
        let one = record(&json!({"schemas": [], "userName": "é".repeat(2_000)}));
        assert_eq!(Record::decode(&one.encode()).unwrap().display.len(), MAX_DISPLAY);
    }

    #[test]
    fn foreign_bytes_are_refused() {
        assert_eq!(Record::decode(&Bytes::from_static(b"")), None);
        assert_eq!(Record::decode(&Bytes::from_static(&[9; 40])), None);
    }
}
