//! The audit trail: one record per change of who may do what, written in the same commit as the change, so that
//! there is no change without a record and no record without a change.
//!
//! Requests of service accounts are not audited here; the directory's change feed tells what they changed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::Record;

/// On whose behalf something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Actor {
    /// The administrator, in the console.
    Administrator,
    /// Somebody on the machine itself, through the command line.
    Local,
    /// Somebody who is not signed in.
    Anonymous,
    /// The server by itself.
    System,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was refused.
    Refused,
}

/// What was done. The wire names are kept for ever; an administrator's scripts look for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    AccountCreated,
    AccountChanged,
    AccountDeleted,
    TokenIssued,
    TokenRevoked,
    SetupCodeIssued,
    PassphraseSet,
    SignIn,
    SignOut,
    TenantCreated,
    TenantChanged,
    TenantDeleted,
    TenantErased,
    DefinitionsChanged,
    BinRestored,
    BinPurged,
    GuardsChanged,
    HeldAllowed,
    HeldDismissed,
    Protected,
    Unprotected,
    StreamCreated,
    StreamChanged,
    StreamDeleted,
    StreamReplayed,
    EventKeyRotated,
}

/// Something an administrator did that this crate does not keep, and still has in the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A resource was brought back from the recycle bin.
    BinRestored,
    /// Resources were purged from the recycle bin.
    BinPurged,
    /// The limits on what clients take away were set.
    GuardsChanged,
    /// A held change was allowed.
    HeldAllowed,
    /// A held change was forgotten.
    HeldDismissed,
    /// A resource was protected.
    Protected,
    /// The protection of a resource was lifted.
    Unprotected,
    /// A stream of events was made.
    StreamCreated,
    /// A stream was changed, paused or resumed.
    StreamChanged,
    /// A stream was deleted.
    StreamDeleted,
    /// A stream was set to another place in the feed.
    StreamReplayed,
    /// Events are signed with another key.
    EventKeyRotated,
}

impl From<Deed> for Action {
    fn from(deed: Deed) -> Action {
        match deed {
            Deed::BinRestored => Action::BinRestored,
            Deed::BinPurged => Action::BinPurged,
            Deed::GuardsChanged => Action::GuardsChanged,
            Deed::HeldAllowed => Action::HeldAllowed,
            Deed::HeldDismissed => Action::HeldDismissed,
            Deed::Protected => Action::Protected,
            Deed::Unprotected => Action::Unprotected,
            Deed::StreamCreated => Action::StreamCreated,
            Deed::StreamChanged => Action::StreamChanged,
            Deed::StreamDeleted => Action::StreamDeleted,
            Deed::StreamReplayed => Action::StreamReplayed,
            Deed::EventKeyRotated => Action::EventKeyRotated,
        }
    }
}

impl Action {
    fn wire(self) -> &'static str {
        match self {
            Action::AccountCreated => "account.created",
            Action::AccountChanged => "account.changed",
            Action::AccountDeleted => "account.deleted",
            Action::TokenIssued => "token.issued",
            Action::TokenRevoked => "token.revoked",
            Action::SetupCodeIssued => "setupCode.issued",
            Action::PassphraseSet => "passphrase.set",
            Action::SignIn => "session.signIn",
            Action::SignOut => "session.signOut",
            Action::TenantCreated => "tenant.created",
            Action::TenantChanged => "tenant.changed",
            Action::TenantDeleted => "tenant.deleted",
            Action::TenantErased => "tenant.erased",
            Action::DefinitionsChanged => "definitions.changed",
            Action::BinRestored => "bin.restored",
            Action::BinPurged => "bin.purged",
            Action::GuardsChanged => "guards.changed",
            Action::HeldAllowed => "held.allowed",
            Action::HeldDismissed => "held.dismissed",
            Action::Protected => "resource.protected",
            Action::Unprotected => "resource.unprotected",
            Action::StreamCreated => "stream.created",
            Action::StreamChanged => "stream.changed",
            Action::StreamDeleted => "stream.deleted",
            Action::StreamReplayed => "stream.replayed",
            Action::EventKeyRotated => "eventKey.rotated",
        }
    }
}

/// One record of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRecord {
    /// Counts up from one without gaps.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// On whose behalf.
    pub actor: Actor,
    /// What, such as `token.issued`.
    pub action: String,
    /// To what: an account's name and id, a token's id.
    pub target: String,
    /// How it ended.
    pub result: Outcome,
}

/// A record that has no number yet.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) actor: Actor,
    pub(crate) action: Action,
    pub(crate) target: String,
    pub(crate) result: Outcome,
}

impl Entry {
    pub(crate) fn success(actor: Actor, action: Action, target: String, now: Timestamp) -> Entry {
        Entry { at: now, actor, action, target, result: Outcome::Success }
    }

    pub(crate) fn numbered(self, seq: u64) -> AuditRecord {
        AuditRecord {
            seq,
            at: self.at,
            actor: self.actor,
            action: self.action.wire().to_owned(),
            target: self.target,
            result: self.result,
        }
    }
}

/// The row id of a record: rows are in the order of their numbers.
pub(crate) fn row(seq: u64) -> [u8; 8] {
    seq.to_be_bytes()
}

impl Record for AuditRecord {
    const VERSION: u8 = 1;
}
