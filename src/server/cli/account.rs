//! `rollcall account`: service accounts, one for each client.

use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Map, Value, json};

use super::admin::{self, Admin};
use super::failure::{Exit, Failure};
use super::table::{self, cell};
use super::{Common, Output, print_json};

/// Service accounts: who may call, and what each may do
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  rollcall account create Entra\n  rollcall account create HR-sync --scope users:read --scope teams:read"
)]
pub(super) struct Account {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
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
        #[arg(long)]
        strict: bool,
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
        #[arg(long, value_parser = ["tolerant", "strict"])]
        dialect: Option<String>,
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

impl Account {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Account { common, verb } = self;
        let output = common.output;
        admin::with(&common, async |admin| verb.run(admin, output).await).await
    }
}

impl Verb {
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
            Verb::Create { name, description, scopes, strict } => {
                let body = json!({
                    "name": name,
                    "description": description.unwrap_or_default(),
                    "permissions": permissions(&scopes),
                    "dialect": if strict { "strict" } else { "tolerant" },
                });
                let made = admin.ask(Method::POST, "/api/accounts", Some(body)).await?;
                show(&made, output);
                if output == Output::Table {
                    eprintln!(
                        "\nNext, make its Secret Token:\n  rollcall token create {}",
                        quoted(&made["name"])
                    );
                }
                Ok(())
            }
            Verb::Show { account } => {
                let account = admin.account(&account).await?;
                show(&account, output);
                Ok(())
            }
            Verb::Update { account, name, description, scopes, full, dialect } => {
                let path = path_of(&admin.account(&account).await?);
                let mut body = Map::new();
                let texts = [("name", name), ("description", description), ("dialect", dialect)];
                body.extend(
                    texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), Value::from(text?)))),
                );
                if full || !scopes.is_empty() {
                    body.insert("permissions".to_owned(), permissions(&scopes));
                }
                if body.is_empty() {
                    return Err(Failure::new(Exit::Failed, "nothing to change was named"));
                }
                let changed = admin.ask(Method::PATCH, &path, Some(Value::Object(body))).await?;
                show(&changed, output);
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

fn quoted(name: &Value) -> String {
    let name = cell(name);
    if name.contains(char::is_whitespace) { format!("'{name}'") } else { name }
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
        ("Created", cell(&account["createdAt"])),
        ("Last used", cell(&account["lastUsedAt"])),
        ("Tokens", tokens.iter().map(|token| cell(&token["prefix"])).collect::<Vec<_>>().join(" ")),
    ]);
}
