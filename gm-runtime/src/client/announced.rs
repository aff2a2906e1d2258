//! What an owner announces of a resource, as its last reply says: its extensions, and the hash of its schema.

use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, WeakShared};

use super::transport::HttpResponse;
use crate::error::Error;
use crate::protocol::features::Features;
use crate::protocol::schema_hash::SchemaHash;

/// What an owner announced last for a resource.
#[derive(Default)]
pub(crate) struct Announced {
    /// The bits of the set, and [`KNOWN`]. 0 before the first reply.
    last: AtomicU16,
    /// The hash of the resource's schema. 0 without one.
    schema: AtomicU64,
    /// The request that finds the set out, while it is in flight.
    discovery: Mutex<Option<Discovery>>,
}

// Weak: the callers own the request, so it ends with the last of them.
type Discovery = WeakShared<BoxFuture<'static, Result<Features, Error>>>;

const KNOWN: u16 = 1 << 8;

impl Announced {
    /// The set, or `None` before the owner's first reply.
    pub(crate) fn last(&self) -> Option<Features> {
        let stored = self.last.load(Ordering::Relaxed);
        let [_, bits] = stored.to_be_bytes();
        (stored & KNOWN != 0).then(|| Features::of_bits(bits))
    }

    /// The hash of the resource's schema in the owner's last reply that had one.
    pub(crate) fn schema(&self) -> Option<SchemaHash> {
        SchemaHash::of_bits(self.schema.load(Ordering::Relaxed))
    }

    /// Notes what a response announces.
    ///
    /// An owner announces its extensions in each reply. A success without the header is from an owner without extensions. A
    /// failure without it may be from a proxy.
    pub(super) fn note(&self, response: &HttpResponse) {
        let features = match response.features() {
            Some(features) => features,
            None if response.is_success() => Features::NONE,
            None => return,
        };
        let schema = match response.schema() {
            Some(hash) => Some(hash.bits()),
            // The owner has no schemas any more, for example since it was rolled back.
            None => (response.is_success() && !features.contains(Features::SCHEMA)).then_some(0),
        };
        if let Some(schema) = schema
            && self.schema.load(Ordering::Relaxed) != schema
        {
            self.schema.store(schema, Ordering::Relaxed);
        }
        let stored = KNOWN | u16::from(features.bits());
        // Most replies announce the same. A store would take the cache line from the other threads.
        if self.last.load(Ordering::Relaxed) != stored {
            self.last.store(stored, Ordering::Relaxed);
        }
    }

    /// Finds the set out by a request, which `send` sends. Callers at the same time share one request.
    pub(crate) async fn discover<F>(&self, send: impl FnOnce() -> F) -> Result<Features, Error>
    where
        F: Future<Output = Result<Features, Error>> + Send + 'static,
    {
        let discovery = {
            let mut in_flight = self.discovery.lock().unwrap_or_else(PoisonError::into_inner);
            match in_flight.as_ref().and_then(WeakShared::upgrade) {
                Some(discovery) => discovery,
                None => {
                    let discovery = send().boxed().shared();
                    *in_flight = discovery.downgrade();
                    discovery
                }
            }
        };
        discovery.await
    }
}
