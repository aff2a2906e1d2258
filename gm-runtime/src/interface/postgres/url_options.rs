//! The options of libpq's URL that the driver has not, or has with another meaning.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;

use super::tls::{SYSTEM, TlsMode, TlsOptions};

/// The time until an attempt to connect fails.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The time until the first check of a silent connection, and the time between two of them.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(3);
const KEEPALIVE_RETRIES: u32 = 3;
/// The time for which sent bytes may stay unacknowledged.
const USER_TIMEOUT: Duration = Duration::from_secs(20);

/// Every owner of a domain gets a certificate of such an authority, so that only the name tells a server from another one.
const WEAK_SYSTEM: &str = "the authorities of the system certify any server, so `sslmode` must be `verify-full` with them; \
     `sslrootcert` names a file of others";

/// The options of libpq that the driver has not, or has with another meaning.
#[derive(Default)]
pub(super) struct OwnOptions {
    mode: Option<TlsMode>,
    root_certificates: Option<String>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    pub(super) password_file: Option<PathBuf>,
    user_timeout: Option<Duration>,
    retries: Option<u32>,
    has_idle: bool,
    has_interval: bool,
}

impl OwnOptions {
    /// Takes an option. Returns whether it is one of these.
    pub(super) fn take(&mut self, key: &str, value: &str) -> Result<bool, Cow<'static, str>> {
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
            "keepalives_count" => {
                let retries = value
                    .parse()
                    .map_err(|_| "the option `keepalives_count` is no number")?;
                self.retries = Some(retries);
            }
            // The driver's name of it.
            "keepalives_retries" => {
                return Err("the option `keepalives_retries` is `keepalives_count`".into());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Fills in what the URL leaves open.
    pub(super) fn complete(&self, config: &mut Config) {
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
        config.keepalives_retries(self.retries.unwrap_or(KEEPALIVE_RETRIES));
        if config.get_application_name().is_none() {
            config.application_name(format!("gm {}", program()));
        }
    }

    /// The options of TLS. Connections on this machine have none.
    pub(super) fn tls(&self, is_local: bool) -> Result<TlsOptions, Cow<'static, str>> {
        if self.certificate.is_some() != self.key.is_some() {
            return Err("`sslcert` and `sslkey` need each other".into());
        }
        let mode = match (self.mode, self.root_certificates.as_deref()) {
            _ if is_local => TlsMode::Disable,
            (None | Some(TlsMode::VerifyFull), Some(SYSTEM)) => TlsMode::VerifyFull,
            (Some(_), Some(SYSTEM)) | (Some(TlsMode::VerifyCa), None) => return Err(WEAK_SYSTEM.into()),
            (mode, _) => mode.unwrap_or(TlsMode::Prefer),
        };
        Ok(TlsOptions {
            mode,
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
