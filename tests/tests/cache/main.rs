//! The promise of the cache. `docs/design/cache.md` says which test shows what.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod credentials;
mod credentials_end_to_end;
mod end_to_end;
mod invalidation_client;
mod live;
mod loops;
mod model;
mod model_of_classes;
mod owner;
mod peer;
mod proxy;
mod random;
mod reads;
mod recompiled;
mod reconnecting;
mod schedules;
mod shared_subscription;
mod subscription;
mod subscription_tls;
mod tenants;
mod world;
