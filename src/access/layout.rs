//! Where access keeps what it keeps. Every key starts with the tenant in two bytes, as the directory's do.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The number of a tenant: the first two bytes of every key of its. It is given out once and never again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantNumber(u16);

impl TenantNumber {
    /// The only tenant of a plain install; it also keeps what belongs to the whole server.
    pub const DEFAULT: TenantNumber = TenantNumber(0);
    /// The greatest number there is: keys that start with 0xff are the store's own.
    pub(crate) const LAST: u16 = 0xfeff;

    /// The number after this one, while there is one.
    pub(crate) fn next(self) -> Option<TenantNumber> {
        (self.0 < TenantNumber::LAST).then(|| TenantNumber(self.0 + 1))
    }

    /// As the directory takes it.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }

    /// What every key of the tenant starts with.
    #[must_use]
    pub fn prefix(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for TenantNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Makes the keys of one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout(pub(crate) TenantNumber);

impl Layout {
    fn room(self, name: &str) -> Vec<u8> {
        [&self.0.prefix(), b"access/".as_slice(), name.as_bytes(), b"/"].concat()
    }

    /// Service accounts, by id.
    pub(crate) fn accounts(self) -> Vec<u8> {
        self.room("account")
    }

    /// One row per account name, so that a commit can guard against a second one.
    pub(crate) fn names(self) -> Vec<u8> {
        self.room("name")
    }

    /// The row that holds a name for its account.
    pub(crate) fn name(self, folded: &str) -> Vec<u8> {
        [self.names().as_slice(), folded.as_bytes()].concat()
    }

    /// What each account did lately, by id.
    pub(crate) fn activity(self) -> Vec<u8> {
        self.room("activity")
    }

    /// The administrator's passphrase.
    pub(crate) fn passphrase(self) -> Vec<u8> {
        self.room("passphrase")
    }

    /// The setup code that is good now.
    pub(crate) fn setup(self) -> Vec<u8> {
        self.room("setup")
    }

    /// The audit trail, by number.
    pub(crate) fn audit(self) -> Vec<u8> {
        self.room("audit")
    }

    /// The tenants beside the default one, by slug, those that are gone included.
    pub(crate) fn tenants(self) -> Vec<u8> {
        self.room("tenant")
    }

    /// The row that holds a number for its tenant.
    pub(crate) fn tenant_number(self, number: TenantNumber) -> Vec<u8> {
        [self.room("tenant-number").as_slice(), &number.prefix()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_tenants_keys_are_those_of_the_first_release() {
        let layout = Layout(TenantNumber::DEFAULT);
        assert_eq!(layout.accounts(), b"\0\0access/account/");
        assert_eq!(layout.name("entra"), b"\0\0access/name/entra");
        assert_eq!(layout.audit(), b"\0\0access/audit/");
    }

    #[test]
    fn numbers_end_before_the_stores_own_keys() {
        let last = TenantNumber(TenantNumber::LAST);
        assert_eq!(last.next(), None);
        assert_eq!(last.prefix()[0], 0xfe);
        assert_eq!(TenantNumber::DEFAULT.next().unwrap().prefix(), [0, 1]);
    }
}
