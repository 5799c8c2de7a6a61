//! One request and its answer: reads the body under its cap, runs the handler under its deadline, and turns
//! every way to fail into an answer.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::body::{Body, Broken, Limited};
use super::wire::OneInFlight;
use super::{Limits, Peer, Site, sized};

/// The unit in which bodies in memory are counted.
const BUDGET_UNIT: usize = 1024;

/// What all connections of a listener share.
pub(super) struct Shared<S> {
    pub(super) site: Arc<S>,
    pub(super) limits: Limits,
    bodies: Arc<Semaphore>,
}

impl<S> Shared<S> {
    pub(super) fn new(site: Arc<S>, limits: Limits) -> Self {
        let bodies = Arc::new(Semaphore::new(limits.bodies_bytes / BUDGET_UNIT));
        Shared { site, limits, bodies }
    }
}

/// An answer's body, which keeps its request counted as under way until it is sent.
#[derive(Debug)]
pub(super) struct Answer {
    rest: Rest,
    _in_flight: OneInFlight,
}

/// What is still to be sent.
#[derive(Debug)]
enum Rest {
    Bytes(Option<Bytes>),
    Stream(Limited),
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match &mut self.rest {
            Rest::Bytes(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Rest::Stream(stream) => stream.poll_next(cx).map(|next| next.map(|made| made.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.rest {
            Rest::Bytes(bytes) => bytes.is_none(),
            Rest::Stream(stream) => stream.is_at_end(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.rest {
            Rest::Bytes(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Rest::Stream(_) => SizeHint::default(),
        }
    }
}

/// A request that ends without its handler.
struct Refusal {
    status: StatusCode,
    detail: String,
    retry_after: Option<&'static str>,
}

impl Refusal {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Refusal { status, detail: detail.into(), retry_after: None }
    }

    fn later(detail: &'static str) -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Refusal { status, detail: detail.to_owned(), retry_after: Some("2") }
    }
}

/// Answers one request, under its id where the site gives one.
pub(super) async fn exchange<S: Site>(
    shared: Arc<Shared<S>>,
    peer: Peer,
    in_flight: OneInFlight,
    request: Request<Incoming>,
) -> Result<Response<Answer>, Infallible> {
    let Some(id) = shared.site.request_id() else { return exchanged(shared, peer, in_flight, request).await };
    id.scope(exchanged(shared, peer, in_flight, request)).await.map(|mut response| {
        id.mark(response.headers_mut());
        response
    })
}

async fn exchanged<S: Site>(
    shared: Arc<Shared<S>>,
    peer: Peer,
    in_flight: OneInFlight,
    request: Request<Incoming>,
) -> Result<Response<Answer>, Infallible> {
    let (version, is_head) = (request.version(), request.method() == Method::HEAD);
    let mut response = match answer(&shared, peer, request).await {
        Ok(response) => filled(&*shared.site, response),
        Err(refusal) => {
            let mut response = shared.site.refuse(refusal.status, &refusal.detail);
            if let Some(seconds) = refusal.retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
            }
            if version < Version::HTTP_2 {
                // the rest of the body was not read, so the connection cannot carry another request
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            response.map(Body::from)
        }
    };
    if is_head {
        // hyper keeps a body back in HTTP/1.1 and sends it in h2, where it breaks the stream
        if let Body::Whole(bytes) = response.body()
            // the length of what a 304 stands for is not that of nothing (RFC 9110 section 8.6)
            && response.status() != StatusCode::NOT_MODIFIED
        {
            let length = HeaderValue::from(bytes.len());
            response.headers_mut().insert(header::CONTENT_LENGTH, length);
        }
        // a stream is dropped before its next piece is made; its length nobody knows (RFC 9110 section 8.6)
        *response.body_mut() = Body::Whole(Bytes::new());
    }
    let limit = shared.limits.answer;
    Ok(response.map(|body| {
        let rest = match body {
            Body::Whole(bytes) => Rest::Bytes((!bytes.is_empty()).then_some(bytes)),
            Body::Stream(stream) => Rest::Stream(stream.limited(limit)),
        };
        Answer { rest, _in_flight: in_flight }
    }))
}

async fn answer<S: Site>(
    shared: &Arc<Shared<S>>,
    peer: Peer,
    request: Request<Incoming>,
) -> Result<Response<Body>, Refusal> {
    let limits = &shared.limits;
    check_head(&request, limits)?;
    let (head, body) = request.into_parts();
    let (body, _permit) = read_body(body, limits, &shared.bodies).await?;
    let answered = timeout(limits.answer, caught(shared.site.answer(Request::from_parts(head, body), peer)));
    match answered.await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(Panicked)) => Err(Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the server failed on this request; the log says where",
        )),
        Err(_) => Err(Refusal::later("the request took too long and was given up")),
    }
}

/// Limits that HTTP/1.1 has met already and h2 has not.
fn check_head<B>(request: &Request<B>, limits: &Limits) -> Result<(), Refusal> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > limits.line_bytes {
        let detail = format!("the path and query are longer than {}", sized(limits.line_bytes));
        return Err(Refusal::new(StatusCode::URI_TOO_LONG, detail));
    }
    // RFC 9112 section 3.2; what both names say may differ, and whoever stands in between may follow the other one
    let hosts = request.headers().get_all(header::HOST).iter().count();
    if hosts > 1 || request.version() == Version::HTTP_11 && hosts == 0 {
        let detail = format!("a request has one Host header; this one has {hosts}");
        return Err(Refusal::new(StatusCode::BAD_REQUEST, detail));
    }
    if request.version() == Version::HTTP_2 {
        let fields = request.headers();
        let bytes: usize =
            fields.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum::<usize>() + target;
        if bytes > limits.head_bytes || fields.len() > limits.headers {
            return Err(Refusal::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, limits.head_refusal()));
        }
    }
    Ok(())
}

async fn read_body(
    mut body: Incoming,
    limits: &Limits,
    budget: &Arc<Semaphore>,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Refusal> {
    if body.is_end_stream() {
        return Ok((Bytes::new(), None));
    }
    let announced = body.size_hint().exact();
    if announced.is_some_and(|length| length > limits.body_bytes as u64) {
        return Err(too_large(limits));
    }
    let started = Instant::now();
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    let mut permit: Option<OwnedSemaphorePermit> = None;
    let mut total = 0_usize;
    loop {
        let earned = Duration::from_millis(total as u64 / limits.body_bytes_per_ms.max(1));
        let frame = match timeout_at(started + limits.body_grace + earned, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => break,
            Ok(Some(Err(_))) => {
                return Err(Refusal::new(StatusCode::BAD_REQUEST, "the request body ended before its end"));
            }
            Err(_) => {
                return Err(Refusal::new(
                    StatusCode::REQUEST_TIMEOUT,
                    "the request body did not arrive in time",
                ));
            }
        };
        let Ok(data) = frame.into_data() else { continue };
        total += data.len();
        if total > limits.body_bytes {
            return Err(too_large(limits));
        }
        let units = u32::try_from(data.len().div_ceil(BUDGET_UNIT)).unwrap_or(u32::MAX);
        match budget.clone().try_acquire_many_owned(units) {
            Ok(more) => match &mut permit {
                Some(permit) => permit.merge(more),
                None => permit = Some(more),
            },
            Err(_) => return Err(Refusal::later("too many large requests are under way")),
        }
        // most bodies are one frame, which needs no copy
        if first.is_empty() && joined.is_empty() {
            first = data;
        } else {
            if joined.is_empty() {
                let room =
                    announced.and_then(|length| usize::try_from(length).ok()).unwrap_or(first.len() * 4);
                joined.reserve(room.min(limits.body_bytes));
                joined.extend_from_slice(&std::mem::take(&mut first));
            }
            joined.extend_from_slice(&data);
        }
    }
    Ok((if joined.is_empty() { first } else { joined.freeze() }, permit))
}

fn too_large(limits: &Limits) -> Refusal {
    let detail = format!("the request body is larger than {}", sized(limits.body_bytes));
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

pub(super) struct Panicked;

/// Runs a handler to its end or to its panic, which the panic hook has logged.
pub(super) async fn caught<F: Future>(handler: F) -> Result<F::Output, Panicked> {
    let mut handler = pin!(handler);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Ok),
        Err(_) => Poll::Ready(Err(Panicked)),
    })
    .await
}

/// An error answer always says something; this is also what tells hyper's own errors from ours.
fn filled<S: Site>(site: &S, response: Response<Body>) -> Response<Body> {
    let status = response.status();
    let says_nothing = matches!(response.body(), Body::Whole(bytes) if bytes.is_empty());
    if !(status.is_client_error() || status.is_server_error()) || !says_nothing {
        return response;
    }
    let (head, _) = response.into_parts();
    let mut rendered = site.refuse(status, status.canonical_reason().unwrap_or("refused"));
    for (name, value) in &head.headers {
        if !rendered.headers().contains_key(name) && name != header::CONTENT_LENGTH {
            rendered.headers_mut().append(name, value.clone());
        }
    }
    rendered.map(Body::from)
}
