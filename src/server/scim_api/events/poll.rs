//! `POST /.events/{stream}`: a receiver fetches tokens and acknowledges those it has kept (RFC 8936).
//!
//! What it acknowledges is on disk before it is answered; what it does not acknowledge is given again.

use std::time::Duration;

use ::events::{Delivery, Jti, Mark, PollRequest, State, poll_answer};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use scim::ScimError;
use uuid::Uuid;

use super::not_found;
use crate::app::App;
use crate::events::{EventsError, Stream, pending, send};
use crate::scim_api::answer;
use crate::tenant::Tenant;

/// How far ahead of its position a receiver is given records.
const WINDOW: usize = 1_000;
/// How long a poll waits for something to tell; proxies cut silence of half a minute.
const WAIT: Duration = Duration::from_secs(20);
/// How often it looks meanwhile.
const LOOK: Duration = Duration::from_millis(100);
/// How often a poll that meets others of the same receiver writes its acknowledgements.
const ATTEMPTS: u32 = 20;

pub(super) async fn poll(
    app: &App,
    tenant: &Tenant,
    id: Uuid,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, EventsError> {
    let Some(stream) = tenant.events.stream(id).await? else { return Ok(not_found("stream")) };
    if !may_poll(&stream, request) {
        return Ok(answer::unauthorized("the stream's token is needed: Authorization: Bearer <token>"));
    }
    let asked = match PollRequest::parse(request.body()) {
        Ok(asked) => asked,
        Err(error) => return Ok(answer::error(&ScimError::invalid_syntax(error.to_string()))),
    };
    if !asked.ack.is_empty() || !asked.refused.is_empty() {
        acknowledge(app, tenant, id, &asked).await?;
    }
    if asked.max_events == 0 {
        return Ok(told(vec![], false));
    }
    let deadline = tokio::time::Instant::now() + WAIT;
    loop {
        let seen = app.kv.revision();
        let Some(stream) = tenant.events.stream(id).await? else { return Ok(not_found("stream")) };
        let (tokens, more) = next(app, tenant, &stream, asked.max_events).await?;
        if !tokens.is_empty() || !asked.may_wait {
            return Ok(told(tokens, more));
        }
        while app.kv.revision() == seen {
            if tokio::time::Instant::now() >= deadline {
                return Ok(told(vec![], false));
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Whether the request shows the token of a stream that is polled.
fn may_poll(stream: &Stream, request: &Request<Bytes>) -> bool {
    let Delivery::Poll { token } = &stream.record.delivery else { return false };
    let shown = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.split_once(' '));
    shown.is_some_and(|(scheme, value)| scheme.eq_ignore_ascii_case("bearer") && token.fits(value.trim()))
}

/// Writes what the receiver has kept, and what it refuses: that is not given again either, and is shown.
async fn acknowledge(app: &App, tenant: &Tenant, id: Uuid, asked: &PollRequest) -> Result<(), EventsError> {
    let mark = |text: &str| Jti::parse(text).filter(|jti| jti.stream == id).map(|jti| jti.mark);
    let kept: Vec<Mark> = asked.ack.iter().filter_map(|text| mark(text)).collect();
    // names that were never given out are not kept: they can be anything, of any length
    let told = asked.refused.iter().filter_map(|(text, reason)| Some((mark(text)?, text, reason)));
    let refused: Vec<_> = told.collect();
    for _ in 0..ATTEMPTS {
        let Some(stream) = tenant.events.stream(id).await? else { return Ok(()) };
        let directory = tenant.directory();
        let (record, mut progress) = (&stream.record, stream.progress.clone());
        let pending = pending(&tenant.events, &directory, record, progress.position, WINDOW).await?;
        let passed = progress.acknowledge(
            kept.iter().copied().chain(refused.iter().map(|(mark, ..)| *mark)),
            &pending.records,
        );
        if progress == stream.progress {
            return Ok(());
        }
        progress.succeed(0, app.world.now());
        progress.refused += refused.len() as u64;
        if let Some((_, jti, reason)) = refused.last() {
            progress.last_error = Some(format!("{jti} was refused: {reason}"));
        }
        let also = tenant.events.note_known(id, pending.moves(passed));
        if tenant.events.advance(id, stream.progress_revision, &progress, also).await?.is_some() {
            return Ok(());
        }
    }
    Err(EventsError::Contended)
}

/// The tokens to give now, and whether there are more.
async fn next(
    app: &App,
    tenant: &Tenant,
    stream: &Stream,
    most: usize,
) -> Result<(Vec<(String, String)>, bool), EventsError> {
    if stream.record.state != State::Running {
        return Ok((vec![], false));
    }
    let (events, record, directory) = (&tenant.events, &stream.record, tenant.directory());
    let pending = pending(events, &directory, record, stream.progress.position, WINDOW).await?;
    if pending.events.is_empty() && !pending.records.is_empty() {
        // records that are none of the stream's business must not fill the window
        let mut progress = stream.progress.clone();
        let passed = progress.acknowledge([], &pending.records);
        let also = events.note_known(record.id, pending.moves(passed));
        events.advance(record.id, stream.progress_revision, &progress, also).await?;
        return Ok((vec![], pending.more));
    }
    let signer = events.signer(&app.outbox.vault, app.world.random(), app.world.now()).await?;
    let open: Vec<_> =
        pending.events.iter().filter(|event| !stream.progress.ahead.contains(&event.mark)).collect();
    let more = open.len() > most || pending.more;
    let tokens = open.into_iter().take(most).map(|event| {
        (Jti::of(record.id, event).text(), send::token(record, &tenant.base_url, &signer, event))
    });
    Ok((tokens.collect(), more))
}

fn told(tokens: Vec<(String, String)>, more: bool) -> Response<Bytes> {
    let mut told = answer::json(StatusCode::OK, poll_answer(tokens, more).to_string());
    told.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    told
}
