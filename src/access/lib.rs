//! Who may do what: service accounts and their tokens, the administrator's setup code, passphrase and
//! sessions, the tenants and how much each may ask, and the audit trail of every change to them.
//!
//! It does not know SCIM, HTTP or the clock: what a scope permits on which route is the server's matter, and
//! time and randomness are arguments.

mod access;
mod account;
mod accounts;
mod activity;
mod admin;
mod audit;
mod check;
mod dialect;
#[cfg(test)]
mod fixture;
mod hash;
mod layout;
mod limit;
mod rejected;
mod roster;
mod scope;
mod seed;
mod session;
mod setup;
mod slug;
mod tenants;
mod throttle;
mod token;
mod tokens;
mod verify;

pub use crate::access::{Access, Defined, Keys, WriteError};
pub use crate::account::{
    Account, AccountError, AccountId, Binding, Changes, Draft, FreshToken, Invalid, TokenError, TokenView,
};
pub use crate::activity::{Activity, ActivityReport, RequestNote, Tolerated, Use};
pub use crate::admin::{PassphraseError, SetupError, SignInError};
pub use crate::audit::{Actor, AuditRecord, Deed, Outcome};
pub use crate::dialect::{DialectChoice, Switches};
pub use crate::layout::TenantNumber;
pub use crate::limit::{LEAST_PER_SECOND, Limiter, Limits, MOST_PER_SECOND, Strangers, Turn};
pub use crate::scope::{Permissions, Scope, ScopeSet, UnknownScope};
pub use crate::seed::Seed;
pub use crate::session::SessionId;
pub use crate::setup::SetupCode;
pub use crate::slug::{Slug, SlugError};
pub use crate::tenants::{Tenant, TenantChanges, TenantDraft, TenantError, TenantLimits, TenantState};
pub use crate::token::{Presented, Secret, Tag, TokenId, TokenShape};
pub use crate::verify::{Grant, Refusal, Verifier};
