//! The one-time setup code: whoever can read it on the machine may set the administrator's passphrase.
//!
//! It is used once, lives a day, and is kept as a keyed digest: 120 random bits need no slow hash.

use crate::seed::{Purpose, Seed};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use store::Record;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// How long a setup code can be used.
pub(crate) const LIFE: SignedDuration = SignedDuration::from_hours(24);
// Crockford's alphabet: no I, L, O, U, so that the code survives being read aloud
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LETTERS: usize = 24;
const GROUP: usize = 4;

/// A setup code on its one way to the administrator.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SetupCode {
    text: String,
    #[zeroize(skip)]
    expires_at: Timestamp,
}

impl SetupCode {
    pub(crate) fn mint(seed: &Seed, now: Timestamp) -> SetupCode {
        let letters = Zeroizing::new(seed.stream(Purpose::SetupCode).letters(ALPHABET, LETTERS));
        let mut text = String::with_capacity(LETTERS + LETTERS / GROUP);
        for (position, letter) in letters.chars().enumerate() {
            if position > 0 && position % GROUP == 0 {
                text.push('-');
            }
            text.push(letter);
        }
        SetupCode { text, expires_at: now + LIFE }
    }

    /// The code's text, for the one answer that shows it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// From then on it is refused.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    pub(crate) fn record(&self, key: &[u8; 32]) -> SetupRecord {
        SetupRecord { digest: digest(key, &self.text), expires_at: self.expires_at }
    }
}

impl fmt::Debug for SetupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SetupCode(hidden, expires {})", self.expires_at)
    }
}

/// What the store keeps of a setup code.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SetupRecord {
    digest: [u8; 32],
    expires_at: Timestamp,
}

impl Record for SetupRecord {
    const VERSION: u8 = 1;
}

impl SetupRecord {
    /// Is this the code, and is it still good?
    pub(crate) fn accepts(&self, key: &[u8; 32], given: &str, now: Timestamp) -> bool {
        let same: bool = self.digest.ct_eq(&digest(key, given)).into();
        same && now < self.expires_at
    }
}

/// Hyphens, spaces and case do not count: people type codes.
pub(crate) fn plain(text: &str) -> Zeroizing<String> {
    Zeroizing::new(
        text.chars()
            .filter(|letter| !letter.is_whitespace() && *letter != '-')
            .map(|letter| letter.to_ascii_uppercase())
            .collect(),
    )
}

fn digest(key: &[u8; 32], text: &str) -> [u8; 32] {
    *blake3::keyed_hash(key, plain(text).as_bytes()).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [3; 32];

    fn now() -> Timestamp {
        "2026-11-23T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_code_is_accepted_however_it_is_typed() {
        let code = SetupCode::mint(&Seed::new([1; 32]), now());
        let record = code.record(&KEY);
        assert_eq!(code.reveal().len(), 29, "{}", code.reveal());
        for typed in [
            code.reveal().to_owned(),
            code.reveal().to_lowercase(),
            code.reveal().replace('-', ""),
            format!(" {} \n", code.reveal().replace('-', " ")),
        ] {
            assert!(record.accepts(&KEY, &typed, now()), "{typed:?}");
        }
    }

    #[test]
    fn another_code_and_another_key_are_refused() {
        let code = SetupCode::mint(&Seed::new([1; 32]), now());
        let record = code.record(&KEY);
        assert!(!record.accepts(&KEY, "", now()));
        assert!(!record.accepts(&KEY, SetupCode::mint(&Seed::new([2; 32]), now()).reveal(), now()));
        assert!(!record.accepts(&[4; 32], code.reveal(), now()));
    }

    #[test]
    fn a_code_is_refused_after_a_day() {
        let code = SetupCode::mint(&Seed::new([1; 32]), now());
        let record = code.record(&KEY);
        let day = SignedDuration::from_hours(24);
        assert!(record.accepts(&KEY, code.reveal(), now() + day - SignedDuration::from_secs(1)));
        assert!(!record.accepts(&KEY, code.reveal(), now() + day));
    }

    #[test]
    fn neither_debug_nor_the_record_holds_the_code() {
        let code = SetupCode::mint(&Seed::new([1; 32]), now());
        let kept = serde_json::to_string(&code.record(&KEY)).unwrap();
        for text in [kept, format!("{code:?}")] {
            assert!(!text.contains(code.reveal()));
            assert!(!text.contains(&code.reveal().replace('-', "")));
        }
    }
}
