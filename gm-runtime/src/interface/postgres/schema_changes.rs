//! The printed SQL of the tables, without an open database.

use std::time::Duration;

use tokio::runtime::Builder;

use super::connect_options::ConnectOptions;
use super::connector::Connector;
use super::purpose::Purpose;
use super::schema;
use crate::error::Error;
use crate::interface::sql::Settings;
use crate::interface::sql::schema::TargetTable;

/// The time limit of a query of the catalogs.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The SQL that makes the tables fit their managers, over a connection of its own. Empty if they do.
///
/// The calling thread waits for a thread with a runtime of its own, because it may drive a runtime itself.
pub(super) fn schema_changes(options: &ConnectOptions, tables: &[TargetTable]) -> Result<String, Error> {
    let print = || {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::storage)?;
        let printed = runtime.block_on(print(options.clone(), tables));
        // Not the usual drop: it would wait for a name server that does not answer.
        runtime.shutdown_background();
        printed
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("gm-postgres-schema".to_owned());
        let thread = thread.spawn_scoped(scope, print).map_err(Error::storage)?;
        thread
            .join()
            .map_err(|_| Error::storage(anyhow::anyhow!("the thread that reads the tables panicked")))?
    })
}

async fn print(options: ConnectOptions, tables: &[TargetTable]) -> Result<String, Error> {
    let connector = Connector::new(options, Settings::default(), TIME_LIMIT);
    let (session, driver) = connector.open_first(Purpose::ListReads).await?;
    // It ends with the session.
    tokio::spawn(driver);
    schema::changes(&session, tables).await
}
