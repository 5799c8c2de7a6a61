//! `rollcall held`: changes of clients that limits hold back, and the limits.

use clap::Subcommand;
use http::Method;
use serde_json::{Value, json};

use super::admin::Admin;
use super::failure::{Exit, Failure};
use super::noun::Run;
use super::table::{self, cell};
use super::{Output, print_json};

/// Changes that were held back because a client takes away too much at once
#[derive(Debug, Subcommand)]
#[command(
    before_help = "Examples:\n  rollcall held list\n  rollcall held allow 0190163d-8694-739b-aea5-966c26f8ad91 --minutes 120\n  rollcall held limits --users 500 --percent 20"
)]
pub(super) enum Verb {
    /// Show what was held
    List,
    /// Let it pass; the client has to send its request again
    Allow {
        /// The id of what was held
        id: String,
        /// For so long
        #[arg(long, default_value_t = 60)]
        minutes: u32,
        /// For so many changes only [default: any number]
        #[arg(long)]
        changes: Option<u64>,
    },
    /// Forget what was held, and any leave given for it
    Dismiss {
        /// The id of what was held
        id: String,
    },
    /// Show the limits, or change those that are named
    Limits {
        /// Users an account may disable or delete within an hour [at first: 50]
        #[arg(long, value_name = "NUMBER")]
        users: Option<u64>,
        /// Groups an account may delete within an hour [at first: 50]
        #[arg(long, value_name = "NUMBER")]
        groups: Option<u64>,
        /// Or this share of all there are, where that is more [at first: 10]
        #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100))]
        percent: Option<u8>,
        /// A group with more members is not emptied at once [at first: 50]
        #[arg(long, value_name = "NUMBER")]
        members: Option<u64>,
        /// What is younger does not count [at first: 60]
        #[arg(long, value_name = "MINUTES")]
        spare: Option<u32>,
        /// Hold nothing any more
        #[arg(long, conflicts_with_all = ["users", "groups", "percent", "members"])]
        off: bool,
    },
}

impl Run for Verb {
    async fn run(self, admin: &mut Admin, output: Output) -> Result<(), Failure> {
        match self {
            Verb::List => {
                let all = admin.get("/api/held").await?;
                match output {
                    Output::Json => print_json(&all),
                    Output::Table => print_list(all["held"].as_array().map_or(&[], Vec::as_slice)),
                }
            }
            Verb::Allow { id, minutes, changes } => {
                let body = json!({ "forMinutes": minutes, "changes": changes });
                let held = admin.ask(Method::POST, &path(&id)?.with("/allow"), Some(body)).await?;
                match output {
                    Output::Json => print_json(&held),
                    Output::Table => eprintln!("allowed until {}", cell(&held["allowed"]["until"])),
                }
            }
            Verb::Dismiss { id } => {
                admin.ask(Method::DELETE, &path(&id)?.with(""), None).await?;
            }
            Verb::Limits { users, groups, percent, members, spare, off } => {
                let before = admin.get("/api/guards").await?;
                let mut limits = before.clone();
                for (field, least) in [("usersPerHour", users), ("groupsPerHour", groups)] {
                    limits[field] = match (off, least, percent) {
                        (true, ..) => Value::Null,
                        (false, None, None) => limits[field].take(),
                        (false, ..) => json!({
                            "least": least.map_or_else(|| or(&before[field]["least"], 50), Value::from),
                            "percent": percent.map_or_else(|| or(&before[field]["percent"], 0), Value::from),
                        }),
                    };
                }
                if off {
                    limits["membersAtOnce"] = Value::Null;
                } else if let Some(members) = members {
                    limits["membersAtOnce"] = members.into();
                }
                if let Some(spare) = spare {
                    limits["spareMinutes"] = spare.into();
                }
                if limits != before {
                    limits = admin.ask(Method::PUT, "/api/guards", Some(limits)).await?;
                }
                match output {
                    Output::Json => print_json(&limits),
                    Output::Table => print_limits(&limits),
                }
            }
        }
        Ok(())
    }
}

/// The path of what was held.
struct Place(String);

impl Place {
    fn with(&self, rest: &str) -> String {
        format!("/api/held/{}{rest}", self.0)
    }
}

fn path(id: &str) -> Result<Place, Failure> {
    match uuid::Uuid::try_parse(id) {
        Ok(id) => Ok(Place(id.to_string())),
        Err(_) => {
            Err(Failure::new(Exit::NotFound, format!("{id:?} is no id; `rollcall held list` shows them")))
        }
    }
}

fn or(value: &Value, usual: u64) -> Value {
    if value.is_null() { usual.into() } else { value.clone() }
}

fn print_list(held: &[Value]) {
    let row = |held: &Value| {
        vec![
            cell(&held["account"]["name"]),
            cell(&held["subject"]["kind"]),
            about(held),
            cell(&held["limit"]),
            cell(&held["attempts"]),
            cell(&held["lastAt"]),
            cell(&held["allowed"]["until"]),
            cell(&held["id"]),
        ]
    };
    let rows: Vec<_> = held.iter().map(row).collect();
    table::print(&["ACCOUNT", "OF", "ABOUT", "LIMIT", "HELD", "LAST", "ALLOWED UNTIL", "ID"], &rows);
}

/// The first names of what is concerned, and how many more there are.
fn about(held: &Value) -> String {
    const FIRST: usize = 3;
    let named = held["named"].as_array().map_or(&[][..], Vec::as_slice);
    let count = held["resources"].as_array().map_or(0, Vec::len);
    let first = named.iter().take(FIRST).map(cell).collect::<Vec<_>>().join(", ");
    match count.saturating_sub(named.len().min(FIRST)) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn print_limits(limits: &Value) {
    let threshold = |limit: &Value| match limit {
        Value::Null => "any number".to_owned(),
        limit => format!("{} or {} %", cell(&limit["least"]), cell(&limit["percent"])),
    };
    table::print_pairs(&[
        ("Users disabled or deleted in an hour", threshold(&limits["usersPerHour"])),
        ("Groups deleted in an hour", threshold(&limits["groupsPerHour"])),
        (
            "Members taken from a group at once",
            match &limits["membersAtOnce"] {
                Value::Null => "any number".to_owned(),
                limit => cell(limit),
            },
        ),
        ("Spared while younger than", format!("{} minutes", cell(&limits["spareMinutes"]))),
    ]);
}
