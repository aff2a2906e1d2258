//! What is reported about a handle.

use std::time::Duration;

/// The health of a handle, from [`Gm::health`](crate::Gm::health).
///
/// It is serialized as an object with the fields below and `live` and `ready`. It contains names of managers, and no URL, no
/// error text and no value of a row.
///
/// ```
/// # use gm_runtime::Gm;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let gm = Gm::builder().build().await?;
/// let health = gm.health();
/// assert!(health.is_live() && health.is_ready());
/// assert_eq!(serde_json::to_value(&health)?["ready"], true);
///
/// gm.close().await;
/// assert!(!gm.health().is_ready());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Why the handle is not ready. Empty if it is.
    pub not_ready: Vec<NotReady>,
    /// The loops of the handle's own threads and tasks.
    pub loops: Vec<LoopHealth>,
    /// The database. `None` for a handle without one.
    pub database: Option<DatabaseHealth>,
    /// The subscriptions to other services, of the managers that were used so far.
    pub subscriptions: Vec<SubscriptionHealth>,
    /// The writes in flight.
    pub writes: usize,
}

/// A loop of one of the handle's own threads or tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoopHealth {
    /// What the loop does, such as `sqlite writer`.
    pub name: &'static str,
    /// Whether it began a turn recently enough. A turn may take as long as the time limits of reads, transactions and writes of
    /// many rows together, and a minute more.
    pub turning: bool,
    /// The time since its last turn began. `None` once it has ended.
    pub since_turn: Option<Duration>,
}

/// Why a handle is not ready for requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotReady {
    /// The service stops: `run_until` or [`close`](crate::Gm::close) has begun to end it.
    Stopping,
    /// The file of the SQLite database was removed, replaced or cut short. The service must be started again.
    DatabaseFileLost,
    /// The change feed of the Postgres database is not received, and the server can be reached. Subscribers are refused.
    FeedLost,
    /// The application has suspended the events of an exposed manager
    /// ([`suspend_events`](crate::Gm::suspend_events)). Its subscribers are refused.
    EventsSuspended,
    /// The Postgres database can't be reached. Only with `GmBuilder::ready_needs_database`.
    DatabaseUnreachable,
    /// A subscription to another service is not live. Only with `GmBuilder::ready_needs_subscriptions`.
    SubscriptionDown,
}

impl NotReady {
    /// The reason as one word, as the route of [`Gm`](crate::Gm) for readiness answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stopping => "stopping",
            Self::DatabaseFileLost => "database_file_lost",
            Self::FeedLost => "feed_lost",
            Self::EventsSuspended => "events_suspended",
            Self::DatabaseUnreachable => "database_unreachable",
            Self::SubscriptionDown => "subscription_down",
        }
    }
}

/// The state of the database, as far as it is known without a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseHealth {
    /// The file is in place, or the change feed of the server is received.
    Available,
    /// The server can't be reached, or does not answer. Requests that need it are answered 503.
    Unreachable,
    /// The change feed is not received for another reason, such as a wrong `database_listen_url`. The log says which.
    FeedLost,
    /// The file was removed, replaced or cut short.
    FileLost,
}

impl DatabaseHealth {
    /// The state as one word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Unreachable => "unreachable",
            Self::FeedLost => "feed_lost",
            Self::FileLost => "file_lost",
        }
    }
}

/// The subscription of a manager to the events of another service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubscriptionHealth {
    /// The manager's struct.
    pub manager: &'static str,
    /// The state of its websocket.
    pub status: SubscriptionStatus,
    /// The time since the last answered ping was sent. `None` without a live websocket.
    pub lease_age: Option<Duration>,
}

/// The state of a subscription, without its reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubscriptionStatus {
    /// There is no websocket, since it was not opened yet or this side closed it.
    Closed,
    /// The websocket is being opened.
    Connecting,
    /// Events arrive, and answers are cached.
    Live,
    /// The websocket ended or could not be opened, and is opened again after a backoff.
    Waiting,
    /// The owner refused the subscription.
    Ended,
}

impl SubscriptionStatus {
    /// The state as one word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Waiting => "waiting",
            Self::Ended => "ended",
        }
    }
}

impl Health {
    /// Whether the process works: all of its loops turn, or it stops. If not, it has to be started again.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.not_ready.contains(&NotReady::Stopping) || self.loops.iter().all(|each| each.turning)
    }

    /// Whether the process should get requests.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.not_ready.is_empty()
    }
}
