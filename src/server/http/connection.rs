//! One connection: hyper's HTTP/1.1 or h2 server over a [`Wire`], until its end or until the listener stops.
//!
//! It does not accept and it does not shake hands.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until};

use super::exchange::{Shared, exchange};
use super::listener::Stop;
use super::wire::{InFlight, Wire};
use super::{Peer, Site};

/// What ALPN chose, or HTTP/1.1 when it was silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// A hyper connection as far as stopping it goes.
trait Stoppable: Future<Output = hyper::Result<()>> {
    fn stop(self: Pin<&mut Self>);
}

/// Serves one connection until it ends.
pub(super) async fn serve<S, IO>(io: IO, protocol: Protocol, peer: Peer, shared: Arc<Shared<S>>, stop: Stop)
where
    S: Site,
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limits = shared.limits.clone();
    let in_flight = InFlight::default();
    let site = shared.site.clone();
    let service = {
        let in_flight = in_flight.clone();
        service_fn(move |request| exchange(shared.clone(), peer, in_flight.enter(), request))
    };
    let result = match protocol {
        Protocol::Http1 => {
            let wire = Wire::requests(io, site, &limits, in_flight);
            let connection = http1::Builder::new()
                .max_headers(limits.headers)
                .max_header_size(limits.head_bytes)
                .max_buf_size(64 * 1024)
                // the wire keeps time itself, because hyper counts the silence of a kept-alive connection too
                .header_read_timeout(None)
                .writev(false)
                .serve_connection(TokioIo::new(wire), service);
            run(connection, stop, limits.drain, None).await
        }
        Protocol::Http2 => {
            let wire = Wire::frames(io, site, &limits, in_flight.clone());
            let connection = http2::Builder::new(TokioExecutor::new())
                .max_concurrent_streams(limits.streams)
                .max_pending_accept_reset_streams(20)
                .max_local_error_reset_streams(64)
                // h2 answers what is over this without a body; our own limit is lower and has one
                .max_header_list_size(u32::try_from(limits.head_bytes * 2).unwrap_or(u32::MAX))
                .header_table_size(4096)
                .initial_stream_window_size(256 * 1024)
                .initial_connection_window_size(1024 * 1024)
                .max_send_buf_size(256 * 1024)
                .serve_connection(TokioIo::new(wire), service);
            run(connection, stop, limits.drain, Some((in_flight, limits.idle))).await
        }
    };
    if let Err(error) = result {
        // a client that goes away is its own affair
        tracing::debug!(?peer, %error, "connection ended with an error");
    }
}

/// Drives a connection; when told to stop, lets its requests end within `drain`. With `idle`, it is also
/// stopped after a silence, which HTTP/1.1 sees to on its wire.
async fn run<C: Stoppable>(
    connection: C,
    mut stop: Stop,
    drain: Duration,
    idle: Option<(InFlight, Duration)>,
) -> hyper::Result<()> {
    let mut connection = pin!(connection);
    let (mut active, mut seen) = (Instant::now(), 0);
    loop {
        let tick = async {
            match &idle {
                Some((_, limit)) => tokio::time::sleep(*limit / 4).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            result = connection.as_mut() => return result,
            () = stop.asked() => break,
            () = tick => {
                if let Some((in_flight, limit)) = &idle {
                    let begun = in_flight.begun();
                    if begun != seen || !in_flight.is_idle() {
                        (active, seen) = (Instant::now(), begun);
                    } else if active.elapsed() >= *limit {
                        break;
                    }
                }
            }
        }
    }
    connection.as_mut().stop();
    tokio::select! {
        result = connection => result,
        () = sleep_until(Instant::now() + drain) => Ok(()),
    }
}

impl<I, S, B> Stoppable for http1::Connection<I, S>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: hyper::service::HttpService<hyper::body::Incoming, ResBody = B>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    B: hyper::body::Body + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn stop(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<I, S, B> Stoppable for http2::Connection<I, S, TokioExecutor>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: hyper::service::HttpService<hyper::body::Incoming, ResBody = B>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::Future: Send + 'static,
    B: hyper::body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn stop(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}
