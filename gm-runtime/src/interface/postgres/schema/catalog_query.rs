//! Queries of the catalogs.

use std::sync::Arc;

use futures_util::TryStreamExt as _;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use crate::error::Error;
use crate::interface::postgres::error;
use crate::interface::postgres::parameter::Parameter;
use crate::interface::postgres::session::Session;
use crate::interface::postgres::statement::Statement;

/// The text of an array with these members, which have no character that needs to be escaped in it.
pub(super) fn array(members: &[String]) -> String {
    format!("{{{}}}", members.join(","))
}

/// Executes a query, whose parameter is text.
pub(super) async fn rows(
    session: &Session,
    text: &str,
    parameter: Option<String>,
) -> Result<Vec<Row>, Error> {
    let statement = Statement {
        text: Arc::from(text),
        parameters: parameter.into_iter().map(Parameter::text).collect(),
    };
    let rows = session.query(&statement).await.map_err(unreadable)?;
    rows.try_collect().await.map_err(unreadable)
}

pub(super) fn get<'r, T: FromSql<'r>>(row: &'r Row, name: &str) -> Result<T, Error> {
    row.try_get(name).map_err(unreadable)
}

fn unreadable(error: tokio_postgres::Error) -> Error {
    error::or_storage(&error, "the tables can't be read")
}
