//! Everything a request handler may need, made once.
//!
//! It holds; it does not listen.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use ::events::Vault;
use access::{Access, Keys, Strangers};
use jiff::Timestamp;
use store::{Kv, OpenError, Revision, Settings};
use thiserror::Error;

use crate::admin_api::{Authority, Facts};
use crate::config::{Config, Mode};
use crate::data::{DataError, DataFolder, Store};
use crate::events::{Outbox, OutboxError};
use crate::scim_api::cursor::Cursors;
use crate::tenant::{FileError, Tenants, Usage};
use crate::tls::{self, Names, Tls, TlsError};
use crate::world::World;

/// The appliance.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) world: World,
    /// Requests that were accepted before are those of another process.
    pub(crate) started_at: Timestamp,
    pub(crate) folder: DataFolder,
    pub(crate) kv: Kv,
    pub(crate) tenants: Arc<Tenants>,
    /// Where pages end.
    pub(crate) cursors: Cursors,
    /// Who sent tokens that were refused.
    pub(crate) strangers: Strangers,
    pub(crate) tls: Tls,
    /// What streams of events need to reach their receivers.
    pub(crate) outbox: Arc<Outbox>,
    /// What the admin API tells of the appliance.
    pub(crate) facts: Facts,
}

/// The appliance cannot be opened.
#[derive(Debug, Error)]
pub(crate) enum AppError {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error("the data folder {} is in use by another rollcall process; stop it first, or name another folder with --data", folder.display())]
    InUse { folder: PathBuf },
    #[error("the store in {} cannot be opened", folder.display())]
    Store { folder: PathBuf, source: OpenError },
    #[error("service accounts and tokens cannot be read")]
    Access(#[from] store::TableError),
    #[error("users and groups that an earlier version wrote cannot be brought up to date")]
    Directory(#[from] directory::DirectoryError),
    #[error("schemas and resource types cannot be read")]
    Shape(#[from] directory::ReshapeError),
    #[error(transparent)]
    Files(#[from] FileError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Outbox(#[from] OutboxError),
}

impl App {
    /// Opens the data folder and all that lies in it. `bound` is where the SCIM listener listens, which
    /// decides the port in links when the configuration leaves it to the system.
    pub(crate) async fn open(
        config: Config,
        world: World,
        bound: Option<SocketAddr>,
    ) -> Result<App, AppError> {
        let folder = match config.mode {
            Mode::Serve => DataFolder::open(&config.data)?,
            Mode::Dev => DataFolder::open_dev(&config.data)?,
        };
        let settings = Settings { cache_bytes: config.cache_bytes };
        let kv = Kv::open(&folder.store(), settings).map_err(|error| match error {
            OpenError::InUse { .. } => AppError::InUse { folder: folder.path().to_owned() },
            source => AppError::Store { folder: folder.path().to_owned(), source },
        })?;
        let store = if kv.revision() == Revision::default() { Store::Empty } else { Store::Used };
        let keys = Keys { server: folder.server_key(&world, store)?, boot: world.random() };
        let cursors = Cursors::new(&keys.server);
        let access = Access::open(kv.clone(), &keys).await?;
        let host_name = world.host_name();
        let external = config.external_url.as_ref().map(crate::config::ExternalUrl::host);
        let names = Names::new(host_name.as_deref(), external);
        let tls = Tls::load(config.tls.clone(), &folder.tls(), names.clone(), &world)?;
        let origin = origin(&config, host_name.as_deref(), bound.unwrap_or(config.listen).port());
        let shown = |authority: &tls::Authority| Authority {
            pem: authority.pem.clone(),
            fingerprint: authority.fingerprint.clone(),
        };
        let facts = Facts {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            authority: tls.authority().map(shown),
            bin_days: config.bin_days,
            dev: config.mode == Mode::Dev,
            hosts: console_hosts(&names, config.console_listen.ip()),
        };
        let deleting =
            if config.bin_days == 0 { directory::Deleting::ForGood } else { directory::Deleting::IntoBin };
        let usage = Usage { deleting, group_members: config.group_members };
        let tenants = Arc::new(Tenants::open(kv.clone(), access, origin, config.limits, usage).await?);
        for tenant in tenants.all() {
            tenant.directory().upgrade().await?;
        }
        tenants.read_files(&folder.schemas(), &world).await?;
        let strangers = Strangers::default();
        let policy = config.events.policy.clone();
        let outbox = Arc::new(Outbox::new(policy, config.events.ca_file.as_ref(), Vault::new(&keys.server))?);
        let started_at = world.now();
        Ok(App { config, world, started_at, folder, kv, tenants, cursors, strangers, tls, outbox, facts })
    }

    /// Writes what is written behind, and closes the store.
    pub(crate) async fn close(&self) {
        if let Err(error) = self.tenants.flush().await {
            tracing::warn!(%error, "the last activity of service accounts is lost");
        }
        self.kv.close().await;
    }
}

/// The hosts by which a browser may call the console. Any other name means that somebody points a name of
/// theirs at us (DNS rebinding).
fn console_hosts(names: &Names, bound: IpAddr) -> Vec<String> {
    let bound = (!bound.is_unspecified()).then(|| bound.to_string());
    let written = |name: String| if name.contains(':') { format!("[{name}]") } else { name };
    names.all().iter().cloned().chain(bound).map(written).collect()
}

/// Scheme, host and port of every link.
fn origin(config: &Config, host_name: Option<&str>, port: u16) -> String {
    if let Some(url) = &config.external_url {
        return url.as_str().to_owned();
    }
    let host = match config.mode {
        Mode::Serve if !config.listen.ip().is_loopback() => host_name.unwrap_or("localhost"),
        Mode::Serve | Mode::Dev => "localhost",
    };
    if port == 443 { format!("https://{host}") } else { format!("https://{host}:{port}") }
}
