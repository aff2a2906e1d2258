//! The search for the server's case folding, which the first lookup that ignores case needs.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::watch;

use super::case_folding::{CaseFolding, ServersCaseFolding};
use super::connector::Connector;
use super::error::{ReadError, or_storage};
use super::purpose::Purpose;
use super::read_clock::{ReadClock, WAITED_TOO_LONG};
use crate::error::Error;
use crate::time_limit::with_time_limit;

/// The search for the server's case folding. It takes some milliseconds, or some hundred in a debug build. It runs once, at the
/// same time as the reads that need it, since it may take longer than the time limit of a read.
pub(super) struct CaseFoldingSearch {
    folding: Arc<ServersCaseFolding>,
    connector: Arc<Connector>,
    runtime: Handle,
    running: Mutex<Option<Search>>,
}

/// The result of a search, which follows.
type Search = watch::Receiver<Option<Result<(), Error>>>;

impl CaseFoldingSearch {
    pub(super) fn new(connector: Arc<Connector>, runtime: Handle) -> Self {
        Self {
            folding: Arc::default(),
            connector,
            runtime,
            running: Mutex::new(None),
        }
    }

    /// The case folding. The first caller begins the search, and all wait for it, each at most for the time that is left to it.
    pub(super) async fn get(&self, clock: &ReadClock) -> Result<&CaseFolding, Error> {
        loop {
            if let Some(folding) = self.folding.get() {
                return Ok(folding);
            }
            let mut search = self.running_search();
            let found = pin!(search.wait_for(Option::is_some));
            match with_time_limit(clock.remaining(), found).await {
                Some(Ok(found)) => found.clone().unwrap_or(Ok(()))?,
                // The database was closed.
                Some(Err(_)) => return Err(Error::Unavailable("the database is closed")),
                None => return Err(WAITED_TOO_LONG),
            }
        }
    }

    /// The search that runs, or a new one.
    fn running_search(&self) -> Search {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(search) = running.as_ref().filter(|search| search.borrow().is_none()) {
            return search.clone();
        }
        let (sender, search) = watch::channel(None);
        let (folding, connector) = (Arc::clone(&self.folding), Arc::clone(&self.connector));
        self.runtime.spawn(async move {
            let found = find(&folding, &connector).await;
            sender.send_replace(Some(found));
        });
        *running = Some(search.clone());
        search
    }
}

async fn find(folding: &ServersCaseFolding, connector: &Connector) -> Result<(), Error> {
    let (session, driver) = connector.open(Purpose::ListReads).await?;
    // It ends with the session.
    tokio::spawn(driver);
    let unlimited = async {
        if !session.is_pooled() {
            session.batch("SET statement_timeout = 0").await?;
        }
        folding.find(&session).await
    };
    unlimited.await.map_err(|error| match error {
        ReadError::Database(error) => or_storage(&error, "the case folding of the server can't be read"),
        ReadError::Failed(error) => error,
    })
}
