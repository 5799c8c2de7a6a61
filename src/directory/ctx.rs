//! What a change is given from outside: time, a fresh id, and who asks.

use jiff::Timestamp;
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
}
