//! A bare TLS socket, for bytes that no well-made client sends.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned, SupportedCipherSuite,
    SupportedProtocolVersion,
};

use crate::answer::{Answer, read_answer};
use crate::server::Server;

/// One TLS connection.
pub(crate) struct Wire {
    stream: StreamOwned<ClientConnection, TcpStream>,
    authorization: String,
}

impl Wire {
    /// Connects with what rustls offers by default.
    pub(crate) fn open(server: &Server) -> Self {
        Self::connect(server, rustls::ALL_VERSIONS, &[], &[]).unwrap()
    }

    /// Connects with these versions, these suites (none: all) and these application protocols.
    pub(crate) fn connect(
        server: &Server,
        versions: &[&'static SupportedProtocolVersion],
        suites: &[SupportedCipherSuite],
        alpn: &[&[u8]],
    ) -> io::Result<Self> {
        let config = config(server, versions, suites, alpn);
        let name = "localhost".try_into().map_err(io::Error::other)?;
        let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let socket = TcpStream::connect(("localhost", server.port()))?;
        socket.set_read_timeout(Some(Duration::from_mins(1)))?;
        socket.set_write_timeout(Some(Duration::from_mins(1)))?;
        let mut stream = StreamOwned::new(connection, socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        let authorization = format!("Authorization: Bearer {}\r\n", server.ready.secret_token);
        Ok(Self { stream, authorization })
    }

    /// The same connection with another token.
    pub(crate) fn with_token(self, token: &str) -> Self {
        Self { authorization: format!("Authorization: Bearer {token}\r\n"), ..self }
    }

    /// The TLS version agreed on.
    pub(crate) fn version(&self) -> Option<ProtocolVersion> {
        self.stream.conn.protocol_version()
    }

    /// The application protocol agreed on.
    pub(crate) fn alpn(&self) -> Option<&[u8]> {
        self.stream.conn.alpn_protocol()
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Reads the answer to `request`.
    pub(crate) fn answer(&mut self, request: &str) -> io::Result<Answer> {
        read_answer(&mut self.stream, request.to_owned())
    }

    /// Sends a request line, `Host`, the token and nothing else, then `rest` (headers and body) as it is.
    pub(crate) fn request(&mut self, line: &str, rest: &str) -> Answer {
        let bytes = format!("{line}\r\nHost: localhost\r\n{}{rest}", self.authorization);
        self.exchange(bytes.as_bytes())
    }

    /// Sends bytes and reads the answer, which may come before all bytes were taken.
    pub(crate) fn exchange(&mut self, bytes: &[u8]) -> Answer {
        let sent = self.send(bytes);
        let story = String::from_utf8_lossy(bytes).into_owned();
        match self.answer(&story) {
            Ok(answer) => answer,
            Err(error) => {
                let shown: String = story.chars().take(500).collect();
                panic!("no answer ({error}; sending: {sent:?}) to\n{shown}")
            }
        }
    }

    /// The token's header line.
    pub(crate) fn authorization(&self) -> &str {
        &self.authorization
    }

    /// Whether the other side has closed the connection and sent nothing more.
    pub(crate) fn is_closed(&mut self) -> bool {
        let mut byte = [0];
        match self.stream.read(&mut byte) {
            Ok(count) => count == 0,
            Err(error) => !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut),
        }
    }
}

/// A TLS configuration that trusts the server's CA only.
pub(crate) fn config(
    server: &Server,
    versions: &[&'static SupportedProtocolVersion],
    suites: &[SupportedCipherSuite],
    alpn: &[&[u8]],
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&server.ready.ca_file).unwrap()).unwrap();
    let mut provider: CryptoProvider = rustls::crypto::ring::default_provider();
    if !suites.is_empty() {
        provider.cipher_suites = suites.to_vec();
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    config
}
