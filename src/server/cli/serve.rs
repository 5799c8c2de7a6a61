//! `rollcall serve`: the appliance.

use std::path::PathBuf;

use clap::Args;

use super::admin::Admin;
use super::failure::{Exit, Failure};
use crate::config::{Config, Written, WrittenEvents, WrittenLimits, WrittenTls};
use crate::logs;
use crate::serving::{self, Ready};
use crate::world::World;

/// Run the appliance
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  rollcall serve --data /srv/rollcall\n  rollcall serve --external-url https://scim.example.org --listen 0.0.0.0:443"
)]
pub(super) struct Serve {
    /// The configuration file [default: /etc/rollcall/rollcall.toml, if it exists]
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder [default: /var/lib/rollcall]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where identity providers connect [default: 0.0.0.0:8443]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Where the console is [default: 127.0.0.1:8444]
    #[arg(long, value_name = "ADDRESS")]
    console_listen: Option<String>,
    /// The address that clients use, such as <https://scim.example.org> [default: this host's name]
    #[arg(long, value_name = "URL")]
    external_url: Option<String>,
    /// A certificate of your own, PEM, with its intermediates [default: one of the appliance's own authority]
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of that certificate, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// What is logged: error, warn, info, debug, or filters such as info,rollcall=debug [default: info]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
}

impl Serve {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let flags = Written {
            data: self.data,
            listen: self.listen,
            console_listen: self.console_listen,
            external_url: self.external_url,
            cache_mib: None,
            log: self.log,
            log_personal_data: None,
            discovery_needs_token: None,
            bin_days: None,
            group_members: None,
            tls: WrittenTls { certificate: self.tls_cert, key: self.tls_key },
            limits: WrittenLimits::default(),
            events: WrittenEvents::default(),
        };
        let config = Config::load(flags, self.config.as_deref())?;
        logs::start(&config.log);
        on_runtime(async {
            let ready = serving::prepare(config, World::real()).await?;
            announce(&ready).await?;
            Ok(ready.serve().await?)
        })
    }
}

/// Runs a server's future on all processors.
pub(super) fn on_runtime(work: impl Future<Output = Result<(), Failure>>) -> Result<Exit, Failure> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::failed)?;
    let result = runtime.block_on(work);
    // blocking work that hangs, such as a slow disk, must not keep the process
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    result.map(|()| Exit::Done)
}

async fn announce(ready: &Ready) -> Result<(), Failure> {
    let app = &ready.app;
    tracing::info!(
        tenant_url = app.tenants.default().base_url,
        listen = %app.config.listen,
        console = %ready.console_url,
        data = %app.folder.path().display(),
        "serving"
    );
    if let Some(authority) = app.tls.authority() {
        tracing::info!(file = %authority.file.display(), fingerprint = %authority.fingerprint, "clients must trust this authority");
    }
    let session = Admin::of(app.clone()).get("/api/session").await?;
    if session["state"] == "setup" {
        tracing::info!(
            "the console waits for its passphrase: `rollcall setup-code` makes the code to set it"
        );
    }
    Ok(())
}
