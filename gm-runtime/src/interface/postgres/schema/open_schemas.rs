//! Schemas in which every role of the server may create functions.

use super::catalog_query::{get, rows};
use crate::error::Error;
use crate::interface::postgres::session::Session;

/// Warns of schemas of the search path in which every role may create something. A function or an operator there can fit the types
/// of a statement better than that of Postgres, and then runs with the rights of the service (CVE-2018-1058).
///
/// Before Postgres 15, the schema `public` of a new database is one.
pub(super) async fn warn_of_open_schemas(session: &Session) -> Result<(), Error> {
    let found = rows(session, include_str!("queries/open_schemas.sql"), None).await?;
    let Some(row) = found.first() else {
        return Ok(());
    };
    if let Some(schemas) = get::<Option<String>>(row, "schemas")? {
        tracing::warn!(
            "every role of the database server may create functions in a schema of the search path, which run with the rights of \
             this service: `REVOKE CREATE ON SCHEMA {schemas} FROM PUBLIC`"
        );
    }
    Ok(())
}
