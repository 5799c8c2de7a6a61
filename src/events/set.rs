//! Security Event Tokens: the claims of one event for one receiver (RFC 8417 section 2.2, RFC 9967 section 2).

use directory::Position;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::expand::Event;
use crate::progress::Mark;

/// The name of a token: which event for which stream. It is made from the place in the feed, so that a token that
/// is sent again has the same name; with the time, so that a restored backup does not use a name twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jti {
    /// The stream.
    pub stream: Uuid,
    /// When the change happened.
    pub at_ms: i64,
    /// Which event.
    pub mark: Mark,
}

impl Jti {
    /// The name of an event for a stream.
    #[must_use]
    pub fn of(stream: Uuid, event: &Event) -> Self {
        Self { stream, at_ms: event.at_ms, mark: event.mark }
    }

    /// As it is written.
    #[must_use]
    pub fn text(&self) -> String {
        let Mark { position: Position { revision, index }, number } = self.mark;
        format!("{}.{:x}.{revision:x}.{index:x}.{number:x}", self.stream.simple(), self.at_ms)
    }

    /// Reads one; `None` where it is none of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let stream = Uuid::try_parse(parts.next()?).ok()?;
        let mut number = || u64::from_str_radix(parts.next()?, 16).ok();
        let (at_ms, revision, index, event) = (number()?, number()?, number()?, number()?);
        let position = Position { revision, index: index.try_into().ok()? };
        let mark = Mark { position, number: event.try_into().ok()? };
        let jti = Self { stream, at_ms: at_ms.cast_signed(), mark };
        (jti.text() == text).then_some(jti)
    }
}

/// Who says an event, and to whom.
#[derive(Debug, Clone, Copy)]
pub struct Claims<'a> {
    /// The tenant's base URI.
    pub issuer: &'a str,
    /// Whom it is for.
    pub audience: &'a [String],
    /// The stream.
    pub stream: Uuid,
}

impl Claims<'_> {
    /// The claims of one event. There is no `sub`, and no `exp`: what happened stays so.
    #[must_use]
    pub fn of(&self, event: &Event) -> Value {
        json!({
            "iss": self.issuer,
            "iat": event.at_ms.div_euclid(1_000),
            "jti": Jti::of(self.stream, event).text(),
            "aud": self.audience,
            "txn": event.txn,
            "sub_id": event.sub_id,
            "events": { event.kind.uri(): event.payload },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_reads_back(stream: u128, at_ms: i64, revision: u64, index: u32, number: u32) {
            let mark = Mark { position: Position { revision, index }, number };
            let jti = Jti { stream: Uuid::from_u128(stream), at_ms, mark };
            prop_assert_eq!(Jti::parse(&jti.text()), Some(jti));
        }

        #[test]
        fn what_is_no_name_of_ours_is_none(text in "[0-9a-f.-]{0,60}") {
            prop_assert!(Jti::parse(&text).is_none_or(|jti| jti.text() == text));
        }
    }
}
