//! The URL of a server, as libpq has it.

use std::borrow::Cow;
use std::net::IpAddr;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, LoadBalanceHosts, SslMode, TargetSessionAttrs};
use uuid::Uuid;

use super::tls::{TlsMode, TlsOptions};
use super::url_options::OwnOptions;
use crate::error::Error;
use crate::field::quoted;

/// A server, as its URL names it.
#[derive(Clone)]
pub(super) struct ServerUrl {
    /// How each host of the URL is connected to, at least one. They have no password, unless the URL has one.
    pub(super) hosts: Vec<Config>,
    pub(super) tls: TlsOptions,
    /// The file that the URL names for passwords.
    pub(super) password_file: Option<PathBuf>,
}

impl ServerUrl {
    /// Parses the URL of this method of the builder.
    ///
    /// # Errors
    /// The message shows no part of the URL that may be a password.
    pub(super) fn parse(method: &'static str, url: &str) -> Result<Self, Error> {
        parse(url).map_err(|problem| {
            Error::Configuration(format!(
                "`.{method}(\"postgres://..\")`: {problem}; write `postgres://user:password@host:port/name?option=value`, with \
                 special characters percent-encoded, such as `%40` for `@`"
            ))
        })
    }

    /// The place of the server, for errors and logs.
    pub(super) fn place(&self) -> String {
        let places: Vec<_> = self.hosts.iter().map(place_of).collect();
        places.join(",")
    }

    /// Warns if connections to another machine may be without TLS.
    pub(super) fn warn_if_exposed(&self) {
        if self.tls.mode == TlsMode::Prefer && !self.hosts.iter().all(is_on_this_machine) {
            tracing::warn!(
                "the connections to the database server at {} may be read and changed on the way, since `sslmode` is `prefer`: \
                 write `sslmode=verify-full` in the URL",
                self.place()
            );
        }
    }
}

/// The place of one host, for errors and logs.
pub(super) fn place_of(host: &Config) -> String {
    let port = host.get_ports().first().unwrap_or(&5432);
    match (host.get_hosts().first(), host.get_hostaddrs().first()) {
        (Some(Host::Tcp(name)), _) => format!("{name}:{port}"),
        (Some(Host::Unix(folder)), _) => format!("{}/.s.PGSQL.{port}", folder.display()),
        (None, Some(address)) => format!("{address}:{port}"),
        (None, None) => format!("?:{port}"),
    }
}

fn is_on_this_machine(host: &Config) -> bool {
    match (host.get_hostaddrs().first(), host.get_hosts().first()) {
        (Some(address), _) => address.is_loopback(),
        (None, Some(Host::Unix(_))) => true,
        (None, Some(Host::Tcp(name))) => {
            name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
        }
        (None, None) => false,
    }
}

fn parse(url: &str) -> Result<ServerUrl, Cow<'static, str>> {
    let rest = url
        .strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))
        .ok_or("`//` is missing behind `postgres:`")?;
    check_authority(rest)?;
    let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
    let mut own = OwnOptions::default();
    let (mut of_hosts, mut others) = (Vec::new(), Vec::new());
    for option in options.split('&').filter(|option| !option.is_empty()) {
        let (key, value) = option.split_once('=').ok_or("an option has no value")?;
        let key = decoded(key).ok_or("the name of an option is not UTF-8")?;
        let text =
            decoded(value).ok_or_else(|| format!("the value of the option {} is not UTF-8", quoted(&key)))?;
        match &*key {
            "host" | "hostaddr" | "port" => of_hosts.push(option),
            _ if own.take(&key, &text)? => {}
            _ => others.push(option),
        }
    }
    let parsed = |place: &str, options: &[&str]| -> Result<Config, _> {
        let url = format!("postgres://{place}?{}", options.join("&"));
        url.parse().map_err(|error| with_reason(&error))
    };
    let mut config = parsed(&without_hosts(place), &others)?;
    own.complete(&mut config);
    let hosts = hosts(&parsed(place, &of_hosts)?, &config)?;
    check(&hosts)?;
    let is_local = |host: &Config| {
        let is_socket = |host: &Host| matches!(host, Host::Unix(_));
        host.get_hosts().first().is_some_and(is_socket) && host.get_hostaddrs().is_empty()
    };
    let tls = own.tls(hosts.iter().all(is_local))?;
    Ok(ServerUrl {
        hosts: completed(hosts, tls.mode)?,
        tls,
        password_file: own.password_file,
    })
}

fn decoded(text: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(text).decode_utf8().ok()
}

/// Refuses URLs whose parts can't be told apart. A piece of a password would be taken for the host, and be named in errors.
fn check_authority(rest: &str) -> Result<(), &'static str> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(end);
    match authority.matches('@').count() {
        0 if behind.contains('@') => Err("the user name or the password has a special character"),
        0 | 1 if rest.contains('#') => Err("it has a `#`"),
        0 | 1 => Ok(()),
        _ => Err("the user name or the password has an `@`"),
    }
}

/// The part of a URL before its options, without the hosts.
fn without_hosts(place: &str) -> String {
    let (authority, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    match authority.split_once('@') {
        Some((user, _)) => format!("{user}@{path}"),
        None => path.to_owned(),
    }
}

/// A configuration for each host of `listed`, with all else of `common`. The driver would use one password and one time limit for
/// all of them, so that a host that is silent would leave no time for the next one.
fn hosts(listed: &Config, common: &Config) -> Result<Vec<Config>, &'static str> {
    let (names, addresses, ports) = (listed.get_hosts(), listed.get_hostaddrs(), listed.get_ports());
    let number = names.len().max(addresses.len());
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return Err("the numbers of hosts and of addresses in `hostaddr` differ");
    }
    if ports.len() > 1 && ports.len() != number {
        return Err("the numbers of hosts and of ports differ");
    }
    let host = |index: usize| {
        let mut host = common.clone();
        match names.get(index) {
            Some(Host::Tcp(name)) => {
                host.host(name);
            }
            Some(Host::Unix(folder)) => {
                host.host_path(folder);
            }
            None => {}
        }
        if let Some(address) = addresses.get(index) {
            host.hostaddr(*address);
        }
        host.port(*ports.get(index).or(ports.first()).unwrap_or(&5432));
        host
    };
    Ok((0..number).map(host).collect())
}

fn check(hosts: &[Config]) -> Result<(), &'static str> {
    let Some(config) = hosts.first() else {
        return Err("the host is missing");
    };
    let is_empty = |host: &Config| matches!(host.get_hosts(), [Host::Tcp(name)] if name.is_empty());
    if hosts.iter().any(is_empty) {
        return Err("a host is empty");
    }
    // The values are sent as texts that end with a zero.
    let texts = [
        config.get_user(),
        config.get_dbname(),
        config.get_options(),
        config.get_application_name(),
    ];
    if texts.into_iter().flatten().any(|text| text.contains('\0')) {
        return Err("it has a character of the code 0");
    }
    Ok(())
}

/// The hosts with the settings that depend on all of them.
fn completed(mut hosts: Vec<Config>, tls: TlsMode) -> Result<Vec<Config>, &'static str> {
    let has_several = hosts.len() > 1;
    for host in &mut hosts {
        match host.get_target_session_attrs() {
            TargetSessionAttrs::ReadOnly => {
                return Err("a server that is read-only accepts no writes; leave out `target_session_attrs`");
            }
            // Of several servers, the one that accepts writes. For one, the check of the server has the better error.
            _ if has_several => host.target_session_attrs(TargetSessionAttrs::ReadWrite),
            _ => host.target_session_attrs(TargetSessionAttrs::Any),
        };
        host.ssl_mode(match tls {
            TlsMode::Disable => SslMode::Disable,
            TlsMode::Prefer => SslMode::Prefer,
            TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => SslMode::Require,
        });
    }
    let first = hosts.first().map(Config::get_load_balance_hosts);
    if first == Some(LoadBalanceHosts::Random) {
        hosts.sort_by_cached_key(|_| Uuid::new_v4());
    }
    Ok(hosts)
}

/// The reason of an error of the driver's parser, which names an option and never its value.
fn with_reason(error: &tokio_postgres::Error) -> Cow<'static, str> {
    match std::error::Error::source(error) {
        Some(reason) => reason.to_string().into(),
        None => error.to_string().into(),
    }
}
