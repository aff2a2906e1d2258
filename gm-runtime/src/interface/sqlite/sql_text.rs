//! SQL text from `sqlite_schema`.

use rusqlite::Row;

/// Reads a column of SQL. SQLite stores statements as they were sent, so the text may be invalid UTF-8.
pub(super) fn sql_text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    let bytes = row.get_ref(column)?.as_bytes()?;
    Ok(String::from_utf8_lossy(bytes).into_owned())
}
