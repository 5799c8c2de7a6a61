//! The keys tokens are signed with, and how receivers get to know them (RFC 7517, RFC 8037).
//!
//! Ed25519, because it needs no randomness to sign: the same event of the same stream gives the same bytes, however
//! often it is sent.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::digest;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::seal::{Sealed, Vault};

/// How long a retired key is still shown: longer than any token waits for its receiver.
const SHOWN_AFTER_RETIREMENT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A key as it is kept.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyRecord {
    /// Its name in tokens: the thumbprint of its public half (RFC 7638).
    pub kid: String,
    /// The public half.
    x: String,
    /// The secret half.
    seed: Sealed,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it signs.
    pub state: KeyState,
}

/// Whether a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum KeyState {
    /// It does.
    Active,
    /// It did; what it signed must still be verified.
    Retired {
        /// Since when it does not.
        at: Timestamp,
    },
}

impl store::Record for KeyRecord {
    const VERSION: u8 = 1;
}

impl KeyRecord {
    /// A key made of random bytes.
    ///
    /// # Panics
    /// Never: any 32 bytes make a key.
    #[must_use]
    pub fn new(random: [u8; 32], vault: &Vault, now: Timestamp) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&random).expect("any 32 bytes are a seed");
        let seed = vault.seal(&random, &random);
        let x = URL_SAFE_NO_PAD.encode(pair.public_key());
        Self { kid: thumbprint(&x), x, seed, created_at: now, state: KeyState::Active }
    }

    /// What signs with it; `None` where the record is damaged, or the server's key is another.
    #[must_use]
    pub fn signer(&self, vault: &Vault) -> Option<Signer> {
        let seed = vault.open(&self.seed)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).ok()?;
        Some(Signer { kid: self.kid.clone(), pair })
    }

    /// The key, retired.
    #[must_use]
    pub fn retired(self, now: Timestamp) -> Self {
        Self { state: KeyState::Retired { at: now }, ..self }
    }

    fn is_shown(&self, now: Timestamp) -> bool {
        match self.state {
            KeyState::Active => true,
            KeyState::Retired { at } => now.duration_since(at) < SHOWN_AFTER_RETIREMENT,
        }
    }
}

fn thumbprint(x: &str) -> String {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
}

/// The public halves of keys, as receivers fetch them.
#[must_use]
pub fn jwks(keys: &[KeyRecord], now: Timestamp) -> Value {
    let shown = keys.iter().filter(|key| key.is_shown(now)).map(|key| {
        json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.kid, "x": key.x})
    });
    json!({ "keys": shown.collect::<Vec<_>>() })
}

/// What signs tokens.
pub struct Signer {
    kid: String,
    pair: Ed25519KeyPair,
}

impl Signer {
    /// A compact JWS (RFC 7515) of the type that RFC 8417 section 2.3 names.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        let header = json!({"alg": "EdDSA", "typ": "secevent+jwt", "kid": self.kid}).to_string();
        let mut token = URL_SAFE_NO_PAD.encode(header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims.to_string(), &mut token);
        let signature = self.pair.sign(token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ED25519, UnparsedPublicKey};

    fn vault() -> Vault {
        Vault::new(&[9; 32])
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    #[test]
    fn what_is_signed_verifies_by_the_published_key_and_is_the_same_each_time() {
        let key = KeyRecord::new([7; 32], &vault(), at(0));
        let signer = key.signer(&vault()).unwrap();
        let token = signer.sign(&json!({"jti": "1"}));
        assert_eq!(token, signer.sign(&json!({"jti": "1"})));
        let (text, signature) = token.rsplit_once('.').unwrap();
        let published = &jwks(&[key], at(0))["keys"][0];
        let x = URL_SAFE_NO_PAD.decode(published["x"].as_str().unwrap()).unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        UnparsedPublicKey::new(&ED25519, x).verify(text.as_bytes(), &signature).unwrap();
        let header = URL_SAFE_NO_PAD.decode(token.split_once('.').unwrap().0).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!((&header["typ"], &header["kid"]), (&json!("secevent+jwt"), &published["kid"]));
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        // RFC 8037 appendix A.1 and A.3
        let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let key = KeyRecord::new(seed.try_into().unwrap(), &vault(), at(0));
        assert_eq!(key.kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_retired_key_is_shown_as_long_as_its_tokens_may_be_on_their_way() {
        let key = KeyRecord::new([1; 32], &vault(), at(0)).retired(at(10));
        let shown = |now| jwks(std::slice::from_ref(&key), now)["keys"].as_array().unwrap().len();
        assert_eq!((shown(at(20)), shown(at(91 * 24 * 3600))), (1, 0));
    }
}
