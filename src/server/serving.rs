//! The appliance at work: opens its sockets, serves until told to stop, drains, writes what is left.
//!
//! It does not decide what is served.

use std::fs;
use std::io;
use std::net::{Ipv6Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use thiserror::Error;
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use crate::app::{App, AppError};
use crate::config::{Config, Mode};
use crate::data::SOCKET;
use crate::events;
use crate::http::{Door, Limits, Listener, Stop, socket_path, stop_signal};
use crate::scim_api::{self, bulk::MAX_PAYLOAD};
use crate::sites::{Console, Local, Scim};
use crate::tenant;
use crate::world::World;

const FLUSH_EVERY: Duration = Duration::from_secs(30);
const PURGE_EVERY: Duration = Duration::from_hours(1);
const LOOK_AT_CERTIFICATE_EVERY: Duration = Duration::from_hours(6);

/// The appliance cannot begin to serve.
#[derive(Debug, Error)]
pub(crate) enum ServeError {
    #[error("{what} cannot listen on {address}")]
    Bind { what: &'static str, address: SocketAddr, source: io::Error },
    #[error("the admin socket {} cannot be made", path.display())]
    Socket { path: PathBuf, source: io::Error },
    #[error("signals cannot be waited for")]
    Signals(#[source] io::Error),
    #[error(transparent)]
    App(#[from] AppError),
}

/// The appliance with its sockets open, not serving yet.
pub(crate) struct Ready {
    pub(crate) app: Arc<App>,
    /// Where browsers reach the console.
    pub(crate) console_url: String,
    scim: Vec<TcpListener>,
    console: Vec<TcpListener>,
    local: UnixListener,
}

/// Opens sockets and data folder.
pub(crate) async fn prepare(config: Config, world: World) -> Result<Ready, ServeError> {
    world.raise_open_files();
    // the sockets first: a taken port is told before anything is made or locked
    let scim = bind("the SCIM listener", config.listen, config.mode).await?;
    let console = bind("the console", config.console_listen, config.mode).await?;
    let bound = scim.first().and_then(|listener| listener.local_addr().ok());
    let console_bound = console.first().and_then(|listener| listener.local_addr().ok());
    let console_at = console_bound.unwrap_or(config.console_listen);
    let app = Arc::new(App::open(config, world, bound).await?);
    let local = bind_local(&app)?;
    let ip = console_at.ip();
    let console_url = if ip.is_loopback() || ip.is_unspecified() {
        format!("https://localhost:{}", console_at.port())
    } else {
        format!("https://{console_at}")
    };
    Ok(Ready { app, console_url, scim, console, local })
}

async fn bind(what: &'static str, address: SocketAddr, mode: Mode) -> Result<Vec<TcpListener>, ServeError> {
    let first =
        TcpListener::bind(address).await.map_err(|source| ServeError::Bind { what, address, source })?;
    let mut all = vec![first];
    if mode == Mode::Dev
        && let Ok(bound) = all[0].local_addr()
        // many clients try ::1 first when they are told localhost
        && let Ok(second) = TcpListener::bind((Ipv6Addr::LOCALHOST, bound.port())).await
    {
        all.push(second);
    }
    Ok(all)
}

fn bind_local(app: &App) -> Result<UnixListener, ServeError> {
    let path = app.folder.path().join(SOCKET);
    let failed = |source| ServeError::Socket { path: path.clone(), source };
    let (reachable, _handle) = socket_path(app.folder.path(), SOCKET).map_err(failed)?;
    // the store's lock is ours, so a socket that is there has no owner any more
    let _ = fs::remove_file(&path);
    let listener = UnixListener::bind(reachable).map_err(failed)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(listener)
}

impl Ready {
    /// Serves until the process is told to stop, then drains and closes.
    pub(crate) async fn serve(self) -> Result<(), ServeError> {
        let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Signals)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Signals)?;
        let app = self.app.clone();
        let (stop, stopped) = stop_signal();
        let mut tasks = self.spawn(&stopped);
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: open requests may end");
        let _ = stop.send(true);
        let all = async { while tasks.join_next().await.is_some() {} };
        tokio::select! {
            () = all => {}
            _ = interrupt.recv() => tracing::warn!("asked again: open requests are cut"),
        }
        // before the store's lock is let go: afterwards the socket there can be that of the next server
        let _ = fs::remove_file(app.folder.path().join(SOCKET));
        app.close().await;
        tracing::info!("stopped");
        Ok(())
    }

    fn spawn(self, stop: &Stop) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        let scim = Arc::new(Scim(self.app.clone()));
        let console = Arc::new(Console(self.app.clone()));
        for listener in self.scim {
            let door = Door::Tls(listener, self.app.tls.config());
            let limits = Limits { body_bytes: MAX_PAYLOAD, ..Limits::default() };
            tasks.spawn(Listener::new(door, scim.clone(), limits).run(stop.clone()));
        }
        let few = Limits { connections: 256, connections_per_address: 256, ..Limits::default() };
        for listener in self.console {
            let door = Door::Tls(listener, self.app.tls.config());
            tasks.spawn(Listener::new(door, console.clone(), few.clone()).run(stop.clone()));
        }
        // a check of the whole store takes its time, and whoever may open this socket may wait
        let local = Limits { answer: Duration::from_hours(1), connections: 32, ..Limits::default() };
        let door = Door::Local(self.local);
        tasks.spawn(Listener::new(door, Arc::new(Local(self.app.clone())), local).run(stop.clone()));
        tasks.spawn(tenant::erase(self.app.clone(), stop.clone()));
        tasks.spawn(tenant::tend(self.app.clone(), stop.clone()));
        tasks.spawn(events::deliver(self.app.clone(), stop.clone()));
        tasks.spawn(events::retain(self.app.clone(), stop.clone()));
        tasks.spawn(scim_api::catch_up(self.app.clone(), stop.clone()));
        tasks.spawn(look_after(self.app, stop.clone()));
        tasks
    }
}

/// What is done from time to time.
async fn look_after(app: Arc<App>, mut stop: Stop) {
    let mut flush = tokio::time::interval(FLUSH_EVERY);
    let mut certificate = tokio::time::interval(LOOK_AT_CERTIFICATE_EVERY);
    let mut purge = tokio::time::interval(PURGE_EVERY);
    // the first tick of an interval is at once, and these were just done
    flush.tick().await;
    certificate.tick().await;
    loop {
        tokio::select! {
            () = stop.asked() => return,
            _ = flush.tick() => {
                if let Err(error) = app.tenants.flush().await {
                    tracing::warn!(%error, "the activity of service accounts could not be written");
                }
            }
            _ = purge.tick() => purge_bins(&app).await,
            _ = certificate.tick() => {
                if let Err(error) = app.tls.renew(&app.world) {
                    tracing::error!(%error, "the certificate could not be renewed; the present one stays in use");
                }
            }
        }
    }
}

/// Purges what has been in the recycle bins for as long as it is kept, in steps.
async fn purge_bins(app: &App) {
    let kept = SignedDuration::from_hours(24 * i64::from(app.config.bin_days));
    let Ok(before) = app.world.now().checked_sub(kept) else { return };
    for tenant in app.tenants.all() {
        loop {
            // a directory is held for one step only: a change of schemas waits for those who hold one
            let directory = tenant.directory();
            match directory.purge_before(before).await {
                Ok(0) => break,
                Ok(purged) => {
                    tracing::info!(
                        purged,
                        tenant = tenant.slug.as_ref().map_or("", access::Slug::as_str),
                        "deleted resources were purged"
                    );
                }
                Err(error) => {
                    tracing::warn!(%error, "the recycle bin could not be purged; it is tried again");
                    break;
                }
            }
        }
    }
}
