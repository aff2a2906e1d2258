//! Detects a pooler between this process and the server.
//!
//! A pooler in transaction mode, such as pgbouncer, carries out each transaction of a session on any of its connections to the
//! server. It accepts `LISTEN`, and then some notifications reach the session and others do not. So some heartbeats would be
//! received while events are lost.

use std::future::Future;
use std::pin::pin;

use futures_util::{StreamExt as _, TryStreamExt as _};

use crate::error::Error;
use crate::interface::postgres::connector::Connector;
use crate::interface::postgres::driver::Driver;
use crate::interface::postgres::error::or_storage;
use crate::interface::postgres::purpose::Purpose;
use crate::interface::postgres::session::Session;
use crate::interface::postgres::statement::Statement;

/// Refuses a session whose transactions another process of the server may carry out.
pub(super) async fn refuse_pooler(
    connector: &Connector,
    session: &Session,
    driver: &mut Driver,
) -> Result<(), Error> {
    let (other, other_driver) = connector.open(Purpose::Feed).await?;
    // It ends with the other session.
    tokio::spawn(other_driver);
    let failed = |error| or_storage(&error, "the database's change feed");
    // A transaction holds its process, so that the session gets another one if both share them.
    other.batch("BEGIN").await.map_err(failed)?;
    let held = backend(&other).await.map_err(failed)?;
    let own = drive(driver, backend(session)).await.map_err(failed)?;
    if own == session.backend_pid() && own != held {
        return Ok(());
    }
    Err(Error::Configuration(
        "the database server at the URL is a pooler in transaction mode, which loses notifications: set \
         `.database_listen_url(\"postgres://..\")` to the URL of the server itself, past the pooler"
            .to_owned(),
    ))
}

/// The process that carries out the session's current transaction.
async fn backend(session: &Session) -> Result<i32, tokio_postgres::Error> {
    let statement = Statement::new("SELECT pg_catalog.pg_backend_pid()");
    let rows: Vec<_> = session.query_unnamed(&statement).await?.try_collect().await?;
    rows.first().map_or(Ok(0), |row| row.try_get(0))
}

/// Drives the connection until the future is ready.
async fn drive<T>(driver: &mut Driver, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        tokio::select! {
            biased;
            output = &mut future => return output,
            notification = driver.next() => if notification.is_none() {
                return future.await;
            },
        }
    }
}
