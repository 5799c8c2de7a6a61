//! `rollcall group`: the groups that clients put in, and who is in them.

use clap::Subcommand;
use http::Method;
use serde_json::{Value, json};

use super::admin::{Admin, encoded};
use super::failure::Failure;
use super::noun::Run;
use super::table::{self, cell};
use super::user::{Which, id_of, list};
use super::{Output, print_json};

/// Groups: list, get, members, protect
#[derive(Debug, Subcommand)]
#[command(before_help = "Examples:\n  rollcall group list\n  rollcall group members Sales")]
pub(super) enum Verb {
    /// Show groups
    List {
        #[command(flatten)]
        which: Which,
    },
    /// Protect a group and its members: no client changes or deletes them
    Protect {
        /// The group's id or displayName
        group: String,
    },
    /// Let clients change and delete the group again
    Unprotect {
        /// The group's id or displayName
        group: String,
    },
    /// Show one group as SCIM JSON, without its members
    Get {
        /// The group's id or displayName
        group: String,
    },
    /// Show who is in a group
    Members {
        /// The group's id or displayName
        group: String,
        /// At most this many
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
}

impl Run for Verb {
    async fn run(self, admin: &mut Admin, output: Output) -> Result<(), Failure> {
        match self {
            Verb::List { which } => {
                let columns = ["displayName", "members", "externalId", "id"];
                let headings = ["DISPLAY NAME", "MEMBERS", "EXTERNAL ID", "ID"];
                list(admin, "groups", &which, output, &columns, &headings).await
            }
            Verb::Protect { group } => {
                let id = id_of(admin, "groups", "displayName", &group).await?;
                admin.ask(Method::PUT, &format!("/api/groups/{id}/protection"), None).await.map(|_| ())
            }
            Verb::Unprotect { group } => {
                let id = id_of(admin, "groups", "displayName", &group).await?;
                admin.ask(Method::DELETE, &format!("/api/groups/{id}/protection"), None).await.map(|_| ())
            }
            Verb::Get { group } => {
                let id = id_of(admin, "groups", "displayName", &group).await?;
                print_json(&admin.get(&format!("/api/groups/{id}")).await?["resource"]);
                Ok(())
            }
            Verb::Members { group, limit } => {
                let id = id_of(admin, "groups", "displayName", &group).await?;
                let (members, total) = members(admin, &id, limit).await?;
                if output == Output::Json {
                    print_json(&json!({ "members": members, "total": total }));
                    return Ok(());
                }
                let row = |member: &Value| ["display", "type", "id"].map(|key| cell(&member[key])).to_vec();
                let rows: Vec<_> = members.iter().map(row).collect();
                table::print(&["DISPLAY", "TYPE", "ID"], &rows);
                if total.as_u64().is_some_and(|total| total > members.len() as u64) {
                    eprintln!("\n{} of {total}; see more with --limit", members.len());
                }
                Ok(())
            }
        }
    }
}

async fn members(admin: &mut Admin, id: &str, limit: usize) -> Result<(Vec<Value>, Value), Failure> {
    let mut found: Vec<Value> = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let count = (limit - found.len()).min(200);
        let mut path = format!("/api/groups/{id}/members?count={count}");
        if let Some(cursor) = &cursor {
            path = format!("{path}&cursor={}", encoded(cursor));
        }
        let mut page = admin.get(&path).await?;
        if let Value::Array(items) = page["members"].take() {
            found.extend(items);
        }
        cursor = page["nextCursor"].as_str().map(str::to_owned);
        if cursor.is_none() || found.len() >= limit {
            found.truncate(limit);
            return Ok((found, page["total"].take()));
        }
    }
}
