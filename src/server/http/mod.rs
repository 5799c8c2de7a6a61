//! The appliance's edge: sockets, TLS, HTTP/1.1 and h2, limits, and answers to what never becomes a request.
//!
//! It knows neither SCIM nor the console. A [`Site`] says what is served and how a refusal looks.

mod body;
mod connection;
mod exchange;
mod head;
mod listener;
mod reply;
mod wire;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use crate::request_id::RequestId;

pub(crate) use body::{Body, Broken, Source};
pub(crate) use listener::{Door, Listener, Stop, socket_path, stop_signal};
pub(crate) use reply::raw_reply;

/// What a listener serves.
pub(crate) trait Site: Send + Sync + 'static {
    /// Answers one request whose body has been read.
    fn answer(
        self: &Arc<Self>,
        request: Request<Bytes>,
        peer: Peer,
    ) -> impl Future<Output = Response<Body>> + Send;

    /// The id of one more request, where answers carry one.
    fn request_id(&self) -> Option<RequestId> {
        None
    }

    /// Renders a refusal that no handler saw: a malformed head, a body over the cap, a panic. The body is
    /// not empty, because clients quarantine an endpoint whose errors they cannot read.
    fn refuse(&self, status: StatusCode, detail: &str) -> Response<Bytes>;
}

/// The refusal of what never became a request, with an id of its own.
fn refused<S: Site>(site: &S, status: StatusCode, detail: &str) -> Response<Bytes> {
    let Some(id) = site.request_id() else { return site.refuse(status, detail) };
    let mut response = id.during(|| site.refuse(status, detail));
    id.mark(response.headers_mut());
    response
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// A network client.
    Network(SocketAddr),
    /// A process on this machine that may open the admin socket.
    Local,
}

/// Bounds of a listener. The defaults are what the appliance ships with; tests make them smaller.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Connections open at once; further ones wait in the kernel's queue.
    pub(crate) connections: u32,
    /// Connections open at once from one address.
    pub(crate) connections_per_address: u32,
    /// From accept to the end of the TLS handshake.
    pub(crate) handshake: Duration,
    /// From the first byte of a request head to its last.
    pub(crate) head: Duration,
    /// How long a kept-alive connection may be silent.
    pub(crate) idle: Duration,
    /// How long a body may take before the minimum rate counts.
    pub(crate) body_grace: Duration,
    /// Slowest body accepted after the grace, in bytes a millisecond.
    pub(crate) body_bytes_per_ms: u64,
    /// How long a handler may take, and each piece of a body that is made while it is sent.
    pub(crate) answer: Duration,
    /// How long a client may refuse to take bytes of an answer.
    pub(crate) write_stall: Duration,
    /// How long running requests may go on after a stop was asked for.
    pub(crate) drain: Duration,
    /// Largest request body.
    pub(crate) body_bytes: usize,
    /// Bodies in memory at once, over all connections of a listener.
    pub(crate) bodies_bytes: usize,
    /// Longest request line, and longest path with query in h2.
    pub(crate) line_bytes: usize,
    /// Largest request head.
    pub(crate) head_bytes: usize,
    /// Header lines in a request.
    pub(crate) headers: usize,
    /// Streams open at once on one h2 connection.
    pub(crate) streams: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 4096,
            connections_per_address: 2048,
            handshake: Duration::from_secs(8),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(90),
            body_grace: Duration::from_secs(15),
            body_bytes_per_ms: 16,
            answer: Duration::from_mins(1),
            write_stall: Duration::from_secs(30),
            drain: Duration::from_secs(10),
            body_bytes: 8 * 1024 * 1024,
            bodies_bytes: 256 * 1024 * 1024,
            line_bytes: 16 * 1024,
            head_bytes: 32 * 1024,
            headers: 100,
            streams: 128,
        }
    }
}

impl Limits {
    /// What is said of a head that is over its bounds.
    fn head_refusal(&self) -> String {
        let (size, lines) = (sized(self.head_bytes), self.headers);
        format!("the request head is larger than {size} or has more than {lines} header lines")
    }
}

/// A number of bytes in the largest unit that divides it, for texts of refusals.
fn sized(bytes: usize) -> String {
    const KIB: usize = 1024;
    const MIB: usize = 1024 * KIB;
    match bytes {
        _ if bytes.is_multiple_of(MIB) => format!("{} MiB ({bytes} bytes)", bytes / MIB),
        _ if bytes.is_multiple_of(KIB) => format!("{} KiB ({bytes} bytes)", bytes / KIB),
        _ => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests;
