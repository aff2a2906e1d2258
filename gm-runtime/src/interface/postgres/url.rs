//! The URL of a server, as libpq has it.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::tls::{TlsMode, TlsOptions};
use crate::error::Error;
use crate::field::quoted;

/// A server, as its URL names it.
#[derive(Clone)]
pub(super) struct ServerUrl {
    /// Without a password, unless the URL has one.
    pub(super) config: Config,
    pub(super) tls: TlsOptions,
    /// The file that the URL names for passwords.
    pub(super) password_file: Option<PathBuf>,
}

/// The time until an attempt to connect fails.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The time until the first check of a silent connection, and the time between two of them.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(3);
const KEEPALIVE_RETRIES: u32 = 3;
/// The time for which sent bytes may stay unacknowledged.
const USER_TIMEOUT: Duration = Duration::from_secs(20);

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
        let hosts = self.config.get_hosts().iter().enumerate().map(|(index, host)| {
            let ports = self.config.get_ports();
            let port = ports.get(index).or(ports.first()).unwrap_or(&5432);
            match host {
                Host::Tcp(name) => format!("{name}:{port}"),
                Host::Unix(folder) => format!("{}/.s.PGSQL.{port}", folder.display()),
            }
        });
        let hosts: Vec<_> = hosts.collect();
        match hosts.is_empty() {
            true => format!("{:?}", self.config.get_hostaddrs()),
            false => hosts.join(","),
        }
    }
}

fn parse(url: &str) -> Result<ServerUrl, Cow<'static, str>> {
    let rest = url
        .strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))
        .ok_or("`//` is missing behind `postgres:`")?;
    check_authority(rest)?;
    let (place, options) = url.split_once('?').unwrap_or((url, ""));
    let mut own = OwnOptions::default();
    let mut others = Vec::new();
    for option in options.split('&').filter(|option| !option.is_empty()) {
        let (key, value) = option.split_once('=').ok_or("an option has no value")?;
        let decoded = percent_decode_str(value)
            .decode_utf8()
            .map_err(|_| format!("the value of the option {} is not UTF-8", quoted(key)))?;
        if !own.take(key, &decoded)? {
            others.push(option);
        }
    }
    let mut config: Config = format!("{place}?{}", others.join("&"))
        .parse()
        .map_err(|error| with_reason(&error))?;
    check(&config)?;
    own.complete(&mut config);
    let has_several = config.get_hosts().len().max(config.get_hostaddrs().len()) > 1;
    match config.get_target_session_attrs() {
        TargetSessionAttrs::ReadOnly => {
            return Err(
                "a server that is read-only accepts no writes; leave out `target_session_attrs`".into(),
            );
        }
        // Of several servers, the one that accepts writes. For one, the check of the server has the better error.
        _ if has_several => config.target_session_attrs(TargetSessionAttrs::ReadWrite),
        _ => config.target_session_attrs(TargetSessionAttrs::Any),
    };
    let is_local = |host: &Host| matches!(host, Host::Unix(_));
    let tls = own.tls(config.get_hosts().iter().all(is_local) && config.get_hostaddrs().is_empty())?;
    config.ssl_mode(match tls.mode {
        TlsMode::Disable => SslMode::Disable,
        TlsMode::Prefer => SslMode::Prefer,
        TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => SslMode::Require,
    });
    Ok(ServerUrl {
        config,
        tls,
        password_file: own.password_file,
    })
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

fn check(config: &Config) -> Result<(), Cow<'static, str>> {
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err("the host is missing".into());
    }
    let is_empty = |host: &Host| matches!(host, Host::Tcp(name) if name.is_empty());
    if config.get_hosts().iter().any(is_empty) {
        return Err("a host is empty".into());
    }
    // The values are sent as texts that end with a zero.
    let texts = [
        config.get_user(),
        config.get_dbname(),
        config.get_options(),
        config.get_application_name(),
    ];
    if texts.into_iter().flatten().any(|text| text.contains('\0')) {
        return Err("it has a character of the code 0".into());
    }
    Ok(())
}

/// The reason of an error of the driver's parser, which names an option and never its value.
fn with_reason(error: &tokio_postgres::Error) -> Cow<'static, str> {
    match std::error::Error::source(error) {
        Some(reason) => reason.to_string().into(),
        None => error.to_string().into(),
    }
}

/// The options of libpq that the driver has not, or has with another meaning.
#[derive(Default)]
struct OwnOptions {
    mode: Option<TlsMode>,
    root_certificates: Option<String>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    password_file: Option<PathBuf>,
    user_timeout: Option<Duration>,
    has_idle: bool,
    has_interval: bool,
    has_retries: bool,
}

impl OwnOptions {
    /// Takes an option. Returns whether it is one of these.
    fn take(&mut self, key: &str, value: &str) -> Result<bool, Cow<'static, str>> {
        match key {
            "sslmode" => self.mode = Some(TlsMode::of(value)?),
            "sslrootcert" => self.root_certificates = Some(value.to_owned()),
            "sslcert" => self.certificate = Some(value.into()),
            "sslkey" => self.key = Some(value.into()),
            "passfile" => self.password_file = Some(value.into()),
            // libpq counts milliseconds, and the driver seconds.
            "tcp_user_timeout" => {
                let milliseconds = value
                    .parse()
                    .map_err(|_| "the option `tcp_user_timeout` is no number of milliseconds")?;
                self.user_timeout = Some(Duration::from_millis(milliseconds));
            }
            "keepalives_idle" => {
                self.has_idle = true;
                return Ok(false);
            }
            "keepalives_interval" => {
                self.has_interval = true;
                return Ok(false);
            }
            // libpq's name is `keepalives_count`.
            "keepalives_retries" => {
                self.has_retries = true;
                return Ok(false);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Fills in what the URL leaves open.
    fn complete(&self, config: &mut Config) {
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        config.tcp_user_timeout(self.user_timeout.unwrap_or(USER_TIMEOUT));
        if !self.has_idle {
            config.keepalives_idle(KEEPALIVE_IDLE);
        }
        if !self.has_interval {
            config.keepalives_interval(KEEPALIVE_INTERVAL);
        }
        if !self.has_retries {
            config.keepalives_retries(KEEPALIVE_RETRIES);
        }
        if config.get_application_name().is_none() {
            config.application_name(format!("gm {}", program()));
        }
    }

    /// The options of TLS. Connections on this machine have none.
    fn tls(&self, is_local: bool) -> Result<TlsOptions, Cow<'static, str>> {
        if self.certificate.is_some() != self.key.is_some() {
            return Err("`sslcert` and `sslkey` need each other".into());
        }
        Ok(TlsOptions {
            mode: match is_local {
                true => TlsMode::Disable,
                false => self.mode.unwrap_or(TlsMode::Prefer),
            },
            root_certificates: self.root_certificates.clone(),
            client: self.certificate.clone().zip(self.key.clone()),
        })
    }
}

/// The name of the program.
fn program() -> String {
    let path = std::env::args_os().next().map(PathBuf::from);
    let name = path.as_deref().and_then(|path| path.file_stem());
    name.map(|name| {
        name.to_string_lossy()
            .chars()
            .filter(|c| c.is_ascii_graphic())
            .take(48)
            .collect()
    })
    .unwrap_or_default()
}
