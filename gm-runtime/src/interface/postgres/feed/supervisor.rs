//! The task of the change feed: it listens, and connects again after a loss.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::connection::{Connection, Lost};
use super::dispatch::Dispatch;
use super::listen_url_check::check_listen_url;
use super::listener::{CLOSE_TIME, Listener};
use super::state::FeedState;
use crate::backoff::Backoff;
use crate::change::Delivery;
use crate::error::Error;
use crate::health::Beat;
use crate::interface::postgres::connector::Connector;
use crate::interface::postgres::routes::Routes;

/// The longest delay between two attempts. Subscribers are refused meanwhile.
const MAX_DELAY: Duration = Duration::from_secs(2);

const PANICKED: Error = Error::Unavailable("the task of the database's change feed panicked");

/// The task of the change feed.
pub(super) struct Supervisor {
    pub(super) connector: Arc<Connector>,
    pub(super) routes: Arc<Routes>,
    pub(super) heartbeat: Duration,
    pub(super) state: watch::Sender<FeedState>,
    pub(super) closing: watch::Receiver<bool>,
    pub(super) beat: Beat,
}

impl Supervisor {
    /// Listens until the feed is closed.
    pub(super) async fn run(mut self) {
        let mut dispatch = Dispatch::new(Instant::now());
        let mut backoff = Backoff::new();
        let (mut is_first, mut was_lost) = (true, false);
        while !*self.closing.borrow() {
            self.beat.turn();
            let listening = self.listen(&mut dispatch, &mut backoff, &mut was_lost, is_first);
            // A panic, such as one of the application's subscriber of logs, is a loss like others: the feed must not end in silence.
            let ended = AssertUnwindSafe(listening).catch_unwind().await;
            match ended.unwrap_or_else(|_| Err(Lost(PANICKED))) {
                Ok(()) => break,
                Err(Lost(error)) => {
                    self.routes.set_delivery(Delivery::None);
                    // The first attempt is that of `build`, which fails.
                    let was_first = std::mem::replace(&mut is_first, false);
                    if !std::mem::replace(&mut was_lost, true) && !was_first {
                        tracing::error!(
                            %error,
                            "the database's change feed was lost: subscribers are closed with 1013 and none are accepted \
                             until it is received again"
                        );
                    }
                    self.state.send_if_modified(|state| {
                        // `build` reports the URL that is wrong, and not what the next attempt at it gives.
                        let is_known = matches!(state, FeedState::Lost(Error::Configuration(_)));
                        if !is_known {
                            *state = FeedState::Lost(error);
                        }
                        !is_known
                    });
                }
            }
            let delay = sleep(backoff.next().min(MAX_DELAY));
            tokio::select! {
                () = delay => {}
                // An error means that the database was dropped.
                _ = self.closing.wait_for(|is_closing| *is_closing) => break,
            }
        }
        self.state.send_replace(FeedState::Closed);
    }

    /// Listens on a new connection until it is lost, or until the feed is closed.
    async fn listen(
        &mut self,
        dispatch: &mut Dispatch,
        backoff: &mut Backoff,
        was_lost: &mut bool,
        is_first: bool,
    ) -> Result<(), Lost> {
        let opening = async {
            let mut connection = Connection::open(&self.connector, self.heartbeat, is_first).await?;
            if self.connector.is_pooled() {
                check_listen_url(&mut connection, &self.connector, is_first).await?;
            }
            let mut listener = Listener::new(connection, &self.routes);
            let managers = listener.read_catalog(dispatch).await?;
            Ok((listener, managers))
        };
        let closed = async {
            // An error means that the database was dropped.
            let _ = self.closing.wait_for(|is_closing| *is_closing).await;
            // A connection that is opened soon still sends the last changes.
            sleep(CLOSE_TIME).await;
        };
        let (listener, managers) = tokio::select! {
            opened = opening => opened?,
            () = closed => return Ok(()),
        };
        *backoff = Backoff::new();
        // Subscribers are accepted before the refresh, so that those of this process receive it.
        self.routes.set_delivery(Delivery::Guaranteed);
        if std::mem::take(was_lost) {
            dispatch.refresh_all(&self.routes, Instant::now());
            tracing::info!("the database's change feed is received again, and everything was refreshed");
        }
        self.state.send_replace(FeedState::Listening { managers });
        listener
            .run(dispatch, &self.beat, &self.state, &mut self.closing)
            .await
    }
}
