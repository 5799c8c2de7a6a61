//! Tokens of service accounts.

pub(super) mod issue;
pub(super) mod revoke;
