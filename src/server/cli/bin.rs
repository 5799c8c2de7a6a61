//! `rollcall bin`: what was deleted and can still be brought back.

use clap::Subcommand;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::admin::{Admin, encoded};
use super::failure::{Exit, Failure};
use super::noun::Run;
use super::table::{self, cell};
use super::{Output, print_json};

/// The recycle bin: list, restore, purge
#[derive(Debug, Subcommand)]
#[command(
    before_help = "Examples:\n  rollcall bin list --search anna\n  rollcall bin restore anna@corp.example"
)]
pub(super) enum Verb {
    /// Show what was deleted, the last first
    List {
        /// Only those whose name contains this
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// At most this many
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Bring one back, with its id and its memberships
    Restore {
        /// Its id, or its name where only one has it
        entry: String,
    },
    /// Delete for good
    Purge {
        /// Its id, or its name where only one has it
        #[arg(required_unless_present = "all")]
        entry: Option<String>,
        /// Everything in the bin
        #[arg(long, conflicts_with = "entry")]
        all: bool,
    },
}

impl Run for Verb {
    async fn run(self, admin: &mut Admin, output: Output) -> Result<(), Failure> {
        match self {
            Verb::List { search, limit } => {
                let (entries, days) = entries(admin, search.as_deref(), limit).await?;
                print_list(&entries, &days, output);
            }
            Verb::Restore { entry } => {
                let id = id_of(admin, &entry).await?;
                let done = admin.ask(Method::POST, &format!("/api/bin/{id}/restore"), None).await?;
                print_restored(&done, output);
            }
            Verb::Purge { entry: Some(entry), .. } => {
                let id = id_of(admin, &entry).await?;
                admin.ask(Method::DELETE, &format!("/api/bin/{id}"), None).await?;
            }
            Verb::Purge { entry: None, .. } => {
                let done = admin.ask(Method::DELETE, "/api/bin", None).await?;
                match output {
                    Output::Json => print_json(&done),
                    Output::Table => println!("{} purged", done["purged"]),
                }
            }
        }
        Ok(())
    }
}

fn print_list(entries: &[Value], days: &Value, output: Output) {
    match output {
        Output::Json => print_json(&json!({ "entries": entries, "keepDays": days })),
        Output::Table => {
            let row = |entry: &Value| {
                ["display", "userName", "resourceType", "deletedAt", "purgeAt", "id"]
                    .map(|key| cell(&entry[key]))
                    .to_vec()
            };
            let rows: Vec<_> = entries.iter().map(row).collect();
            table::print(&["NAME", "USERNAME", "TYPE", "DELETED", "PURGED AT", "ID"], &rows);
        }
    }
}

fn print_restored(done: &Value, output: Output) {
    match output {
        Output::Json => print_json(done),
        Output::Table => {
            let names = ["groups", "members", "waiting", "lost"];
            let counts = names.map(|name| format!("{} {}", done[name], said(name))).join(", ");
            println!("restored {} {}: {counts}", cell(&done["resourceType"]), cell(&done["id"]));
        }
    }
}

fn said(name: &str) -> &'static str {
    match name {
        "groups" => "groups joined",
        "members" => "members back",
        "waiting" => "memberships wait for what is still in the bin",
        _ => "memberships lost",
    }
}

async fn entries(
    admin: &mut Admin,
    search: Option<&str>,
    limit: usize,
) -> Result<(Vec<Value>, Value), Failure> {
    let mut found: Vec<Value> = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut path = format!("/api/bin?count={}", (limit - found.len()).clamp(1, 200));
        for (name, value) in [("search", search), ("cursor", cursor.as_deref())] {
            if let Some(value) = value {
                path = format!("{path}&{name}={}", encoded(value));
            }
        }
        let mut page = admin.get(&path).await?;
        if let Value::Array(entries) = page["entries"].take() {
            found.extend(entries);
        }
        cursor = page["nextCursor"].as_str().map(str::to_owned);
        if cursor.is_none() || found.len() >= limit {
            found.truncate(limit);
            return Ok((found, page["keepDays"].take()));
        }
    }
}

/// The id of the entry that is meant by id or by name.
async fn id_of(admin: &mut Admin, named: &str) -> Result<Uuid, Failure> {
    if let Ok(id) = Uuid::parse_str(named) {
        return Ok(id);
    }
    let (found, _) = entries(admin, Some(named), usize::MAX).await?;
    let is_named = |entry: &&Value| {
        let is =
            |key: &str| entry[key].as_str().is_some_and(|name| name.to_lowercase() == named.to_lowercase());
        is("userName") || is("display")
    };
    let ids: Vec<Uuid> =
        found.iter().filter(is_named).filter_map(|entry| entry["id"].as_str()?.parse().ok()).collect();
    match ids[..] {
        [id] => Ok(id),
        [] => Err(Failure::new(Exit::NotFound, format!("{named} is not in the recycle bin"))),
        _ => Err(Failure::new(
            Exit::Conflict,
            format!(
                "{} entries of the recycle bin are named {named}; say which by its userName or id, as `rollcall bin list` \
                 shows them",
                ids.len()
            ),
        )),
    }
}
