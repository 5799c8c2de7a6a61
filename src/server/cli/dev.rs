//! `rollcall dev`: a server for a developer, in one command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use http::Method;
use serde_json::{Value, json};

use super::account::path_of;
use super::admin::Admin;
use super::failure::{Exit, Failure};
use super::serve::on_runtime;
use super::table::print_pairs;
use crate::config::Config;
use crate::logs;
use crate::serving::{self, Ready};
use crate::world::World;

/// The service account that `dev` gives a token.
const ACCOUNT: &str = "dev";

/// Run a local server with a token and a console, for development
#[derive(Debug, Args)]
#[command(before_help = "Examples:\n  rollcall dev\n  rollcall dev --port 0 --data /tmp/try --output json")]
pub(super) struct Dev {
    /// The data folder; it is made, and kept when the server ends
    #[arg(long, value_name = "DIR", default_value = "./rollcall-dev")]
    data: PathBuf,
    /// The SCIM port; the console has the next one, and 0 lets the system choose both
    #[arg(long, default_value_t = 8443)]
    port: u16,
    /// How addresses and token are printed
    #[arg(short, long, value_enum, default_value_t = DevOutput::Text)]
    output: DevOutput,
    /// What is logged: error, warn, info, debug, or filters such as info,rollcall=debug [default: warn]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// Serve each membership as a resource below `/GroupMembers`, which is a draft
    #[arg(long)]
    group_members: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DevOutput {
    /// For people
    Text,
    /// One line of JSON once the server is ready
    Json,
}

impl Dev {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let log = self.log.unwrap_or_else(|| "warn".to_owned());
        let config = Config::dev(self.data, self.port, Some(log))?;
        let config = Config { group_members: self.group_members, ..config };
        logs::start(&config.log);
        on_runtime(async {
            let ready = serving::prepare(config, World::real()).await?;
            let facts = facts(&ready).await?;
            match self.output {
                DevOutput::Json => println!("{facts}"),
                DevOutput::Text => print(&facts),
            }
            Ok(ready.serve().await?)
        })
    }
}

/// What a script or a person needs to begin.
async fn facts(ready: &Ready) -> Result<Value, Failure> {
    let mut admin = Admin::of(ready.app.clone());
    let secret = fresh_secret(&mut admin).await?;
    let session = admin.get("/api/session").await?;
    let setup_code = if session["state"] == "setup" {
        admin.ask(Method::POST, "/api/setup-code", None).await?["setupCode"].take()
    } else {
        Value::Null
    };
    let authority = ready.app.tls.authority().map(|authority| authority.file.display().to_string());
    Ok(json!({
        "tenantUrl": ready.app.tenants.default().base_url,
        "secretToken": secret,
        "caFile": authority,
        "consoleUrl": ready.console_url,
        "setupCode": setup_code,
    }))
}

/// Makes a new secret for the account `dev`, and the account itself the first time. Of two live secrets the
/// older goes.
async fn fresh_secret(admin: &mut Admin) -> Result<Value, Failure> {
    let account = match admin.account(ACCOUNT).await {
        Ok(account) => account,
        Err(failure) if failure.exit == Exit::NotFound => {
            let body = json!({
                "name": ACCOUNT,
                "description": "made by `rollcall dev`",
                "permissions": { "kind": "full" },
                "dialect": "tolerant",
            });
            admin.ask(Method::POST, "/api/accounts", Some(body)).await?
        }
        Err(failure) => return Err(failure),
    };
    let tokens = format!("{}/tokens", path_of(&account));
    let live = account["tokens"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    if live.len() >= 2 {
        let oldest = live.iter().min_by_key(|token| token["createdAt"].as_str().unwrap_or_default());
        if let Some(id) = oldest.and_then(|token| token["id"].as_str()) {
            admin.ask(Method::DELETE, &format!("{tokens}/{id}"), None).await?;
        }
    }
    Ok(admin.ask(Method::POST, &tokens, None).await?["secret"].take())
}

fn print(facts: &Value) {
    let text = |key: &str| facts[key].as_str().unwrap_or_default().to_owned();
    let mut pairs = vec![
        ("Tenant URL", text("tenantUrl")),
        ("Secret Token", text("secretToken")),
        ("CA file", text("caFile")),
        ("Console", text("consoleUrl")),
    ];
    if facts["setupCode"].is_string() {
        pairs.push(("Setup code", text("setupCode")));
    }
    println!("Rollcall is ready, for this machine only.\n");
    print_pairs(&pairs);
    println!("\nTry it:");
    println!(
        "  curl --cacert '{}' -H 'Authorization: Bearer {}' {}/Users",
        text("caFile"),
        text("secretToken"),
        text("tenantUrl")
    );
    println!("\nCtrl-C ends it; the data stays.");
}
