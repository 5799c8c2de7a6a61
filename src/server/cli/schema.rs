//! `rollcall schema`: schemas and resource types beyond the built-in ones, and what is indexed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use http::Method;
use serde_json::{Value, json};

use super::admin::Admin;
use super::failure::{Exit, Failure};
use super::noun::Run;
use super::out;
use super::table::{self, cell};
use super::{Output, print_json};

/// Schemas: list, put, remove, index, unindex, rebuild, preset
#[derive(Debug, Subcommand)]
#[command(
    before_help = "Examples:\n  rollcall schema put badge.json\n  rollcall schema index User urn:example:params:scim:schemas:extension:2.0:Badge:number\n  rollcall schema preset oktaGovernance on",
    after_help = "A file holds schemas and resource types as /Schemas and /ResourceTypes show them (RFC 7643 sections 6 and\n7), one or a list. A resource type named User or Group gives the built-in one extensions. Files in the\nfolder `schemas` of the data folder are read at each start. One that gives users a badge number:\n\n  [{\"schemas\": [\"urn:ietf:params:scim:schemas:core:2.0:Schema\"],\n    \"id\": \"urn:example:params:scim:schemas:extension:2.0:Badge\", \"name\": \"Badge\",\n    \"attributes\": [{\"name\": \"number\", \"type\": \"string\"}]},\n   {\"schemas\": [\"urn:ietf:params:scim:schemas:core:2.0:ResourceType\"],\n    \"name\": \"User\", \"endpoint\": \"/Users\", \"schema\": \"urn:ietf:params:scim:schemas:core:2.0:User\",\n    \"schemaExtensions\": [{\"schema\": \"urn:example:params:scim:schemas:extension:2.0:Badge\", \"required\": false}]}]\n\nService accounts read the resources of such types with \"Users: Read\" and write them with \"Users: Create\nand modify\"."
)]
pub(super) enum Verb {
    /// Show schemas, resource types and indexes
    List,
    /// Define what a file holds, or replace it
    Put {
        /// A JSON file with schemas and resource types
        file: PathBuf,
        #[command(flatten)]
        data: Data,
    },
    /// Remove a schema or resource type
    Remove {
        /// The URN of a schema, or the name of a resource type
        name: String,
        #[command(flatten)]
        data: Data,
    },
    /// Index an attribute, so that filters and sorts on it are fast; built in the background
    Index {
        /// The name of a resource type, such as User
        resource_type: String,
        /// The attribute, with its URN where it is one of an extension
        attribute: String,
    },
    /// Give up an index
    Unindex {
        /// Its number, as `list` shows it
        number: u8,
    },
    /// Build an index again, such as one that failed
    Rebuild {
        /// Its number, as `list` shows it
        number: u8,
    },
    /// Switch a ready-made set on or off
    Preset {
        /// Its name, as `list` shows it
        name: String,
        /// On or off
        switch: Switch,
        #[command(flatten)]
        data: Data,
    },
}

/// What becomes of data.
#[derive(Debug, Args)]
pub(super) struct Data {
    /// Take away data that no schema would speak of any more; without this, such a change is refused
    #[arg(long)]
    discard: bool,
}

impl Data {
    fn of(&self, path: &str) -> String {
        if self.discard { format!("{path}?discard=true") } else { path.to_owned() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    On,
    Off,
}

impl Run for Verb {
    async fn run(self, admin: &mut Admin, output: Output) -> Result<(), Failure> {
        let told = match self {
            Verb::List => admin.get("/api/schemas").await?,
            Verb::Put { file, data } => {
                let text = std::fs::read(&file).map_err(|e| {
                    Failure::new(Exit::Failed, format!("{} cannot be read: {e}", file.display()))
                })?;
                let body: Value = serde_json::from_slice(&text).map_err(|e| {
                    Failure::new(Exit::Failed, format!("{} is not JSON: {e}", file.display()))
                })?;
                admin.ask(Method::POST, &data.of("/api/schemas"), Some(body)).await?
            }
            Verb::Remove { name, data } => {
                let room = if name.contains(':') { "schemas" } else { "resource-types" };
                admin.ask(Method::DELETE, &data.of(&format!("/api/{room}/{name}")), None).await?
            }
            Verb::Index { resource_type, attribute } => {
                let body = json!({ "resourceType": resource_type, "attribute": attribute });
                admin.ask(Method::POST, "/api/indexes", Some(body)).await?
            }
            Verb::Unindex { number } => {
                admin.ask(Method::DELETE, &format!("/api/indexes/{number}"), None).await?
            }
            Verb::Rebuild { number } => {
                admin.ask(Method::POST, &format!("/api/indexes/{number}/rebuild"), None).await?
            }
            Verb::Preset { name, switch, data } => {
                let all = admin.get("/api/schemas").await?;
                if !all["presets"].as_array().is_some_and(|sets| sets.iter().any(|set| set["name"] == *name))
                {
                    let detail =
                        format!("there is no ready-made set {name}; `rollcall schema list` shows them");
                    return Err(Failure::new(Exit::NotFound, detail));
                }
                let body = json!({ "enabled": switch == Switch::On });
                admin.ask(Method::PUT, &data.of(&format!("/api/presets/{name}")), Some(body)).await?
            }
        };
        match output {
            _ if told.is_null() => {}
            Output::Json => print_json(&told),
            Output::Table => print_all(&told),
        }
        Ok(())
    }
}

fn print_all(told: &Value) {
    let list = |name: &str| told[name].as_array().cloned().unwrap_or_default();
    let source = |of: &Value| match of["source"]["name"].as_str() {
        Some(name) => format!("{} {name}", cell(&of["source"]["kind"])),
        None => cell(&of["source"]["kind"]),
    };
    let names = |of: &Value| {
        let names: Vec<&str> = of.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if names.is_empty() { "-".to_owned() } else { names.join(", ") }
    };
    let schemas: Vec<_> =
        list("schemas").iter().map(|s| vec![cell(&s["id"]), names(&s["resourceTypes"]), source(s)]).collect();
    table::print(&["SCHEMA", "USED BY", "SOURCE"], &schemas);
    out::line("");
    let types: Vec<_> = list("resourceTypes")
        .iter()
        .map(|t| vec![cell(&t["name"]), cell(&t["endpoint"]), cell(&t["resources"]), source(t)])
        .collect();
    table::print(&["RESOURCE TYPE", "ENDPOINT", "RESOURCES", "SOURCE"], &types);
    out::line("");
    let indexes: Vec<_> = list("indexes").iter().map(|i| index_row(i, source(i))).collect();
    table::print(&["INDEX", "RESOURCE TYPE", "ATTRIBUTE", "UNIQUE", "STATE", "SOURCE"], &indexes);
    for index in list("indexes") {
        for problem in index["problems"].as_array().into_iter().flatten() {
            out::line(&format!("index {}: {}", index["number"], cell(problem)));
        }
    }
    for removing in list("removing") {
        out::line(&format!("being taken away: {}", cell(&removing)));
    }
    out::line("");
    let presets: Vec<_> =
        list("presets").iter().map(|p| vec![cell(&p["name"]), cell(&p["enabled"])]).collect();
    table::print(&["READY-MADE SET", "ON"], &presets);
}

fn index_row(index: &Value, source: String) -> Vec<String> {
    let state = match (index["done"].as_u64(), index["total"].as_u64()) {
        (Some(done), Some(total)) if total > 0 => format!("{} {done} of {total}", cell(&index["state"])),
        _ => cell(&index["state"]),
    };
    let unique = if index["unique"] == true { "yes" } else { "no" };
    vec![
        cell(&index["number"]),
        cell(&index["resourceType"]),
        cell(&index["attribute"]),
        unique.to_owned(),
        state,
        source,
    ]
}
