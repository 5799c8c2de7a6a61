//! The token's text: `rc_<12 letters id>_<43 letters secret><6 letters checksum>`, all base62.
//!
//! The prefix and the checksum let secret scanners and this server tell a token, and a mistyped one, without
//! a look-up. This module does not know which tokens exist, and hashes nothing slowly.

use crate::seed::{Purpose, Seed};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PREFIX: &str = "rc_";
const ID_LEN: usize = 12;
// 62^43 is a little more than 2^256
const SECRET_LEN: usize = 43;
// 62^6 is a little more than 2^32
const CHECK_LEN: usize = 6;
const TOKEN_LEN: usize = PREFIX.len() + ID_LEN + 1 + SECRET_LEN + CHECK_LEN;

/// The public part of a token: names it in the console, in logs and in the audit trail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId([u8; ID_LEN]);

impl TokenId {
    /// The id's letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // only base62 letters get in, so there is always a text
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The first twelve characters of the token, the part that may be shown for ever.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{PREFIX}{}…", &self.as_str()[..ID_LEN - PREFIX.len()])
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenId({self})")
    }
}

impl FromStr for TokenId {
    type Err = TokenShape;

    fn from_str(text: &str) -> Result<TokenId, TokenShape> {
        let bytes: [u8; ID_LEN] = text.as_bytes().try_into().map_err(|_| TokenShape::Length)?;
        if !bytes.iter().all(u8::is_ascii_alphanumeric) {
            return Err(TokenShape::Letters);
        }
        Ok(TokenId(bytes))
    }
}

impl Serialize for TokenId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for TokenId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TokenId, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A whole token on its one way to the administrator. It cannot be printed by accident and is wiped after use.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// The token's text, for the one answer that shows it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// Why a text cannot be one of our tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenShape {
    /// Too long or too short.
    #[error("the token has not the right length")]
    Length,
    /// It does not start with `rc_`, or holds a character that no token has.
    #[error("the token holds characters that none of ours has")]
    Letters,
    /// The checksum at its end does not fit: mistyped, or cut and pasted badly.
    #[error("the token's checksum is wrong, so it was not copied wholly")]
    Checksum,
}

/// A text that has the form of a token and a right checksum. Nothing says yet that we made it.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    id: TokenId,
    secret: &'a str,
    whole: &'a str,
}

impl<'a> Presented<'a> {
    /// Checks length, then letters, then checksum.
    pub fn parse(text: &'a str) -> Result<Presented<'a>, TokenShape> {
        if text.len() != TOKEN_LEN {
            return Err(TokenShape::Length);
        }
        if !text.is_ascii() {
            return Err(TokenShape::Letters);
        }
        let (body, check) = text.split_at(TOKEN_LEN - CHECK_LEN);
        let rest = body.strip_prefix(PREFIX).ok_or(TokenShape::Letters)?;
        let (id, secret) = rest.split_once('_').ok_or(TokenShape::Letters)?;
        if !secret.bytes().chain(check.bytes()).all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(TokenShape::Letters);
        }
        let id = id.parse().map_err(|_| TokenShape::Letters)?;
        if check != checksum(body) {
            return Err(TokenShape::Checksum);
        }
        Ok(Presented { id, secret, whole: text })
    }

    /// The public part.
    #[must_use]
    pub fn id(&self) -> TokenId {
        self.id
    }

    pub(crate) fn secret(&self) -> &'a str {
        self.secret
    }

    pub(crate) fn whole(&self) -> &'a str {
        self.whole
    }
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Presented({})", self.id)
    }
}

/// Makes a token from one seed.
pub(crate) fn mint(seed: &Seed) -> (TokenId, Secret) {
    let id = seed.stream(Purpose::TokenId).letters(ALPHABET, ID_LEN);
    let mut secret = seed.stream(Purpose::TokenSecret).letters(ALPHABET, SECRET_LEN);
    // the capacity is taken at once: growing would leave copies of the secret behind
    let mut whole = String::with_capacity(TOKEN_LEN);
    for part in [PREFIX, &id, "_", &secret] {
        whole.push_str(part);
    }
    secret.zeroize();
    let check = checksum(&whole);
    whole.push_str(&check);
    (id.parse().expect("twelve base62 letters are an id"), Secret(whole))
}

/// A well-formed token with the id of one and the secret of another: what a guesser would send.
#[cfg(test)]
pub(crate) fn forge(id: TokenId, other: &Secret) -> String {
    let secret = Presented::parse(other.reveal()).expect("minted").secret();
    let body = format!("{PREFIX}{id}_{secret}");
    format!("{body}{}", checksum(&body))
}

fn checksum(body: &str) -> String {
    let mut rest = u64::from(crc32fast::hash(body.as_bytes()));
    let mut letters = [b'0'; CHECK_LEN];
    for letter in letters.iter_mut().rev() {
        *letter = ALPHABET[usize::try_from(rest % 62).expect("less than 62")];
        rest /= 62;
    }
    letters.iter().map(|letter| char::from(*letter)).collect()
}

/// 24 bits of a keyed digest of the secret, kept beside its argon2 hash: a wrong secret is refused by them
/// in a microsecond, and argon2 runs for one wrong guess in 16.7 million. If they leak, 232 bits stay unknown.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Tag([u8; 3]);

impl Tag {
    pub(crate) fn of(key: &[u8; 32], presented: &Presented<'_>) -> Tag {
        let mut hasher = blake3::Hasher::new_keyed(key);
        hasher.update(presented.id.0.as_slice());
        hasher.update(presented.secret.as_bytes());
        let digest = hasher.finalize();
        let bytes = digest.as_bytes();
        Tag([bytes[0], bytes[1], bytes[2]])
    }

    /// Compares in constant time.
    pub(crate) fn matches(self, other: Tag) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tag(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minted(number: u8) -> (TokenId, Secret) {
        mint(&Seed::new([number; 32]))
    }

    #[test]
    fn a_minted_token_has_the_published_form() {
        let (id, secret) = minted(1);
        let text = secret.reveal();
        assert_eq!(text.len(), 65);
        assert!(text.starts_with(&format!("rc_{id}_")), "{text}");
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
        assert_eq!(Presented::parse(text).unwrap().id(), id);
        assert_eq!(id.shown().chars().count(), 13);
        assert!(text.starts_with(id.shown().trim_end_matches('…')));
    }

    #[test]
    fn different_seeds_give_different_tokens() {
        assert_ne!(minted(1).1.reveal(), minted(2).1.reveal());
        assert_ne!(minted(1).0, minted(2).0);
    }

    #[test]
    fn the_checksum_is_the_same_for_ever() {
        // a token given out today must be accepted by every later version
        assert_eq!(checksum("rc_000000000000_0000000000000000000000000000000000000000000"), "05LvH9");
    }

    #[test]
    fn one_changed_letter_is_refused_by_the_checksum() {
        let (_, secret) = minted(3);
        for position in 3..secret.reveal().len() {
            let mut bytes = secret.reveal().as_bytes().to_vec();
            if bytes[position] == b'_' {
                continue;
            }
            bytes[position] = if bytes[position] == b'a' { b'b' } else { b'a' };
            let text = String::from_utf8(bytes).unwrap();
            assert_eq!(Presented::parse(&text).unwrap_err(), TokenShape::Checksum, "letter {position}");
        }
    }

    #[test]
    fn a_cut_an_extended_and_an_empty_token_are_refused() {
        let (_, secret) = minted(4);
        let text = secret.reveal();
        for wrong in ["", "rc_", &text[..64], &text[1..], &format!("{text}A"), &format!(" {text}")] {
            assert_eq!(Presented::parse(wrong).unwrap_err(), TokenShape::Length, "{wrong:?}");
        }
        let accented = format!("é{}", &text[2..]);
        assert_eq!(Presented::parse(&accented).unwrap_err(), TokenShape::Letters);
        let other_kind = format!("rd{}", &text[2..]);
        assert_eq!(Presented::parse(&other_kind).unwrap_err(), TokenShape::Letters);
    }

    #[test]
    fn the_debug_output_of_a_token_holds_no_secret() {
        let (id, secret) = minted(5);
        let presented = Presented::parse(secret.reveal()).unwrap();
        let printed = format!("{secret:?} {presented:?} {:?}", Tag::of(&[9; 32], &presented));
        assert!(printed.contains(id.as_str()));
        assert!(!printed.contains(presented.secret()));
    }

    #[test]
    fn the_tag_depends_on_key_id_and_secret() {
        let (_, first) = minted(6);
        let (_, second) = minted(7);
        let tag = Tag::of(&[1; 32], &Presented::parse(first.reveal()).unwrap());
        assert!(tag.matches(Tag::of(&[1; 32], &Presented::parse(first.reveal()).unwrap())));
        assert!(!tag.matches(Tag::of(&[2; 32], &Presented::parse(first.reveal()).unwrap())));
        assert!(!tag.matches(Tag::of(&[1; 32], &Presented::parse(second.reveal()).unwrap())));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,80}") {
            let _ = Presented::parse(&text);
        }

        #[test]
        fn no_text_of_the_right_length_makes_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 65)) {
            let _ = Presented::parse(&String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn every_minted_token_parses(bytes in any::<[u8; 32]>()) {
            let (id, secret) = mint(&Seed::new(bytes));
            prop_assert_eq!(Presented::parse(secret.reveal()).unwrap().id(), id);
        }
    }
}
