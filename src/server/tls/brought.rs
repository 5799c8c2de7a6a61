//! A certificate the administrator brings: read, checked, refused with a reason.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::sign::CertifiedKey;
use x509_parser::certificate::X509Certificate;
use x509_parser::public_key::PublicKey;

use super::{Names, TlsError, pair, read_chain, read_key};

const WARN_DAYS: i64 = 30;

/// Loads the pair and refuses what clients would refuse.
pub(super) fn load(
    certificate: &Path,
    key: &Path,
    names: &Names,
    now: Timestamp,
) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain = read_chain(certificate)?;
    if std::fs::metadata(key).is_ok_and(|file| file.permissions().mode() & 0o004 != 0) {
        return Err(TlsError::KeyIsPublic { path: key.to_owned() });
    }
    let private = read_key(key)?;
    let (_, leaf) = x509_parser::parse_x509_certificate(&chain[0])
        .map_err(|error| TlsError::Certificate { path: certificate.to_owned(), reason: error.to_string() })?;
    if let Some(what) = weakness(&leaf) {
        return Err(TlsError::Weak { path: certificate.to_owned(), what });
    }
    check_time(&leaf, certificate, now)?;
    let carried = Names::of(&leaf);
    if let Some(wanted) = names.external().filter(|wanted| !Names::cover(&carried, wanted)) {
        let names = carried.into_iter().collect();
        return Err(TlsError::Name { path: certificate.to_owned(), names, wanted: wanted.to_owned() });
    }
    let mismatch = || TlsError::Mismatch { certificate: certificate.to_owned(), key: key.to_owned() };
    pair(chain, &private)?.ok_or_else(mismatch)
}

fn weakness(leaf: &X509Certificate<'_>) -> Option<String> {
    match leaf.public_key().parsed() {
        Ok(PublicKey::RSA(key)) if key.key_size() < 2048 => Some(format!("RSA with {} bits", key.key_size())),
        Ok(PublicKey::EC(point)) if point.key_size() < 256 => {
            Some(format!("ECC with {} bits", point.key_size()))
        }
        Ok(PublicKey::DSA(_)) => Some("DSA".to_owned()),
        _ => None,
    }
}

fn check_time(leaf: &X509Certificate<'_>, path: &Path, now: Timestamp) -> Result<(), TlsError> {
    let at = |second: i64| Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
    let from = at(leaf.validity().not_before.timestamp());
    let to = at(leaf.validity().not_after.timestamp());
    if now < from || now > to {
        return Err(TlsError::Time { path: path.to_owned(), from, to, now });
    }
    let days = (to.as_second() - now.as_second()) / (24 * 60 * 60);
    if days < WARN_DAYS {
        tracing::warn!(certificate = %path.display(), days, "the certificate expires soon");
    }
    Ok(())
}
