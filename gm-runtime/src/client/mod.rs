//! The consumer's side: requests to owners, the cache in front of them, and the subscriptions that invalidate it.

mod announced;
mod base_url;
mod cache;
mod cached_remote;
mod consumer;
mod credentials;
mod custom_transport;
mod document;
mod error_response;
mod invalidation;
mod loopback;
mod remote;
mod remote_write;
mod requester;
mod retry;
mod send_hook;
mod settings;
mod subscription_state;
mod timeouts;
mod transport;
mod transports;

pub(crate) use base_url::BaseUrl;
pub use cache::{CacheStats, Clock, MissCause};
pub(crate) use cache::{Caches, ResourceCache};
pub(crate) use cached_remote::CachedRemote;
pub(crate) use consumer::Client;
pub(crate) use credentials::{ActiveCredential, CredentialSource, Declared, Held, Renewing};
pub use credentials::{
    ClientAuthentication, ClientCredentials, Credential, CredentialProvider, CredentialRequest, TokenFile,
};
use credentials::{CredentialsByService, RenewalContext};
pub(crate) use document::Document;
pub(crate) use invalidation::{Context, Hold, Subscription, SubscriptionMonitor, Subscriptions};
pub use invalidation::{EventError, InvalidationEvent};
pub(crate) use requester::{Call, Limits, Reply, Requester};
pub(crate) use send_hook::with_send_hook;
pub(crate) use settings::ClientSettings;
pub use subscription_state::{Disconnect, SubscriptionState};
pub use timeouts::Timeouts;
pub use transport::{HttpRequest, HttpResponse, Transport, TransportFuture};

pub use crate::error::request::Method;
