//! The message around a list of resources (RFC 7644 section 3.4.2), and reading the members of a message.

use serde_json::Value;

use crate::dialect::{Deviation, Lenience};
use crate::error::ScimError;
use crate::json::Object;
use crate::urn;

/// The counters of a list response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListHead {
    /// How many resources match in all.
    pub total_results: u64,
    /// The place of the first one shown, from 1.
    pub start_index: u64,
    /// How many are shown.
    pub items_per_page: u64,
}

impl ListHead {
    /// The text before the resources, up to and with the opening bracket of `Resources`.
    #[must_use]
    pub fn opening(&self) -> String {
        format!(
            r#"{{"schemas":["{}"],"totalResults":{},"startIndex":{},"itemsPerPage":{},"Resources":["#,
            urn::LIST_RESPONSE,
            self.total_results,
            self.start_index,
            self.items_per_page
        )
    }
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
    if !lenience.bends(Deviation::MessageKeyCase) {
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
        let head = ListHead { total_results: 1, start_index: 1, items_per_page: 1 };
        let list: Value = serde_json::from_str(&format!("{}{{}}]}}", head.opening())).unwrap();
        assert_eq!(list["totalResults"], 1);
        assert_eq!(list["Resources"], json!([{}]));
    }

    #[test]
    fn a_member_in_another_case_needs_tolerance() {
        let message = || json!({"operations": []}).as_object().unwrap().clone();
        let (strict, tolerant) = (Dialect::strict(), Dialect::tolerant());
        assert!(member(&mut message(), "Operations", &mut Lenience::new(&strict)).is_err());
        assert_eq!(member(&mut message(), "Operations", &mut Lenience::new(&tolerant)), Ok(Some(json!([]))));
    }
}
