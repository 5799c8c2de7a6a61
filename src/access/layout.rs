//! Where access keeps what it keeps. Every key starts with the tenant in two bytes, as the directory's do; this
//! build has one, number zero.

/// Service accounts, by id.
pub(crate) const ACCOUNTS: &[u8] = b"\0\0access/account/";
/// One row per account name, so that a commit can guard against a second one.
pub(crate) const NAMES: &[u8] = b"\0\0access/name/";
/// What each account did lately, by id.
pub(crate) const ACTIVITY: &[u8] = b"\0\0access/activity/";
/// The administrator's passphrase.
pub(crate) const PASSPHRASE: &[u8] = b"\0\0access/passphrase/";
/// The setup code that is good now.
pub(crate) const SETUP: &[u8] = b"\0\0access/setup/";
/// The audit trail, by number.
pub(crate) const AUDIT: &[u8] = b"\0\0access/audit/";

/// The row that holds a name for its account.
pub(crate) fn name(folded: &str) -> Vec<u8> {
    [NAMES, folded.as_bytes()].concat()
}
