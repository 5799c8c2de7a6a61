//! What an answer carries: bytes that are there, or bytes that are made while the client takes them.
//!
//! A stream holds one chunk. The next is made only when the connection has taken the last, so a slow reader costs
//! that chunk and whatever its source keeps to go on from. Nothing here knows what the bytes mean.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::exchange::{Panicked, caught};

/// Makes the bytes of an answer piece by piece.
pub(crate) trait Source: Send + 'static {
    /// The next piece, which is not empty; `None` at the end. After `Broken` the connection is cut, so that no
    /// client takes what it has for the whole.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, Broken>> + Send;
}

/// The rest of an answer cannot be made. Whoever says so has logged why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer could not be made to its end")]
pub(crate) struct Broken;

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum Body {
    /// All of it; its length is announced.
    Whole(Bytes),
    /// Made on the way; its length is not known.
    Stream(Stream),
}

impl Body {
    /// A body that is made while it is sent.
    pub(crate) fn stream(source: impl Source) -> Self {
        Body::Stream(Stream(Box::new(source)))
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Body::Whole(bytes)
    }
}

/// A body to be made. Dropping it makes nothing.
pub(crate) struct Stream(Box<dyn Steps>);

/// The making of one piece, and what makes the next.
type Step = Pin<Box<dyn Future<Output = (Box<dyn Steps>, Result<Option<Bytes>, Broken>)> + Send>>;

/// A [`Source`] that moves from piece to piece, so that it can be held without its type.
trait Steps: Send {
    fn step(self: Box<Self>) -> Step;
}

impl<S: Source> Steps for S {
    fn step(mut self: Box<Self>) -> Step {
        Box::pin(async move {
            let made = self.next().await;
            (self as Box<dyn Steps>, made)
        })
    }
}

impl Stream {
    /// The body as it is sent. A source that fails, panics or takes longer than `limit` for a piece breaks it.
    pub(super) fn limited(self, limit: Duration) -> Limited {
        Limited { limit, making: Some(begin(self.0, limit)) }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

type Made = Result<Result<(Box<dyn Steps>, Result<Option<Bytes>, Broken>), Panicked>, Elapsed>;

/// A stream with a bound on the making of each of its pieces. The time a client takes is not counted here; the
/// wire sees to that.
pub(super) struct Limited {
    limit: Duration,
    making: Option<Pin<Box<dyn Future<Output = Made> + Send>>>,
}

/// The clock starts when the piece is first asked for, which is when the client has taken the one before.
fn begin(steps: Box<dyn Steps>, limit: Duration) -> Pin<Box<dyn Future<Output = Made> + Send>> {
    Box::pin(async move { timeout(limit, caught(steps.step())).await })
}

impl Limited {
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        let Some(making) = &mut self.making else { return Poll::Ready(None) };
        let made = ready!(making.as_mut().poll(cx));
        self.making = None;
        Poll::Ready(match made {
            Ok(Ok((steps, Ok(Some(bytes))))) => {
                self.making = Some(begin(steps, self.limit));
                Some(Ok(bytes))
            }
            Ok(Ok((_, Ok(None)))) => None,
            Ok(Ok((_, Err(broken)))) => Some(Err(broken)),
            Ok(Err(Panicked)) => Some(Err(Broken)),
            Err(_) => {
                tracing::warn!("an answer was cut because its next piece took too long to make");
                Some(Err(Broken))
            }
        })
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.making.is_none()
    }
}

impl fmt::Debug for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limited").field("limit", &self.limit).finish_non_exhaustive()
    }
}
