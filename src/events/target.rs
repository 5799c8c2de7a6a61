//! The address of a receiver as an administrator writes it.

use std::net::IpAddr;

use http::Uri;

use crate::address::{Forbidden, Policy};

/// How a receiver is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Over TLS.
    Https,
    /// In clear; only for receivers on this machine, where that is allowed.
    Http,
}

/// The address of a receiver, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// Its name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What is asked of it: path and query.
    pub path: String,
    /// Host and port as the `Host` header says them.
    pub authority: String,
}

/// The address of a receiver cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is no URL.
    #[error("{0:?} is not a URL such as https://receiver.example.org/events")]
    NotAUrl(String),
    /// It is not `https`.
    #[error("the address must begin with https://: events hold personal data")]
    NotHttps,
    /// It is not `https`, and on this machine, which may be allowed.
    #[error(
        "the address must begin with https://: events hold personal data. A receiver on this machine needs no TLS once an \
         administrator sets events.allow_loopback = true in the configuration"
    )]
    NotHttpsHere,
    /// It holds a user name or a fragment.
    #[error("the address must not hold a user name; give the receiver's secret as authorization")]
    UserInfo,
    /// It names an address that is not connected to.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
}

impl Target {
    /// Reads an address. A host given as a number is judged here; a name is judged whenever it is resolved.
    pub fn parse(text: &str, policy: &Policy) -> Result<Self, TargetError> {
        let wrong = || TargetError::NotAUrl(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let scheme = match uri.scheme_str() {
            Some("https") => Scheme::Https,
            Some("http") => Scheme::Http,
            Some(_) | None => return Err(wrong()),
        };
        let authority = uri.authority().ok_or_else(wrong)?;
        if authority.as_str().contains('@') {
            return Err(TargetError::UserInfo);
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        if host.is_empty() {
            return Err(wrong());
        }
        let address: Option<IpAddr> = host.parse().ok();
        let is_here = host == "localhost" || address.is_some_and(|address| address.is_loopback());
        if scheme == Scheme::Http && !(policy.loopback && is_here) {
            return Err(if is_here { TargetError::NotHttpsHere } else { TargetError::NotHttps });
        }
        if let Some(address) = address {
            policy.check(address)?;
        }
        let usual = match scheme {
            Scheme::Https => 443,
            Scheme::Http => 80,
        };
        let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let path = if path.is_empty() { "/" } else { path };
        Ok(Self {
            scheme,
            host,
            port: authority.port_u16().unwrap_or(usual),
            path: path.to_owned(),
            authority: authority.as_str().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let target = Target::parse("https://Receiver.example:8443/events?a=b", &Policy::default()).unwrap();
        assert_eq!((target.host.as_str(), target.port), ("receiver.example", 8443));
        assert_eq!((target.path.as_str(), target.scheme), ("/events?a=b", Scheme::Https));
        assert_eq!(Target::parse("https://r.example", &Policy::default()).unwrap().path, "/");
    }

    #[test]
    fn plain_http_goes_to_this_machine_only_and_only_where_allowed() {
        let (strict, open) = (Policy::default(), Policy { loopback: true, allowed: vec![] });
        assert_eq!(Target::parse("http://127.0.0.1:9/", &strict), Err(TargetError::NotHttpsHere));
        assert_eq!(Target::parse("http://r.example/", &open), Err(TargetError::NotHttps));
        assert!(Target::parse("http://localhost:9/", &open).is_ok());
        assert!(Target::parse("http://[::1]:9/", &open).is_ok());
    }

    #[test]
    fn what_is_no_receiver_is_refused() {
        let policy = Policy::default();
        for wrong in ["", "receiver", "ftp://r.example/", "https://", "/events", "https:///x"] {
            assert!(matches!(Target::parse(wrong, &policy), Err(TargetError::NotAUrl(_))), "{wrong}");
        }
        assert_eq!(Target::parse("https://u:p@r.example/", &policy), Err(TargetError::UserInfo));
        for inner in ["https://169.254.169.254/", "https://[::ffff:10.0.0.1]/", "https://127.0.0.1/"] {
            assert!(matches!(Target::parse(inner, &policy), Err(TargetError::Forbidden(_))), "{inner}");
        }
    }
}
