//! The consumer's cache, and what keeps it true: see `docs/design/cache.md`.

#[macro_use]
mod guard;

mod caches;
mod clock;
mod counters;
mod dispatch;
mod events;
mod fence;
mod flights;
mod form;
mod keys;
mod lease;
mod live;
mod memory;
mod presence;
mod reads;
mod resource;
mod settings;
mod stats;
mod store;
mod sync;
mod writes;

pub use lease::Clock;
pub use stats::CacheStats;

pub(crate) use caches::Caches;
pub(crate) use dispatch::Dispatch;
pub(crate) use flights::Departs;
pub(crate) use form::{Form, bytes_of};
pub(crate) use presence::Presence;
pub(crate) use resource::{Asked, ResourceCache};
pub(crate) use settings::CacheSettings;

use counters::Counters;
use fence::{Fence, Reach};
use lease::Lease;
use live::{Live, Source};
use memory::{Memories, Memory};
use reads::{Mark, Reads};
use store::{Kept, Store};
use writes::Passes;
