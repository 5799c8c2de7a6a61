//! Where access keeps what it keeps. Every key starts with the tenant; this build has one.

/// Service accounts, by id.
pub(crate) const ACCOUNTS: &[u8] = b"t0/access/account/";
/// One row per account name, so that a commit can guard against a second one.
pub(crate) const NAMES: &[u8] = b"t0/access/name/";
/// What each account did lately, by id.
pub(crate) const ACTIVITY: &[u8] = b"t0/access/activity/";
/// The administrator's passphrase.
pub(crate) const PASSPHRASE: &[u8] = b"t0/access/passphrase/";
/// The setup code that is good now.
pub(crate) const SETUP: &[u8] = b"t0/access/setup/";
/// The audit trail, by number.
pub(crate) const AUDIT: &[u8] = b"t0/access/audit/";

/// The row that holds a name for its account.
pub(crate) fn name(folded: &str) -> Vec<u8> {
    [NAMES, folded.as_bytes()].concat()
}
