//! `rollcall setup-code`: the one-time code that sets the console's passphrase.

use clap::Args;
use http::Method;

use super::admin;
use super::failure::Failure;
use super::table::cell;
use super::{Common, Output, print_json};

/// Make a one-time code to set the console's passphrase with
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  rollcall setup-code\n  rollcall setup-code --data /srv/rollcall --output json"
)]
pub(super) struct SetupCode {
    #[command(flatten)]
    common: Common,
}

impl SetupCode {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let output = self.common.output;
        admin::with(&self.common, async |admin| {
            let made = admin.ask(Method::POST, "/api/setup-code", None).await?;
            match output {
                Output::Json => print_json(&made),
                Output::Table => {
                    println!("{}", cell(&made["setupCode"]));
                    eprintln!(
                        "\nType it into the console; it works once, until {}.",
                        cell(&made["expiresAt"])
                    );
                }
            }
            Ok(())
        })
        .await
    }
}
