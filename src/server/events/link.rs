//! One connection to a receiver, kept open between events.
//!
//! It follows no redirect, reads no more than a little of an answer, and waits for nothing for long.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::events::{Outcome, Scheme, Target, outcome};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderValue, RETRY_AFTER};
use http::{Method, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::outbox::Outbox;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(30);
/// How much of an answer is read: the reason of a refusal is short.
const MOST: usize = 64 * 1024;

/// A connection to a receiver, or the place of one.
pub(super) struct Link {
    outbox: Arc<Outbox>,
    open: Option<SendRequest<Full<Bytes>>>,
}

impl Link {
    pub(super) fn new(outbox: Arc<Outbox>) -> Link {
        Link { outbox, open: None }
    }

    /// Posts something and says what became of it.
    pub(super) async fn post(&mut self, target: &Target, headers: HeaderMap, body: Bytes) -> Outcome {
        match self.exchange(target, headers, body).await {
            Ok(outcome) => outcome,
            Err(error) => {
                self.open = None;
                Outcome::Failed { error, after_s: None }
            }
        }
    }

    async fn exchange(
        &mut self,
        target: &Target,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Outcome, String> {
        let mut request = Request::new(Full::new(body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = target.path.parse().map_err(|_| "the path cannot be sent".to_owned())?;
        *request.headers_mut() = headers;
        let host =
            HeaderValue::from_str(&target.authority).map_err(|_| "the host cannot be sent".to_owned())?;
        request.headers_mut().insert(HOST, host);
        request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        // a connection that was idle may have been closed by the other side without our knowing
        let mut kept = self.open.take();
        if let Some(sender) = &mut kept
            && sender.ready().await.is_err()
        {
            kept = None;
        }
        let mut sender = match kept {
            Some(sender) => sender,
            None => timeout(CONNECT, self.connect(target))
                .await
                .map_err(|_| "the receiver could not be reached in time".to_owned())??,
        };
        let answered = async {
            let answer = sender.send_request(request).await.map_err(|error| broken(&error))?;
            let (head, body) = answer.into_parts();
            let retry_after = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let read = Limited::new(body, MOST).collect().await.ok().map(http_body_util::Collected::to_bytes);
            let outcome = outcome(head.status.as_u16(), retry_after, read.as_deref().unwrap_or_default());
            Ok::<_, String>((outcome, read.is_some()))
        };
        let (outcome, is_whole) = timeout(ANSWER, answered)
            .await
            .map_err(|_| "the receiver did not answer in time".to_owned())??;
        if is_whole {
            self.open = Some(sender);
        }
        Ok(outcome)
    }

    async fn connect(&self, target: &Target) -> Result<SendRequest<Full<Bytes>>, String> {
        let addresses = self.outbox.addresses(target).await.map_err(|error| error.to_string())?;
        let mut last = String::new();
        for address in addresses {
            let address = SocketAddr::from((address, target.port));
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    // many small requests, each waited for
                    let _ = stream.set_nodelay(true);
                    return self.speak(target, stream).await;
                }
                Err(error) => last = format!("{address} cannot be connected to: {error}"),
            }
        }
        Err(last)
    }

    async fn speak(&self, target: &Target, stream: TcpStream) -> Result<SendRequest<Full<Bytes>>, String> {
        match target.scheme {
            Scheme::Http => shake(stream).await,
            Scheme::Https => {
                let name = ServerName::try_from(target.host.clone())
                    .map_err(|_| format!("{} is no name a certificate can have", target.host))?;
                let connector = TlsConnector::from(Arc::clone(&self.outbox.tls));
                let tls = connector.connect(name, stream).await;
                shake(tls.map_err(|error| format!("TLS failed: {error}"))?).await
            }
        }
    }
}

async fn shake<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error))?;
    tokio::spawn(connection);
    Ok(sender)
}

fn broken(error: &hyper::Error) -> String {
    format!("the connection broke: {error}")
}
