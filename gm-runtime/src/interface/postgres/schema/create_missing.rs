//! Creates missing tables, once for all replicas that start together.

use super::introspection::{Catalog, Found};
use crate::error::Error;
use crate::interface::postgres::error;
use crate::interface::postgres::session::Session;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{Identifiers, TargetTable};

/// Begins the transaction, and waits until no other replica of any service creates tables in the database.
///
/// The number is of this project alone. The time limits replace those of a write.
const BEGIN: &str = "BEGIN;
SET LOCAL lock_timeout = '30s';
SET LOCAL statement_timeout = '60s';
SELECT pg_advisory_xact_lock(7089441213871427)";

/// Creates the missing tables in one transaction, if the role may.
pub(super) async fn create_missing(session: &Session, tables: &[TargetTable]) -> Result<(), Error> {
    let catalog = Catalog::read(session, tables).await?;
    if !catalog.may_create || missing(&catalog, tables).next().is_none() {
        // No lock without need. The report says what is missing, and why.
        return Ok(());
    }
    let Err(error) = create_in_transaction(session, tables).await else {
        return Ok(());
    };
    // Another program, which does not use the lock, may have created them at the same time.
    let is_created = match session.batch("ROLLBACK").await {
        Ok(()) => missing(&Catalog::read(session, tables).await?, tables)
            .next()
            .is_none(),
        Err(_) => false,
    };
    if is_created { Ok(()) } else { Err(error) }
}

async fn create_in_transaction(session: &Session, tables: &[TargetTable]) -> Result<(), Error> {
    session.batch(BEGIN).await.map_err(failed)?;
    // Another replica may have created them in the meantime.
    let catalog = Catalog::read(session, tables).await?;
    for table in missing(&catalog, tables) {
        let script = table.create_script(SqlDialect::Postgres, &mut Identifiers::default())?;
        session.batch(&script).await.map_err(failed)?;
    }
    // Once all tables are there, since they may refer to each other.
    let tables = catalog.with_possible_foreign_keys(tables);
    for table in missing(&catalog, &tables) {
        let script = table.foreign_key_script(SqlDialect::Postgres);
        if !script.is_empty() {
            session.batch(&script).await.map_err(failed)?;
        }
    }
    session.batch("COMMIT").await.map_err(failed)
}

fn missing<'t>(catalog: &Catalog, tables: &'t [TargetTable]) -> impl Iterator<Item = &'t TargetTable> {
    let found = tables.iter().zip(&catalog.tables);
    let missing = found.filter(|(_, found)| matches!(found, Found::Nothing(_)));
    missing.map(|(table, _)| table)
}

fn failed(error: tokio_postgres::Error) -> Error {
    error::or_storage(&error, "the missing tables can't be created")
}
