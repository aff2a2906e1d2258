//! The consumer's side: requests to owners, the cache in front of them, and the subscriptions that invalidate it.

mod base_url;
mod cache;
mod cached_remote;
mod credentials;
mod custom_transport;
mod error_response;
mod invalidation;
mod remote;
mod requester;
mod retry;
mod send_hook;
mod settings;
mod subscription_state;
mod transport;
mod transports;

use std::sync::Arc;

pub(crate) use base_url::BaseUrl;
pub use cache::{CacheStats, Clock};
pub(crate) use cache::{Caches, ResourceCache};
pub(crate) use cached_remote::CachedRemote;
pub(crate) use credentials::{Credentials, CredentialsByService};
pub(crate) use invalidation::{Context, Hold, Subscription, SubscriptionMonitor, Subscriptions};
pub use invalidation::{EventError, InvalidationEvent};
pub(crate) use requester::{Call, Limits, Reply, Requester};
pub(crate) use send_hook::with_send_hook;
pub(crate) use settings::ClientSettings;
pub use settings::Timeouts;
pub use subscription_state::{Disconnect, SubscriptionState};
pub use transport::{HttpRequest, HttpResponse, Transport, TransportFuture};

pub use crate::error::request::Method;

use crate::error::Error;
use crate::manager::{Description, Remote};
use crate::query::PagesLimits;
use remote::RemoteInterface;
use transport::TlsSource;
use transports::Transports;

/// The consumer's half of a handle.
pub(crate) struct Client {
    transports: Transports,
    limits: Limits,
    credentials_by_service: CredentialsByService,
    base_urls: Vec<(BaseUrl, BaseUrl)>,
    caches: Caches,
    subscriptions: Subscriptions,
}

impl Client {
    pub(crate) fn new(settings: ClientSettings, pages: PagesLimits) -> Result<Arc<Self>, Error> {
        settings.check()?;
        let base_urls = settings.base_urls()?;
        let credentials_by_service = settings.credentials_by_service()?;
        let tls = Arc::new(TlsSource::new(settings.tls.clone()));
        let subscriptions = Subscriptions::new(Context {
            tls: Arc::clone(&tls),
            timeouts: settings.timeouts,
            ping_interval: settings.cache.ping_interval,
            max_staleness: settings.cache.max_staleness(),
            clock: Arc::clone(&settings.cache.clock),
        });
        Ok(Arc::new(Self {
            transports: Transports::new(&settings, &tls),
            limits: Limits {
                retries: settings.retries,
                max_reply_size: settings.max_reply_size,
                max_rows: settings.max_rows,
                pages,
            },
            credentials_by_service,
            base_urls,
            caches: Caches::new(settings.cache)?,
            subscriptions,
        }))
    }

    /// The actual base URL of a manager's service.
    pub(crate) fn locate(&self, remote: &Remote) -> Result<BaseUrl, Error> {
        let declared = BaseUrl::parse(remote.base_url())?;
        let actual = self.base_urls.iter().find(|(known, _)| *known == declared);
        Ok(actual.map_or(declared, |(_, actual)| actual.clone()))
    }

    /// The credentials for a manager's service, by its declared base URL.
    pub(crate) fn credentials(&self, remote: &Remote) -> Result<Option<&Credentials>, Error> {
        let declared = BaseUrl::parse(remote.base_url())?;
        Ok(self.credentials_by_service.of(&declared))
    }

    /// The URL of the websocket for a manager's events.
    pub(crate) fn websocket_url(&self, remote: &Remote) -> Result<Arc<str>, Error> {
        Ok(invalidation::websocket_url(&self.locate(remote)?, remote))
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
        };
        tracing::info!(
            manager = description.name(),
            url = base_url.as_str(),
            token = credentials.is_some(),
            "connecting a manager to its service"
        );
        let authorization = credentials.map(Credentials::authorization);
        let cache = self
            .caches
            .cache(description, remote, base_url.as_str(), authorization);
        if subscribe && remote.websocket_invalidation() && !self.caches.settings().manual_invalidation {
            let url = invalidation::websocket_url(&base_url, remote);
            self.subscriptions.keep_open(url, credentials, &cache);
        }
        let remote = RemoteInterface::new(description, remote, &base_url, requester);
        Ok(CachedRemote::new(description, cache, remote))
    }

    pub(crate) fn close(&self) {
        self.subscriptions.close();
    }
}
