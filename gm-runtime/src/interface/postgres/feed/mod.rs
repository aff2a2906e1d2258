//! The change feed: the notifications of all replicas, received on one connection and published in their order.
//!
//! `docs/design/postgres.md`, section Change feed, says what is promised and what happens without the connection.

mod connection;
mod dispatch;
mod heartbeat;
mod history;
mod listen_url_check;
mod listener;
mod pooler_check;
mod state;
mod supervisor;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use self::state::FeedState;
use self::supervisor::Supervisor;
use super::background::Background;
use super::connector::Connector;
use super::routes::Routes;
use crate::error::Error;
use crate::health::{DatabaseHealth, Pulse};

/// The change feed of a database.
pub(super) struct Feed {
    state: watch::Receiver<FeedState>,
    closing: watch::Sender<bool>,
    routes: Arc<Routes>,
    pulse: Arc<Pulse>,
}

impl Feed {
    /// Starts to listen. `heartbeat` is the interval of the heartbeats.
    pub(super) fn start(
        connector: Arc<Connector>,
        background: &Background,
        routes: Arc<Routes>,
        heartbeat: Duration,
    ) -> Self {
        let (state_sender, state) = watch::channel(FeedState::Starting);
        let (closing, is_closing) = watch::channel(false);
        let (pulse, beat) = Pulse::new("postgres change feed", heartbeat.saturating_mul(2));
        let supervisor = Supervisor {
            beat,
            connector,
            routes: Arc::clone(&routes),
            heartbeat,
            state: state_sender,
            closing: is_closing,
        };
        drop(background.spawn(supervisor.run()));
        Self {
            state,
            closing,
            routes,
            pulse,
        }
    }

    /// Waits until the feed listens, and the catalog was read for every manager that was added.
    ///
    /// # Errors
    /// The error of the first attempt, and [`Error::Configuration`] for a view whose rows change without a write.
    pub(super) async fn ready(&self) -> Result<(), Error> {
        let (_, added) = self.routes.tables();
        let mut state = self.state.clone();
        let ready = state.wait_for(|state| match state {
            FeedState::Starting => false,
            FeedState::Listening { managers } => *managers >= added,
            FeedState::Lost(_) | FeedState::Closed => true,
        });
        match ready.await.as_deref() {
            Ok(FeedState::Lost(error)) => Err(error.clone()),
            Ok(FeedState::Closed) | Err(_) => Err(Error::Unavailable("the database was closed")),
            Ok(_) => self.routes.check_views(),
        }
    }

    pub(super) fn pulse(&self) -> &Arc<Pulse> {
        &self.pulse
    }

    /// What the feed knows of the database.
    pub(super) fn health(&self) -> DatabaseHealth {
        match &*self.state.borrow() {
            FeedState::Listening { .. } => DatabaseHealth::Available,
            FeedState::Lost(Error::Unavailable(_)) | FeedState::Starting | FeedState::Closed => {
                DatabaseHealth::Unreachable
            }
            FeedState::Lost(_) => DatabaseHealth::FeedLost,
        }
    }

    /// Publishes what was committed before this call, as far as the server still sends it, and ends the feed.
    pub(super) async fn close(&self) {
        self.closing.send_replace(true);
        let mut state = self.state.clone();
        // An error means that the task has ended.
        let _ = state.wait_for(|state| matches!(state, FeedState::Closed)).await;
    }
}
