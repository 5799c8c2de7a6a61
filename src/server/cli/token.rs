//! `rollcall token`: the secrets of service accounts.

use clap::Subcommand;
use http::Method;
use serde_json::{Value, json};

use super::account::path_of;
use super::admin::Admin;
use super::failure::{Exit, Failure};
use super::noun::Run;
use super::table::{self, cell};
use super::{Output, print_json};

/// Secret Tokens: made, listed, revoked
#[derive(Debug, Subcommand)]
#[command(before_help = "Examples:\n  rollcall token create Entra\n  rollcall token revoke Entra rc_ab12")]
pub(super) enum Verb {
    /// Make a token; its secret is printed this once
    Create {
        /// The service account's name or id
        account: String,
        /// When it ends, such as 2027-01-31T00:00:00Z [default: never, because identity providers stop for good then]
        #[arg(long, value_name = "TIME")]
        expires_at: Option<String>,
    },
    /// Show the live tokens of a service account
    List {
        /// The service account's name or id
        account: String,
    },
    /// Revoke a token; the next request with it is refused
    Revoke {
        /// The service account's name or id
        account: String,
        /// The token's id, or the beginning of the secret
        token: String,
    },
}

impl Run for Verb {
    async fn run(self, admin: &mut Admin, output: Output) -> Result<(), Failure> {
        match self {
            Verb::Create { account, expires_at } => {
                let path = format!("{}/tokens", path_of(&admin.account(&account).await?));
                let body = expires_at.map(|time| json!({ "expiresAt": time }));
                let made = admin.ask(Method::POST, &path, body).await?;
                match output {
                    Output::Json => print_json(&made),
                    Output::Table => {
                        println!("{}", cell(&made["secret"]));
                        eprintln!("\nThis is the Secret Token; it is not shown again.");
                    }
                }
                Ok(())
            }
            Verb::List { account } => {
                let account = admin.account(&account).await?;
                let tokens = account["tokens"].as_array().map_or(&[] as &[Value], Vec::as_slice);
                if output == Output::Json {
                    print_json(&serde_json::json!({ "tokens": tokens }));
                    return Ok(());
                }
                let row = |token: &Value| {
                    ["id", "prefix", "createdAt", "expiresAt", "lastUsedAt"]
                        .map(|key| cell(&token[key]))
                        .to_vec()
                };
                let rows: Vec<_> = tokens.iter().map(row).collect();
                table::print(&["ID", "BEGINS WITH", "CREATED", "ENDS", "LAST USED"], &rows);
                Ok(())
            }
            Verb::Revoke { account, token } => {
                let account = admin.account(&account).await?;
                let id = named(&account, &token)?;
                let path = format!("{}/tokens/{id}", path_of(&account));
                admin.ask(Method::DELETE, &path, None).await?;
                if output == Output::Table {
                    eprintln!("revoked {id}");
                }
                Ok(())
            }
        }
    }
}

/// The id of the one token that is meant.
fn named<'a>(account: &'a Value, token: &str) -> Result<&'a str, Failure> {
    let id = token.strip_prefix("rc_").unwrap_or(token);
    let id = id.split_once('_').map_or(id, |(id, _)| id);
    let ids = account["tokens"].as_array().into_iter().flatten().filter_map(|token| token["id"].as_str());
    let found: Vec<&str> = ids.filter(|known| !id.is_empty() && known.starts_with(id)).collect();
    let name = cell(&account["name"]);
    match found.as_slice() {
        [one] => Ok(one),
        // what was typed may be a whole secret, so it is not repeated
        [] => Err(Failure::new(Exit::NotFound, format!("{name} has no live token that begins like this"))),
        _ => Err(Failure::new(Exit::Conflict, format!("more than one token of {name} begins like this"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_named_by_id_prefix_or_secret() {
        let account = json!({ "name": "a", "tokens": [{ "id": "ab12CD34ef56" }, { "id": "ab99CD34ef56" }] });
        for text in ["ab12CD34ef56", "ab1", "rc_ab12", "rc_ab12CD34ef56_secretsecret"] {
            assert_eq!(named(&account, text).unwrap(), "ab12CD34ef56");
        }
        assert_eq!(named(&account, "ab").unwrap_err().exit, Exit::Conflict);
        assert_eq!(named(&account, "zz").unwrap_err().exit, Exit::NotFound);
        assert_eq!(named(&account, "").unwrap_err().exit, Exit::NotFound);
    }
}
