use super::*;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rcgen::{CertificateParams, KeyPair};

fn at(time: &str) -> World {
    World::fixed(time.parse().unwrap())
}

fn shown_leaf(tls: &Tls) -> Vec<u8> {
    fs::read(tls.folder.join("server.pem")).unwrap()
}

fn own(folder: &Path, names: Names, world: &World) -> Result<Tls, TlsError> {
    Tls::load(Source::Own, folder, names, world)
}

#[test]
fn the_first_start_makes_private_files_and_the_second_keeps_them() {
    let top = tempfile::tempdir().unwrap();
    let folder = top.path().join("tls");
    let first = own(&folder, Names::new(Some("box"), None), &at("2026-06-01T00:00:00Z")).unwrap();
    let leaf = shown_leaf(&first);
    let second = own(&folder, Names::new(Some("box"), None), &at("2026-07-01T00:00:00Z")).unwrap();
    assert_eq!(leaf, shown_leaf(&second));
    for name in ["ca.key", "ca.pem", "server.key", "server.pem"] {
        let mode = fs::metadata(folder.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let authority = first.authority().unwrap();
    assert_eq!(authority.fingerprint.len(), 32 * 3 - 1);
    assert!(authority.pem.starts_with("-----BEGIN CERTIFICATE-----"));
}

#[test]
fn a_new_server_certificate_keeps_the_authority() {
    let top = tempfile::tempdir().unwrap();
    let first = own(top.path(), Names::new(None, None), &at("2026-06-01T00:00:00Z")).unwrap();
    let fingerprint = first.authority().unwrap().fingerprint.clone();
    let before = shown_leaf(&first);
    // other names
    let second =
        own(top.path(), Names::new(None, Some("scim.example.org")), &at("2026-06-01T00:00:00Z")).unwrap();
    let renamed = shown_leaf(&second);
    assert_ne!(before, renamed);
    // near its end
    second.renew(&at("2027-06-10T00:00:00Z")).unwrap();
    assert_ne!(renamed, shown_leaf(&second));
    let third =
        own(top.path(), Names::new(None, Some("scim.example.org")), &at("2027-06-10T00:00:00Z")).unwrap();
    assert_eq!(third.authority().unwrap().fingerprint, fingerprint);
}

#[test]
fn a_lost_authority_key_matters_only_when_something_must_be_issued() {
    let top = tempfile::tempdir().unwrap();
    let world = at("2026-06-01T00:00:00Z");
    own(top.path(), Names::new(None, None), &world).unwrap();
    fs::remove_file(top.path().join("ca.key")).unwrap();
    own(top.path(), Names::new(None, None), &world).unwrap();
    let error = own(top.path(), Names::new(Some("other"), None), &world).unwrap_err();
    assert!(matches!(error, TlsError::AuthorityKeyLost { .. }));
}

/// Writes a self-signed pair valid in 2026 and returns its source.
fn bring(folder: &Path, name: &str, key: &KeyPair) -> Source {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2027, 1, 1);
    let source = Source::Brought { certificate: folder.join("c.pem"), key: folder.join("k.pem") };
    fs::write(folder.join("c.pem"), params.self_signed(key).unwrap().pem()).unwrap();
    crate::data::write_private(&folder.join("k.pem"), key.serialize_pem().as_bytes()).unwrap();
    source
}

fn load(source: Source, external: &str, now: &str) -> Result<Tls, TlsError> {
    Tls::load(source, Path::new("/nowhere"), Names::new(None, Some(external)), &at(now))
}

#[test]
fn a_brought_certificate_is_checked() {
    let top = tempfile::tempdir().unwrap();
    let source = bring(top.path(), "scim.example.org", &KeyPair::generate().unwrap());
    let now = "2026-06-01T00:00:00Z";
    assert!(load(source.clone(), "scim.example.org", now).unwrap().authority().is_none());
    assert!(matches!(load(source.clone(), "other.example.org", now), Err(TlsError::Name { .. })));
    assert!(matches!(
        load(source.clone(), "scim.example.org", "2027-02-01T00:00:00Z"),
        Err(TlsError::Time { .. })
    ));
    let key = top.path().join("k.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(load(source.clone(), "scim.example.org", now), Err(TlsError::KeyIsPublic { .. })));
    let other = KeyPair::generate().unwrap().serialize_pem();
    crate::data::write_private(&key, other.as_bytes()).unwrap();
    assert!(matches!(load(source.clone(), "scim.example.org", now), Err(TlsError::Mismatch { .. })));
    fs::write(top.path().join("c.pem"), "nothing").unwrap();
    assert!(matches!(load(source, "scim.example.org", now), Err(TlsError::Certificate { .. })));
}
