//! `POST /api/doctor`: reads everything and says whether it holds together.

use super::Call;
use super::answer::{Answer, Problem, json};
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
    match call.admin.directory.verify().await {
        Ok(found) => {
            let read = format!(
                "{} resources, {} index rows and {} memberships agree",
                found.resources, found.rows, found.edges
            );
            verdict(name, found.told.into_iter(), read)
        }
        Err(failed) => Check { name, result: Verdict::Failed, detail: failed.to_string() },
    }
}

async fn accounts(call: &Call<'_>) -> Check {
    let name = "accounts";
    match call.admin.access.verify().await {
        Ok(faults) => verdict(name, faults.into_iter(), "accounts, names and the audit trail agree".into()),
        Err(failed) => Check { name, result: Verdict::Failed, detail: failed.to_string() },
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
