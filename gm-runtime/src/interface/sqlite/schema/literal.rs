//! Values as literals of SQLite, for printed statements.

use rusqlite::types::{ToSqlOutput, Value as Owned, ValueRef};

use crate::field::{Value, ValueError};
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema;
use crate::interface::sql::schema::TargetColumn;
use crate::interface::sqlite::encode::encode;
use crate::manager::FieldDescription;

/// The value that existing rows get in a new or non-null column. A comment explains it, unless it is null.
pub(super) fn backfill_value(column: &TargetColumn, comments: &mut String) -> String {
    schema::backfill_value(column, SqlDialect::Sqlite, literal, comments)
}

fn literal(field: &FieldDescription, value: &Value) -> Result<String, ValueError> {
    let value = encode(field, value)?;
    let value = match &value {
        ToSqlOutput::Borrowed(value) => *value,
        ToSqlOutput::Owned(Owned::Integer(value)) => ValueRef::Integer(*value),
        ToSqlOutput::Owned(Owned::Real(value)) => ValueRef::Real(*value),
        ToSqlOutput::Owned(Owned::Text(text)) => ValueRef::Text(text.as_bytes()),
        ToSqlOutput::Owned(Owned::Blob(bytes)) => ValueRef::Blob(bytes),
        _ => ValueRef::Null,
    };
    Ok(match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(value) => value.to_string(),
        // `Debug` prints a point or an exponent, so that it is not an integer.
        ValueRef::Real(value) => format!("{value:?}"),
        ValueRef::Text(text) => quote_text(&String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{hex}'")
        }
    })
}

/// A text as a literal.
pub(super) fn quote_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
