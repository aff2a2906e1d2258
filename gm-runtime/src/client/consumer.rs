//! The consumer's part of a handle: connects managers to their services.

use std::sync::Arc;

use super::announced::Announced;
use super::invalidation::websocket_url;
use super::remote::RemoteInterface;
use super::transport::TlsSource;
use super::transports::Transports;
use super::{
    BaseUrl, CachedRemote, Caches, ClientSettings, Context, CredentialSource, CredentialsByService, Document,
    Limits, RenewalContext, Requester, Subscriptions,
};
use crate::error::Error;
use crate::features::telemetry::RequestMetrics;
use crate::manager::{Description, Remote};
use crate::query::PaginationLimits;

/// The consumer's part of a handle.
pub(crate) struct Client {
    transports: Arc<Transports>,
    limits: Limits,
    credentials_by_service: CredentialsByService,
    base_urls: Vec<(BaseUrl, BaseUrl)>,
    caches: Caches,
    subscriptions: Subscriptions,
}

impl Client {
    pub(crate) fn new(settings: ClientSettings, pages: PaginationLimits) -> Result<Arc<Self>, Error> {
        settings.check()?;
        let base_urls = settings.base_urls()?;
        let tls = Arc::new(TlsSource::new(settings.tls.clone()));
        let transports = Arc::new(Transports::new(&settings, &tls));
        let to_others = Arc::clone(&transports);
        let credentials_by_service = settings.credentials_by_service(&RenewalContext {
            connect: Arc::new(move |max_received_bytes| to_others.for_document(max_received_bytes)),
            clock: Arc::clone(&settings.cache.clock),
            time_limit: settings.credential_time_limit,
        })?;
        let subscriptions = Subscriptions::new(Context {
            tls: Arc::clone(&tls),
            timeouts: settings.timeouts,
            ping_interval: settings.cache.ping_interval,
            max_staleness: settings.cache.max_staleness(),
            clock: Arc::clone(&settings.cache.clock),
        });
        Ok(Arc::new(Self {
            transports,
            limits: Limits {
                retries: settings.retries,
                idempotent_writes: settings.idempotent_writes,
                check_schemas: settings.check_schemas,
                max_received_bytes: settings.max_received_bytes,
                max_rows: settings.max_rows,
                pages,
            },
            credentials_by_service,
            base_urls,
            caches: Caches::new(settings.cache)?,
            subscriptions,
        }))
    }

    /// The most rows that are read at once.
    pub(crate) fn max_rows(&self) -> u64 {
        self.limits.max_rows
    }

    /// The actual base URL of a manager's service.
    pub(crate) fn locate(&self, remote: &Remote) -> Result<BaseUrl, Error> {
        let declared = BaseUrl::parse(remote.base_url())?;
        let actual = self.base_urls.iter().find(|(known, _)| *known == declared);
        Ok(actual.map_or(declared, |(_, actual)| actual.clone()))
    }

    /// A document at this URL, such as the keys of an identity provider.
    ///
    /// # Errors
    /// For a URL that is neither https nor http to a loopback address.
    pub(crate) fn document(&self, url: &str) -> Result<Document, Error> {
        Document::new(url, &self.transports)
    }

    /// The credentials for a manager's service, by its declared base URL.
    pub(crate) fn credentials(&self, remote: &Remote) -> Result<Option<&CredentialSource>, Error> {
        let declared = BaseUrl::parse(remote.base_url())?;
        Ok(self.credentials_by_service.of(&declared))
    }

    /// The URL of the websocket for a manager's events.
    pub(crate) fn websocket_url(&self, remote: &Remote) -> Result<Arc<str>, Error> {
        Ok(websocket_url(&self.locate(remote)?, remote))
    }

    pub(crate) fn subscriptions(&self) -> &Subscriptions {
        &self.subscriptions
    }

    /// Connects a manager to its service. `subscribe`: whether to open its websocket, if the manager has one.
    pub(crate) fn connect(
        &self,
        description: &'static Description,
        remote: &Remote,
        subscribe: bool,
    ) -> Result<CachedRemote, Error> {
        let base_url = self.locate(remote)?;
        let credentials = self.credentials(remote)?;
        let requester = Requester {
            transport: self.transports.to(&base_url),
            credentials: credentials.cloned(),
            limits: self.limits,
            announced: Announced::default(),
            origin: base_url.origin().into(),
            metrics: Arc::new(RequestMetrics::new(base_url.origin(), remote.resource())),
        };
        tracing::info!(
            manager = description.name(),
            url = base_url.as_str(),
            token = credentials.is_some(),
            "connecting a manager to its service"
        );
        let source = credentials.map(CredentialSource::key);
        let cache = self.caches.cache(description, remote, base_url.as_str(), &source);
        if let Some(credentials) = credentials {
            credentials.attach(&cache, &base_url);
        }
        if subscribe && remote.websocket_invalidation() && !self.caches.settings().manual_invalidation {
            let url = websocket_url(&base_url, remote);
            self.subscriptions.keep_open(url, credentials, &cache);
        }
        let remote = RemoteInterface::new(description, remote, &base_url, requester);
        Ok(CachedRemote::new(description, cache, remote))
    }

    /// The connection slots in use, by the origin of the owner.
    pub(crate) fn used_connections(&self) -> Vec<(String, usize)> {
        self.transports.used_connections()
    }

    /// The cached answers of all managers, and their estimated bytes.
    pub(crate) fn cache_size(&self) -> (u64, u64) {
        self.caches.size()
    }

    pub(crate) fn close(&self) {
        self.subscriptions.close();
    }
}
