//! What can be wrong with the configuration, in words an administrator can act on.

use std::net::SocketAddr;
use std::path::PathBuf;

use ::events::NotANetwork;
use access::{LEAST_PER_SECOND, MOST_PER_SECOND};
use thiserror::Error;

/// The configuration is not right.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    #[error("configuration file {} cannot be read", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("configuration file {} is not right: {message}", path.display())]
    File { path: PathBuf, message: String },
    #[error("configuration file {} has the unknown key `{key}`{}", path.display(), hint(suggestion.as_deref()))]
    UnknownKey { path: PathBuf, key: String, suggestion: Option<&'static str> },
    #[error("{name} is `{value}`, which is not an address with a port, such as 0.0.0.0:8443 or [::]:8443")]
    Address { name: &'static str, value: String },
    #[error("external_url is `{value}`: {reason}")]
    ExternalUrl { value: String, reason: &'static str },
    #[error("tls.certificate and tls.key belong together: name both or neither")]
    HalfTls,
    #[error("listen and console_listen are both {0}")]
    SameAddress(SocketAddr),
    #[error("cache_mib is {0}; it must be between 8 and 1048576")]
    Cache(u64),
    #[error(
        "{key} is {value}; it must be between {LEAST_PER_SECOND} and {MOST_PER_SECOND}, or 0 for no limit"
    )]
    Rate { key: &'static str, value: u32 },
    #[error("events.allow: {0}")]
    Allow(NotANetwork),
    #[error("events.retention_days is {0}; it must be between 1 and 36500")]
    Retention(u32),
    #[error("`rollcall dev` listens on the loopback interface only")]
    NotLoopback,
}

fn hint(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |key| format!("; did you mean `{key}`?"))
}
