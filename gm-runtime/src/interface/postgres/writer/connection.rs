//! The writer's connection, which is opened again when it broke.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::super::connector::Connector;
use super::super::purpose::Purpose;
use super::super::session::Session;
use super::failure::NO_CONNECTION;
use super::outcome::Epoch;
use super::prepared::PreparedStatements;
use crate::error::Error;

/// The writer's connection.
pub(super) struct Connection {
    connector: Arc<Connector>,
    open: Option<Open>,
    /// A session that is being opened.
    opening: Option<JoinHandle<Result<Open, Error>>>,
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
            opening: None,
        }
    }

    pub(super) fn connector(&self) -> &Connector {
        &self.connector
    }

    /// The open session, or a new one. If the future is dropped, the next call waits for the same new session.
    pub(super) async fn session(&mut self) -> Result<Open, Error> {
        if let Some(open) = &self.open
            && !open.session.is_closed()
        {
            return Ok(open.clone());
        }
        self.discard();
        let connector = &self.connector;
        let opening = self
            .opening
            .get_or_insert_with(|| tokio::spawn(open(Arc::clone(connector), Purpose::Writes)));
        let opened = opening.await;
        self.opening = None;
        // An error means that the runtime ends.
        let open = opened.unwrap_or(Err(NO_CONNECTION))?;
        if open.session.is_closed() {
            return Err(NO_CONNECTION);
        }
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

/// Opens a session for this purpose.
pub(super) async fn open(connector: Arc<Connector>, purpose: Purpose) -> Result<Open, Error> {
    let (session, driver) = connector.open(purpose).await?;
    session.driven_by(tokio::spawn(driver).abort_handle());
    let epoch = timeout(FIRST_ANSWER, Epoch::of(&session)).await;
    let Ok(Ok(epoch)) = epoch else {
        session.discard();
        return Err(NO_CONNECTION);
    };
    Ok(Open {
        session,
        prepared: Arc::default(),
        epoch,
    })
}
