//! The names a certificate must be good for.

use std::collections::BTreeSet;
use std::net::IpAddr;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;

/// Names a server certificate carries or must carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    all: BTreeSet<String>,
    external: Option<String>,
}

impl Names {
    /// The names of this machine as clients may type them. Names no certificate can carry are left out.
    pub(crate) fn new(host_name: Option<&str>, external: Option<&str>) -> Names {
        let fixed = ["localhost", "127.0.0.1", "::1"];
        let given = [host_name, external].into_iter().flatten().map(plain).filter(|name| is_name(name));
        let all = fixed.into_iter().map(str::to_owned).chain(given).collect();
        Names { all, external: external.map(plain) }
    }

    /// All of them, as certificates carry them.
    pub(crate) fn all(&self) -> &BTreeSet<String> {
        &self.all
    }

    /// The host of the configured external URL.
    pub(super) fn external(&self) -> Option<&str> {
        self.external.as_deref()
    }

    /// The names a certificate carries.
    pub(super) fn of(certificate: &X509Certificate<'_>) -> BTreeSet<String> {
        let Ok(Some(names)) = certificate.subject_alternative_name() else { return BTreeSet::new() };
        let text = names.value.general_names.iter().filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
            GeneralName::IPAddress(bytes) => match bytes.len() {
                4 => <[u8; 4]>::try_from(*bytes).ok().map(|bytes| IpAddr::from(bytes).to_string()),
                _ => <[u8; 16]>::try_from(*bytes).ok().map(|bytes| IpAddr::from(bytes).to_string()),
            },
            _ => None,
        });
        text.collect()
    }

    /// Does a certificate with these names serve `host`? One `*` stands for one label.
    pub(super) fn cover(names: &BTreeSet<String>, host: &str) -> bool {
        let wildcard = host.split_once('.').map(|(_, rest)| format!("*.{rest}"));
        names.contains(host) || wildcard.is_some_and(|name| names.contains(&name))
    }
}

fn plain(name: &str) -> String {
    name.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase()
}

fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.parse::<IpAddr>().is_ok() || (name.len() <= 253 && name.split('.').all(is_label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_host_names_are_left_out_and_brackets_dropped() {
        let names = Names::new(Some("my_host"), Some("[::1]"));
        assert_eq!(names.all().iter().collect::<Vec<_>>(), ["127.0.0.1", "::1", "localhost"]);
        let names = Names::new(Some("Box"), Some("scim.example.org."));
        assert!(names.all().contains("box") && names.all().contains("scim.example.org"));
    }

    #[test]
    fn a_wildcard_stands_for_one_label() {
        let names = BTreeSet::from(["*.example.org".to_owned()]);
        assert!(Names::cover(&names, "scim.example.org"));
        assert!(!Names::cover(&names, "a.scim.example.org") && !Names::cover(&names, "example.org"));
    }
}
