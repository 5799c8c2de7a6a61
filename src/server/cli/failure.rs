//! How a command fails: a message that says what and why, and an exit code.

use std::fmt;
use std::io::ErrorKind;
use std::process::ExitCode;

use http::StatusCode;
use serde_json::Value;

use crate::app::AppError;
use crate::config::ConfigError;
use crate::serving::ServeError;

/// The exit codes of every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    Done = 0,
    Failed = 1,
    NotFound = 3,
    NotPermitted = 4,
    Conflict = 5,
    Unreachable = 6,
    CheckFailed = 8,
    Configuration = 78,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

impl From<()> for Exit {
    fn from((): ()) -> Exit {
        Exit::Done
    }
}

/// A command that did not do what was asked.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Failure {
    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure { exit, message: message.into() }
    }

    /// A failure with all its causes.
    pub(super) fn caused(exit: Exit, error: &dyn std::error::Error) -> Failure {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            message = format!("{message}: {error}");
            source = error.source();
        }
        Failure { exit, message }
    }

    pub(super) fn failed(error: impl std::error::Error) -> Failure {
        Failure::caused(Exit::Failed, &error)
    }

    /// A refusal of the admin API.
    pub(super) fn refused(status: StatusCode, body: &Value) -> Failure {
        let exit = match status {
            StatusCode::NOT_FOUND => Exit::NotFound,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Exit::NotPermitted,
            StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => Exit::Conflict,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => Exit::Unreachable,
            _ => Exit::Failed,
        };
        let message = body["error"]["message"].as_str().map_or_else(|| status.to_string(), str::to_owned);
        Failure { exit, message }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Failure {
        Failure::caused(Exit::Configuration, &error)
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Failure {
        let exit = match &error {
            AppError::InUse { .. } => Exit::Conflict,
            // a service manager that starts it again would only fail again
            AppError::Tls(_) | AppError::Files(_) | AppError::Outbox(_) => Exit::Configuration,
            AppError::Data(_)
            | AppError::Store { .. }
            | AppError::Access(_)
            | AppError::Shape(_)
            | AppError::Directory(_) => Exit::Failed,
        };
        Failure::caused(exit, &error)
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Failure {
        let exit = match error {
            ServeError::App(error) => return error.into(),
            ServeError::Bind { ref source, .. } if source.kind() == ErrorKind::AddrInUse => Exit::Conflict,
            ServeError::Bind { .. } | ServeError::Socket { .. } | ServeError::Signals(_) => Exit::Failed,
        };
        Failure::caused(exit, &error)
    }
}
