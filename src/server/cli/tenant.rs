//! `rollcall tenant`: several customers or stages on one server, each with its own users, groups and accounts.
//!
//! A plain install needs none of this, so neither the command nor `--tenant` is in the lists of help.

use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Map, Value, json};

use super::admin::{Admin, encoded};
use super::failure::{Exit, Failure};
use super::noun::Run;
use super::table::{self, cell};
use super::{Output, print_json};

/// Tenants: each has its own address, users, groups, service accounts and audit trail
#[derive(Debug, Subcommand)]
#[command(
    before_help = "Examples:\n  rollcall tenant create acme --name 'Acme Ltd'\n  rollcall account create Entra --tenant acme",
    after_help = "Every other command works on one tenant with --tenant <TENANT>, and on the default one without."
)]
pub(super) enum Verb {
    /// Show all tenants beside the default one
    List,
    /// Make a tenant
    Create {
        /// Its name in addresses: lower-case letters, digits and hyphens; it is never used again
        #[arg(value_name = "TENANT")]
        slug: String,
        /// What people call it
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        limits: Limits,
    },
    /// Show one tenant
    Show {
        /// Its name in addresses
        #[arg(value_name = "TENANT")]
        slug: String,
    },
    /// Change a tenant; what is not named stays
    Update {
        /// Its name in addresses
        #[arg(value_name = "TENANT")]
        slug: String,
        /// What people call it
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        limits: Limits,
    },
    /// Delete a tenant with all its users, groups and service accounts
    Delete {
        /// Its name in addresses
        #[arg(value_name = "TENANT")]
        slug: String,
        /// Do it without being asked again
        #[arg(long)]
        yes: bool,
    },
}

/// How much a tenant may ask.
#[derive(Debug, Args)]
pub(super) struct Limits {
    /// Requests a second of all its tokens together; 0 is no limit [default: the configuration's]
    #[arg(long, value_name = "NUMBER")]
    rate: Option<u32>,
    /// Requests a second of each of its tokens; 0 is no limit [default: the configuration's]
    #[arg(long, value_name = "NUMBER")]
    token_rate: Option<u32>,
}

impl Limits {
    /// These over those the tenant has, or nothing where nothing was named.
    fn over(&self, limits: &Value) -> Option<Value> {
        if self.rate.is_none() && self.token_rate.is_none() {
            return None;
        }
        let mut limits = limits.as_object().cloned().unwrap_or_default();
        for (key, rate) in [("requestsPerSecond", self.rate), ("tokenRequestsPerSecond", self.token_rate)] {
            if let Some(rate) = rate {
                limits.insert(key.to_owned(), rate.into());
            }
        }
        Some(Value::Object(limits))
    }
}

impl Run for Verb {
    async fn run(self, admin: &mut Admin, output: Output) -> Result<(), Failure> {
        if admin.tenant().is_some() {
            return Err(Failure::new(
                Exit::Failed,
                "--tenant chooses a tenant for other commands, not for this one",
            ));
        }
        match self {
            Verb::List => {
                let all = admin.get("/api/tenants").await?;
                match output {
                    Output::Json => print_json(&all),
                    Output::Table => print_list(all["tenants"].as_array().map_or(&[], Vec::as_slice)),
                }
                Ok(())
            }
            Verb::Create { slug, name, limits } => {
                let mut body = json!({ "slug": slug, "name": name.unwrap_or_default() });
                if let Some(limits) = limits.over(&Value::Null) {
                    body["limits"] = limits;
                }
                let made = admin.ask(Method::POST, "/api/tenants", Some(body)).await?;
                show(&made, output);
                if output == Output::Table {
                    eprintln!(
                        "\nNext, make a service account in it:\n  rollcall account create <NAME> --tenant {slug}{}",
                        admin.flags()
                    );
                }
                Ok(())
            }
            Verb::Show { slug } => {
                show(&admin.get(&path_of(&slug)).await?, output);
                Ok(())
            }
            Verb::Update { slug, name, limits } => {
                let before = admin.get(&path_of(&slug)).await?;
                let mut body = Map::new();
                body.extend(name.map(|name| ("name".to_owned(), Value::from(name))));
                body.extend(limits.over(&before["limits"]).map(|limits| ("limits".to_owned(), limits)));
                if body.is_empty() {
                    return Err(Failure::new(Exit::Failed, "nothing to change was named"));
                }
                let body = Some(Value::Object(body));
                show(&admin.ask(Method::PATCH, &path_of(&slug), body).await?, output);
                Ok(())
            }
            Verb::Delete { slug, yes } => {
                if !yes {
                    let status = admin.get(&format!("/api/t/{}/status", encoded(&slug))).await?;
                    let message = format!(
                        "deleting {slug} takes its {} users and {} groups with it, and its name is never used \
                         again; add --yes to do it",
                        cell(&status["users"]),
                        cell(&status["groups"])
                    );
                    return Err(Failure::new(Exit::Conflict, message));
                }
                admin.ask(Method::DELETE, &path_of(&slug), None).await?;
                if output == Output::Table {
                    eprintln!("deleted {slug}; its data is being freed");
                }
                Ok(())
            }
        }
    }
}

fn path_of(tenant: &str) -> String {
    // what needs encoding names no tenant, and the hyphen, which may occur, needs none
    format!("/api/tenants/{}", encoded(tenant).replace("%2D", "-"))
}

fn limit(tenant: &Value, key: &str) -> String {
    match tenant["limits"][key].as_u64() {
        None => "as configured".to_owned(),
        Some(0) => "none".to_owned(),
        Some(rate) => format!("{rate}/s"),
    }
}

fn print_list(tenants: &[Value]) {
    let row = |tenant: &Value| ["slug", "name", "state", "tenantUrl"].map(|key| cell(&tenant[key])).to_vec();
    let rows: Vec<_> = tenants.iter().map(row).collect();
    table::print(&["TENANT", "NAME", "STATE", "TENANT URL"], &rows);
}

fn show(tenant: &Value, output: Output) {
    if output == Output::Json {
        return print_json(tenant);
    }
    table::print_pairs(&[
        ("Tenant", cell(&tenant["slug"])),
        ("Name", cell(&tenant["name"])),
        ("Tenant URL", cell(&tenant["tenantUrl"])),
        ("State", cell(&tenant["state"])),
        ("Rate", limit(tenant, "requestsPerSecond")),
        ("Rate of each token", limit(tenant, "tokenRequestsPerSecond")),
        ("Created", cell(&tenant["createdAt"])),
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_not_named_keeps_what_the_tenant_has() {
        let named = Limits { rate: Some(100), token_rate: None };
        let before = json!({ "requestsPerSecond": 50, "tokenRequestsPerSecond": 30 });
        let after = json!({ "requestsPerSecond": 100, "tokenRequestsPerSecond": 30 });
        assert_eq!(named.over(&before), Some(after));
        assert_eq!(Limits { rate: None, token_rate: None }.over(&before), None);
    }

    #[test]
    fn the_path_of_a_tenant_is_encoded() {
        assert_eq!(path_of("a-b"), "/api/tenants/a-b");
        assert_eq!(path_of("a/b"), "/api/tenants/a%2Fb");
    }
}
