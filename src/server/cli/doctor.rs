//! `rollcall doctor`: is everything right? Asks the running server, or checks the folder where none runs.

use clap::Args;
use http::Method;
use serde_json::Value;

use super::admin;
use super::failure::{Exit, Failure};
use super::table::{self, cell};
use super::{Common, Output, print_json};

/// Check the data: checksums, indexes against a scan, memberships in both directions
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  rollcall doctor --verify\n  rollcall doctor --verify --data /srv/rollcall --output json"
)]
pub(super) struct Doctor {
    #[command(flatten)]
    common: Common,
    /// Read everything there is and compare; it takes its time on a large directory
    #[arg(long)]
    verify: bool,
}

impl Doctor {
    pub(super) async fn run(self) -> Result<Exit, Failure> {
        let output = self.common.output;
        let path = if self.verify { "/api/doctor" } else { "/api/status" };
        let method = if self.verify { Method::POST } else { Method::GET };
        let report = admin::with(&self.common, async |admin| admin.ask(method, path, None).await).await?;
        if !self.verify {
            // reaching the admin API opened the store, the keys and the certificate
            match output {
                Output::Json => print_json(&report),
                Output::Table => {
                    let shown = ["version", "tenantUrl", "users", "groups", "caFingerprint"];
                    let pairs: Vec<_> = shown.iter().map(|key| (*key, cell(&report[*key]))).collect();
                    table::print_pairs(&pairs);
                    eprintln!("\nReachable. Compare all data with --verify.");
                }
            }
            return Ok(Exit::Done);
        }
        match output {
            Output::Json => print_json(&report),
            Output::Table => {
                let checks = report["checks"].as_array().map_or(&[] as &[Value], Vec::as_slice);
                let row = |check: &Value| ["result", "name", "detail"].map(|key| cell(&check[key])).to_vec();
                let rows: Vec<_> = checks.iter().map(row).collect();
                table::print(&["RESULT", "CHECK", "DETAIL"], &rows);
            }
        }
        if report["healthy"] == Value::Bool(true) {
            Ok(Exit::Done)
        } else {
            eprintln!("rollcall: a check failed; keep a copy of the data folder before anything else");
            Ok(Exit::CheckFailed)
        }
    }
}
