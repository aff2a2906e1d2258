//! The extensions that an owner announces, as its last reply says.

use std::sync::atomic::{AtomicU16, Ordering};

use super::transport::HttpResponse;
use crate::protocol::features::Features;

/// The extensions that an owner announced last for a resource.
#[derive(Debug, Default)]
pub(crate) struct Announced(
    /// The bits of the set, and [`KNOWN`]. 0 before the first reply.
    AtomicU16,
);

const KNOWN: u16 = 1 << 8;

impl Announced {
    /// The set, or `None` before the owner's first reply.
    pub(crate) fn last(&self) -> Option<Features> {
        let stored = self.0.load(Ordering::Relaxed);
        let [_, bits] = stored.to_be_bytes();
        (stored & KNOWN != 0).then(|| Features::of_bits(bits))
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
        let stored = KNOWN | u16::from(features.bits());
        // Most replies announce the same. A store would take the cache line from the other threads.
        if self.0.load(Ordering::Relaxed) != stored {
            self.0.store(stored, Ordering::Relaxed);
        }
    }
}
