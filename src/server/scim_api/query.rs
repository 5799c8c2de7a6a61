//! Query parameters (RFC 7644 section 3.4.2), decoded once. Unknown ones, with or without value, do not count.

use percent_encoding::percent_decode;
use scim::{ScimError, ScimType, SearchRequest};

/// How many resources a page has when the client does not say.
pub(super) const DEFAULT_COUNT: usize = 100;
/// The most resources a page has.
pub(super) const MAX_COUNT: usize = 1_000;

/// The parameters this server knows, from a URI or from the body of a `/.search`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// `filter`, as text.
    pub filter: Option<String>,
    /// `attributes`, as text.
    pub attributes: Option<String>,
    /// `excludedAttributes`, as text.
    pub excluded_attributes: Option<String>,
    /// `sortBy`, as text.
    pub sort_by: Option<String>,
    /// `sortOrder`, as text.
    pub sort_order: Option<String>,
    /// `startIndex`, from 1.
    pub start_index: Option<u64>,
    /// `count`, clamped to what a page may have.
    pub count: Option<usize>,
    /// `cursor`, empty for the first page of a query by cursors.
    pub cursor: Option<String>,
}

impl Query {
    /// Reads the part behind the question mark. `+` is a space: .NET clients write it so.
    pub(super) fn parse(query: Option<&str>) -> Result<Self, ScimError> {
        let mut sent = SearchRequest::default();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name)?;
            let slots = [
                ("filter", &mut sent.filter),
                ("attributes", &mut sent.attributes),
                ("excludedAttributes", &mut sent.excluded_attributes),
                ("sortBy", &mut sent.sort_by),
                ("sortOrder", &mut sent.sort_order),
                ("startIndex", &mut sent.start_index),
                ("count", &mut sent.count),
                ("cursor", &mut sent.cursor),
            ];
            if let Some((known, slot)) = slots.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known))
            {
                once(slot, known, decode(value)?)?;
            }
        }
        Self::of(sent)
    }

    /// Reads the numbers, and refuses what excludes each other.
    pub(super) fn of(sent: SearchRequest) -> Result<Self, ScimError> {
        if sent.cursor.is_some() && sent.start_index.is_some() {
            return Err(ScimError::invalid_value(
                "startIndex and cursor exclude each other; page by one of them",
            ));
        }
        let start_index = sent.start_index.map(|text| -> Result<u64, ScimError> {
            let start_index = number("startIndex", &text)?.clamp(1, i64::MAX.into());
            Ok(start_index.unsigned_abs().try_into().unwrap_or(u64::MAX))
        });
        let count = sent.count.map(|text| -> Result<usize, ScimError> {
            let count = number("count", &text)?.clamp(0, MAX_COUNT as i128);
            Ok(count.unsigned_abs().try_into().unwrap_or(MAX_COUNT))
        });
        let count = count.transpose().map_err(|error| match sent.cursor {
            Some(_) => ScimError::new(ScimType::InvalidCount, error.detail()),
            None => error,
        })?;
        Ok(Self {
            filter: sent.filter,
            attributes: sent.attributes,
            excluded_attributes: sent.excluded_attributes,
            sort_by: sent.sort_by,
            sort_order: sent.sort_order,
            start_index: start_index.transpose()?,
            count,
            cursor: sent.cursor,
        })
    }
}

fn once<T>(slot: &mut Option<T>, name: &str, value: T) -> Result<(), ScimError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(ScimError::invalid_value(format!("the parameter {name} is given twice"))),
    }
}

/// A whole number of any size: values out of range are clamped by the caller and not refused.
fn number(name: &str, text: &str) -> Result<i128, ScimError> {
    let digits = text.trim().strip_prefix(['-', '+']).unwrap_or(text.trim());
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ScimError::invalid_value(format!("{name} must be a whole number; {text:?} was given")));
    }
    let size = digits.parse::<i128>().unwrap_or(i128::MAX);
    Ok(if text.trim().starts_with('-') { -size } else { size })
}

fn decode(text: &str) -> Result<String, ScimError> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode(spaced.as_bytes()).decode_utf8();
    decoded.map(std::borrow::Cow::into_owned).map_err(|_| {
        ScimError::invalid_value(
            "a query parameter is not UTF-8 once its percent-encoding is undone".to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e27_both_encodings_of_a_space_are_read() {
        for query in ["filter=userName+eq+%22a%2Bb%22", "filter=userName%20eq%20%22a%2Bb%22"] {
            assert_eq!(Query::parse(Some(query)).unwrap().filter.as_deref(), Some("userName eq \"a+b\""));
        }
    }

    #[test]
    fn x5_numbers_are_clamped() {
        let parsed = Query::parse(Some("startIndex=-5&count=99999999999999999999999")).unwrap();
        assert_eq!((parsed.start_index, parsed.count), (Some(1), Some(MAX_COUNT)));
        assert_eq!(Query::parse(Some("count=-1")).unwrap().count, Some(0));
        assert!(Query::parse(Some("count=ten")).is_err());
    }

    #[test]
    fn e39_parameters_nobody_knows_do_not_count() {
        assert_eq!(Query::parse(Some("aadOptscim062020&x=1&=&&y")).unwrap(), Query::default());
    }

    #[test]
    fn d161_a_cursor_without_value_is_one() {
        for query in ["cursor&count=10", "cursor=&count=10", "Cursor"] {
            assert_eq!(Query::parse(Some(query)).unwrap().cursor.as_deref(), Some(""), "{query}");
        }
    }

    #[test]
    fn d166_d168_a_bad_count_of_a_cursor_query_has_its_own_name_and_places_do_not_go_with_cursors() {
        let refused = |query| Query::parse(Some(query)).unwrap_err().scim_type();
        assert_eq!(refused("cursor&count=ten"), Some(ScimType::InvalidCount));
        assert_eq!(refused("count=ten"), Some(ScimType::InvalidValue));
        assert_eq!(refused("cursor&startIndex=1"), Some(ScimType::InvalidValue));
    }

    #[test]
    fn a_parameter_given_twice_is_refused() {
        assert!(Query::parse(Some("filter=a&filter=b")).is_err());
    }
}
