//! The message around a list of resources (RFC 7644 section 3.4.2), and reading the members of a message.

use serde_json::Value;

use crate::dialect::{Deviation, Lenience};
use crate::error::ScimError;
use crate::json::Object;
use crate::urn;

/// The counters of a list response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListHead {
    /// How many resources match in all.
    pub total_results: u64,
    /// How many are shown.
    pub items_per_page: u64,
    /// Which part of them is shown.
    pub part: Part,
}

/// Which part of a list a response shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The resources from a place on, counted from 1 (RFC 7644 section 3.4.2.4).
    From(u64),
    /// A page between two cursors (RFC 9865 section 2); both are of characters that JSON leaves as they are.
    Between {
        /// Leads to the page before; `None` on the first page.
        previous: Option<String>,
        /// Leads to the page after; `None` on the last page.
        next: Option<String>,
    },
}

impl ListHead {
    /// The text before the resources, up to and with the opening bracket of `Resources`.
    #[must_use]
    pub fn opening(&self) -> String {
        let part = match &self.part {
            Part::From(start_index) => format!(r#""startIndex":{start_index},"#),
            Part::Between { previous, next } => {
                let cursor = |name: &str, cursor: &Option<String>| {
                    cursor.as_ref().map_or_else(String::new, |text| format!(r#""{name}":"{text}","#))
                };
                cursor("previousCursor", previous) + &cursor("nextCursor", next)
            }
        };
        format!(
            r#"{{"schemas":["{}"],"totalResults":{},{part}"itemsPerPage":{},"Resources":["#,
            urn::LIST_RESPONSE,
            self.total_results,
            self.items_per_page
        )
    }
}

/// Asks that `schemas` of a message names the message's own schema.
pub fn declared(message: &mut Object, uri: &str, lenience: &mut Lenience<'_>) -> Result<(), ScimError> {
    let schemas = member(message, "schemas", lenience)?;
    let named = match &schemas {
        Some(Value::Array(list)) => list.iter().any(|s| s.as_str().is_some_and(|s| urn::same(s, uri))),
        Some(Value::String(lone)) => {
            urn::same(lone, uri)
                && lenience.bends(Deviation::SingleForList, || "schemas: text for a list".into())
        }
        Some(_) | None => false,
    };
    if named || lenience.bends(Deviation::MissingSchemas, || format!("schemas without {uri}")) {
        return Ok(());
    }
    Err(ScimError::invalid_syntax(format!("schemas must list {uri:?}")))
}

/// The member of a message with that name. Another case than the RFC's is a deviation.
pub fn member(
    message: &mut Object,
    name: &str,
    lenience: &mut Lenience<'_>,
) -> Result<Option<Value>, ScimError> {
    if let Some(value) = message.shift_remove(name) {
        return Ok(Some(value));
    }
    let Some(found) = message.keys().find(|k| k.eq_ignore_ascii_case(name)).cloned() else { return Ok(None) };
    if !lenience.bends(Deviation::MessageKeyCase, || format!("{found:?}")) {
        return Err(ScimError::invalid_syntax(format!("{found:?} must be written {name:?}")));
    }
    Ok(message.shift_remove(&found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dialect;
    use serde_json::json;

    #[test]
    fn a_list_is_json_with_numbers() {
        let head = ListHead { total_results: 1, items_per_page: 1, part: Part::From(1) };
        let list: Value = serde_json::from_str(&format!("{}{{}}]}}", head.opening())).unwrap();
        assert_eq!((&list["totalResults"], &list["startIndex"]), (&json!(1), &json!(1)));
        assert_eq!(list["Resources"], json!([{}]));
    }

    #[test]
    fn a_page_of_a_cursor_query_has_its_cursors_and_no_place() {
        let part = Part::Between { previous: None, next: Some("a_B-1".into()) };
        let head = ListHead { total_results: 7, items_per_page: 1, part };
        let list: Value = serde_json::from_str(&format!("{}{{}}]}}", head.opening())).unwrap();
        assert_eq!(list["nextCursor"], "a_B-1");
        assert!(list.get("previousCursor").is_none() && list.get("startIndex").is_none());
    }

    #[test]
    fn a_member_in_another_case_needs_tolerance() {
        let message = || json!({"operations": []}).as_object().unwrap().clone();
        let (strict, tolerant) = (Dialect::strict(), Dialect::tolerant());
        assert!(member(&mut message(), "Operations", &mut Lenience::new(&strict)).is_err());
        assert_eq!(member(&mut message(), "Operations", &mut Lenience::new(&tolerant)), Ok(Some(json!([]))));
    }
}
