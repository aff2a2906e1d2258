//! The writer's connection, which is opened again when it broke.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::super::connector::Connector;
use super::super::purpose::Purpose;
use super::super::session::Session;
use super::outcome::Epoch;
use super::prepared::PreparedStatements;
use crate::error::Error;

/// The writer's connection.
pub(super) struct Connection {
    connector: Arc<Connector>,
    open: Option<Open>,
}

/// An open session.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) session: Arc<Session>,
    pub(super) prepared: Arc<PreparedStatements>,
    /// When the server last crashed.
    pub(super) epoch: Epoch,
}

/// How long the server is given for the first answer on a new session.
const FIRST_ANSWER: Duration = Duration::from_secs(5);

impl Connection {
    pub(super) fn new(connector: Arc<Connector>) -> Self {
        Self {
            connector,
            open: None,
        }
    }

    pub(super) fn connector(&self) -> &Connector {
        &self.connector
    }

    /// The open session, or a new one.
    pub(super) async fn session(&mut self) -> Result<Open, Error> {
        if let Some(open) = &self.open
            && !open.session.is_closed()
        {
            return Ok(open.clone());
        }
        self.discard();
        let (session, driver) = self.connector.open(Purpose::Writes).await?;
        session.driven_by(tokio::spawn(driver).abort_handle());
        let epoch = tokio::time::timeout_at(Instant::now() + FIRST_ANSWER, Epoch::of(&session)).await;
        let Ok(Ok(epoch)) = epoch else {
            session.discard();
            return Err(super::failure::NO_CONNECTION);
        };
        let open = Open {
            session,
            prepared: Arc::default(),
            epoch,
        };
        self.open = Some(open.clone());
        Ok(open)
    }

    /// Ends the session.
    pub(super) fn discard(&mut self) {
        if let Some(open) = self.open.take() {
            open.session.discard();
        }
    }
}
