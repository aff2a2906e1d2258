//! The settings of the client.

use std::sync::Arc;
use std::time::Duration;

use super::cache::CacheSettings;
use super::{BaseUrl, CredentialsByService, Declared, RenewalContext, Timeouts, Transport};
use crate::error::Error;

/// The settings of the client, as the builder collects them.
pub(crate) struct ClientSettings {
    pub(crate) credentials: Option<Declared>,
    pub(crate) credentials_by_service: Vec<(String, Declared)>,
    pub(crate) credential_time_limit: Duration,
    pub(crate) base_urls: Vec<(String, String)>,
    pub(crate) transport: Option<Arc<dyn Transport>>,
    pub(crate) tls: Option<rustls::ClientConfig>,
    pub(crate) timeouts: Timeouts,
    pub(crate) max_received_bytes: usize,
    pub(crate) max_connections: usize,
    pub(crate) max_rows: u64,
    pub(crate) retries: usize,
    pub(crate) idempotent_writes: bool,
    pub(crate) check_schemas: bool,
    pub(crate) cache: CacheSettings,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            credentials: None,
            credentials_by_service: Vec::new(),
            credential_time_limit: Duration::from_secs(10),
            base_urls: Vec::new(),
            transport: None,
            tls: None,
            timeouts: Timeouts::new(),
            max_received_bytes: 16 * 1024 * 1024,
            max_connections: 100,
            max_rows: 1_000_000,
            retries: 2,
            idempotent_writes: true,
            check_schemas: true,
            cache: CacheSettings::default(),
        }
    }
}

impl ClientSettings {
    pub(super) fn credentials_by_service(
        &self,
        context: &RenewalContext,
    ) -> Result<CredentialsByService, Error> {
        let mut by_service: Vec<(BaseUrl, Declared)> = Vec::new();
        for (service, credentials) in &self.credentials_by_service {
            let service = BaseUrl::parse(service)?;
            if by_service
                .iter()
                .any(|(known, other)| *known == service && !other.is_same(credentials))
            {
                return Err(Error::Configuration(format!(
                    "`{}` has two credentials: leave one `bearer_token_for` or `credentials_for` of it out",
                    service.as_str()
                )));
            }
            by_service.push((service, credentials.clone()));
        }
        CredentialsByService::new(self.credentials.clone(), by_service, context)
    }

    pub(super) fn base_urls(&self) -> Result<Vec<(BaseUrl, BaseUrl)>, Error> {
        let mut known: Vec<(BaseUrl, BaseUrl)> = Vec::new();
        for (declared, actual) in &self.base_urls {
            let (declared, actual) = (BaseUrl::parse(declared)?, BaseUrl::parse(actual)?);
            if known
                .iter()
                .any(|(known, other)| *known == declared && *other != actual)
            {
                return Err(Error::Configuration(format!(
                    "`base_url` is called twice for `{}`, with different addresses",
                    declared.as_str()
                )));
            }
            known.push((declared, actual));
        }
        Ok(known)
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        self.timeouts.check()?;
        let bounds = [
            ("max_received_bytes", self.max_received_bytes == 0),
            ("max_connections", self.max_connections == 0),
            ("max_rows", self.max_rows == 0),
        ];
        if self.credential_time_limit.is_zero() {
            return Err(Error::Configuration(
                "`credential_time_limit` is zero, so no provider could give a credential; leave it out to use the default"
                    .to_owned(),
            ));
        }
        match bounds.iter().find(|(_, zero)| *zero) {
            Some((name, _)) => Err(Error::Configuration(format!(
                "`{name}` is zero, so nothing could be read; leave it out to use the default"
            ))),
            None => Ok(()),
        }
    }
}
