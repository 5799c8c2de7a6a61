//! The real binary, started in a temporary folder and ended with the test.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::client::Client;
use crate::local::Local;
use crate::wire::Wire;

/// The line `dev --output json` prints once it serves.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Ready {
    pub(crate) tenant_url: String,
    pub(crate) secret_token: String,
    pub(crate) ca_file: PathBuf,
    pub(crate) console_url: String,
    pub(crate) setup_code: Option<String>,
}

/// A running server; dropping it kills the process and removes its folder.
pub(crate) struct Server {
    child: Child,
    folder: Option<TempDir>,
    pub(crate) ready: Ready,
}

impl Server {
    /// Starts a server in a fresh folder.
    pub(crate) fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap())
    }

    /// Starts a server in a folder that may hold data already.
    pub(crate) fn start_in(folder: TempDir) -> Self {
        Self::start_with(folder, &[])
    }

    /// Starts a server that logs what a server in use logs.
    pub(crate) fn start_logging() -> Self {
        Self::start_with(tempfile::tempdir().unwrap(), &["--log", "info"])
    }

    /// What the server has written to its log so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.as_ref().unwrap().path().join("stderr.log")).unwrap()
    }

    /// Starts a server in a folder with more flags.
    pub(crate) fn start_with(folder: TempDir, arguments: &[&str]) -> Self {
        let log = fs::File::create(folder.path().join("stderr.log")).unwrap();
        let mut child = Command::new(binary())
            .args(["dev", "--port", "0", "--output", "json", "--data"])
            .arg(folder.path().join("data"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the binary can be run");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| {
            child.kill().unwrap();
            let log = fs::read_to_string(folder.path().join("stderr.log")).unwrap();
            panic!("`dev` did not print its line ({error}): {line:?}\n{log}")
        });
        Self { child, folder: Some(folder), ready }
    }

    /// The folder of the data.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.as_ref().unwrap().path().join("data")
    }

    /// The port of the SCIM listener.
    pub(crate) fn port(&self) -> u16 {
        let authority = self.ready.tenant_url.split('/').nth(2).unwrap();
        authority.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// A client with the token of `dev`: full permissions, tolerant dialect.
    pub(crate) fn client(&self) -> Client {
        self.client_with(&self.ready.secret_token)
    }

    /// A client with a token of its own.
    pub(crate) fn client_with(&self, token: &str) -> Client {
        Client::new(self, Some(token))
    }

    /// A client without a token.
    pub(crate) fn stranger(&self) -> Client {
        Client::new(self, None)
    }

    /// A client with full permissions and the strict dialect, made on the command line.
    pub(crate) fn strict(&self) -> Client {
        self.client_with(&self.strict_token())
    }

    /// The token of [`Server::strict`].
    pub(crate) fn strict_token(&self) -> String {
        self.command(&["account", "create", "by-the-book", "--strict"]);
        let token = self.command_json(&["token", "create", "by-the-book"]);
        token["secret"].as_str().unwrap().to_owned()
    }

    /// A raw TLS connection.
    pub(crate) fn wire(&self) -> Wire {
        Wire::open(self)
    }

    /// The local admin socket.
    pub(crate) fn local(&self) -> Local {
        Local::new(self.data().join("admin.sock"))
    }

    /// Runs a command on the server's data and checks that it succeeds.
    pub(crate) fn command(&self, arguments: &[&str]) -> String {
        let output = self.try_command(arguments);
        let (out, err) = texts(&output);
        assert!(output.status.success(), "`rollcall {}` failed\n{out}\n{err}", arguments.join(" "));
        out
    }

    /// Runs a command with `--output json`.
    pub(crate) fn command_json(&self, arguments: &[&str]) -> Value {
        let out = self.command(&[arguments, &["--output", "json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("not JSON ({error}): {out}"))
    }

    /// Runs a command that may fail.
    pub(crate) fn try_command(&self, arguments: &[&str]) -> Output {
        run(&self.data(), arguments)
    }

    /// Whether the process still runs.
    pub(crate) fn lives(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Asks the server to end, waits for it, and gives back its folder.
    pub(crate) fn stop(mut self) -> (ExitStatus, TempDir) {
        let killed = Command::new("sh").arg("-c").arg(format!("kill -TERM {}", self.child.id())).status();
        assert!(killed.unwrap().success(), "the signal was not sent");
        let status = self.child.wait().unwrap();
        (status, self.folder.take().unwrap())
    }

    /// Kills the server as a power cut would, and gives back its folder.
    pub(crate) fn crash(mut self) -> TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.folder.take().unwrap()
    }

    /// Whether any file of the data folder holds these bytes in clear.
    pub(crate) fn data_holds(&self, needle: &str) -> bool {
        files(&self.data()).iter().any(|file| {
            let bytes = fs::read(file).unwrap_or_default();
            memchr::memmem::find(&bytes, needle.as_bytes()).is_some()
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // the process may have ended by itself; then there is nothing to end
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the binary on a data folder.
pub(crate) fn run(data: &Path, arguments: &[&str]) -> Output {
    Command::new(binary())
        .args(arguments)
        .arg("--data")
        .arg(data)
        .stdin(Stdio::null())
        .output()
        .expect("the binary can be run")
}

/// Runs the binary with its standard output going into a file.
pub(crate) fn run_into(out: fs::File, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.args(arguments).stdin(Stdio::null()).stdout(out);
    command.output().expect("the binary can be run")
}

/// What a command printed, on both streams.
pub(crate) fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[expect(clippy::disallowed_methods, reason = "which binary is under test is the environment's to say")]
fn binary() -> PathBuf {
    let named = std::env::var("ROLLCALL_BIN").unwrap_or_default();
    if named.is_empty() { PathBuf::from(env!("CARGO_BIN_EXE_rollcall")) } else { PathBuf::from(named) }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(files(&entry.path()));
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    found
}
