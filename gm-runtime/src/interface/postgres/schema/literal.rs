//! Values as literals of Postgres, for printed statements.

use std::fmt::Write as _;

use crate::field::{Value, ValueError};
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{self, TargetColumn};
use crate::manager::FieldDescription;

/// The value that existing rows get in a new or non-null column. A comment explains it, unless it is null.
pub(super) fn backfill_value(column: &TargetColumn, comments: &mut String) -> String {
    schema::backfill_value(column, SqlDialect::Postgres, literal, comments)
}

/// A literal that gets the type of its column. Numbers stay without quotes, and the rest is text.
fn literal(_: &FieldDescription, value: &Value) -> Result<String, ValueError> {
    Ok(match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        // `Debug` prints the shortest text that is read as the same number.
        Value::Float(value) => format!("{value:?}"),
        Value::Float32(value) => format!("{value:?}"),
        Value::Decimal(value) => value.to_string(),
        Value::Text(text) => quoted(text)?,
        Value::Bytes(bytes) => {
            let mut hex = String::from("'\\x");
            for byte in bytes.iter() {
                write!(hex, "{byte:02x}").map_err(|_| ValueError::new("out of memory"))?;
            }
            hex + "'"
        }
        Value::Date(date) => format!("'{date}'"),
        Value::Time(time) => format!("'{}'", time.format("%H:%M:%S%.6f")),
        Value::DateTime(instant) => format!("'{}'", instant.format("%Y-%m-%d %H:%M:%S%.6f+00")),
        Value::Uuid(uuid) => format!("'{uuid}'"),
        Value::Json(json) => quoted(&json.to_string())?,
    })
}

/// A text as a literal. Without `E`, a backslash is one, as the standard and psql's default say.
fn quoted(text: &str) -> Result<String, ValueError> {
    if text.contains('\0') || text.contains("\\u0000") {
        return Err(ValueError::new("expected no NUL, which Postgres does not store"));
    }
    Ok(format!("'{}'", text.replace('\'', "''")))
}
