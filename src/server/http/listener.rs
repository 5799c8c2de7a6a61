//! Accepts connections, shakes hands, bounds how many there are, and drains them at the end.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use http::StatusCode;
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::connection::{Protocol, serve};
use super::exchange::Shared;
use super::{Limits, Peer, Site, raw_reply, refused};

/// Says when to stop; every listener and connection holds a copy.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<bool>);

/// A stop signal that sending `true` gives.
pub(crate) fn stop_signal() -> (watch::Sender<bool>, Stop) {
    let (sender, receiver) = watch::channel(false);
    (sender, Stop(receiver))
}

impl Stop {
    /// Waits until a stop is asked for; a lost sender is one too.
    pub(crate) async fn asked(&mut self) {
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

/// Where connections come in.
pub(crate) enum Door {
    /// TLS over TCP. The configuration is read anew for each connection.
    Tls(TcpListener, Arc<ArcSwap<ServerConfig>>),
    /// A socket in the file system.
    Local(UnixListener),
}

/// One open door and what is served behind it.
pub(crate) struct Listener<S> {
    door: Door,
    shared: Arc<Shared<S>>,
    places: Arc<Semaphore>,
    per_address: Arc<PerAddress>,
}

/// A connection as it was accepted.
enum Accepted {
    Tcp(TcpStream, SocketAddr, Arc<ServerConfig>),
    Unix(UnixStream),
}

impl<S: Site> Listener<S> {
    pub(crate) fn new(door: Door, site: Arc<S>, limits: Limits) -> Self {
        Listener {
            door,
            places: Arc::new(Semaphore::new(limits.connections as usize)),
            per_address: Arc::new(PerAddress::default()),
            shared: Arc::new(Shared::new(site, limits)),
        }
    }

    /// Accepts until told to stop, then waits for the open connections as long as the drain limit allows.
    pub(crate) async fn run(self, mut stop: Stop) {
        let limits = &self.shared.limits;
        loop {
            let place = tokio::select! {
                () = stop.asked() => break,
                place = self.places.clone().acquire_owned() => place.expect("the semaphore is never closed"),
            };
            let accepted = tokio::select! {
                () = stop.asked() => break,
                accepted = self.accept() => accepted,
            };
            match accepted {
                Ok(accepted) => self.spawn(accepted, place, stop.clone()),
                Err(error) => {
                    // out of file handles or memory: the connections that are open must get on first
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        let all = self.places.acquire_many(limits.connections);
        if timeout(limits.drain + Duration::from_secs(1), all).await.is_err() {
            tracing::warn!("connections were cut because they did not end in time");
        }
    }

    async fn accept(&self) -> io::Result<Accepted> {
        match &self.door {
            Door::Tls(listener, config) => {
                let (stream, address) = listener.accept().await?;
                Ok(Accepted::Tcp(stream, address, config.load_full()))
            }
            Door::Local(listener) => Ok(Accepted::Unix(listener.accept().await?.0)),
        }
    }

    fn spawn(&self, accepted: Accepted, place: OwnedSemaphorePermit, stop: Stop) {
        let shared = self.shared.clone();
        match accepted {
            Accepted::Unix(stream) => {
                tokio::spawn(async move {
                    serve(stream, Protocol::Http1, Peer::Local, shared, stop).await;
                    drop(place);
                });
            }
            Accepted::Tcp(stream, address, config) => {
                let most = self.shared.limits.connections_per_address;
                let Some(seat) = self.per_address.enter(address.ip(), most) else {
                    tracing::warn!(%address, "connection closed: too many from this address");
                    return;
                };
                tokio::spawn(async move {
                    serve_tls(stream, address, config, shared, stop).await;
                    drop((place, seat));
                });
            }
        }
    }
}

async fn serve_tls<S: Site>(
    stream: TcpStream,
    address: SocketAddr,
    config: Arc<ServerConfig>,
    shared: Arc<Shared<S>>,
    mut stop: Stop,
) {
    // answers are written whole, so waiting for more of them only costs time
    let _ = stream.set_nodelay(true);
    let limit = shared.limits.handshake;
    let handshake = async {
        if speaks_plain_http(&stream).await {
            say_https(stream, &*shared.site).await;
            return None;
        }
        match TlsAcceptor::from(config).accept(stream).await {
            Ok(stream) => Some(stream),
            Err(error) => {
                tracing::debug!(%address, %error, "TLS handshake failed");
                None
            }
        }
    };
    let stream = tokio::select! {
        () = stop.asked() => return,
        stream = timeout(limit, handshake) => stream,
    };
    if let Ok(Some(stream)) = stream {
        let protocol = match stream.get_ref().1.alpn_protocol() {
            Some(b"h2") => Protocol::Http2,
            _ => Protocol::Http1,
        };
        serve(stream, protocol, Peer::Network(address), shared, stop).await;
    }
}

/// Does the client begin with a letter, as HTTP methods do and TLS records do not?
async fn speaks_plain_http(stream: &TcpStream) -> bool {
    let mut first = [0_u8; 1];
    matches!(stream.peek(&mut first).await, Ok(1)) && first[0].is_ascii_alphabetic()
}

/// `http://` typed for `https://` is the most common wrong turn, and a bare reset explains nothing.
/// No redirect: a client that followed it would have sent its token in the clear.
async fn say_https<S: Site>(mut stream: TcpStream, site: &S) {
    let detail = "this port speaks HTTPS only: the address must begin with https://";
    let reply = raw_reply(&refused(site, StatusCode::BAD_REQUEST, detail), None);
    // what is left unread when a socket closes resets the connection and takes the answer with it
    let mut scrap = [0_u8; 4096];
    let _ = stream.read(&mut scrap).await;
    let _ = stream.write_all(&reply).await;
    let _ = stream.shutdown().await;
    let drained = async { while matches!(stream.read(&mut scrap).await, Ok(1..)) {} };
    let _ = timeout(Duration::from_secs(1), drained).await;
}

/// Connections open from each address.
#[derive(Debug, Default)]
struct PerAddress(Mutex<HashMap<IpAddr, u32>>);

/// One connection's place among those of its address.
struct Seat(Arc<PerAddress>, IpAddr);

impl PerAddress {
    fn enter(self: &Arc<Self>, address: IpAddr, most: u32) -> Option<Seat> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Seat(self.clone(), address))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.1);
            }
        }
    }
}

/// Longest path that fits a socket address.
const SOCKET_PATH_BYTES: usize = 100;

/// A path by which the socket `name` in `folder` can be bound or reached however long the folder's own path
/// is. The handle must live until then.
pub(crate) fn socket_path(
    folder: &Path,
    name: &str,
) -> io::Result<(std::path::PathBuf, Option<std::fs::File>)> {
    use std::os::fd::AsRawFd;
    let direct = folder.join(name);
    if direct.as_os_str().len() <= SOCKET_PATH_BYTES {
        return Ok((direct, None));
    }
    let handle = std::fs::File::open(folder)?;
    Ok((format!("/proc/self/fd/{}/{name}", handle.as_raw_fd()).into(), Some(handle)))
}
