//! Preconditions of a request: `If-Match` and `If-None-Match` (RFC 7644 section 3.14, RFC 9110 section 13).
//!
//! It reads the headers' text and holds it against a version; when that is done is up to whoever commits.

use crate::error::ScimError;

/// What a request expects of the version of the resource it is about. The default expects nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preconditions {
    /// `If-Match`: the resource is at one of these versions.
    pub if_match: Option<Tags>,
    /// `If-None-Match`: the resource is at none of these versions.
    pub if_none_match: Option<Tags>,
}

/// The value of such a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags {
    /// `*`: any version there is.
    Any,
    /// The opaque texts of the tags listed.
    Listed(Vec<String>),
}

/// The precondition that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmet {
    /// The version is not among those of `If-Match`.
    Match,
    /// The version is among those of `If-None-Match`; for a read that means "not modified".
    NoneMatch,
}

impl Preconditions {
    /// Reads both headers, each joined to one text where it was sent in several lines.
    pub fn parse(if_match: Option<&str>, if_none_match: Option<&str>) -> Result<Self, ScimError> {
        let read = |name: &str, text: Option<&str>| {
            text.map(|text| Tags::parse(text).map_err(|error| error.at(name))).transpose()
        };
        Ok(Self {
            if_match: read("If-Match", if_match)?,
            if_none_match: read("If-None-Match", if_none_match)?,
        })
    }

    /// Whether nothing is expected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Holds the expectations against the version there is; `If-Match` first, as RFC 9110 section 13.2.2 wants it.
    pub fn check(&self, version: u64) -> Result<(), Unmet> {
        let version = version.to_string();
        if self.if_match.as_ref().is_some_and(|tags| !tags.have(&version)) {
            return Err(Unmet::Match);
        }
        if self.if_none_match.as_ref().is_some_and(|tags| tags.have(&version)) {
            return Err(Unmet::NoneMatch);
        }
        Ok(())
    }

    /// As [`check`](Self::check), for a change: what does not hold is 412.
    pub fn allow_change(&self, version: u64) -> Result<(), ScimError> {
        self.check(version).map_err(|unmet| {
            let (state, advice) = match unmet {
                Unmet::Match => (
                    "is not among those of If-Match: it was changed meanwhile",
                    "read it again and decide anew",
                ),
                Unmet::NoneMatch => (
                    "is among those of If-None-Match",
                    "leave that header out to change this version",
                ),
            };
            ScimError::http(
                412,
                format!(
                    "the version of the resource is W/\"{version}\", which {state}. Nothing was changed; {advice}"
                ),
            )
        })
    }
}

impl Tags {
    /// Reads `*` or a list of entity tags. Weak and strong forms of a tag are the same: SCIM's versions are weak
    /// and are meant for `If-Match` (RFC 7644 section 3.14). A tag without its quotes is understood.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        let text = text.trim();
        if text == "*" {
            return Ok(Self::Any);
        }
        let mut tags = Vec::new();
        let mut rest = text;
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                break;
            }
            let (tag, after) = tag(rest).ok_or_else(|| malformed(text))?;
            tags.push(tag.to_owned());
            rest = after.trim_start();
            if !rest.is_empty() && !rest.starts_with(',') {
                return Err(malformed(text));
            }
        }
        if tags.is_empty() { Err(malformed(text)) } else { Ok(Self::Listed(tags)) }
    }

    fn have(&self, version: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(tags) => tags.iter().any(|tag| tag == version),
        }
    }
}

/// The opaque text of the first tag, and what follows it.
fn tag(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix("W/").or_else(|| text.strip_prefix("w/")).unwrap_or(text);
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted.split_once('"');
    }
    let end = text.find(',').unwrap_or(text.len());
    let bare = text[..end].trim_end();
    let is_tag = !bare.is_empty() && bare != "*" && !bare.contains([' ', '\t', '"']);
    is_tag.then_some((bare, &text[end..]))
}

fn malformed(text: &str) -> ScimError {
    ScimError::invalid_value(format!(
        "{text:?} is neither * nor a list of versions; a version is written W/\"7\", as in the ETag header and in \
         meta.version"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn listed(tags: &[&str]) -> Tags {
        Tags::Listed(tags.iter().map(|&tag| tag.to_owned()).collect())
    }

    #[test]
    fn weak_strong_and_bare_forms_of_a_tag_are_the_same() {
        for text in ["W/\"7\"", "\"7\"", "7", "w/\"7\"", " W/\"7\" ", "W/7"] {
            assert_eq!(Tags::parse(text), Ok(listed(&["7"])), "{text}");
        }
    }

    #[test]
    fn lists_are_read_and_a_comma_inside_quotes_is_no_separator() {
        assert_eq!(Tags::parse("\"a\", W/\"b,c\" ,,\"\""), Ok(listed(&["a", "b,c", ""])));
        assert_eq!(Tags::parse(" * "), Ok(Tags::Any));
    }

    #[test]
    fn what_is_no_list_of_tags_is_refused() {
        for text in ["", " , ", "\"a", "\"a\" \"b\"", "a b", "*, \"a\"", "\"a\", *"] {
            assert!(Tags::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_match_must_be_there_and_a_none_match_must_not() {
        let check = |if_match, if_none_match, version| {
            Preconditions::parse(if_match, if_none_match).unwrap().check(version)
        };
        assert_eq!(check(None, None, 7), Ok(()));
        assert_eq!(check(Some("\"6\", \"7\""), None, 7), Ok(()));
        assert_eq!(check(Some("*"), None, 7), Ok(()));
        assert_eq!(check(Some("\"6\""), Some("\"7\""), 7), Err(Unmet::Match));
        assert_eq!(check(None, Some("*"), 7), Err(Unmet::NoneMatch));
        assert_eq!(check(None, Some("W/\"7\""), 7), Err(Unmet::NoneMatch));
        assert_eq!(check(None, Some("W/\"8\""), 7), Ok(()));
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_a_list_reads_back(tags in proptest::collection::vec("[a-z0-9, ]{0,4}", 1..4), junk in ".{0,20}") {
            let text = tags.iter().map(|tag| format!("W/\"{tag}\"")).collect::<Vec<_>>().join(", ");
            prop_assert_eq!(Tags::parse(&text), Ok(Tags::Listed(tags)));
            let _ = Tags::parse(&junk);
        }
    }
}
