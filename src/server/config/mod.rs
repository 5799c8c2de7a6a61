//! What the appliance is told to be: as written in flags and in the configuration file, then checked.
//!
//! A flag wins over the file, the file over the default. It reads the file and nothing else.

mod error;
mod written;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use ::events::Policy;
use access::{LEAST_PER_SECOND, Limits, MOST_PER_SECOND};
use http::Uri;

pub(crate) use error::ConfigError;
pub(crate) use written::{Written, WrittenEvents, WrittenLimits, WrittenTls};

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

impl Config {
    /// Reads the file, if there is one, and checks what it and the flags say together.
    pub(crate) fn load(flags: Written, file: Option<&Path>) -> Result<Config, ConfigError> {
        let written = match file {
            Some(path) => Written::read(path)?,
            None if Path::new(FILE).exists() => Written::read(Path::new(FILE))?,
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
        Config::check(Written::parse(text, Path::new("r.toml"))?, Mode::Serve)
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
        let example = include_str!("../../../packaging/rollcall.toml");
        let keys = example
            .lines()
            .map(|line| line.strip_prefix('#').filter(|l| !l.starts_with(' ')).unwrap_or(line));
        let spoken = keys.collect::<Vec<_>>().join("\n");
        assert_eq!(parsed(example).unwrap(), parsed("").unwrap());
        assert_eq!(parsed(&spoken).unwrap().listen, parsed("").unwrap().listen);
        for key in written::KEYS {
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
        let file = Written::parse("listen = '127.0.0.1:2'\ndata = '/d'", Path::new("r.toml")).unwrap();
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
