//! What rows get that have no value for a column yet.

use rusqlite::types::{ToSqlOutput, Value as Owned, ValueRef};

use crate::field::{Value, ValueType};
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::WantedColumn;
use crate::interface::sqlite::values::encode;
use crate::manager::{FieldDefault, FieldDescription, Purpose};

/// The value as a literal. What it stands for is said in a comment in front of the statement.
pub(super) fn given(column: &WantedColumn, comments: &mut String) -> String {
    let (value, why) = value_for_rows(column.field);
    if !column.field.nullable() {
        comments.push_str(&given_to_rows(column, &value, &why));
    }
    value
}

fn given_to_rows(column: &WantedColumn, value: &str, given: &Given) -> String {
    let name = SqlDialect::Sqlite.quote(column.name());
    let why = match given {
        Given::Default => "which is the field's default".to_owned(),
        Given::Neutral => "which stands for nothing better: put what they shall have".to_owned(),
        Given::Unfit(expected) => {
            format!("which the field can't read ({expected}): put what they shall have")
        }
        Given::UnfitDefault(expected) => {
            format!("since the field's default does not fit it ({expected}): put what they shall have")
        }
    };
    let line = format!("Rows that have no {name} get {value}, {why}.");
    // A default may have several lines, and what is behind the first would be run.
    format!("-- {}\n", line.replace(['\n', '\r'], " "))
}

/// Why rows get the value that they get.
enum Given {
    /// The field's default says so.
    Default,
    /// Nothing says better.
    Neutral,
    /// Nothing says better, and the field has no such value: why not.
    Unfit(String),
    /// The field's default is none that it may have: why not.
    UnfitDefault(String),
}

/// What rows get that have no value yet, and why.
fn value_for_rows(field: &FieldDescription) -> (String, Given) {
    let (value, mut given) = match field.default() {
        _ if field.nullable() => (Value::Null, Given::Default),
        FieldDefault::Value(default) => (default(), Given::Default),
        FieldDefault::None | FieldDefault::Owner => (neutral(field.value_type()), Given::Neutral),
    };
    let value = field.normalize(value, Purpose::Compare);
    let fits = value.and_then(|value| encode(field, &value).map(|value| literal(&value)));
    let text = fits.unwrap_or_else(|error| {
        let why = error.message().to_owned();
        given = match given {
            // An enum, and a type of the application's own, need not take what stands for nothing.
            Given::Neutral | Given::Unfit(_) => Given::Unfit(why),
            Given::Default | Given::UnfitDefault(_) => Given::UnfitDefault(why),
        };
        // Of its type, so that there is a form for it.
        encode(field, &neutral(field.value_type()))
            .map_or_else(|_| "NULL".to_owned(), |value| literal(&value))
    });
    (text, given)
}

fn neutral(value_type: ValueType) -> Value {
    match value_type {
        ValueType::Bool => Value::Bool(false),
        ValueType::Integer { min, max } => Value::Integer(0_i64.clamp(min, max)),
        ValueType::Float => Value::Float(0.0),
        ValueType::Float32 => Value::Float32(0.0),
        ValueType::Decimal => Value::Decimal(rust_decimal::Decimal::ZERO),
        ValueType::Text => Value::Text(String::new()),
        ValueType::Bytes => Value::Bytes(Box::default()),
        ValueType::Date => Value::Date(chrono::NaiveDate::default()),
        ValueType::Time => Value::Time(chrono::NaiveTime::MIN),
        ValueType::DateTime => Value::DateTime(chrono::DateTime::UNIX_EPOCH),
        ValueType::Uuid => Value::Uuid(uuid::Uuid::nil()),
        ValueType::Json => Value::Json(Box::new(serde_json::Value::Object(serde_json::Map::new()))),
    }
}

fn literal(value: &ToSqlOutput<'_>) -> String {
    let value = match value {
        ToSqlOutput::Borrowed(value) => *value,
        ToSqlOutput::Owned(Owned::Integer(value)) => ValueRef::Integer(*value),
        ToSqlOutput::Owned(Owned::Real(value)) => ValueRef::Real(*value),
        ToSqlOutput::Owned(Owned::Text(text)) => ValueRef::Text(text.as_bytes()),
        ToSqlOutput::Owned(Owned::Blob(bytes)) => ValueRef::Blob(bytes),
        _ => ValueRef::Null,
    };
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(value) => value.to_string(),
        // With a point or an exponent, so that it is no integer.
        ValueRef::Real(value) => format!("{value:?}"),
        ValueRef::Text(text) => quoted(&String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{hex}'")
        }
    }
}

pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
