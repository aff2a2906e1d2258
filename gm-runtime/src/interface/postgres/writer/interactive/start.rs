//! The beginning of an interactive transaction: its turn, its connection, and `BEGIN`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep, timeout_at};

use super::super::super::error::or_storage;
use super::super::super::purpose::Purpose;
use super::super::connection::open;
use super::super::failure::{Failure, NO_CONNECTION};
use super::super::statement_cache::StatementCache;
use super::super::task::OPENING_TIME;
use super::pool::{IdleSession, InteractivePool};
use super::running::Running;
use crate::error::Error;
use crate::interface::TableLocks;

/// The wait after a connection that could not be used.
const RETRY_WAIT: Duration = Duration::from_millis(50);

const NO_TURN: Error = Error::Unavailable(
    "all connections of `GmBuilder::database_transactions` are in use by transactions for longer than the busy timeout",
);

/// Begins a transaction, when one of the connections is free.
///
/// # Errors
/// [`Error::Unavailable`] after the busy timeout.
pub(super) async fn start(
    pool: &InteractivePool,
    locks: &TableLocks,
) -> Result<(OwnedSemaphorePermit, Running), Error> {
    let busy_timeout = pool.connector().settings().busy_timeout;
    let permit = Arc::clone(pool.permits()).acquire_owned();
    let permit = match timeout_at(Instant::now() + busy_timeout, permit).await {
        Ok(Ok(permit)) => permit,
        _ => return Err(NO_TURN),
    };
    let deadline = Instant::now() + busy_timeout.max(OPENING_TIME);
    loop {
        let error = match timeout_at(deadline, session(pool)).await {
            Ok(Ok(session)) => {
                let mut running = Running::new(pool.connector(), session);
                match running.begin_locking(locks, pool).await {
                    Ok(()) => return Ok((permit, running)),
                    Err(failure) => {
                        running.discard();
                        match failure {
                            Failure::Unavailable(reason) => Error::Unavailable(reason),
                            Failure::Fault(error) => return Err(or_storage(&error, "a transaction")),
                            _ => NO_CONNECTION,
                        }
                    }
                }
            }
            Ok(Err(error)) => error,
            Err(_) => NO_CONNECTION,
        };
        let is_temporary = matches!(error, Error::Unavailable(_));
        if !is_temporary || Instant::now() + RETRY_WAIT >= deadline {
            return Err(error);
        }
        sleep(RETRY_WAIT).await;
    }
}

async fn session(pool: &InteractivePool) -> Result<IdleSession, Error> {
    match pool.take() {
        Some(idle) => Ok(idle),
        None => Ok(IdleSession {
            open: open(Arc::clone(pool.connector()), Purpose::Transactions).await?,
            statements: StatementCache::returning_payloads(),
        }),
    }
}
