//! The transports of a handle, one for each owner.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::custom_transport::CustomTransport;
use super::transport::{AwcTransport, Limits, Spawner, TlsSource};
use super::{BaseUrl, Timeouts, Transport};

/// The transports of a handle: the application's own, or one for each owner. An owner that hangs then takes no connections from
/// the others.
pub(super) struct Transports {
    custom: Option<Arc<dyn Transport>>,
    timeouts: Timeouts,
    max_received_bytes: usize,
    max_connections: usize,
    tls: Arc<TlsSource>,
    spawner: Arc<Spawner>,
    /// By origin: scheme, host and port.
    owners: Mutex<HashMap<String, Arc<AwcTransport>>>,
}

impl Transports {
    pub(super) fn new(settings: &super::ClientSettings, tls: &Arc<TlsSource>) -> Self {
        Self {
            custom: settings.transport.clone().map(|transport| {
                let limit = settings.timeouts.request;
                Arc::new(CustomTransport { transport, limit }) as Arc<dyn Transport>
            }),
            timeouts: settings.timeouts,
            max_received_bytes: settings.max_received_bytes,
            // `Semaphore::new` panics above this number, which is as good as no limit.
            max_connections: settings.max_connections.min(Semaphore::MAX_PERMITS),
            tls: Arc::clone(tls),
            spawner: Arc::new(Spawner::new("gm-client")),
            owners: Mutex::default(),
        }
    }

    /// The transport for requests to this service.
    pub(super) fn to(&self, service: &BaseUrl) -> Arc<dyn Transport> {
        if let Some(custom) = &self.custom {
            return Arc::clone(custom);
        }
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let owner = owners
            .entry(service.origin().to_owned())
            .or_insert_with(|| Arc::new(self.awc(self.max_received_bytes, self.max_connections)));
        Arc::clone(owner) as Arc<dyn Transport>
    }

    /// The connection slots in use, by the origin of the owner.
    pub(super) fn used_connections(&self) -> Vec<(String, usize)> {
        let owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let used =
            |transport: &AwcTransport| self.max_connections.saturating_sub(transport.free_connections());
        owners
            .iter()
            .map(|(origin, transport)| (origin.clone(), used(transport)))
            .collect()
    }

    /// A transport for small documents: responses have at most this many bytes, and there is one connection.
    pub(super) fn for_document(&self, max_received_bytes: usize) -> Arc<dyn Transport> {
        match &self.custom {
            Some(custom) => Arc::clone(custom),
            None => Arc::new(self.awc(max_received_bytes, 1)),
        }
    }

    fn awc(&self, max_received_bytes: usize, connections: usize) -> AwcTransport {
        let limits = Limits {
            timeouts: self.timeouts,
            max_received_bytes,
            connections: Arc::new(Semaphore::new(connections)),
            tls: Arc::clone(&self.tls),
        };
        AwcTransport::new(limits, &self.spawner)
    }
}
