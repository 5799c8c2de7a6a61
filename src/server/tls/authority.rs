//! The appliance's own authority: makes it once, issues the server certificate, and issues it anew when it
//! nears its end or the names change.
//!
//! Clients trust the authority, so that a new server certificate needs no visit to them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;

use super::{Authority, Names, TlsError, fingerprint, pair, read_chain, read_key};
use crate::data::{DataFolder, write_private};
use crate::world::World;

const AUTHORITY_YEARS: i64 = 10;
/// The longest that no client objects to.
const SERVER_DAYS: i64 = 397;
const RENEW_DAYS: i64 = 30;

/// Why a server certificate is issued.
#[derive(Debug, PartialEq, Eq)]
enum Why {
    Missing,
    OtherKey,
    OtherAuthority,
    OtherNames,
    Expiring,
    NotYetValid,
}

/// Loads authority and server certificate from `folder`, making what is missing.
pub(super) fn ensure(
    folder: &Path,
    names: &Names,
    world: &World,
) -> Result<(Arc<CertifiedKey>, Authority), TlsError> {
    DataFolder::open(folder)?;
    let now = world.now();
    let ca_file = folder.join("ca.pem");
    if !ca_file.exists() {
        make_authority(folder, world)?;
    }
    let ca = read_chain(&ca_file)?.swap_remove(0);
    let reason = match stored(folder, &ca, names, now)? {
        Ok(shown) => return Ok((shown, described(&ca_file, &ca)?)),
        Err(reason) => reason,
    };
    tracing::info!(?reason, "issuing a server certificate");
    issue(folder, &ca, names, world)?;
    match stored(folder, &ca, names, now)? {
        Ok(shown) => Ok((shown, described(&ca_file, &ca)?)),
        Err(reason) => Err(TlsError::Certificate {
            path: folder.join("server.pem"),
            reason: format!("the certificate just issued is not right ({reason:?})"),
        }),
    }
}

fn described(file: &Path, ca: &CertificateDer<'_>) -> Result<Authority, TlsError> {
    let pem = fs::read_to_string(file)
        .map_err(|error| TlsError::Certificate { path: file.to_owned(), reason: error.to_string() })?;
    Ok(Authority { file: file.to_owned(), pem, fingerprint: fingerprint(ca) })
}

/// The stored server certificate, or why it will not do.
fn stored(
    folder: &Path,
    ca: &CertificateDer<'_>,
    names: &Names,
    now: Timestamp,
) -> Result<Result<Arc<CertifiedKey>, Why>, TlsError> {
    let (Ok(chain), Ok(key)) = (read_chain(&folder.join("server.pem")), read_key(&folder.join("server.key")))
    else {
        return Ok(Err(Why::Missing));
    };
    if let Some(why) = unfit(&chain[0], ca, names, now) {
        return Ok(Err(why));
    }
    Ok(pair(chain, &key)?.ok_or(Why::OtherKey))
}

fn unfit(leaf: &CertificateDer<'_>, ca: &CertificateDer<'_>, names: &Names, now: Timestamp) -> Option<Why> {
    let (Ok((_, leaf)), Ok((_, ca))) =
        (x509_parser::parse_x509_certificate(leaf), x509_parser::parse_x509_certificate(ca))
    else {
        return Some(Why::Missing);
    };
    let day = 24 * 60 * 60;
    // the authority's name holds a random part, so equal names are the same authority
    if leaf.issuer() != ca.subject() {
        Some(Why::OtherAuthority)
    } else if Names::of(&leaf) != *names.all() {
        Some(Why::OtherNames)
    } else if leaf.validity().not_before.timestamp() > now.as_second() {
        Some(Why::NotYetValid)
    } else if leaf.validity().not_after.timestamp() < now.as_second() + RENEW_DAYS * day {
        Some(Why::Expiring)
    } else {
        None
    }
}

fn make_authority(folder: &Path, world: &World) -> Result<(), TlsError> {
    let [a, b, c, d] = world.random::<4>();
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, format!("Rollcall authority {a:02x}{b:02x}{c:02x}{d:02x}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.serial_number = Some(serial(world));
    set_validity(&mut params, world.now(), AUTHORITY_YEARS * 365);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    // the key first: a certificate without its key is an error, a key without its certificate is replaced
    write_private(&folder.join("ca.key"), key.serialize_pem().as_bytes())?;
    write_private(&folder.join("ca.pem"), certificate.pem().as_bytes())?;
    Ok(())
}

fn issue(folder: &Path, ca: &CertificateDer<'_>, names: &Names, world: &World) -> Result<(), TlsError> {
    let key_file = folder.join("ca.key");
    let Ok(ca_key) = fs::read_to_string(&key_file) else {
        return Err(TlsError::AuthorityKeyLost { key: key_file, certificate: folder.join("ca.pem") });
    };
    let issuer = Issuer::from_ca_cert_der(ca, KeyPair::from_pem(&ca_key)?)?;
    let all: Vec<String> = names.all().iter().cloned().collect();
    let mut params = CertificateParams::new(all)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, names.external().unwrap_or("Rollcall"));
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.serial_number = Some(serial(world));
    set_validity(&mut params, world.now(), SERVER_DAYS);
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &issuer)?;
    write_private(&folder.join("server.key"), key.serialize_pem().as_bytes())?;
    write_private(&folder.join("server.pem"), certificate.pem().as_bytes())?;
    Ok(())
}

fn serial(world: &World) -> SerialNumber {
    let mut bytes: [u8; 16] = world.random();
    // positive and of full length
    bytes[0] = bytes[0] & 0x7f | 0x40;
    SerialNumber::from_slice(&bytes)
}

/// The validity of `params`: from the day before, because the clocks of clients differ, for `days`.
fn set_validity(params: &mut CertificateParams, now: Timestamp, days: i64) {
    let today = jiff::tz::Offset::UTC.to_datetime(now).date();
    let first = today.checked_sub(1.day()).unwrap_or(today);
    let last = today.checked_add(days.days()).unwrap_or(today);
    let of = |day: jiff::civil::Date| {
        let part = |number: i8| u8::try_from(number).expect("months and days are positive");
        rcgen::date_time_ymd(day.year().into(), part(day.month()), part(day.day()))
    };
    params.not_before = of(first);
    params.not_after = of(last);
}
