//! What the tests of this crate share: an access over memory, one account, one token.

use crate::{Access, Account, AccountId, Actor, DialectChoice, Draft, FreshToken, Keys, Permissions, Seed};
use jiff::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Kv, Range};
use uuid::Uuid;

pub(crate) const SERVER_KEY: [u8; 32] = [11; 32];

pub(crate) fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

pub(crate) async fn open(kv: &Kv) -> Access {
    Access::open(kv.clone(), &Keys { server: SERVER_KEY, boot: [22; 32] }).await.unwrap()
}

pub(crate) async fn empty() -> Access {
    open(&Kv::memory()).await
}

/// A seed that no other call gives.
pub(crate) fn seed() -> Seed {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    Seed::new(bytes)
}

pub(crate) fn id(number: u128) -> AccountId {
    AccountId::new(Uuid::from_u128(number))
}

pub(crate) fn draft(name: &str) -> Draft {
    Draft {
        name: name.into(),
        description: String::new(),
        permissions: Permissions::Full,
        dialect: DialectChoice::default(),
        user: None,
    }
}

pub(crate) async fn account(access: &Access, number: u128) -> Account {
    let draft = draft(&format!("account {number}"));
    access.create_account(id(number), &draft, Actor::Administrator, noon()).await.unwrap()
}

pub(crate) async fn token(access: &Access, account: AccountId) -> FreshToken {
    let issued = access.issue_token(account, None, seed(), Actor::Administrator, noon()).await;
    issued.unwrap().unwrap()
}

/// Everything the store holds, keys and values, as one run of bytes.
pub(crate) async fn all_bytes(kv: &Kv) -> Vec<u8> {
    let rows = kv.scan(Range::prefix(""), 100_000).await.unwrap();
    rows.into_iter().flat_map(|row| [row.key, row.value.to_vec()].concat()).collect()
}

pub(crate) fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}
