//! The name of a tenant in paths: letters, digits and hyphens, as in a host name. Never an underscore, which Okta
//! refuses in a base URL.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

const LEAST: usize = 2;
const MOST: usize = 40;

/// A tenant's name in paths, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

impl Slug {
    /// The name's letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text cannot name a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    /// Too short or too long.
    #[error("must have {LEAST} to {MOST} characters")]
    Length,
    /// A character that is not allowed.
    #[error("may hold lower-case letters a to z, digits and hyphens only")]
    Letters,
    /// A hyphen where none may be.
    #[error("must begin and end with a letter or digit")]
    Ends,
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Slug, SlugError> {
        if !text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
            return Err(SlugError::Letters);
        }
        if !(LEAST..=MOST).contains(&text.len()) {
            return Err(SlugError::Length);
        }
        if text.starts_with('-') || text.ends_with('-') {
            return Err(SlugError::Ends);
        }
        Ok(Slug(text.to_owned()))
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Slug {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Slug {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Slug, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn o16_a_slug_has_no_underscore_and_nothing_a_path_would_have_to_encode() {
        for right in ["acme", "a1", "9-to-5", &"x".repeat(40)] {
            assert_eq!(right.parse::<Slug>().unwrap().as_str(), right);
        }
        for (wrong, why) in [
            ("ac_me", SlugError::Letters),
            ("Acme", SlugError::Letters),
            ("ac me", SlugError::Letters),
            ("acmé", SlugError::Letters),
            ("ac/me", SlugError::Letters),
            ("..", SlugError::Letters),
            ("", SlugError::Length),
            ("a", SlugError::Length),
            ("-acme", SlugError::Ends),
            ("acme-", SlugError::Ends),
        ] {
            assert_eq!(wrong.parse::<Slug>(), Err(why), "{wrong:?}");
        }
        assert_eq!("x".repeat(41).parse::<Slug>(), Err(SlugError::Length));
    }

    proptest! {
        #[test]
        fn what_is_taken_needs_no_encoding(text in ".{0,50}") {
            if let Ok(slug) = text.parse::<Slug>() {
                prop_assert!(slug.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
                prop_assert_eq!(slug.as_str(), text);
            }
        }
    }
}
