//! What a change is given from outside: time, a fresh id, who asks, the version expected, and what the feed is to
//! keep of it.

use jiff::Timestamp;
use scim::Preconditions;
use uuid::Uuid;

/// The circumstances of one change. The directory itself has no clock and no randomness.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// When the change happens; shown with milliseconds.
    pub now: Timestamp,
    /// The id a created resource gets. Version 7, so that order of ids is order of creation.
    pub new_id: Uuid,
    /// Who asks, for the change feed: the id of a service account.
    pub actor: String,
    /// The request that asks, for the audit trail; none where the server changes something by itself.
    pub request: Option<String>,
    /// The transaction the change belongs to, where it was given a name before the change (RFC 9967 section 2.2).
    /// The commit then leaves a mark under that name, see [`crate::Directory::mark`]; without one the commit itself
    /// is the transaction.
    pub txn: Option<String>,
    /// How much of the change the feed keeps.
    pub keep: Keep,
    /// The version the resource must be at, or not, when the change is committed. A create looks at none.
    pub expected: Preconditions,
    /// On whose behalf.
    pub by: By,
}

/// On whose behalf a change is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A client of the protocol: limits and protection hold.
    Client,
    /// The administrator, or the program itself.
    Administrator,
}

/// How much of a change the feed keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Names of what changed: all that is needed while nobody is sent the values.
    Names,
    /// The values and the members that came and went too. They cannot be told later: the resource goes on
    /// changing, and a deleted one is gone.
    Values,
}
