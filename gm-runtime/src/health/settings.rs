//! The settings of the report.

use std::time::Duration;

/// What readiness depends on, and how long a turn of a loop may take.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HealthSettings {
    pub(crate) needs_database: bool,
    pub(crate) needs_subscriptions: bool,
    /// The time limits of a job together.
    pub(crate) job_time: Duration,
}
