//! The health of a handle: whether its loops turn, and whether it is ready for requests.
//!
//! [`Gm::health`](crate::Gm::health) returns it. The guide's page "Operating" says what to do with it.

mod pulse;
mod report;
mod serialize;
mod settings;

pub(crate) use pulse::{Beat, Pulse};
pub use report::{DatabaseHealth, Health, LoopHealth, NotReady, SubscriptionHealth, SubscriptionStatus};
pub(crate) use settings::HealthSettings;
