//! The tenants beside the default one. `/api/tenants` makes, changes and deletes them; everything within one is
//! asked for below `/api/t/{slug}/`.
//!
//! A tenant in JSON: `slug`, `name`, `tenantUrl`, `state` (`open`, or `ending` while its data is being freed),
//! `limits` (`requestsPerSecond`, `tokenRequestsPerSecond`; 0 is no limit, absent is as configured), `createdAt`.

pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod read;

use super::answer::Problem;
use crate::tenant::Tenants;
use access::{Tenant, TenantError};
use http::StatusCode;
use serde_json::{Value, json};

/// The word for a tenant that is not there.
pub(super) const WHAT: &str = "tenant";

/// A tenant as the administrator sees it.
fn shown(tenants: &Tenants, tenant: &Tenant) -> Value {
    json!({
        "slug": tenant.slug,
        "name": tenant.name,
        "tenantUrl": tenants.url_of(&tenant.slug),
        "state": tenant.state,
        "limits": tenant.limits,
        "createdAt": tenant.created_at,
    })
}

impl From<TenantError> for Problem {
    fn from(refused: TenantError) -> Problem {
        match refused {
            TenantError::Taken(_) => Problem {
                field: Some("slug"),
                ..Problem::new(StatusCode::CONFLICT, "slugTaken", refused.to_string())
            },
            TenantError::Invalid(invalid) => Problem::field(invalid.field, "badField", invalid.to_string()),
            TenantError::Full => Problem::new(StatusCode::CONFLICT, "tooManyTenants", refused.to_string()),
            TenantError::Write(failed) => failed.into(),
        }
    }
}
