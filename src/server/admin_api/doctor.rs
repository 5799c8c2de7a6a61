//! `POST /api/doctor`: reads everything and says whether it holds together.

use super::Call;
use super::answer::{Answer, Problem, json};
use crate::tenant::Tenant;
use http::StatusCode;
use serde::Serialize;

/// Faults that are told in words; the rest is only counted.
const TOLD: usize = 20;

#[derive(Serialize)]
struct Body {
    healthy: bool,
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct Check {
    name: &'static str,
    result: Verdict,
    detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Verdict {
    Ok,
    Failed,
}

pub(super) async fn answer(call: &Call<'_>) -> Result<Answer, Problem> {
    let checks = vec![checksums(call).await, directory(call).await, accounts(call).await];
    let healthy = checks.iter().all(|check| check.result == Verdict::Ok);
    Ok(json(StatusCode::OK, &Body { healthy, checks }))
}

/// A check that cannot be run has failed, and the others are still of use.
async fn checksums(call: &Call<'_>) -> Check {
    let name = "checksums";
    match call.admin.kv.verify().await {
        Ok(found) => {
            let faults = found.damaged.iter().map(|key| key.escape_ascii().to_string());
            verdict(name, faults, format!("{} values read", found.keys))
        }
        Err(failed) => Check { name, result: Verdict::Failed, detail: failed.to_string() },
    }
}

async fn directory(call: &Call<'_>) -> Check {
    let name = "directory";
    let (mut resources, mut rows, mut edges, mut told) = (0, 0, 0, vec![]);
    for tenant in call.admin.tenants.all() {
        match tenant.directory().verify().await {
            Ok(found) => {
                resources += found.resources;
                rows += found.rows;
                edges += found.edges;
                told.extend(found.told.into_iter().map(|fault| of(&tenant, fault)));
            }
            Err(failed) => told.push(of(&tenant, failed.to_string())),
        }
    }
    let read = format!("{resources} resources, {rows} index rows and {edges} memberships agree");
    verdict(name, told.into_iter(), read)
}

async fn accounts(call: &Call<'_>) -> Check {
    let name = "accounts";
    let mut told = Vec::new();
    for tenant in call.admin.tenants.all() {
        match tenant.access.verify().await {
            Ok(faults) => told.extend(faults.into_iter().map(|fault| of(&tenant, fault))),
            Err(failed) => told.push(of(&tenant, failed.to_string())),
        }
    }
    verdict(name, told.into_iter(), "accounts, names and the audit trail agree".into())
}

/// A fault with the tenant it was found in, where it has a name.
fn of(tenant: &Tenant, fault: String) -> String {
    match &tenant.slug {
        Some(slug) => format!("tenant {slug}: {fault}"),
        None => fault,
    }
}

fn verdict(name: &'static str, faults: impl Iterator<Item = String>, read: String) -> Check {
    let faults: Vec<_> = faults.collect();
    if faults.is_empty() {
        return Check { name, result: Verdict::Ok, detail: read };
    }
    let told = faults[..faults.len().min(TOLD)].join("; ");
    Check { name, result: Verdict::Failed, detail: format!("{} faults: {told}", faults.len()) }
}
