//! The parameters of a query, as a URI and the body of a `/.search` carry them alike (RFC 7644 sections 3.4.2 and
//! 3.4.3, RFC 9865 sections 2 and 3).
//!
//! It reads the body. What the parameters mean is decided where they are used.

use serde_json::Value;

use crate::dialect::{Deviation, Lenience};
use crate::error::ScimError;
use crate::json::{self, Object};
use crate::message::{declared, member};
use crate::urn;

/// The parameters, as sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchRequest {
    /// `attributes`, names parted by commas.
    pub attributes: Option<String>,
    /// `excludedAttributes`, likewise.
    pub excluded_attributes: Option<String>,
    /// `filter`.
    pub filter: Option<String>,
    /// `sortBy`.
    pub sort_by: Option<String>,
    /// `sortOrder`.
    pub sort_order: Option<String>,
    /// `startIndex`, as text: whatever was sent in its place.
    pub start_index: Option<String>,
    /// `count`, likewise.
    pub count: Option<String>,
    /// `cursor`; empty for the first page.
    pub cursor: Option<String>,
}

impl SearchRequest {
    /// Reads the body of a `POST` to `/.search`. Members it does not know are left alone; null is no value.
    pub fn parse(mut body: Object, lenience: &mut Lenience<'_>) -> Result<Self, ScimError> {
        declared(&mut body, urn::SEARCH_REQUEST, lenience)?;
        let mut take = |name: &str| member(&mut body, name, lenience).map(|v| v.filter(|v| !v.is_null()));
        let (attributes, excluded) = (take("attributes")?, take("excludedAttributes")?);
        let (filter, sort_by, sort_order) = (take("filter")?, take("sortBy")?, take("sortOrder")?);
        let (start_index, count, cursor) = (take("startIndex")?, take("count")?, take("cursor")?);
        Ok(Self {
            attributes: names("attributes", attributes, lenience)?,
            excluded_attributes: names("excludedAttributes", excluded, lenience)?,
            filter: text("filter", filter)?,
            sort_by: text("sortBy", sort_by)?,
            sort_order: text("sortOrder", sort_order)?,
            start_index: number("startIndex", start_index, lenience)?,
            count: number("count", count, lenience)?,
            cursor: text("cursor", cursor)?,
        })
    }
}

fn wrong(name: &str, wanted: &str, given: &Value) -> ScimError {
    ScimError::invalid_value(format!("{name} is {wanted}; {} was given", json::kind_of(given)))
}

fn text(name: &str, value: Option<Value>) -> Result<Option<String>, ScimError> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(wrong(name, "text", &other)),
    }
}

/// A list of names as one text. A lone text is what a URI would carry.
fn names(name: &str, value: Option<Value>, lenience: &mut Lenience<'_>) -> Result<Option<String>, ScimError> {
    match value {
        None => Ok(None),
        Some(Value::String(lone))
            if lenience.bends(Deviation::SingleForList, || format!("{name}: text for a list")) =>
        {
            Ok(Some(lone))
        }
        Some(Value::Array(list)) => {
            let one = |item: Value| match item {
                Value::String(text) => Ok(text),
                other => Err(wrong(name, "a list of names", &other)),
            };
            Ok(Some(list.into_iter().map(one).collect::<Result<Vec<_>, _>>()?.join(",")))
        }
        Some(other) => Err(wrong(name, "a list of names", &other)),
    }
}

fn number(
    name: &str,
    value: Option<Value>,
    lenience: &mut Lenience<'_>,
) -> Result<Option<String>, ScimError> {
    match value {
        None => Ok(None),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(Value::String(text))
            if lenience.bends(Deviation::NumberAsText, || format!("{name}: a number as text")) =>
        {
            Ok(Some(text))
        }
        Some(other) => Err(wrong(name, "a whole number", &other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;
    use serde_json::json;

    fn parse(body: &Value, dialect: &Dialect) -> Result<SearchRequest, ScimError> {
        SearchRequest::parse(body.as_object().unwrap().clone(), &mut Lenience::new(dialect))
    }

    #[test]
    fn rfc7644_3_4_3_the_example_is_read() {
        let body = json!({
            "schemas": [urn::SEARCH_REQUEST],
            "attributes": ["displayName", "userName"],
            "filter": "displayName sw \"smith\"",
            "startIndex": 1,
            "count": 10
        });
        let read = parse(&body, &Dialect::strict()).unwrap();
        assert_eq!(read.attributes.as_deref(), Some("displayName,userName"));
        assert_eq!((read.start_index.as_deref(), read.count.as_deref()), (Some("1"), Some("10")));
        assert_eq!(read.cursor, None);
    }

    #[test]
    fn the_schema_of_the_message_is_asked_for() {
        assert!(parse(&json!({"filter": "a pr"}), &Dialect::strict()).is_err());
        assert!(parse(&json!({"schemas": [urn::PATCH_OP]}), &Dialect::strict()).is_err());
        assert!(parse(&json!({"filter": "a pr"}), &Dialect::tolerant()).is_ok());
    }

    #[test]
    fn values_of_another_type_are_refused_by_name() {
        for (name, value) in [("filter", json!(1)), ("attributes", json!([1])), ("count", json!([]))] {
            let body = json!({"schemas": [urn::SEARCH_REQUEST], name: value});
            assert!(parse(&body, &Dialect::tolerant()).unwrap_err().detail().starts_with(name));
        }
        let null = json!({"schemas": [urn::SEARCH_REQUEST], "cursor": null});
        assert_eq!(parse(&null, &Dialect::strict()).unwrap(), SearchRequest::default());
    }
}
