//! Settings as they are written; nothing is checked but names and types.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::ConfigError;

/// Settings as written, in the file or as flags; nothing is checked yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// The data folder.
    pub(crate) data: Option<PathBuf>,
    /// Where the SCIM listener listens.
    pub(crate) listen: Option<String>,
    /// Where the console listens.
    pub(crate) console_listen: Option<String>,
    /// The address clients use, such as `https://scim.example.org`.
    pub(crate) external_url: Option<String>,
    /// Memory for pages of the store.
    pub(crate) cache_mib: Option<u64>,
    /// What is logged: a level, or filters such as `info,rollcall=debug`.
    pub(crate) log: Option<String>,
    /// Whether logs may hold names, addresses and other values of users.
    pub(crate) log_personal_data: Option<bool>,
    /// Whether `/ServiceProviderConfig`, `/Schemas` and `/ResourceTypes` are for holders of a token only.
    pub(crate) discovery_needs_token: Option<bool>,
    /// How long deleted users and groups can be restored; zero keeps nothing.
    pub(crate) bin_days: Option<u16>,
    /// Whether memberships are served as resources, below `/GroupMembers`.
    pub(crate) group_members: Option<bool>,
    /// A certificate of the administrator's.
    #[serde(default)]
    pub(crate) tls: WrittenTls,
    /// How much may be asked.
    #[serde(default)]
    pub(crate) limits: WrittenLimits,
    /// Streams of events.
    #[serde(default)]
    pub(crate) events: WrittenEvents,
}

/// The `[events]` section as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenEvents {
    /// Ranges of addresses of receivers on the own network, such as `10.1.0.0/16`.
    pub(crate) allow: Option<Vec<String>>,
    /// Whether receivers may be on this machine, also without TLS: for tests.
    pub(crate) allow_loopback: Option<bool>,
    /// PEM file with authorities of receivers, beside the public ones.
    pub(crate) ca_file: Option<PathBuf>,
    /// How many days the feed of changes is kept at least.
    pub(crate) retention_days: Option<u32>,
}

/// The `[limits]` section as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenLimits {
    /// Requests a second of all service accounts together; zero is no limit.
    pub(crate) requests_per_second: Option<u32>,
    /// Requests a second of each token; zero is no limit.
    pub(crate) token_requests_per_second: Option<u32>,
}

/// The `[tls]` section as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenTls {
    /// PEM file with the certificate and its intermediates.
    pub(crate) certificate: Option<PathBuf>,
    /// PEM file with the private key.
    pub(crate) key: Option<PathBuf>,
}

/// Every key of the file, for the suggestion after a slip.
pub(super) const KEYS: &[&str] = &[
    "data",
    "listen",
    "console_listen",
    "external_url",
    "cache_mib",
    "log",
    "log_personal_data",
    "discovery_needs_token",
    "bin_days",
    "group_members",
    "tls",
    "tls.certificate",
    "tls.key",
    "events",
    "events.allow",
    "events.allow_loopback",
    "events.ca_file",
    "events.retention_days",
    "limits",
    "limits.requests_per_second",
    "limits.token_requests_per_second",
];

impl Written {
    /// What these say, and what `file` says where these are silent.
    pub(super) fn over(self, file: Written) -> Written {
        Written {
            data: self.data.or(file.data),
            listen: self.listen.or(file.listen),
            console_listen: self.console_listen.or(file.console_listen),
            external_url: self.external_url.or(file.external_url),
            cache_mib: self.cache_mib.or(file.cache_mib),
            log: self.log.or(file.log),
            log_personal_data: self.log_personal_data.or(file.log_personal_data),
            tls: WrittenTls {
                certificate: self.tls.certificate.or(file.tls.certificate),
                key: self.tls.key.or(file.tls.key),
            },
            discovery_needs_token: self.discovery_needs_token.or(file.discovery_needs_token),
            bin_days: self.bin_days.or(file.bin_days),
            events: WrittenEvents {
                allow: self.events.allow.or(file.events.allow),
                allow_loopback: self.events.allow_loopback.or(file.events.allow_loopback),
                ca_file: self.events.ca_file.or(file.events.ca_file),
                retention_days: self.events.retention_days.or(file.events.retention_days),
            },
            group_members: self.group_members.or(file.group_members),
            limits: WrittenLimits {
                requests_per_second: self.limits.requests_per_second.or(file.limits.requests_per_second),
                token_requests_per_second: self
                    .limits
                    .token_requests_per_second
                    .or(file.limits.token_requests_per_second),
            },
        }
    }

    /// Reads a configuration file.
    pub(super) fn read(path: &Path) -> Result<Written, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Written::parse(&text, path)
    }

    /// Reads the text of a file; `path` is how errors name it.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Written, ConfigError> {
        let wrong = |error: toml::de::Error| ConfigError::File {
            path: path.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        };
        let table: toml::Table = text.parse().map_err(wrong)?;
        if let Some(key) = unknown_key(&table, "") {
            let near = |known: &&&str| strsim::damerau_levenshtein(known, &key);
            let suggestion = KEYS.iter().min_by_key(near).filter(|known| near(known) <= 3).copied();
            return Err(ConfigError::UnknownKey { path: path.to_owned(), key, suggestion });
        }
        toml::from_str(text).map_err(wrong)
    }
}

fn unknown_key(table: &toml::Table, prefix: &str) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let key = format!("{prefix}{key}");
        if !KEYS.contains(&key.as_str()) {
            return Some(key);
        }
        value.as_table().and_then(|table| unknown_key(table, &format!("{key}.")))
    })
}
