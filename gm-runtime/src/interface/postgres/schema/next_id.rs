//! The comparison of the next id that a sequence assigns with the ids of the rows.

use super::catalog_query::{get, rows};
use super::column_type::ColumnType;
use super::existing_table::{ExistingTable, NextId};
use crate::error::Error;
use crate::interface::postgres::session::Session;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::TargetTable;

const SQL: SqlDialect = SqlDialect::Postgres;

/// Reads the next id of the table. `None` if no sequence assigns the ids, or if the role may read neither it nor the rows.
pub(super) async fn next_id(
    session: &Session,
    target: &TargetTable,
    table: &ExistingTable,
) -> Result<Option<NextId>, Error> {
    let columns = target.columns();
    let id = columns.iter().find(|column| column.assigned);
    let Some(column) = id.and_then(|id| table.column(id.name())) else {
        return Ok(None);
    };
    // An index finds the greatest id. Without one, all rows would be read.
    let has_index = table.indexes_of(column).next().is_some();
    let is_integer = matches!(column.column_type, ColumnType::Integer(_));
    let is_readable = table.kind.is_table() && column.may_select && has_index && is_integer;
    let sequence = column
        .sequence
        .as_ref()
        .filter(|sequence| sequence.is_readable && sequence.increment > 0);
    let Some(sequence) = sequence.filter(|_| is_readable) else {
        return Ok(None);
    };
    let (table, id) = (SQL.quote(target.name), SQL.quote(&column.name));
    // The statement sees the rows of its start, and reads the sequence later. So an id that a concurrent create takes from the
    // sequence is not seen as one beside it.
    let query = format!(
        "WITH counter AS MATERIALIZED (\n    \
         SELECT least(last_value::numeric + CASE WHEN is_called THEN {} ELSE 0 END, {})::int8 AS next FROM {})\n\
         SELECT next, EXISTS (SELECT FROM {table} WHERE {id} = next) AS is_taken,\n    \
         (SELECT max({id})::int8 FROM {table}) AS greatest FROM counter",
        sequence.increment,
        i64::MAX,
        sequence.name,
    );
    let answer = rows(session, &query, None).await?;
    answer.first().map(read).transpose()
}

fn read(row: &tokio_postgres::Row) -> Result<NextId, Error> {
    Ok(NextId {
        next: get(row, "next")?,
        is_taken: get(row, "is_taken")?,
        greatest: get(row, "greatest")?,
    })
}
