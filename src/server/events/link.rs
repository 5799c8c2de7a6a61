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

#[cfg(test)]
mod tests {
    use super::*;
    use ::events::Policy;
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use rustls::ServerConfig;
    use rustls::pki_types::PrivateKeyDer;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    /// A certificate for `localhost` of an authority of its own: what a server needs, and the authority as PEM.
    fn certified() -> (ServerConfig, String) {
        let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let mut ca = CertificateParams::new(vec![]).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = ca.self_signed(&ca_key).unwrap().pem();
        let issuer = Issuer::new(ca, ca_key);
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
        (config, pem)
    }

    async fn answer_with(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &str) {
        let mut asked = [0; 4096];
        while stream.read(&mut asked).await.is_ok_and(|read| read > 0) {
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    }

    /// A receiver without TLS that answers everything with this.
    async fn receiver(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/events", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer_with(stream, answer));
            }
        });
        url
    }

    fn vault() -> ::events::Vault {
        ::events::Vault::new(&[1; 32])
    }

    fn here() -> Policy {
        Policy { loopback: true, allowed: vec![] }
    }

    async fn post(link: &mut Link, url: &str) -> Outcome {
        let target = Target::parse(url, &here()).unwrap();
        link.post(&target, HeaderMap::new(), Bytes::from_static(b"x")).await
    }

    fn link(policy: Policy) -> Link {
        Link::new(Arc::new(Outbox::new(policy, None, vault()).unwrap()))
    }

    const ACCEPTED: &str = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

    #[tokio::test]
    async fn a_receiver_is_trusted_by_an_authority_that_was_configured_and_not_without() {
        let (config, pem) = certified();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/events", listener.local_addr().unwrap().port());
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Ok(stream) = acceptor.accept(stream).await {
                    tokio::spawn(answer_with(stream, ACCEPTED));
                }
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, pem).unwrap();
        let trusting = Outbox::new(here(), Some(&file), vault()).unwrap();
        assert_eq!(post(&mut Link::new(Arc::new(trusting)), &url).await, Outcome::Accepted);
        let Outcome::Failed { error, .. } = post(&mut link(here()), &url).await else { panic!() };
        assert!(error.contains("TLS failed"), "{error}");
    }

    #[tokio::test]
    async fn a_connection_is_kept_and_a_broken_one_is_opened_again() {
        let url = receiver(ACCEPTED).await;
        let mut link = link(here());
        for _ in 0..3 {
            assert_eq!(post(&mut link, &url).await, Outcome::Accepted);
            assert!(link.open.is_some());
        }
        let closing =
            receiver("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
        let mut link = self::link(here());
        for _ in 0..3 {
            assert_eq!(post(&mut link, &closing).await, Outcome::Accepted);
        }
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let inner = receiver(ACCEPTED).await;
        let answer =
            format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {inner}\r\nContent-Length: 0\r\n\r\n");
        let url = receiver(Box::leak(answer.into_boxed_str())).await;
        let Outcome::Failed { error, .. } = post(&mut link(here()), &url).await else { panic!() };
        assert!(error.contains("redirects are not followed"), "{error}");
    }

    #[tokio::test]
    async fn an_address_is_judged_again_when_it_is_connected_to() {
        // the address was let through when the stream was made, and the configuration has changed since
        let url = receiver(ACCEPTED).await;
        let Outcome::Failed { error, .. } = post(&mut link(Policy::default()), &url).await else { panic!() };
        assert!(error.contains("this machine itself"), "{error}");
    }

    #[tokio::test]
    async fn an_endless_answer_is_not_read_to_its_end() {
        let mut head = "HTTP/1.1 400 Bad Request\r\nContent-Length: 1000000000\r\n\r\n".to_owned();
        head.push_str(&"x".repeat(200_000));
        let url = receiver(Box::leak(head.into_boxed_str())).await;
        let mut link = link(here());
        let failed = Outcome::Failed { error: "answered 400".to_owned(), after_s: None };
        assert_eq!(post(&mut link, &url).await, failed);
        assert!(link.open.is_none());
    }
}
