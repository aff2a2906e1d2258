//! The SQL of the tables, for a database that the application creates itself.

use crate::error::Error;
use crate::features::postgres::Postgres;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::TargetTable;
use crate::manager::Description;

/// The SQL that creates the triggers which notify the replicas of the writes of other programs, in Postgres.
pub(crate) fn trigger_script(
    managers: impl IntoIterator<Item = &'static Description>,
) -> Result<String, Error> {
    Postgres::schema_triggers(&TargetTable::of(managers)?)
}

/// The SQL that creates the tables and indexes of these managers.
pub(crate) fn create_script(
    managers: impl IntoIterator<Item = &'static Description>,
    dialect: SqlDialect,
) -> Result<String, Error> {
    let tables = TargetTable::of(managers)?;
    Ok(TargetTable::create_scripts(&tables, dialect)?.join("\n"))
}
