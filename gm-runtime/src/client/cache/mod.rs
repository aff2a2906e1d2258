//! The consumer's cache. `docs/design/cache.md` explains how it stays valid.

#[macro_use]
mod guard;

mod answer;
mod batch;
mod caches;
mod clock;
mod counters;
mod dispatch;
mod events;
mod flights;
mod group;
mod identity;
mod keys;
mod latest_subscription;
mod lease;
mod live;
mod miss_cause;
mod reachability;
mod read_through;
mod reads;
mod recent_entries;
mod resource;
mod settings;
mod sockets;
mod stamp;
mod stats;
mod store;
mod sync;
mod validity;
mod writes;

pub use lease::Clock;
pub use miss_cause::MissCause;
pub use stats::CacheStats;

pub(crate) use answer::CachedAnswer;
pub(crate) use batch::BatchCaches;
pub(crate) use caches::Caches;
pub(crate) use dispatch::LiveSubscription;
pub(crate) use flights::SendHook;
pub(crate) use reachability::Reachability;
pub(crate) use resource::ResourceCache;
pub(crate) use settings::CacheSettings;

use counters::Counters;
use latest_subscription::LatestSubscription;
use lease::Lease;
use live::Live;
use reads::Reads;
use recent_entries::{RecentEntries, RecentEntry};
use stamp::Stamp;
use store::{CacheEntry, Store};
use validity::{Reach, Validity};
use writes::Invalidate;
