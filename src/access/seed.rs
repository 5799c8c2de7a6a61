//! Randomness as an argument: one seed per operation, stretched into as many bytes as the operation needs.
//!
//! It does not read a random source; the caller does.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// 256 bits from the system's random source, good for one operation.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Wraps fresh random bytes. The same bytes give the same token or code: never use them twice.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Seed {
        Seed(bytes)
    }

    /// Bytes for one purpose; streams of different purposes tell nothing about each other.
    pub(crate) fn stream(&self, purpose: Purpose) -> Stream {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(purpose.context().as_bytes());
        Stream { reader: hasher.finalize_xof() }
    }

    /// A salt for one argon2 run.
    pub(crate) fn salt(&self) -> [u8; 16] {
        let mut salt = [0; 16];
        self.stream(Purpose::Salt).fill(&mut salt);
        salt
    }
}

/// What the bytes of a stream become.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    TokenId,
    TokenSecret,
    Salt,
    SetupCode,
    Session,
}

impl Purpose {
    fn context(self) -> &'static str {
        match self {
            Purpose::TokenId => "token id",
            Purpose::TokenSecret => "token secret",
            Purpose::Salt => "salt",
            Purpose::SetupCode => "setup code",
            Purpose::Session => "session",
        }
    }
}

/// An endless run of bytes.
pub(crate) struct Stream {
    reader: blake3::OutputReader,
}

impl Stream {
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        self.reader.fill(bytes);
    }

    /// `count` letters of the alphabet, each equally likely: bytes beyond the last whole multiple of its
    /// length are thrown away, because a plain remainder would prefer the first letters.
    pub(crate) fn letters(&mut self, alphabet: &[u8], count: usize) -> String {
        let limit = 256 - 256 % alphabet.len();
        let mut letters = String::with_capacity(count);
        let mut byte = [0u8];
        while letters.len() < count {
            self.fill(&mut byte);
            let value = usize::from(byte[0]);
            if value < limit {
                letters.push(char::from(alphabet[value % alphabet.len()]));
            }
        }
        byte.zeroize();
        letters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_equally_likely() {
        let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let text = Seed::new([7; 32]).stream(Purpose::TokenSecret).letters(alphabet, 62_000);
        for letter in alphabet {
            let seen = text.bytes().filter(|byte| byte == letter).count();
            assert!((850..1150).contains(&seen), "{} came {seen} times", char::from(*letter));
        }
    }

    #[test]
    fn purposes_do_not_share_bytes() {
        let seed = Seed::new([7; 32]);
        let id = seed.stream(Purpose::TokenId).letters(b"0123456789abcdef", 32);
        let secret = seed.stream(Purpose::TokenSecret).letters(b"0123456789abcdef", 32);
        assert_ne!(id, secret);
    }
}
