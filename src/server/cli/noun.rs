//! What the commands on a data folder have in common: a noun, such as `user`, its flags, and a verb.

use clap::{Args, Subcommand};

use super::admin::{self, Admin};
use super::failure::Failure;
use super::{Common, Output};

// A noun with what is to be done. A doc comment here would be its help, which is that of the verbs.
#[derive(Debug, Args)]
pub(super) struct Noun<V: Run> {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: V,
}

/// The verbs of a noun, which ask the admin API.
pub(super) trait Run: Subcommand {
    /// Does it, and prints what came of it.
    async fn run(self, admin: &mut Admin, output: Output) -> Result<(), Failure>;
}

impl<V: Run> Noun<V> {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Noun { common, verb } = self;
        admin::with(&common, async |admin| verb.run(admin, common.output).await).await
    }
}
