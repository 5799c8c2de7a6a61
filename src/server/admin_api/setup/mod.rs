//! First set-up, and the way back in when the passphrase is lost.

pub(super) mod issue_code;
pub(super) mod set_up;
