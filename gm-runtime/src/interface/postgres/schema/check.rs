//! Creates the missing tables of a database, and refuses tables that do not fit their managers.

use super::create_missing::create_missing;
use super::report::report;
use crate::error::Error;
use crate::interface::postgres::session::Session;
use crate::interface::sql::schema::TargetTable;

/// Creates the missing tables if `create` is set. Refuses tables that do not fit, with all differences in one error.
///
/// The session is used for this alone, because it has a transaction meanwhile.
pub(in crate::interface::postgres) async fn check(
    session: &Session,
    tables: &[TargetTable],
    create: bool,
) -> Result<(), Error> {
    check_names(tables)?;
    if create {
        create_missing(session, tables).await?;
    }
    report(session, tables).await?.into_result()
}

/// The SQL that makes the tables fit their managers. Empty if they do.
pub(in crate::interface::postgres) async fn changes(
    session: &Session,
    tables: &[TargetTable],
) -> Result<String, Error> {
    check_names(tables)?;
    report(session, tables).await.map(|report| report.changes())
}

fn check_names(tables: &[TargetTable]) -> Result<(), Error> {
    tables.iter().try_for_each(TargetTable::check_postgres_names)
}
