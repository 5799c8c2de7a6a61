//! Secrets as they are kept: encrypted with a key that lies beside the store and not in it, so that a copy of the store
//! alone signs nothing and opens nobody's door.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::{digest, hkdf};
use serde::{Deserialize, Serialize};

/// What seals and opens.
pub struct Vault(LessSafeKey);

/// A sealed secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed(String);

impl Vault {
    /// The vault of a server key. What it seals is sealed with a key derived from it for this purpose alone.
    ///
    /// # Panics
    /// Never: the lengths are those the algorithms have.
    #[must_use]
    pub fn new(server_key: &[u8; 32]) -> Self {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"rollcall");
        let derived = salt.extract(server_key);
        let key =
            derived.expand(&[b"secrets of event streams"], &AES_256_GCM).expect("one block is asked for");
        Self(LessSafeKey::new(UnboundKey::from(key)))
    }

    /// Seals a secret. `random` must be used once; the secret may be made of it.
    ///
    /// # Panics
    /// Never: no secret is longer than the algorithm takes.
    #[must_use]
    pub fn seal(&self, secret: &[u8], random: &[u8; 32]) -> Sealed {
        // of the digest nothing can be told of what it is made of
        let digest = digest::digest(&digest::SHA256, &[b"nonce".as_slice(), random].concat());
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&digest.as_ref()[..NONCE_LEN]);
        let mut sealed = secret.to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.0.seal_in_place_append_tag(unique, Aad::empty(), &mut sealed).expect("secrets are short");
        Sealed(STANDARD_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens a secret; `None` where it was not sealed here, or was damaged.
    #[must_use]
    pub fn open(&self, sealed: &Sealed) -> Option<Vec<u8>> {
        let bytes = STANDARD_NO_PAD.decode(&sealed.0).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        Some(self.0.open_in_place(nonce, Aad::empty(), &mut sealed).ok()?.to_vec())
    }

    /// Opens a secret that is text.
    #[must_use]
    pub fn open_text(&self, sealed: &Sealed) -> Option<String> {
        String::from_utf8(self.open(sealed)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_key_only_and_undamaged_only() {
        let (vault, other) = (Vault::new(&[1; 32]), Vault::new(&[2; 32]));
        let sealed = vault.seal(b"Bearer abc", &[3; 32]);
        assert_eq!(vault.open_text(&sealed).as_deref(), Some("Bearer abc"));
        assert_eq!(other.open(&sealed), None);
        assert!(!sealed.0.contains("Bearer") && !sealed.0.contains(&STANDARD_NO_PAD.encode("Bearer")));
        let mut bytes = STANDARD_NO_PAD.decode(&sealed.0).unwrap();
        bytes[NONCE_LEN] ^= 1;
        assert_eq!(vault.open(&Sealed(STANDARD_NO_PAD.encode(bytes))), None);
        assert_eq!(vault.open(&Sealed("x".to_owned())), None);
    }
}
