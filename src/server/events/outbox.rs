//! What all streams of the server share to reach their receivers: whom to trust, whom to connect to, how long to
//! wait; and the bell that tells that a stream was changed.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ::events::{Forbidden, Patience, Policy, Target, Vault};
use hickory_resolver::TokioResolver;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio::sync::{OnceCell, watch};

/// How long a name may take to be resolved.
const RESOLVE: Duration = Duration::from_secs(10);

/// What reaching receivers needs.
pub(crate) struct Outbox {
    pub(crate) policy: Policy,
    /// Opens the secrets of streams.
    pub(crate) vault: Vault,
    pub(crate) patience: Patience,
    pub(crate) tls: Arc<ClientConfig>,
    resolver: OnceCell<TokioResolver>,
    bell: watch::Sender<u64>,
}

/// The authorities that receivers are trusted by cannot be read.
#[derive(Debug, Error)]
pub(crate) enum OutboxError {
    #[error("events.ca_file {} cannot be read: {reason}", path.display())]
    CaFile { path: PathBuf, reason: String },
    #[error("TLS cannot be set up for receivers of events")]
    Tls(#[from] rustls::Error),
}

/// No address of a receiver can be connected to.
#[derive(Debug, Error)]
pub(crate) enum ResolveError {
    #[error("the name {name} cannot be resolved: {reason}")]
    Unresolved { name: String, reason: String },
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
}

impl Outbox {
    /// Trusts the public authorities, and those in a file of the administrator's.
    pub(crate) fn new(
        policy: Policy,
        ca_file: Option<&PathBuf>,
        vault: Vault,
    ) -> Result<Outbox, OutboxError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(path) = ca_file {
            let wrong = |reason: String| OutboxError::CaFile { path: path.clone(), reason };
            let certificates =
                CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
                roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Outbox {
            policy,
            vault,
            patience: Patience::default(),
            tls: Arc::new(tls),
            resolver: OnceCell::new(),
            bell: watch::channel(0).0,
        })
    }

    /// A stream was changed: whoever sends looks again.
    pub(crate) fn ring(&self) {
        self.bell.send_modify(|rung| *rung += 1);
    }

    /// Hears the bell.
    pub(crate) fn listen(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    /// The addresses of a receiver that may be connected to. The connection must go to one of these: asking again
    /// could give others (DNS rebinding).
    pub(crate) async fn addresses(&self, target: &Target) -> Result<Vec<IpAddr>, ResolveError> {
        let all = match target.host.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => self.resolve(&target.host).await?,
        };
        let (mut allowed, mut forbidden) = (Vec::new(), None);
        for address in all {
            match self.policy.check(address) {
                Ok(()) => allowed.push(address),
                Err(error) => forbidden = Some(error),
            }
        }
        match (allowed.is_empty(), forbidden) {
            (false, _) => Ok(allowed),
            (true, Some(error)) => Err(error.into()),
            (true, None) => Err(ResolveError::Unresolved {
                name: target.host.clone(),
                reason: "it has no address".to_owned(),
            }),
        }
    }

    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let wrong = |reason: String| ResolveError::Unresolved { name: name.to_owned(), reason };
        if name == "localhost" {
            return Ok(vec![std::net::Ipv4Addr::LOCALHOST.into(), std::net::Ipv6Addr::LOCALHOST.into()]);
        }
        let make = async || TokioResolver::builder_tokio()?.build();
        let resolver = self.resolver.get_or_try_init(make).await.map_err(|error| wrong(error.to_string()))?;
        let found = tokio::time::timeout(RESOLVE, resolver.lookup_ip(name)).await;
        let found = found.map_err(|_| wrong("the name server did not answer in time".to_owned()))?;
        Ok(found.map_err(|error| wrong(error.to_string()))?.iter().collect())
    }
}
