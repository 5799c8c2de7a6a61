//! `rollcall account`: service accounts, one for each client.

use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Map, Value, json};

use super::admin::Admin;
use super::failure::{Exit, Failure};
use super::noun::Run;
use super::out;
use super::table::{self, cell};
use super::user::id_of;
use super::{Output, print_json};

/// The names of [`scim::dialect::Preset`].
const DIALECTS: [&str; 9] =
    ["tolerant", "strict", "interop", "entra", "okta", "oneLogin", "jumpCloud", "pingFederate", "sailPoint"];

/// Single switches above the dialect
#[derive(Debug, Args)]
pub(super) struct Switches {
    /// Grant or refuse one deviation whatever the dialect says, such as softPut=on; may be given several times
    #[arg(long = "deviation", value_name = "NAME=on|off", value_parser = switch)]
    deviations: Vec<(String, bool)>,
    /// Demand or waive one rule beyond the RFCs, such as requireIfMatch=on; may be given several times
    #[arg(long = "rule", value_name = "NAME=on|off", value_parser = switch)]
    rules: Vec<(String, bool)>,
}

impl Switches {
    /// The switches named here above those an account has.
    fn write(self, account: &Value, body: &mut Map<String, Value>) {
        for (field, named) in [("deviations", self.deviations), ("rules", self.rules)] {
            if named.is_empty() {
                continue;
            }
            let mut all = account[field].as_object().cloned().unwrap_or_default();
            all.extend(named.into_iter().map(|(name, on)| (name, Value::from(on))));
            body.insert(field.to_owned(), Value::Object(all));
        }
    }
}

fn switch(text: &str) -> Result<(String, bool), String> {
    match text.split_once('=') {
        Some((name, "on")) => Ok((name.to_owned(), true)),
        Some((name, "off")) => Ok((name.to_owned(), false)),
        Some(_) | None => Err("write it as NAME=on or NAME=off".to_owned()),
    }
}

/// Service accounts: who may call, and what each may do
#[derive(Debug, Subcommand)]
#[command(
    before_help = "Examples:\n  rollcall account create Entra\n  rollcall account create HR-sync --scope users:read --scope teams:read"
)]
pub(super) enum Verb {
    /// Show all service accounts
    List,
    /// Make a service account; without --scope it has full permissions
    Create {
        /// Its name, unique without regard to case
        name: String,
        /// What it is for
        #[arg(long)]
        description: Option<String>,
        /// A permission: users:read, users:write, teams:read or teams:write; may be given several times
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
        /// Hold the client to the RFCs, instead of tolerating what common clients get wrong
        #[arg(long, conflicts_with = "dialect")]
        strict: bool,
        /// Which deviations from the RFCs are accepted
        #[arg(long, value_parser = DIALECTS)]
        dialect: Option<String>,
        /// The user it stands for, by userName or id: what /Me means to it
        #[arg(long)]
        user: Option<String>,
        #[command(flatten)]
        switches: Switches,
    },
    /// Show one service account
    Show {
        /// Its name or id
        account: String,
    },
    /// Change a service account; what is not named stays
    Update {
        /// Its name or id
        account: String,
        /// A new name
        #[arg(long)]
        name: Option<String>,
        /// A new description
        #[arg(long)]
        description: Option<String>,
        /// The permissions it shall have from now on; may be given several times
        #[arg(long = "scope", value_name = "SCOPE", conflicts_with = "full")]
        scopes: Vec<String>,
        /// Give it full permissions
        #[arg(long)]
        full: bool,
        /// Which deviations from the RFCs are accepted
        #[arg(long, value_parser = DIALECTS)]
        dialect: Option<String>,
        /// The user it stands for from now on, by userName or id: what /Me means to it
        #[arg(long)]
        user: Option<String>,
        /// Let it stand for no user
        #[arg(long, conflicts_with = "user")]
        no_user: bool,
        #[command(flatten)]
        switches: Switches,
    },
    /// Show what was bent for a client: its deviations from the RFCs, and the dialect that fits it
    Bends {
        /// Its name or id
        account: String,
    },
    /// Delete a service account and its tokens
    Delete {
        /// Its name or id
        account: String,
        /// Do it without being asked again
        #[arg(long)]
        yes: bool,
    },
}

impl Run for Verb {
    async fn run(self, admin: &mut Admin, output: Output) -> Result<(), Failure> {
        match self {
            Verb::List => {
                let all = admin.get("/api/accounts").await?;
                match output {
                    Output::Json => print_json(&all),
                    Output::Table => print_list(all["accounts"].as_array().map_or(&[], Vec::as_slice)),
                }
                Ok(())
            }
            Verb::Create { name, description, scopes, strict, dialect, user, switches } => {
                let usual = if strict { "strict" } else { "tolerant" };
                let mut body = Map::new();
                body.insert("name".to_owned(), name.into());
                body.insert("description".to_owned(), description.unwrap_or_default().into());
                body.insert("permissions".to_owned(), permissions(&scopes));
                body.insert("dialect".to_owned(), dialect.unwrap_or_else(|| usual.to_owned()).into());
                if let Some(user) = user {
                    body.insert("user".to_owned(), id_of(admin, "users", "userName", &user).await?.into());
                }
                switches.write(&Value::Null, &mut body);
                let made = admin.ask(Method::POST, "/api/accounts", Some(Value::Object(body))).await?;
                show(&made, output);
                if output == Output::Table {
                    eprintln!(
                        "\nNext, make its Secret Token:\n  rollcall token create {}{}",
                        out::quoted(&cell(&made["name"])),
                        admin.flags()
                    );
                }
                Ok(())
            }
            Verb::Show { account } => {
                let account = admin.account(&account).await?;
                show(&account, output);
                Ok(())
            }
            Verb::Update { account, name, description, scopes, full, dialect, user, no_user, switches } => {
                let account = admin.account(&account).await?;
                let path = path_of(&account);
                let mut body = Map::new();
                let texts = [("name", name), ("description", description), ("dialect", dialect)];
                body.extend(
                    texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), Value::from(text?)))),
                );
                if full || !scopes.is_empty() {
                    body.insert("permissions".to_owned(), permissions(&scopes));
                }
                if let Some(user) = user {
                    body.insert("user".to_owned(), id_of(admin, "users", "userName", &user).await?.into());
                } else if no_user {
                    body.insert("user".to_owned(), Value::Null);
                }
                switches.write(&account, &mut body);
                if body.is_empty() {
                    return Err(Failure::new(Exit::Failed, "nothing to change was named"));
                }
                let changed = admin.ask(Method::PATCH, &path, Some(Value::Object(body))).await?;
                show(&changed, output);
                Ok(())
            }
            Verb::Bends { account } => {
                let account = admin.account(&account).await?;
                let report = admin.get(&format!("{}/bends", path_of(&account))).await?;
                match output {
                    Output::Json => print_json(&report),
                    Output::Table => print_bends(&report, admin.flags()),
                }
                Ok(())
            }
            Verb::Delete { account, yes } => {
                let account = admin.account(&account).await?;
                if !yes {
                    let tokens = account["tokens"].as_array().map_or(0, Vec::len);
                    let name = cell(&account["name"]);
                    let message = format!(
                        "deleting {name} ends access for its {tokens} live tokens at once; add --yes to do it"
                    );
                    return Err(Failure::new(Exit::Conflict, message));
                }
                admin.ask(Method::DELETE, &path_of(&account), None).await?;
                if output == Output::Table {
                    eprintln!("deleted {}", cell(&account["name"]));
                }
                Ok(())
            }
        }
    }
}

/// The admin API's path of an account.
pub(super) fn path_of(account: &Value) -> String {
    format!("/api/accounts/{}", account["id"].as_str().unwrap_or_default())
}

fn permissions(scopes: &[String]) -> Value {
    if scopes.is_empty() { json!({ "kind": "full" }) } else { json!({ "kind": "scoped", "scopes": scopes }) }
}

fn shown_permissions(account: &Value) -> String {
    match account["permissions"]["scopes"].as_array() {
        Some(scopes) => scopes.iter().map(cell).collect::<Vec<_>>().join(" "),
        None => "full".to_owned(),
    }
}

/// `flags` lead a command to the same server.
fn print_bends(report: &Value, flags: &str) {
    let bends = report["bends"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    let row = |bend: &Value| {
        vec![
            cell(&bend["name"]),
            cell(&bend["count"]),
            cell(&bend["lastAt"]),
            format!("{} {}", cell(&bend["example"]["method"]), cell(&bend["example"]["path"])),
            cell(&bend["example"]["piece"]),
            cell(&bend["section"]),
        ]
    };
    let rows: Vec<_> = bends.iter().map(row).collect();
    table::print(&["BENT", "COUNT", "LAST", "REQUEST", "ABOUT", "RULE"], &rows);
    if let Some(reason) = report["suggestion"]["reason"].as_str() {
        eprintln!(
            "\n{reason} If so: rollcall account update {} --dialect {}{flags}",
            out::quoted(&cell(&report["account"]["name"])),
            cell(&report["suggestion"]["dialect"])
        );
    }
}

/// The switches of an account that differ from its dialect, as they are written on the command line.
fn shown_switches(account: &Value) -> String {
    let all = ["deviations", "rules"].iter().filter_map(|field| account[*field].as_object()).flatten();
    let shown =
        all.map(|(name, on)| format!("{name}={}", if *on == Value::Bool(true) { "on" } else { "off" }));
    dashed(shown.collect::<Vec<_>>().join(" "))
}

/// Text, or the dash that stands for nothing in tables.
fn dashed(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}

fn print_list(accounts: &[Value]) {
    let row = |account: &Value| {
        vec![
            cell(&account["name"]),
            shown_permissions(account),
            cell(&account["dialect"]),
            account["tokens"].as_array().map_or(0, Vec::len).to_string(),
            cell(&account["lastUsedAt"]),
            cell(&account["id"]),
        ]
    };
    let rows: Vec<_> = accounts.iter().map(row).collect();
    table::print(&["NAME", "PERMISSIONS", "DIALECT", "TOKENS", "LAST USED", "ID"], &rows);
}

fn show(account: &Value, output: Output) {
    if output == Output::Json {
        return print_json(account);
    }
    let tokens = account["tokens"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    table::print_pairs(&[
        ("Name", cell(&account["name"])),
        ("Id", cell(&account["id"])),
        ("Description", cell(&account["description"])),
        ("Permissions", shown_permissions(account)),
        ("Dialect", cell(&account["dialect"])),
        ("Switches", shown_switches(account)),
        ("Suggestion", cell(&account["suggestion"]["reason"])),
        ("User", cell(&account["user"])),
        ("Created", cell(&account["createdAt"])),
        ("Last used", cell(&account["lastUsedAt"])),
        ("Tokens", dashed(tokens.iter().map(|token| cell(&token["prefix"])).collect::<Vec<_>>().join(" "))),
    ]);
}
