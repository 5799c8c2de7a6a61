//! The command line: one file per noun. Data goes to standard output, messages to standard error, and the
//! exit code says how it went.
//!
//! Commands ask the admin API, as the console does, and decide nothing themselves.

mod account;
mod admin;
mod bin;
mod dev;
mod doctor;
mod failure;
mod group;
mod held;
mod noun;
mod out;
mod schema;
mod serve;
mod setup_code;
mod stream;
mod table;
mod tenant;
mod token;
mod user;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::logs;
use failure::{Exit, Failure};
use noun::Noun;

/// An on-prem SCIM 2.0 appliance: identity providers put users and groups in, applications read them.
#[derive(Debug, Parser)]
#[command(
    name = "rollcall",
    version,
    before_help = "Examples:\n  rollcall dev                          a local server in one command\n  rollcall serve --data /srv/rollcall   the appliance",
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 not permitted, 5 conflict,\n            6 unreachable, 8 a check failed, 78 the configuration is not right",
    arg_required_else_help = true,
    subcommand_required = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Dev(dev::Dev),
    Account(Noun<account::Verb>),
    Token(Noun<token::Verb>),
    User(Noun<user::Verb>),
    Group(Noun<group::Verb>),
    Schema(Noun<schema::Verb>),
    Bin(Noun<bin::Verb>),
    Held(Noun<held::Verb>),
    Stream(Noun<stream::Verb>),
    SetupCode(setup_code::SetupCode),
    Doctor(doctor::Doctor),
    // not in the list: a plain install has one tenant and no need to know
    #[command(hide = true)]
    Tenant(Noun<tenant::Verb>),
}

/// What every command on a data folder takes.
#[derive(Debug, Clone, Args)]
struct Common {
    /// The data folder [default: the configuration's, else /var/lib/rollcall]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The configuration file [default: /etc/rollcall/rollcall.toml, if it exists]
    #[arg(short, long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The tenant to work on [default: the default tenant]
    #[arg(long, global = true, value_name = "TENANT", hide = true)]
    tenant: Option<String>,
    /// How results are printed
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Table)]
    output: Output,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// Columns for people
    Table,
    /// The admin API's JSON, for programs
    Json,
}

/// Runs the command line of this process.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // help and version are not errors, and clap knows which stream each goes to
            if let Err(lost) = error.print().and_then(|()| std::io::stdout().flush())
                && lost.kind() != std::io::ErrorKind::BrokenPipe
            {
                eprintln!("rollcall: this cannot be printed: {lost}");
                return Exit::Failed.into();
            }
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match cli.command.run() {
        Ok(exit) if out::is_whole() => exit.into(),
        Ok(_) => Exit::Failed.into(),
        Err(failure) => {
            eprintln!("rollcall: {failure}");
            failure.exit.into()
        }
    }
}

impl Command {
    fn run(self) -> Result<Exit, Failure> {
        match self {
            Command::Serve(serve) => serve.run(),
            Command::Dev(dev) => dev.run(),
            Command::Account(account) => block_on(account.run()),
            Command::Token(token) => block_on(token.run()),
            Command::User(user) => block_on(user.run()),
            Command::Group(group) => block_on(group.run()),
            Command::Schema(schema) => block_on(schema.run()),
            Command::Bin(bin) => block_on(bin.run()),
            Command::Held(held) => block_on(held.run()),
            Command::Stream(stream) => block_on(stream.run()),
            Command::SetupCode(code) => block_on(code.run()),
            Command::Doctor(doctor) => block_on(doctor.run()),
            Command::Tenant(tenant) => block_on(tenant.run()),
        }
    }
}

fn block_on<T>(command: impl Future<Output = Result<T, Failure>>) -> Result<Exit, Failure>
where
    Exit: From<T>,
{
    logs::start("warn");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Failure::failed)?;
    runtime.block_on(command).map(Exit::from)
}

/// Prints a result for programs.
fn print_json(value: &serde_json::Value) {
    out::line(&format!("{value:#}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_two_examples() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_before_help().map(ToString::to_string).unwrap_or_default();
            let examples = help.lines().filter(|line| line.trim_start().starts_with("rollcall ")).count();
            assert!(examples >= 2, "{}", command.get_name());
        }
    }
}
