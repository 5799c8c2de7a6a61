//! How strictly an account's requests are read, as the administrator chose it: a name and switches.
//!
//! It does not know what the names mean: what a dialect tolerates is the protocol's matter, and whether a name is
//! one the server checks before it gives it here. Only the form is checked here, so that a record stays small.

use crate::account::Invalid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Switches by name, on or off.
pub type Switches = BTreeMap<String, bool>;

const SWITCHES_MOST: usize = 128;
const NAME_MOST_BYTES: usize = 64;

/// A dialect by name, and what differs from it for one account.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DialectChoice {
    /// The name of the dialect.
    #[serde(rename = "dialect")]
    pub name: String,
    /// Deviations granted (`true`) or refused (`false`) whatever the dialect says.
    pub deviations: Switches,
    /// Rules beyond the standard demanded (`true`) or waived (`false`) whatever the dialect says.
    pub rules: Switches,
}

impl DialectChoice {
    /// The dialect an account has when nobody chose one.
    pub const USUAL: &str = "tolerant";

    /// A dialect by name, as it is.
    #[must_use]
    pub fn plain(name: &str) -> DialectChoice {
        DialectChoice { name: name.to_owned(), deviations: Switches::new(), rules: Switches::new() }
    }

    pub(crate) fn checked(&self) -> Result<(), Invalid> {
        if !is_name(&self.name) {
            return Err(invalid("dialect", "is not the name of a dialect"));
        }
        for (field, switches) in [("deviations", &self.deviations), ("rules", &self.rules)] {
            if switches.len() > SWITCHES_MOST || !switches.keys().all(|name| is_name(name)) {
                return Err(invalid(field, "holds something that is not the name of a switch"));
            }
        }
        Ok(())
    }
}

impl Default for DialectChoice {
    fn default() -> DialectChoice {
        DialectChoice::plain(DialectChoice::USUAL)
    }
}

fn is_name(text: &str) -> bool {
    (1..=NAME_MOST_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn invalid(field: &'static str, reason: &str) -> Invalid {
    Invalid { field, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_kept() {
        assert!(DialectChoice::default().checked().is_ok());
        for wrong in ["", "a b", "ä", &"x".repeat(65)] {
            assert_eq!(DialectChoice::plain(wrong).checked().unwrap_err().field, "dialect", "{wrong:?}");
            let choice =
                DialectChoice { rules: [(wrong.to_owned(), true)].into(), ..DialectChoice::default() };
            assert_eq!(choice.checked().unwrap_err().field, "rules", "{wrong:?}");
        }
    }

    #[test]
    fn the_wire_form_is_the_documented_one() {
        let choice = DialectChoice {
            deviations: [("opCase".to_owned(), true)].into(),
            ..DialectChoice::plain("strict")
        };
        assert_eq!(
            serde_json::to_string(&choice).unwrap(),
            r#"{"dialect":"strict","deviations":{"opCase":true},"rules":{}}"#
        );
    }
}
