//! The settings of readiness.

use crate::gm::GmBuilder;

/// The settings of readiness.
impl GmBuilder {
    /// Makes a service not ready while its Postgres can't be reached. Off by default.
    ///
    /// While the database can't be reached, each request that needs it is answered 503. All replicas of a service lose a shared
    /// database at once. If they also stop being ready, a load balancer has no replica left, and requests that need no database
    /// fail, too. So turn this on only if another replica may have another database.
    pub fn ready_needs_database(mut self) -> Self {
        self.health.needs_database = true;
        self
    }

    /// Makes a service not ready while one of its subscriptions to another service is not live. Off by default: reads are sent
    /// to the owner then, and are as new as its answers.
    ///
    /// A subscription is opened at the first use of its manager.
    pub fn ready_needs_subscriptions(mut self) -> Self {
        self.health.needs_subscriptions = true;
        self
    }
}
