//! `rollcall user`: the users that clients put in.

use clap::{Args, Subcommand};
use http::Method;
use serde_json::Value;
use uuid::Uuid;

use super::admin::{Admin, encoded};
use super::failure::{Exit, Failure};
use super::noun::Run;
use super::table::{self, cell};
use super::{Output, print_json};

/// Users: list, get, protect
#[derive(Debug, Subcommand)]
#[command(
    before_help = "Examples:\n  rollcall user list --search anna\n  rollcall user get anna@corp.example\n  rollcall user protect break-glass@corp.example"
)]
pub(super) enum Verb {
    /// Show users
    List {
        #[command(flatten)]
        which: Which,
    },
    /// Protect a user: no client changes or deletes it
    Protect {
        /// The user's id or userName
        user: String,
    },
    /// Let clients change and delete the user again
    Unprotect {
        /// The user's id or userName
        user: String,
    },
    /// Show one user as SCIM JSON
    Get {
        /// The user's id or userName
        user: String,
    },
}

/// Which part of a list.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// Only those whose name begins with this
    #[arg(long, value_name = "PREFIX")]
    search: Option<String>,
    /// At most this many
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

impl Run for Verb {
    async fn run(self, admin: &mut Admin, output: Output) -> Result<(), Failure> {
        match self {
            Verb::List { which } => {
                let columns = ["userName", "displayName", "active", "email", "id"];
                let headings = ["USERNAME", "DISPLAY NAME", "ACTIVE", "EMAIL", "ID"];
                list(admin, "users", &which, output, &columns, &headings).await
            }
            Verb::Protect { user } => {
                let id = id_of(admin, "users", "userName", &user).await?;
                admin.ask(Method::PUT, &format!("/api/users/{id}/protection"), None).await.map(|_| ())
            }
            Verb::Unprotect { user } => {
                let id = id_of(admin, "users", "userName", &user).await?;
                admin.ask(Method::DELETE, &format!("/api/users/{id}/protection"), None).await.map(|_| ())
            }
            Verb::Get { user } => {
                let id = id_of(admin, "users", "userName", &user).await?;
                print_json(&admin.get(&format!("/api/users/{id}")).await?["resource"]);
                Ok(())
            }
        }
    }
}

/// Reads a list page by page and prints it.
pub(super) async fn list(
    admin: &mut Admin,
    noun: &str,
    which: &Which,
    output: Output,
    columns: &[&str],
    headings: &[&str],
) -> Result<(), Failure> {
    let (found, total) = pages(admin, noun, which.search.as_deref(), which.limit).await?;
    match output {
        Output::Json => print_json(&serde_json::json!({ noun: found, "total": total })),
        Output::Table => {
            let row = |item: &Value| columns.iter().map(|column| cell(&item[column])).collect();
            let rows: Vec<Vec<String>> = found.iter().map(row).collect();
            table::print(headings, &rows);
            if total.as_u64().is_some_and(|total| total > found.len() as u64) {
                eprintln!("\n{} of {total}; see more with --limit, or fewer with --search", found.len());
            }
        }
    }
    Ok(())
}

async fn pages(
    admin: &mut Admin,
    noun: &str,
    search: Option<&str>,
    limit: usize,
) -> Result<(Vec<Value>, Value), Failure> {
    let mut found: Vec<Value> = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let count = (limit - found.len()).min(200);
        let mut path = format!("/api/{noun}?count={count}");
        if let Some(search) = search {
            path = format!("{path}&search={}", encoded(search));
        }
        if let Some(cursor) = &cursor {
            path = format!("{path}&cursor={}", encoded(cursor));
        }
        let mut page = admin.get(&path).await?;
        if let Value::Array(items) = page[noun].take() {
            found.extend(items);
        }
        cursor = page["nextCursor"].as_str().map(str::to_owned);
        if cursor.is_none() || found.len() >= limit {
            found.truncate(limit);
            return Ok((found, page["total"].take()));
        }
    }
}

/// The id of the one that is meant by id or by name.
pub(super) async fn id_of(admin: &mut Admin, noun: &str, key: &str, named: &str) -> Result<String, Failure> {
    if let Ok(id) = Uuid::parse_str(named) {
        return Ok(id.to_string());
    }
    let (found, _) = pages(admin, noun, Some(named), 200).await?;
    let is_named =
        |item: &&Value| item[key].as_str().is_some_and(|name| name.to_lowercase() == named.to_lowercase());
    let id = found.iter().find(is_named).and_then(|item| item["id"].as_str());
    id.map(str::to_owned)
        .ok_or_else(|| Failure::new(Exit::NotFound, format!("{named} is not among the {noun}")))
}
