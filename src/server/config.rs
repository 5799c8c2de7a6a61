//! What the appliance is told to be: as written in flags and in the configuration file, then checked.
//!
//! A flag wins over the file, the file over the default. It reads the file and nothing else.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use ::events::{NotANetwork, Policy};
use access::{LEAST_PER_SECOND, Limits, MOST_PER_SECOND};
use http::Uri;
use serde::Deserialize;
use thiserror::Error;

use crate::mask::Masking;
use crate::tls::Source;

/// Where the configuration file is looked for when no flag names one.
const FILE: &str = "/etc/rollcall/rollcall.toml";
/// Where the data folder is when nothing names one.
const DATA: &str = "/var/lib/rollcall";
/// How many days the recycle bin keeps what was deleted.
const BIN_DAYS: u16 = 30;

/// How many days the feed of changes is kept where nothing says so: it is the record of who changed what.
const RETENTION_DAYS: u32 = 90;

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
const KEYS: &[&str] = &[
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

/// What kind of instance this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The appliance.
    Serve,
    /// A developer's own, on the loopback interface.
    Dev,
}

/// Who may ask what the server can do (RFC 7643 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Discovery {
    /// Everybody.
    Open,
    /// Who holds a token.
    WithToken,
}

/// Settings, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) mode: Mode,
    pub(crate) data: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) console_listen: SocketAddr,
    pub(crate) external_url: Option<ExternalUrl>,
    pub(crate) cache_bytes: u64,
    pub(crate) log: String,
    pub(crate) masking: Masking,
    pub(crate) discovery: Discovery,
    pub(crate) bin_days: u16,
    pub(crate) group_members: bool,
    pub(crate) tls: Source,
    pub(crate) limits: Limits,
    pub(crate) events: EventsConfig,
}

/// Settings of streams of events, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventsConfig {
    pub(crate) policy: Policy,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) retention_days: u32,
}

/// The address clients use: `https`, a host, perhaps a port, no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExternalUrl {
    text: String,
    host: String,
}

impl ExternalUrl {
    /// Without a slash at its end.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Its host.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

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

impl Config {
    /// Reads the file, if there is one, and checks what it and the flags say together.
    pub(crate) fn load(flags: Written, file: Option<&Path>) -> Result<Config, ConfigError> {
        let written = match file {
            Some(path) => read(path)?,
            None if Path::new(FILE).exists() => read(Path::new(FILE))?,
            None => Written::default(),
        };
        Config::check(flags.over(written), Mode::Serve)
    }

    /// The settings of `rollcall dev`. Port 0 lets the system choose both ports.
    pub(crate) fn dev(data: PathBuf, port: u16, log: Option<String>) -> Result<Config, ConfigError> {
        let console = if port == 0 { 0 } else { port.checked_add(1).unwrap_or(port - 1) };
        let written = Written {
            data: Some(data),
            listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)).to_string()),
            console_listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, console)).to_string()),
            log,
            ..Written::default()
        };
        Config::check(written, Mode::Dev)
    }

    fn check(written: Written, mode: Mode) -> Result<Config, ConfigError> {
        let listen = address("listen", written.listen, SocketAddr::from((Ipv4Addr::UNSPECIFIED, 8443)))?;
        let console = SocketAddr::from((Ipv4Addr::LOCALHOST, 8444));
        let console_listen = address("console_listen", written.console_listen, console)?;
        if listen == console_listen && listen.port() != 0 {
            return Err(ConfigError::SameAddress(listen));
        }
        if mode == Mode::Dev && !(listen.ip().is_loopback() && console_listen.ip().is_loopback()) {
            return Err(ConfigError::NotLoopback);
        }
        let cache_mib = written.cache_mib.unwrap_or(256);
        if !(8..=1024 * 1024).contains(&cache_mib) {
            return Err(ConfigError::Cache(cache_mib));
        }
        let tls = match (written.tls.certificate, written.tls.key) {
            (None, None) => Source::Own,
            (Some(certificate), Some(key)) => Source::Brought { certificate, key },
            _ => return Err(ConfigError::HalfTls),
        };
        Ok(Config {
            mode,
            data: written.data.unwrap_or_else(|| PathBuf::from(DATA)),
            listen,
            console_listen,
            external_url: written.external_url.as_deref().map(external_url).transpose()?,
            cache_bytes: cache_mib * 1024 * 1024,
            log: written.log.unwrap_or_else(|| "info".to_owned()),
            masking: match written.log_personal_data {
                Some(true) => Masking::Off,
                Some(false) | None => Masking::On,
            },
            tls,
            discovery: match written.discovery_needs_token {
                Some(true) => Discovery::WithToken,
                Some(false) | None => Discovery::Open,
            },
            bin_days: written.bin_days.unwrap_or(BIN_DAYS),
            group_members: written.group_members.unwrap_or(false),
            limits: limits(&written.limits)?,
            events: events(written.events, mode)?,
        })
    }
}

impl Written {
    /// What these say, and what `file` says where these are silent.
    fn over(self, file: Written) -> Written {
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
}

fn read(path: &Path) -> Result<Written, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    parse(&text, path)
}

fn parse(text: &str, path: &Path) -> Result<Written, ConfigError> {
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

fn unknown_key(table: &toml::Table, prefix: &str) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let key = format!("{prefix}{key}");
        if !KEYS.contains(&key.as_str()) {
            return Some(key);
        }
        value.as_table().and_then(|table| unknown_key(table, &format!("{key}.")))
    })
}

fn address(
    name: &'static str,
    value: Option<String>,
    default: SocketAddr,
) -> Result<SocketAddr, ConfigError> {
    let Some(value) = value else { return Ok(default) };
    // a name would need a resolver, and would be resolved to what nobody expects
    let plain = value.replace("localhost:", "127.0.0.1:");
    plain.parse().map_err(|_| ConfigError::Address { name, value })
}

/// Receivers of `rollcall dev` may be on this machine: there is nothing else to reach on the way to them.
fn events(written: WrittenEvents, mode: Mode) -> Result<EventsConfig, ConfigError> {
    let allowed = written.allow.unwrap_or_default().iter().map(|text| text.parse()).collect::<Result<_, _>>();
    let retention_days = written.retention_days.unwrap_or(RETENTION_DAYS);
    if !(1..=36_500).contains(&retention_days) {
        return Err(ConfigError::Retention(retention_days));
    }
    let loopback = written.allow_loopback.unwrap_or(mode == Mode::Dev);
    Ok(EventsConfig {
        policy: Policy { allowed: allowed.map_err(ConfigError::Allow)?, loopback },
        ca_file: written.ca_file,
        retention_days,
    })
}

fn limits(written: &WrittenLimits) -> Result<Limits, ConfigError> {
    let rate = |key, written: Option<u32>| match written {
        None | Some(0) => Ok(None),
        Some(value @ LEAST_PER_SECOND..=MOST_PER_SECOND) => Ok(Some(value)),
        Some(value) => Err(ConfigError::Rate { key, value }),
    };
    Ok(Limits {
        per_second: rate("limits.requests_per_second", written.requests_per_second)?,
        token_per_second: rate("limits.token_requests_per_second", written.token_requests_per_second)?,
    })
}

fn external_url(value: &str) -> Result<ExternalUrl, ConfigError> {
    let wrong = |reason| ConfigError::ExternalUrl { value: value.to_owned(), reason };
    let uri: Uri = value.parse().map_err(|_| wrong("that is not a URL"))?;
    if uri.scheme_str() != Some("https") {
        return Err(wrong("it must begin with https://"));
    }
    let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(|| wrong("it names no host"))?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(wrong("it must not hold a user name"));
    }
    if uri.path_and_query().is_some_and(|rest| rest.as_str() != "/") {
        return Err(wrong("it must end after host and port; the path of the tenant URL is added to it"));
    }
    Ok(ExternalUrl { text: value.trim_end_matches('/').to_owned(), host: host.to_ascii_lowercase() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Config, ConfigError> {
        Config::check(parse(text, Path::new("r.toml"))?, Mode::Serve)
    }

    #[track_caller]
    fn refused(text: &str, part: &str) {
        let message = parsed(text).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }

    #[test]
    fn an_empty_file_gives_the_defaults() {
        let config = parsed("").unwrap();
        assert_eq!(config.listen.to_string(), "0.0.0.0:8443");
        assert_eq!(config.console_listen.to_string(), "127.0.0.1:8444");
        assert_eq!((config.data, config.tls), (PathBuf::from(DATA), Source::Own));
    }

    #[test]
    fn the_example_in_packaging_names_every_key_and_is_right() {
        let example = include_str!("../../packaging/rollcall.toml");
        let keys = example
            .lines()
            .map(|line| line.strip_prefix('#').filter(|l| !l.starts_with(' ')).unwrap_or(line));
        let spoken = keys.collect::<Vec<_>>().join("\n");
        assert_eq!(parsed(example).unwrap(), parsed("").unwrap());
        assert_eq!(parsed(&spoken).unwrap().listen, parsed("").unwrap().listen);
        for key in KEYS {
            let name = key.rsplit('.').next().unwrap();
            assert!(
                spoken.lines().any(|l| l.starts_with(&format!("{name} =")) || l == format!("[{name}]")),
                "{key}"
            );
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_a_suggestion() {
        refused("lisen = '0.0.0.0:1'", "unknown key `lisen`; did you mean `listen`?");
        refused("[tls]\ncertficate = 'x'", "`tls.certficate`; did you mean `tls.certificate`?");
        refused("colour_scheme = 1", "unknown key `colour_scheme`");
    }

    #[test]
    fn a_wrong_type_is_refused_with_its_line() {
        refused("data = 'x'\nlisten = 8443", "line 2");
        refused("data = ", "line 1");
    }

    #[test]
    fn flags_win_over_the_file() {
        let flags = Written { listen: Some("127.0.0.1:1".to_owned()), ..Written::default() };
        let file = parse("listen = '127.0.0.1:2'\ndata = '/d'", Path::new("r.toml")).unwrap();
        let config = Config::check(flags.over(file), Mode::Serve).unwrap();
        assert_eq!((config.listen.port(), config.data), (1, PathBuf::from("/d")));
    }

    #[test]
    fn addresses_and_urls_are_checked() {
        refused("listen = '8443'", "not an address with a port");
        refused("listen = '127.0.0.1:8444'", "both 127.0.0.1:8444");
        refused("external_url = 'http://a.b'", "must begin with https://");
        refused("external_url = 'https://a.b/scim/v2'", "must end after host and port");
        refused("external_url = 'https://u@a.b'", "user name");
        refused("[tls]\nkey = 'x'", "belong together");
        let config = parsed("external_url = 'https://Scim.Example.org:8443/'").unwrap();
        let url = config.external_url.unwrap();
        assert_eq!((url.as_str(), url.host()), ("https://Scim.Example.org:8443", "scim.example.org"));
    }

    #[test]
    fn receivers_are_on_the_internet_until_set() {
        let usual = parsed("").unwrap().events;
        assert_eq!((usual.policy, usual.retention_days), (Policy::default(), 90));
        let config = parsed("[events]\nallow = [\"10.1.0.0/16\"]\nretention_days = 7").unwrap().events;
        assert!(config.policy.check("10.1.2.3".parse().unwrap()).is_ok());
        assert_eq!(config.retention_days, 7);
        refused("[events]\nallow = [\"10.1\"]", "not a range of addresses");
        refused("[events]\nretention_days = 0", "between 1 and 36500");
    }

    #[test]
    fn rates_are_off_until_set_and_never_below_what_providers_need() {
        assert_eq!(parsed("").unwrap().limits, Limits::default());
        let config = parsed("[limits]\nrequests_per_second = 400\ntoken_requests_per_second = 0").unwrap();
        assert_eq!(config.limits, Limits { per_second: Some(400), token_per_second: None });
        refused("[limits]\ntoken_requests_per_second = 24", "between 25 and 1000000");
        refused("[limits]\nrequest_per_second = 30", "did you mean `limits.requests_per_second`?");
    }

    #[test]
    fn dev_stays_on_the_loopback_interface() {
        let config = Config::dev(PathBuf::from("d"), 9000, None).unwrap();
        assert_eq!((config.listen.port(), config.console_listen.port()), (9000, 9001));
        assert!(config.listen.ip().is_loopback());
    }
}
