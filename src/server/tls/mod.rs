//! The certificate the appliance shows: its own authority's, or one the administrator brings.
//!
//! It does not listen; the listener reads the current configuration for each connection.

mod authority;
mod brought;
mod names;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use thiserror::Error;

use crate::data::DataError;
use crate::world::World;

pub(crate) use names::Names;

/// Where the certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The appliance's own authority.
    Own,
    /// Files of the administrator's.
    Brought { certificate: PathBuf, key: PathBuf },
}

/// No certificate can be shown.
#[derive(Debug, Error)]
pub(crate) enum TlsError {
    #[error("certificate file {} cannot be read: {reason}", path.display())]
    Certificate { path: PathBuf, reason: String },
    #[error("private key file {} cannot be read: {reason}", path.display())]
    Key { path: PathBuf, reason: String },
    #[error(
        "private key file {} can be read by every user of this machine; take that right away with chmod 0640",
        path.display()
    )]
    KeyIsPublic { path: PathBuf },
    #[error("the private key in {} does not belong to the certificate in {}", key.display(), certificate.display())]
    Mismatch { certificate: PathBuf, key: PathBuf },
    #[error("the certificate in {} is too weak: {what}; clients ask for RSA 2048 or ECC 256 at least", path.display())]
    Weak { path: PathBuf, what: String },
    #[error("the certificate in {} is valid from {from} to {to}, and it is {now} now", path.display())]
    Time { path: PathBuf, from: Timestamp, to: Timestamp, now: Timestamp },
    #[error("the certificate in {} is for {}, not for {wanted}, the host of external_url", path.display(), names.join(", "))]
    Name { path: PathBuf, names: Vec<String>, wanted: String },
    #[error(
        "{} is missing, and the server certificate must be issued anew; restore it, or remove {} to begin with a new authority that every client must trust again",
        key.display(),
        certificate.display()
    )]
    AuthorityKeyLost { key: PathBuf, certificate: PathBuf },
    #[error("a certificate cannot be issued")]
    Issue(#[from] rcgen::Error),
    #[error("the TLS configuration is refused")]
    Rustls(#[from] rustls::Error),
    #[error(transparent)]
    Data(#[from] DataError),
}

/// The certificate in use.
#[derive(Debug)]
pub(crate) struct Tls {
    config: Arc<ArcSwap<ServerConfig>>,
    source: Source,
    folder: PathBuf,
    names: Names,
    authority: Option<Authority>,
}

/// The appliance's own authority, as clients see it.
#[derive(Clone, Debug)]
pub(crate) struct Authority {
    /// Where its certificate is.
    pub(crate) file: PathBuf,
    /// Its certificate as PEM text.
    pub(crate) pem: String,
    /// SHA-256 over its certificate: upper-case hexadecimal with colons.
    pub(crate) fingerprint: String,
}

impl Tls {
    /// Loads the certificate, issuing what is missing, and checks it.
    pub(crate) fn load(source: Source, folder: &Path, names: Names, world: &World) -> Result<Tls, TlsError> {
        let (chain, authority) = shown(&source, folder, &names, world)?;
        Ok(Tls {
            config: Arc::new(ArcSwap::from_pointee(server_config(chain)?)),
            source,
            folder: folder.to_owned(),
            names,
            authority,
        })
    }

    /// Looks again: issues a new certificate when the present one is near its end, reads brought files anew.
    /// After an error the present one stays in use.
    pub(crate) fn renew(&self, world: &World) -> Result<(), TlsError> {
        let (chain, _) = shown(&self.source, &self.folder, &self.names, world)?;
        self.config.store(Arc::new(server_config(chain)?));
        Ok(())
    }

    /// The configuration that listeners read for each connection.
    pub(crate) fn config(&self) -> Arc<ArcSwap<ServerConfig>> {
        self.config.clone()
    }

    /// The own authority, unless the certificate was brought.
    pub(crate) fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }
}

type Shown = (Arc<CertifiedKey>, Option<Authority>);

fn shown(source: &Source, folder: &Path, names: &Names, world: &World) -> Result<Shown, TlsError> {
    match source {
        Source::Own => {
            let (shown, authority) = authority::ensure(folder, names, world)?;
            Ok((shown, Some(authority)))
        }
        Source::Brought { certificate, key } => {
            Ok((brought::load(certificate, key, names, world.now())?, None))
        }
    }
}

fn server_config(shown: Arc<CertifiedKey>) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        // Entra's cloud speaks TLS 1.2, with ECDHE and AES-GCM
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(shown)));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = ring::Ticketer::new()?;
    Ok(config)
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let refused = |reason: String| TlsError::Certificate { path: path.to_owned(), reason };
    let text = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.map_err(|error| refused(error.to_string()))?;
    if chain.is_empty() {
        return Err(refused("it holds no PEM certificate".to_owned()));
    }
    Ok(chain)
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let refused = |reason: String| TlsError::Key { path: path.to_owned(), reason };
    let text = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
        let is_sealed = text.windows(9).any(|part| part == b"ENCRYPTED");
        refused(if is_sealed {
            "it is sealed with a passphrase; store it without one, readable by the service only".to_owned()
        } else {
            error.to_string()
        })
    })
}

/// Pairs a chain with its key. `None` when they do not belong together.
fn pair(
    chain: Vec<CertificateDer<'static>>,
    key: &PrivateKeyDer<'static>,
) -> Result<Option<Arc<CertifiedKey>>, rustls::Error> {
    let signing = ring::sign::any_supported_type(key)?;
    let pair = CertifiedKey::new(chain, signing);
    match pair.keys_match() {
        Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) => Ok(None),
        Err(rustls::Error::InconsistentKeys(_)) | Ok(()) => Ok(Some(Arc::new(pair))),
        Err(error) => Err(error),
    }
}

/// SHA-256 of a certificate, as clients show it.
fn fingerprint(certificate: &[u8]) -> String {
    let digest = ::ring::digest::digest(&::ring::digest::SHA256, certificate);
    let pairs: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

#[cfg(test)]
mod tests;
