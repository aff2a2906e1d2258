//! Writes of many rows: a connection of their own, on which each has a transaction of its own.
//!
//! `docs/design/postgres.md`, section Writes of many rows, gives the reasons.

mod attempts;
mod chunk;
mod judged;
mod limited_read;
mod requests;
mod statements;
mod transaction;

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::timeout;

pub(super) use self::judged::{JudgedRow, RowJudgement, judge_new_rows, judge_stored, judge_stored_rows};
pub(super) use self::limited_read::read_limited;
pub(super) use self::requests::{Requests, Stop};
pub(super) use self::transaction::BulkTransaction;

use self::attempts::Attempts;
use super::super::background::Background;
use super::super::connector::Connector;
use super::super::locked_query::LockedQuery;
use super::super::table::Table;
use super::connection::Connection;
use crate::error::Error;
use crate::interface::{BulkRequest, BulkWritten};

/// Carries out the writes of many rows of a database, one after the other.
pub(in crate::interface::postgres) struct BulkWriter {
    connector: Arc<Connector>,
    /// Locked while a write is carried out.
    connection: Arc<Mutex<Connection>>,
    runtime: Handle,
}

/// The error of a write that waited for another one.
const BUSY: Error =
    Error::Unavailable("another write of many rows took longer than the busy timeout of the database");

impl BulkWriter {
    /// The connection is opened at the first write.
    pub(in crate::interface::postgres) fn new(connector: Arc<Connector>, background: &Background) -> Self {
        let connection = Connection::new(Arc::clone(&connector));
        Self {
            connector,
            connection: Arc::new(Mutex::new(connection)),
            runtime: background.runtime(),
        }
    }

    /// Carries out a write of many rows, also if the future is dropped. `query` is that of the rows that match.
    pub(in crate::interface::postgres) async fn write(
        &self,
        table: Arc<Table>,
        request: BulkRequest,
        query: Option<LockedQuery>,
    ) -> Result<BulkWritten, Error> {
        let manager = table.description().name();
        let (connector, connection) = (Arc::clone(&self.connector), Arc::clone(&self.connection));
        let write = self.runtime.spawn(async move {
            let busy_timeout = connector.settings().busy_timeout;
            let Ok(mut connection) = timeout(busy_timeout, connection.lock_owned()).await else {
                return Err(BUSY);
            };
            let attempts = Attempts {
                connection: &mut connection,
                table: &table,
                request: &request,
                query: query.as_ref(),
                busy_timeout,
                locks_rows: true,
            };
            let written = attempts.run().await;
            // In flight until here.
            drop(request);
            written
        });
        // Without an answer the runtime ended, and the write may have been committed.
        write.await.unwrap_or(Err(Error::OutcomeUnknown { manager }))
    }
}
