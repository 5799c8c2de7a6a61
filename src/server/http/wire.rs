//! The bytes under hyper's HTTP/1.1 server: repairs request lines hyper would refuse, gives hyper's bare error
//! answers a body, keeps time while no request is under way, and lets the last answer reach its reader.
//!
//! It never looks into bodies and knows nothing of what is served. Under h2 it only minds stalled writes.

use std::borrow::Cow;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::head::{Found, Scan, Verdict, escaped};
use super::reply::{bare_error, raw_reply};
use super::{Limits, Site, refused};

/// No request survives this, wherever in its head it stands.
const POISON: &[u8] = b"\0\r\n\r\n";
/// Unread bytes of a refused request that are thrown away so that the answer is not lost to a reset.
const LINGER_BYTES: usize = 64 * 1024 * 1024;
const LINGER_TIME: Duration = Duration::from_secs(5);

/// Counts the requests of a connection that are between their head and the end of their answer.
#[derive(Clone, Debug, Default)]
pub(super) struct InFlight(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    now: AtomicUsize,
    begun: AtomicUsize,
}

/// One request under way; dropping it ends it.
#[derive(Debug)]
pub(super) struct OneInFlight(InFlight);

impl InFlight {
    pub(super) fn enter(&self) -> OneInFlight {
        self.0.now.fetch_add(1, Ordering::AcqRel);
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        OneInFlight(self.clone())
    }

    /// How many requests there have been. Who looks only now and then tells by it whether any came meanwhile.
    pub(super) fn begun(&self) -> usize {
        self.0.begun.load(Ordering::Relaxed)
    }

    pub(super) fn is_idle(&self) -> bool {
        self.0.now.load(Ordering::Acquire) == 0
    }
}

impl Drop for OneInFlight {
    fn drop(&mut self) {
        self.0.0.now.fetch_sub(1, Ordering::AcqRel);
    }
}

/// How a [`Wire`] treats what it carries.
#[derive(Debug)]
enum Manner {
    /// HTTP/1.1: follow the requests.
    Requests(Scan),
    /// h2: pass everything.
    Frames,
}

/// The end of a connection, step by step.
#[derive(Debug)]
enum Closing {
    No,
    Flushing,
    Lingering { until: Instant, budget: usize },
    Done,
}

/// See the module.
pub(super) struct Wire<IO, S> {
    io: IO,
    site: Arc<S>,
    manner: Manner,
    in_flight: InFlight,
    limits: Limits,
    /// Bytes for hyper that did not fit where they were read.
    stash: Vec<u8>,
    stash_at: usize,
    /// Set once nothing more may be read; the reason, if it is not hyper's own.
    verdict: Option<Verdict>,
    is_poisoned: bool,
    /// When the current silence or the current head began.
    since: Instant,
    was_in_head: bool,
    timer: Option<Pin<Box<Sleep>>>,
    /// A rendered answer that hyper believes written.
    out: Vec<u8>,
    out_at: usize,
    stalled_since: Option<Instant>,
    stall_timer: Option<Pin<Box<Sleep>>>,
    closing: Closing,
}

impl<IO, S: Site> Wire<IO, S> {
    /// The wire of an HTTP/1.1 connection.
    pub(super) fn requests(io: IO, site: Arc<S>, limits: &Limits, in_flight: InFlight) -> Self {
        Self::new(io, site, Manner::Requests(Scan::new(limits.line_bytes)), limits, in_flight)
    }

    /// The wire of an h2 connection.
    pub(super) fn frames(io: IO, site: Arc<S>, limits: &Limits, in_flight: InFlight) -> Self {
        Self::new(io, site, Manner::Frames, limits, in_flight)
    }

    fn new(io: IO, site: Arc<S>, manner: Manner, limits: &Limits, in_flight: InFlight) -> Self {
        Wire {
            io,
            site,
            manner,
            in_flight,
            limits: limits.clone(),
            stash: Vec::new(),
            stash_at: 0,
            verdict: None,
            is_poisoned: false,
            since: Instant::now(),
            was_in_head: false,
            timer: None,
            out: Vec::new(),
            out_at: 0,
            stalled_since: None,
            stall_timer: None,
            closing: Closing::No,
        }
    }

    /// Gives hyper what is in the stash; false when it is empty.
    fn unstash(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        if self.stash_at == self.stash.len() {
            return false;
        }
        let take = buf.remaining().min(self.stash.len() - self.stash_at);
        buf.put_slice(&self.stash[self.stash_at..self.stash_at + take]);
        self.stash_at += take;
        if self.stash_at == self.stash.len() {
            self.stash = Vec::new();
            self.stash_at = 0;
        }
        true
    }

    /// Follows the bytes of `buf` from `start`, which were just read, and changes what must be changed.
    fn repair(&mut self, buf: &mut ReadBuf<'_>, start: usize) {
        let Manner::Requests(scan) = &mut self.manner else { return };
        let mut found = scan.follow(&buf.filled()[start..]);
        if found == Found::Nothing {
            return;
        }
        let read = buf.filled()[start..].to_vec();
        let mut rest: &[u8] = &read;
        let mut changed = Vec::with_capacity(read.len() + 64);
        loop {
            match found {
                Found::Nothing => {
                    changed.extend_from_slice(rest);
                    break;
                }
                Found::Escape(at) => {
                    changed.extend_from_slice(&rest[..at]);
                    changed.extend_from_slice(escaped(rest[at]));
                    rest = &rest[at + 1..];
                    found = scan.follow(rest);
                }
                Found::Refuse(at, verdict) => {
                    changed.extend_from_slice(&rest[..at]);
                    changed.extend_from_slice(POISON);
                    self.verdict = Some(verdict);
                    self.is_poisoned = true;
                    break;
                }
            }
        }
        buf.set_filled(start);
        self.stash = changed;
        self.stash_at = 0;
        self.unstash(buf);
    }

    /// Nothing came: is that too long by now? Ready means that hyper gets what is in `buf`, be it nothing.
    fn wait(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<()> {
        let Manner::Requests(scan) = &self.manner else { return Poll::Pending };
        let in_head = scan.is_in_head();
        if !self.in_flight.is_idle() || !(in_head || scan.is_between_requests()) {
            // a body is timed by whoever reads it; a silence is counted anew after the answer, and the timer
            // is what makes hyper ask again then
            self.was_in_head = false;
            self.since = Instant::now();
            let until = self.since + self.limits.idle;
            return poll_deadline(&mut self.timer, until, cx);
        }
        if in_head != self.was_in_head {
            self.was_in_head = in_head;
            self.since = Instant::now();
        }
        let until = self.since + if in_head { self.limits.head } else { self.limits.idle };
        ready!(poll_deadline(&mut self.timer, until, cx));
        self.is_poisoned = true;
        if in_head {
            let detail = "the request head did not arrive in time";
            self.verdict = Some(Verdict::new(StatusCode::REQUEST_TIMEOUT, detail));
            self.stash = POISON.to_vec();
            self.unstash(buf);
        }
        Poll::Ready(())
    }

    /// The answer to put in the place of hyper's bare one.
    fn rendered(&self, status: StatusCode, date: Option<&[u8]>) -> Vec<u8> {
        let own = self.verdict.clone();
        let verdict = own.unwrap_or_else(|| Verdict::new(status, self.detail_of(status)));
        let response: Response<Bytes> = refused(&*self.site, verdict.status, &verdict.detail);
        raw_reply(&response, date)
    }

    /// What hyper means by a bare answer. Its 414 comes after ours, which has the lower bound.
    fn detail_of(&self, status: StatusCode) -> Cow<'static, str> {
        match status {
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => self.limits.head_refusal().into(),
            StatusCode::URI_TOO_LONG => "the request line is too long".into(),
            _ => "the request line or a header line is malformed".into(),
        }
    }
}

impl<IO: AsyncWrite + Unpin, S: Site> Wire<IO, S> {
    /// Writes what hyper believes written already.
    fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.out_at < self.out.len() {
            let result = Pin::new(&mut self.io).poll_write(cx, &self.out[self.out_at..]);
            match ready!(self.mind_stall(cx, result))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.out_at += written,
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Turns a write that has made no progress for too long into an error.
    fn mind_stall<T>(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.stalled_since = None;
            return result;
        }
        let since = *self.stalled_since.get_or_insert_with(Instant::now);
        ready!(poll_deadline(&mut self.stall_timer, since + self.limits.write_stall, cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<IO: AsyncRead + Unpin, S: Site> AsyncRead for Wire<IO, S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.unstash(buf) || this.is_poisoned {
            return Poll::Ready(Ok(()));
        }
        let start = buf.filled().len();
        match Pin::new(&mut this.io).poll_read(cx, buf) {
            Poll::Ready(Ok(())) => {
                this.repair(buf, start);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => this.wait(cx, buf).map(Ok),
        }
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin, S: Site> AsyncWrite for Wire<IO, S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_out(cx))?;
        if matches!(this.manner, Manner::Requests(_))
            && let Some(bare) = bare_error(bytes)
        {
            this.out = [&bytes[..bare.at], &this.rendered(bare.status, bare.date)].concat();
            this.out_at = 0;
            return Poll::Ready(Ok(bytes.len()));
        }
        this.since = Instant::now();
        let result = Pin::new(&mut this.io).poll_write(cx, bytes);
        this.mind_stall(cx, result)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_out(cx))?;
        let result = Pin::new(&mut this.io).poll_flush(cx);
        this.mind_stall(cx, result)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            match &mut this.closing {
                Closing::No => {
                    ready!(this.poll_out(cx))?;
                    this.closing = Closing::Flushing;
                }
                Closing::Flushing => {
                    let result = Pin::new(&mut this.io).poll_shutdown(cx);
                    ready!(this.mind_stall(cx, result))?;
                    let is_clean = match &this.manner {
                        Manner::Requests(scan) => scan.is_between_requests() && !this.is_poisoned,
                        Manner::Frames => true,
                    };
                    this.closing = if is_clean {
                        Closing::Done
                    } else {
                        Closing::Lingering { until: Instant::now() + LINGER_TIME, budget: LINGER_BYTES }
                    };
                }
                Closing::Lingering { until, budget } => {
                    let mut room = [0_u8; 8 * 1024];
                    let mut scrap = ReadBuf::new(&mut room);
                    let is_over = match Pin::new(&mut this.io).poll_read(cx, &mut scrap) {
                        Poll::Ready(Ok(())) => {
                            let read = scrap.filled().len();
                            *budget = budget.saturating_sub(read);
                            read == 0 || *budget == 0
                        }
                        Poll::Ready(Err(_)) => true,
                        Poll::Pending => {
                            let until = *until;
                            ready!(poll_deadline(&mut this.timer, until, cx));
                            true
                        }
                    };
                    if is_over {
                        this.closing = Closing::Done;
                    }
                }
                Closing::Done => return Poll::Ready(Ok(())),
            }
        }
    }
}

/// Ready once `until` has passed. A timer that is set to an earlier moment is moved only when it fires, which
/// spares the timer wheel a visit for every request.
fn poll_deadline(timer: &mut Option<Pin<Box<Sleep>>>, until: Instant, cx: &mut Context<'_>) -> Poll<()> {
    let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
    if timer.deadline() > until {
        timer.as_mut().reset(until);
    }
    loop {
        ready!(timer.as_mut().poll(cx));
        if Instant::now() >= until {
            return Poll::Ready(());
        }
        timer.as_mut().reset(until);
    }
}
