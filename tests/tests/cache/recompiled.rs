//! The cache's own files, compiled again with the types of a controlled scheduler, and with guards that can be removed one
//! at a time.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "the files are the runtime's, which uses all of them and publishes some"
)]

use std::cell::Cell;

thread_local! {
    /// The removed guard. All threads of a controlled run are one thread of the system.
    static REMOVED: Cell<Option<&'static str>> = const { Cell::new(None) };
}

pub(crate) fn remove(guard: Option<&'static str>) {
    REMOVED.set(guard);
}

pub(crate) fn is_removed(guard: &str) -> bool {
    REMOVED.get() == Some(guard)
}

macro_rules! guard {
    ($name:literal, $with:expr, $without:expr) => {
        if $crate::recompiled::is_removed($name) {
            $without
        } else {
            $with
        }
    };
}

/// Replaces the runtime's own `sync`.
pub(crate) mod sync {
    pub(crate) use shuttle::sync::atomic::{AtomicU64, Ordering};
    pub(crate) use shuttle::sync::{Mutex, MutexGuard, TryLockError};

    /// Few, since each costs time in a schedule.
    pub(crate) const SLOTS: u64 = 4;

    pub(crate) async fn detached<T: Send + 'static>(
        future: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        shuttle::future::spawn(future).await.ok()
    }
}

macro_rules! recompile {
    ($($module:ident $path:literal;)*) => {
        $(
            #[path = $path]
            pub(crate) mod $module;
        )*
        /// The text of the files, for the list of their guards.
        pub(crate) const SOURCES: &[&str] = &[$(include_str!($path)),*];
    };
}

recompile! {
    counters "../../../gm-runtime/src/client/cache/counters.rs";
    events "../../../gm-runtime/src/client/cache/events.rs";
    validity "../../../gm-runtime/src/client/cache/validity.rs";
    flights "../../../gm-runtime/src/client/cache/flights.rs";
    identity "../../../gm-runtime/src/client/cache/identity.rs";
    keys "../../../gm-runtime/src/client/cache/keys.rs";
    latest_subscription "../../../gm-runtime/src/client/cache/latest_subscription.rs";
    lease "../../../gm-runtime/src/client/cache/lease.rs";
    live "../../../gm-runtime/src/client/cache/live.rs";
    recent_entries "../../../gm-runtime/src/client/cache/recent_entries.rs";
    reads "../../../gm-runtime/src/client/cache/reads.rs";
    stamp "../../../gm-runtime/src/client/cache/stamp.rs";
    store "../../../gm-runtime/src/client/cache/store.rs";
    writes "../../../gm-runtime/src/client/cache/writes.rs";
}

pub(crate) use counters::Counters;
pub(crate) use latest_subscription::LatestSubscription;
pub(crate) use lease::{Clock, Lease};
pub(crate) use live::Live;
pub(crate) use reads::Reads;
pub(crate) use recent_entries::RecentEntry;
pub(crate) use stamp::Stamp;
pub(crate) use store::{CacheEntry, Store};
pub(crate) use validity::{Reach, Validity};
