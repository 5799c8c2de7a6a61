//! Changes of the directory as events: what is sent of them, to whom, in which form, and when again.
//!
//! Everything here is decided from values; there are no sockets, no clock and no randomness. The server reads the
//! feed, asks this crate what each record comes to for a stream, sends it, and keeps the stream's [`Progress`].
//!
//! Events are Security Event Tokens of the SCIM profile (RFC 9967, RFC 8417).

mod address;
mod expand;
mod job;
mod key;
mod kind;
mod poll;
mod progress;
mod push;
mod retry;
mod seal;
mod set;
mod stream;
mod target;
mod webhook;

pub use address::{Forbidden, Network, NotANetwork, Policy};
pub use expand::{Event, Expanded, Known, Scene, expand};
pub use job::{Job, JobState, Operation};
pub use key::{KeyRecord, KeyState, Signer, jwks};
pub use kind::EventKind;
pub use poll::{PollError, PollRequest, answer as poll_answer};
pub use progress::{Failing, Mark, Progress};
pub use push::{Outcome, outcome};
pub use retry::{Next, Patience};
pub use seal::{Sealed, Vault};
pub use set::{Claims, Jti};
pub use stream::{
    Changes, Delivery, Draft, DraftDelivery, Form, MadeDelivery, PausedBy, Scope, State, StreamError,
    StreamRecord, TokenDigest,
};
pub use target::{Scheme, Target, TargetError};
pub use webhook::{WebhookSecret, webhook_body};
