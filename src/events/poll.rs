//! What a receiver that polls says, and what it is answered (RFC 8936 section 2).

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The most tokens of one answer.
const MOST: usize = 500;
/// As many when the receiver does not say.
const USUAL: usize = 100;

/// A poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollRequest {
    /// How many tokens are wanted; with zero the receiver only acknowledges.
    pub max_events: usize,
    /// Whether the answer may wait until there is something to tell.
    pub may_wait: bool,
    /// Names of tokens the receiver has kept.
    pub ack: Vec<String>,
    /// Names of tokens it refuses, with its reason.
    pub refused: Vec<(String, String)>,
}

/// A body that is no poll.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is not a poll request of RFC 8936: {0}")]
pub struct PollError(String);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    max_events: Option<usize>,
    #[serde(default)]
    return_immediately: bool,
    #[serde(default)]
    ack: Vec<String>,
    #[serde(default)]
    set_errs: Map<String, Value>,
}

impl PollRequest {
    /// Reads the body of a poll.
    pub fn parse(body: &[u8]) -> Result<Self, PollError> {
        let wrong = |error: serde_json::Error| PollError(error.to_string());
        let object: Map<String, Value> = serde_json::from_slice(body).map_err(wrong)?;
        let wire: Wire = serde_json::from_value(Value::Object(object)).map_err(wrong)?;
        let reason = |told: &Value| {
            let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let reason = format!("{}: {}", text("err"), text("description"));
            reason.chars().filter(|c| !c.is_control()).take(300).collect()
        };
        Ok(Self {
            max_events: wire.max_events.unwrap_or(USUAL).min(MOST),
            may_wait: !wire.return_immediately,
            ack: wire.ack,
            refused: wire.set_errs.iter().map(|(jti, told)| (jti.clone(), reason(told))).collect(),
        })
    }
}

/// The answer: tokens by their names, in their order, and whether there are more.
#[must_use]
pub fn answer(tokens: impl IntoIterator<Item = (String, String)>, more: bool) -> Value {
    let sets: Map<String, Value> = tokens.into_iter().map(|(jti, set)| (jti, set.into())).collect();
    if more { json!({"sets": sets, "moreAvailable": true}) } else { json!({ "sets": sets }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_polls_of_rfc_8936_are_read() {
        // section 2.4.1, 2.4.2 and 2.4.4
        let first = PollRequest::parse(br#"{"returnImmediately": true}"#).unwrap();
        assert_eq!((first.max_events, first.may_wait), (USUAL, false));
        let acks = PollRequest::parse(br#"{"ack": ["4d3559ec", "3d0c3cf7"], "maxEvents": 0}"#).unwrap();
        assert_eq!((acks.max_events, acks.ack.len()), (0, 2));
        let errors = br#"{"setErrs": {"4d35": {"err": "authentication_failed", "description": "bad"}}, "maxEvents": 9999}"#;
        let errors = PollRequest::parse(errors).unwrap();
        assert_eq!(errors.refused, [("4d35".to_owned(), "authentication_failed: bad".to_owned())]);
        assert_eq!(errors.max_events, MOST);
    }

    #[test]
    fn what_is_no_poll_is_refused() {
        for wrong in ["", "[]", r#"{"ack": "x"}"#, r#"{"maxEvents": -1}"#] {
            assert!(PollRequest::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
