//! Creates the missing tables of a database, and refuses tables that do not fit their managers.

use std::time::Duration;

use super::create_missing::create_missing;
use super::open_schemas::warn_of_open_schemas;
use super::report::report;
use crate::error::Error;
use crate::interface::postgres::session::Session;
use crate::interface::sql::schema::TargetTable;

/// Longer than other replicas may create tables.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Creates the missing tables if `create` is set. Refuses tables that do not fit, with all differences in one error.
///
/// The session is used for this alone, because it has a transaction meanwhile.
pub(in crate::interface::postgres) async fn check(
    session: &Session,
    tables: &[TargetTable],
    create: bool,
) -> Result<(), Error> {
    check_names(tables)?;
    let checked = async {
        if create {
            create_missing(session, tables).await?;
        }
        warn_of_open_schemas(session).await?;
        report(session, tables).await
    };
    within_time(checked).await?.into_result()
}

/// The SQL that makes the tables fit their managers. Empty if they do.
pub(in crate::interface::postgres) async fn changes(
    session: &Session,
    tables: &[TargetTable],
) -> Result<String, Error> {
    check_names(tables)?;
    within_time(report(session, tables))
        .await
        .map(|report| report.changes())
}

/// The server ends its statements by itself, unless it is stopped or out of reach.
async fn within_time<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let done = tokio::time::timeout(TIME_LIMIT, work).await;
    done.unwrap_or(Err(Error::Unavailable(
        "the database server did not answer while its tables were compared",
    )))
}

fn check_names(tables: &[TargetTable]) -> Result<(), Error> {
    tables.iter().try_for_each(TargetTable::check_postgres_names)
}
