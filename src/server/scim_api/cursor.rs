//! Cursors (RFC 9865): the spot where a page ends, sealed so that only this server can read it.
//!
//! Nothing is remembered between two pages: all of it is in the cursor, encrypted and authenticated under a key that
//! survives a restart. A cursor opens only for the tenant and the account it was made for.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::{From, Kind, Known, Spot};
use jiff::Timestamp;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use scim::SortKey;
use uuid::Uuid;

/// How long a cursor leads on, in seconds; each page brings fresh ones.
pub(super) const TIMEOUT_S: i64 = 3600;

/// The first byte of what is sealed; another form gets another number.
const FORM: u8 = 1;
/// What is sealed is filled up to a multiple of this, so that its length tells little of the value at the spot.
const PAD: usize = 64;
const SALT: usize = 16;

/// Whom a cursor is made for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holder<'h> {
    /// The name of the tenant; empty for the default one.
    pub(super) tenant: &'h str,
    /// The id of the service account.
    pub(super) account: &'h str,
}

/// What a cursor holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct State {
    /// When it was made, in seconds since 1970.
    pub(super) issued_s: i64,
    /// The digest of filter, order and place of the query.
    pub(super) query: [u8; 16],
    /// The digest of what the account might do.
    pub(super) permissions: [u8; 16],
    /// How many resources each page has.
    pub(super) count: usize,
    /// Where the next page begins; never at the start, which needs no cursor.
    pub(super) from: From,
    /// What was counted.
    pub(super) known: Known,
}

/// Seals and opens cursors.
pub(crate) struct Cursors([u8; 32]);

impl std::fmt::Debug for Cursors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cursors(hidden)")
    }
}

impl Cursors {
    /// Cursors under a key derived from the server's.
    pub(crate) fn new(server_key: &[u8; 32]) -> Self {
        Self(blake3::derive_key("rollcall 2026 page cursor", server_key))
    }

    /// The text of a cursor: letters, digits, `-` and `_`. The salt is random and used once.
    pub(super) fn seal(&self, salt: [u8; SALT], holder: Holder<'_>, state: &State) -> String {
        let mut bytes = encode(state);
        let sealed = self.key(salt, holder).seal_in_place_append_tag(nonce(), Aad::empty(), &mut bytes);
        sealed.expect("a cursor is far shorter than the cipher's limit");
        URL_SAFE_NO_PAD.encode([&salt, &*bytes].concat())
    }

    /// What a cursor holds; `None` where it is not one of this server for this holder.
    pub(super) fn open(&self, text: &str, holder: Holder<'_>) -> Option<State> {
        let mut bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (salt, sealed) = bytes.split_first_chunk_mut::<SALT>()?;
        let key = self.key(*salt, holder);
        decode(key.open_in_place(nonce(), Aad::empty(), sealed).ok()?)
    }

    /// The key of one cursor: that salt, tenant and account make it is what binds the cursor to them.
    fn key(&self, salt: [u8; SALT], holder: Holder<'_>) -> LessSafeKey {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        for part in [&salt, holder.tenant.as_bytes(), holder.account.as_bytes()] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let key = UnboundKey::new(&CHACHA20_POLY1305, hasher.finalize().as_bytes());
        LessSafeKey::new(key.expect("the digest has the length of a key"))
    }
}

impl State {
    /// Whether the cursor is too old. One from the future is not: clocks are set back.
    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        now.as_second().saturating_sub(self.issued_s) > TIMEOUT_S
    }
}

/// Each key seals one cursor, so the number may always be the same.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

const AFTER: u8 = 0;
const BEFORE: u8 = 1;

pub(super) fn encode(state: &State) -> Vec<u8> {
    let (way, spot) = match &state.from {
        From::Before(spot) => (BEFORE, spot),
        From::After(spot) => (AFTER, spot),
        From::Start => unreachable!("the first page has no cursor"),
    };
    let mut bytes = vec![FORM];
    bytes.extend_from_slice(&state.issued_s.to_le_bytes());
    bytes.extend_from_slice(&state.query);
    bytes.extend_from_slice(&state.permissions);
    bytes.extend_from_slice(&(state.count as u64).to_le_bytes());
    bytes.extend_from_slice(&state.known.position.to_le_bytes());
    bytes.extend_from_slice(&state.known.total.to_le_bytes());
    bytes.extend_from_slice(&[way, spot.kind.byte()]);
    bytes.extend_from_slice(spot.id.as_bytes());
    match &spot.key {
        SortKey::Missing => bytes.push(0),
        SortKey::Value { rank, bytes: value } => {
            bytes.extend_from_slice(&[1, *rank]);
            bytes.extend_from_slice(&(value.len() as u64).to_le_bytes());
            bytes.extend_from_slice(value);
        }
    }
    bytes.resize(bytes.len().next_multiple_of(PAD), 0);
    bytes
}

pub(super) fn decode(bytes: &[u8]) -> Option<State> {
    let mut rest = Rest(bytes);
    if rest.take()? != [FORM] {
        return None;
    }
    let issued_s = i64::from_le_bytes(rest.take()?);
    let (query, permissions) = (rest.take()?, rest.take()?);
    let count = usize::try_from(rest.number()?).ok()?;
    let known = Known { position: rest.number()?, total: rest.number()? };
    let [way, kind] = rest.take()?;
    let (kind, id) = (Kind::from_byte(kind)?, Uuid::from_bytes(rest.take()?));
    let key = match rest.take()? {
        [0] => SortKey::Missing,
        [1] => {
            let [rank] = rest.take()?;
            let length = usize::try_from(rest.number()?).ok()?;
            SortKey::Value { rank, bytes: rest.0.get(..length)?.to_vec() }
        }
        _ => return None,
    };
    let spot = Spot { key, kind, id };
    let from = match way {
        AFTER => From::After(spot),
        BEFORE => From::Before(spot),
        _ => return None,
    };
    Some(State { issued_s, query, permissions, count, from, known })
}

/// What is left to read.
struct Rest<'b>(&'b [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn number(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOLDER: Holder<'_> = Holder { tenant: "", account: "a" };

    fn state() -> impl Strategy<Value = State> {
        let key = prop_oneof![
            Just(SortKey::Missing),
            (any::<u8>(), prop::collection::vec(any::<u8>(), 0..1024))
                .prop_map(|(rank, bytes)| SortKey::Value { rank, bytes }),
        ];
        let kind = prop_oneof![Just(Kind::User), Just(Kind::Group), Just(Kind::Custom(200))];
        let spot = (key, kind, any::<u128>()).prop_map(|(key, kind, id)| Spot {
            key,
            kind,
            id: Uuid::from_u128(id),
        });
        let from = (spot, any::<bool>())
            .prop_map(|(spot, before)| if before { From::Before(spot) } else { From::After(spot) });
        (any::<i64>(), any::<[u8; 16]>(), any::<[u8; 16]>(), 0usize..2_000, from, any::<(u64, u64)>())
            .prop_map(|(issued_s, query, permissions, count, from, (position, total))| State {
                issued_s,
                query,
                permissions,
                count,
                from,
                known: Known { position, total },
            })
    }

    proptest! {
        #[test]
        fn d162_d170_a_cursor_opens_for_its_holder_alone_and_is_unreserved_text(
            state in state(), salt: [u8; 16], at: prop::sample::Index, bit in 0u8..8,
        ) {
            let cursors = Cursors::new(&[7; 32]);
            let text = cursors.seal(salt, HOLDER, &state);
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(cursors.open(&text, HOLDER), Some(state));
            prop_assert_eq!(Cursors::new(&[8; 32]).open(&text, HOLDER), None);
            for (tenant, account) in [("", "b"), ("t", "a"), ("a", "")] {
                prop_assert_eq!(cursors.open(&text, Holder { tenant, account }), None);
            }
            let mut bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
            let place = at.index(bytes.len());
            bytes[place] ^= 1 << bit;
            prop_assert_eq!(cursors.open(&URL_SAFE_NO_PAD.encode(bytes), HOLDER), None);
        }

        #[test]
        fn d166_any_other_text_opens_to_nothing(text in ".*", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(Cursors::new(&[7; 32]).open(&text, HOLDER), None);
            decode(&bytes);
        }
    }

    #[test]
    fn d166_a_cursor_leads_on_for_its_time_and_no_longer() {
        let spot = Spot::created(Kind::User, Uuid::nil());
        let state = State {
            issued_s: 1_000_000,
            query: [0; 16],
            permissions: [0; 16],
            count: 1,
            from: From::After(spot),
            known: Known { position: 0, total: 0 },
        };
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(!state.is_expired(at(1_000_000 + TIMEOUT_S)));
        assert!(state.is_expired(at(1_000_001 + TIMEOUT_S)));
        assert!(!state.is_expired(at(0)));
    }
}
