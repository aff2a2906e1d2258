//! The health of a handle.

use std::time::Duration;

use super::Gm;
use crate::health::{DatabaseHealth, Health, NotReady, SubscriptionStatus};

/// The longest time between two turns of a loop, in addition to the time limits of its jobs.
const PATIENCE: Duration = Duration::from_secs(60);

impl Gm {
    /// The health of this handle: whether the loops of its threads turn (*live*), and whether it is ready for requests.
    ///
    /// It sends nothing to the database nor to another service. It reads what the loops have recorded, so it is cheap, does not block,
    /// and is as large as the number of the handle's managers.
    ///
    /// | | live | ready |
    /// |---|---|---|
    /// | a thread of the handle has ended or hangs | no | |
    /// | the service stops | | no |
    /// | the file of SQLite is lost | | no |
    /// | the change feed of Postgres is not received, and the server can be reached | | no |
    /// | the events of an exposed manager are suspended | | no |
    /// | Postgres can't be reached | | only with `ready_needs_database` |
    /// | a subscription to another service is not live | | only with `ready_needs_subscriptions` |
    ///
    /// The tables fit, or [`build`](crate::GmBuilder::build) would have failed.
    #[must_use]
    pub fn health(&self) -> Health {
        let inner = &self.inner;
        let settings = inner.health;
        let patience = PATIENCE.saturating_add(settings.job_time);
        let mut loops: Vec<_> = inner.server.loops(patience);
        let mut database = None;
        if let Some(open) = &inner.database {
            loops.extend(open.loops(patience));
            database = Some(open.health());
        }
        let subscriptions: Vec<_> = inner
            .managers
            .iter()
            .filter_map(|managed| managed.cache()?.health())
            .collect();
        let is_down = |status| status != SubscriptionStatus::Live;
        let not_ready = [
            (NotReady::Stopping, inner.writes.is_stopping()),
            (
                NotReady::DatabaseFileLost,
                database == Some(DatabaseHealth::FileLost),
            ),
            (NotReady::FeedLost, database == Some(DatabaseHealth::FeedLost)),
            (NotReady::EventsSuspended, inner.server.has_suspended_events()),
            (
                NotReady::DatabaseUnreachable,
                settings.needs_database && database == Some(DatabaseHealth::Unreachable),
            ),
            (
                NotReady::SubscriptionDown,
                settings.needs_subscriptions && subscriptions.iter().any(|each| is_down(each.status)),
            ),
        ];
        Health {
            not_ready: not_ready
                .into_iter()
                .filter_map(|(reason, holds)| holds.then_some(reason))
                .collect(),
            loops,
            database,
            subscriptions,
            writes: inner.writes.count(),
        }
    }

    /// The routes `<path>/live` and `<path>/ready` for an actix-web `App`, which answer 200 or 503 with a JSON object.
    ///
    /// | route | 503 if | what calls it |
    /// |---|---|---|
    /// | `<path>/live` | not [`is_live`](Health::is_live) | a supervisor, which starts the process again |
    /// | `<path>/ready` | not [`is_ready`](Health::is_ready) | a load balancer, which sends requests elsewhere |
    ///
    /// Callers need no credentials, and rate limits do not apply. The answers name loops and reasons, and neither managers nor
    /// addresses. Mount them before a service that takes every path.
    ///
    /// ```no_run
    /// use actix_web::{App, HttpServer};
    ///
    /// # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    /// let gm = gm_runtime::Gm::builder().build().await?;
    /// let (services, health) = (gm.services(), gm.health_routes("/health"));
    /// HttpServer::new(move || App::new().configure(services.clone()).configure(health.clone()))
    ///     .listen(gm.listener(("127.0.0.1", 8080))?)?
    ///     .run()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "server")]
    pub fn health_routes(
        &self,
        path: impl Into<String>,
    ) -> impl FnOnce(&mut actix_web::web::ServiceConfig) + Clone + Send + 'static {
        let (gm, path) = (self.clone(), path.into());
        move |config| crate::server::configure_health(config, &path, move || gm.health())
    }
}
