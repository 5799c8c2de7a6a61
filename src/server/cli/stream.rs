//! `rollcall stream`: who is told of changes.

use clap::{Args, Subcommand, ValueEnum};
use http::Method;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::admin::Admin;
use super::failure::{Exit, Failure};
use super::noun::Run;
use super::table::{self, cell};
use super::{Output, print_json};

/// Streams of events: receivers that are told of every change (RFC 9967)
#[derive(Debug, Subcommand)]
#[command(
    before_help = "Examples:\n  rollcall stream create SIEM --push https://siem.example.org/events\n  rollcall stream create CRM --webhook https://crm.example.org/hook --types User --full\n  rollcall stream replay SIEM --from 2026-11-01T00:00:00Z",
    after_help = "A stream keeps its events while its receiver is away, and pauses after a week without an answer.\nReceivers on a private network must be allowed by events.allow in the configuration,\nthose on this machine by events.allow_loopback."
)]
pub(super) enum Verb {
    /// Show all streams
    List,
    /// Make a stream; its secret, if it has one, is shown this once
    Create {
        /// Its name
        name: String,
        #[command(flatten)]
        way: Way,
        /// Tell the values too, not only the names of what changed
        #[arg(long)]
        full: bool,
        /// Tell only of resources of this type; may be given several times
        #[arg(long = "types", value_name = "TYPE", conflicts_with_all = ["group", "filter"])]
        types: Vec<String>,
        /// Tell only of this group and its members
        #[arg(long, value_name = "ID", conflicts_with = "filter")]
        group: Option<String>,
        /// Tell only of users that this filter matches, such as 'title eq "Nurse"'
        #[arg(long, value_name = "FILTER")]
        filter: Option<String>,
        /// Where to begin: now, start, a time such as 2026-11-01T00:00:00Z, or a revision
        #[arg(long, default_value = "now", value_parser = place)]
        from: Value,
    },
    /// Show one stream
    Show {
        /// Its name or id
        stream: String,
    },
    /// Change a stream; what is not named stays
    Update {
        /// Its name or id
        stream: String,
        /// A new name
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        way: Way,
        /// Whether the values are told
        #[arg(long, value_enum)]
        form: Option<Form>,
    },
    /// Stop a stream; its events are kept
    Pause {
        /// Its name or id
        stream: String,
    },
    /// Let a stream run again
    Resume {
        /// Its name or id
        stream: String,
    },
    /// Tell everything again from a time or a revision on
    Replay {
        /// Its name or id
        stream: String,
        /// Where from: start, now, a time such as 2026-11-01T00:00:00Z, or a revision
        #[arg(long, value_parser = place)]
        from: Value,
    },
    /// Delete a stream
    Delete {
        /// Its name or id
        stream: String,
        /// Do it without being asked again
        #[arg(long)]
        yes: bool,
    },
    /// Show the keys events are signed with, and where receivers fetch them
    Keys,
    /// Sign with a new key from now on
    RotateKey,
}

/// The way to the receiver.
#[derive(Debug, Args)]
#[group(multiple = true)]
pub(super) struct Way {
    /// Post Security Event Tokens to this address (RFC 8935)
    #[arg(long, value_name = "URL", conflicts_with_all = ["poll", "webhook"])]
    push: Option<String>,
    /// The value of the Authorization header that address wants
    #[arg(long, value_name = "VALUE", requires = "push")]
    authorization: Option<String>,
    /// Let the receiver fetch Security Event Tokens (RFC 8936)
    #[arg(long, conflicts_with = "webhook")]
    poll: bool,
    /// Post signed JSON to this address (Standard Webhooks)
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
}

/// Whether values are told.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Form {
    /// Names of what changed
    Notice,
    /// The values too
    Full,
}

impl Way {
    fn body(self) -> Option<Value> {
        if let Some(url) = self.push {
            let mut push = json!({ "method": "push", "url": url });
            if let Some(authorization) = self.authorization {
                push["authorization"] = authorization.into();
            }
            return Some(push);
        }
        if let Some(url) = self.webhook {
            return Some(json!({ "method": "webhook", "url": url }));
        }
        self.poll.then(|| json!({ "method": "poll" }))
    }
}

impl Run for Verb {
    async fn run(self, admin: &mut Admin, output: Output) -> Result<(), Failure> {
        match self {
            Verb::List => {
                let all = admin.get("/api/streams").await?;
                match output {
                    Output::Json => print_json(&all),
                    Output::Table => print_list(all["streams"].as_array().map_or(&[], Vec::as_slice)),
                }
            }
            Verb::Create { name, way, full, types, group, filter, from } => {
                let delivery = way.body().ok_or_else(|| {
                    Failure::new(Exit::Failed, "name the way to the receiver: --push, --webhook or --poll")
                })?;
                let body = json!({
                    "name": name,
                    "delivery": delivery,
                    "form": if full { "full" } else { "notice" },
                    "scope": scope(&types, group, filter),
                    "from": from,
                });
                let made = admin.ask(Method::POST, "/api/streams", Some(body)).await?;
                show(&made, output);
            }
            Verb::Show { stream } => show(&named(admin, &stream).await?, output),
            Verb::Update { stream, name, way, form } => {
                let path = path_of(&named(admin, &stream).await?);
                let mut body = Map::new();
                let form = form.map(|form| match form {
                    Form::Notice => json!("notice"),
                    Form::Full => json!("full"),
                });
                let fields = [("name", name.map(Value::from)), ("delivery", way.body()), ("form", form)];
                body.extend(fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
                if body.is_empty() {
                    return Err(Failure::new(Exit::Failed, "nothing to change was named"));
                }
                show(&admin.ask(Method::PATCH, &path, Some(Value::Object(body))).await?, output);
            }
            Verb::Pause { stream } => tell(admin, &stream, "pause", None, output).await?,
            Verb::Resume { stream } => tell(admin, &stream, "resume", None, output).await?,
            Verb::Replay { stream, from } => {
                let body = json!({ "from": from });
                tell(admin, &stream, "replay", Some(body), output).await?;
            }
            Verb::Delete { stream, yes } => {
                let stream = named(admin, &stream).await?;
                if !yes {
                    let message = format!(
                        "deleting {} drops {} records it has not told yet; add --yes to do it",
                        cell(&stream["name"]),
                        stream["status"]["lagRecords"]
                    );
                    return Err(Failure::new(Exit::Conflict, message));
                }
                admin.ask(Method::DELETE, &path_of(&stream), None).await?;
                if output == Output::Table {
                    eprintln!("deleted {}", cell(&stream["name"]));
                }
            }
            Verb::Keys => {
                let keys = admin.get("/api/event-keys").await?;
                match output {
                    Output::Json => print_json(&keys),
                    Output::Table => print_keys(&keys),
                }
            }
            Verb::RotateKey => {
                let key = admin.ask(Method::POST, "/api/event-keys", None).await?;
                match output {
                    Output::Json => print_json(&key),
                    Output::Table => eprintln!("events are signed with {} from now on", cell(&key["kid"])),
                }
            }
        }
        Ok(())
    }
}

/// The stream that a person names by name or id.
async fn named(admin: &mut Admin, named: &str) -> Result<Value, Failure> {
    let all = admin.get("/api/streams").await?;
    let streams = all["streams"].as_array().cloned().unwrap_or_default();
    let is_meant = |stream: &&Value| stream["id"] == named || stream["name"] == named;
    let meant = streams.iter().filter(is_meant).count();
    if meant > 1 {
        let message = format!(
            "{meant} streams are named {named}; say which by its id, as `rollcall stream list` shows it"
        );
        return Err(Failure::new(Exit::Conflict, message));
    }
    streams.into_iter().find(|stream| is_meant(&stream)).ok_or_else(|| {
        let message = format!("there is no stream {named}; `rollcall stream list` shows all");
        Failure::new(Exit::NotFound, message)
    })
}

async fn tell(
    admin: &mut Admin,
    stream: &str,
    verb: &str,
    body: Option<Value>,
    output: Output,
) -> Result<(), Failure> {
    let path = format!("{}/{verb}", path_of(&named(admin, stream).await?));
    show(&admin.ask(Method::POST, &path, body).await?, output);
    Ok(())
}

fn path_of(stream: &Value) -> String {
    format!("/api/streams/{}", stream["id"].as_str().unwrap_or_default())
}

fn scope(types: &[String], group: Option<String>, filter: Option<String>) -> Value {
    match (types.is_empty(), group, filter) {
        (false, ..) => json!({ "kind": "resourceTypes", "resourceTypes": types }),
        (true, Some(group), _) => json!({ "kind": "group", "group": group }),
        (true, None, Some(filter)) => json!({ "kind": "filter", "resourceType": "User", "filter": filter }),
        (true, None, None) => json!({ "kind": "all" }),
    }
}

/// A place in the feed as the admin API takes it.
fn place(text: &str) -> Result<Value, &'static str> {
    let day = || format!("{text}T00:00:00Z").parse::<Timestamp>();
    match (text, text.parse::<u64>()) {
        ("now" | "start", _) => Ok(json!(text)),
        (_, Ok(revision)) => Ok(json!({ "revision": revision })),
        (_, Err(_)) => match text.parse::<Timestamp>().or_else(|_| day()) {
            Ok(time) => Ok(json!({ "time": time })),
            Err(_) => {
                Err("write start, now, a time such as 2026-11-01T00:00:00Z, a day (UTC), or a revision")
            }
        },
    }
}

fn state(stream: &Value) -> String {
    match (stream["state"].as_str(), stream["status"]["failing"]["error"].as_str()) {
        (Some("paused"), _) => format!("paused by {}", cell(&stream["pausedBy"])),
        (_, Some(error)) => format!("failing: {error}"),
        (state, None) => state.unwrap_or_default().to_owned(),
    }
}

fn print_list(streams: &[Value]) {
    let row = |stream: &Value| {
        vec![
            cell(&stream["name"]),
            cell(&stream["delivery"]["method"]),
            cell(&stream["form"]),
            cell(&stream["status"]["delivered"]),
            cell(&stream["status"]["lagRecords"]),
            state(stream),
            cell(&stream["id"]),
        ]
    };
    let rows: Vec<_> = streams.iter().map(row).collect();
    table::print(&["NAME", "WAY", "FORM", "DELIVERED", "BEHIND", "STATE", "ID"], &rows);
}

fn print_keys(keys: &Value) {
    let row = |key: &Value| vec![cell(&key["kid"]), cell(&key["state"]), cell(&key["createdAt"])];
    let rows: Vec<_> =
        keys["keys"].as_array().map_or(&[] as &[Value], Vec::as_slice).iter().map(row).collect();
    table::print(&["KEY", "STATE", "CREATED"], &rows);
    eprintln!("\nReceivers fetch them from {}", cell(&keys["jwksUrl"]));
}

fn show(stream: &Value, output: Output) {
    if output == Output::Json {
        return print_json(stream);
    }
    let status = &stream["status"];
    let mut pairs = vec![
        ("Name", cell(&stream["name"])),
        ("Id", cell(&stream["id"])),
        ("Way", cell(&stream["delivery"]["method"])),
        ("Address", cell(&stream["delivery"]["url"])),
        ("Form", cell(&stream["form"])),
        ("Scope", cell(&stream["scope"]["kind"])),
        ("State", state(stream)),
        ("Delivered", cell(&status["delivered"])),
        ("Behind", format!("{} records, {} s", status["lagRecords"], status["lagSeconds"])),
        ("Last error", cell(&status["lastError"])),
    ];
    if stream["secret"].is_string() {
        pairs.push(("Secret", cell(&stream["secret"])));
    }
    table::print_pairs(&pairs);
    if stream["secret"].is_string() {
        eprintln!("\nThe secret is shown this once; give it to the receiver.");
        if let (Some(secret), "poll") =
            (stream["secret"].as_str(), cell(&stream["delivery"]["method"]).as_str())
        {
            eprintln!(
                "It fetches events (RFC 8936) with\n  curl -X POST '{}' -H 'Authorization: Bearer {secret}' \\\n    -d \
                 '{{\"maxEvents\": 10, \"returnImmediately\": true}}'\nand names in \"ack\": [\"…\"] of its next request \
                 those it has kept.",
                cell(&stream["delivery"]["url"])
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_word_a_time_or_a_revision() {
        assert_eq!(place("now"), Ok(json!("now")));
        assert_eq!(place("42"), Ok(json!({"revision": 42})));
        assert_eq!(place("2026-11-01T00:00:00Z"), Ok(json!({"time": "2026-11-01T00:00:00Z"})));
        assert_eq!(place("2026-11-01"), Ok(json!({"time": "2026-11-01T00:00:00Z"})));
        assert!(place("yesterday").is_err());
    }
}
