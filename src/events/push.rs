//! What a receiver's answer to a delivery means (RFC 8935 section 2, Standard Webhooks).

use serde_json::Value;

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has it.
    Accepted,
    /// It does not, and is to be asked again.
    Failed {
        /// Why, for the administrator.
        error: String,
        /// When the receiver wants to be asked again, in seconds.
        after_s: Option<u32>,
    },
    /// The receiver says that nobody is there any more.
    Gone,
}

/// How much of a receiver's words is kept.
const KEPT: usize = 300;

/// Reads status, `Retry-After` and body of an answer. A refusal with a reason (`err`, RFC 8935 section 2.3) is a
/// failure like any other: the event stays, and the reason is shown.
#[must_use]
pub fn outcome(status: u16, retry_after: Option<&str>, body: &[u8]) -> Outcome {
    if (200..300).contains(&status) {
        return Outcome::Accepted;
    }
    if status == 410 {
        return Outcome::Gone;
    }
    let told: Option<Value> = serde_json::from_slice(body).ok();
    let text = |name: &str| told.as_ref().and_then(|t| t.get(name)).and_then(Value::as_str).map(cut);
    let error = match (text("err"), text("description")) {
        (Some(err), Some(description)) => format!("answered {status}: {err}: {description}"),
        (Some(err), None) => format!("answered {status}: {err}"),
        (None, _) if (300..400).contains(&status) => format!("answered {status}: redirects are not followed"),
        (None, _) => format!("answered {status}"),
    };
    Outcome::Failed { error, after_s: retry_after.and_then(|text| text.trim().parse().ok()) }
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(KEPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_understood() {
        assert_eq!(outcome(202, None, b""), Outcome::Accepted);
        assert_eq!(outcome(410, None, b""), Outcome::Gone);
        let told = br#"{"err":"invalid_key","description":"Key ID 12345 has been revoked."}"#;
        let error = "answered 400: invalid_key: Key ID 12345 has been revoked.".to_owned();
        assert_eq!(outcome(400, None, told), Outcome::Failed { error, after_s: None });
        let busy = Outcome::Failed { error: "answered 503".to_owned(), after_s: Some(7) };
        assert_eq!(outcome(503, Some("7"), b"<html>"), busy);
        let Outcome::Failed { error, .. } = outcome(302, None, b"") else { panic!() };
        assert!(error.contains("redirects"));
    }
}
