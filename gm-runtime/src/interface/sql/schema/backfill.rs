//! Backfill: the value that existing rows get in a new or non-null column.

use super::target_column::TargetColumn;
use crate::field::{Value, ValueError, ValueType};
use crate::interface::sql::dialect::SqlDialect;
use crate::manager::{FIRST_VERSION, FieldDefault, FieldDescription, Kept, Purpose};

/// Writes a value as a literal of the database, in the encoding of the field's column.
pub(crate) type Literal = fn(&FieldDescription, &Value) -> Result<String, ValueError>;

/// The value as a literal. A comment explains it, unless it is null.
pub(crate) fn backfill_value(
    column: &TargetColumn,
    dialect: SqlDialect,
    literal: Literal,
    comments: &mut String,
) -> String {
    let (value, origin) = value_and_origin(column.field, literal);
    if !column.field.nullable() {
        comments.push_str(&comment(&dialect.quote(column.name()), &value, &origin));
    }
    value
}

fn comment(name: &str, value: &str, origin: &Origin) -> String {
    let origin = match origin {
        Origin::Default => "the field's default".to_owned(),
        Origin::FirstVersion => "the version of a new row".to_owned(),
        Origin::Placeholder => "a placeholder: replace it with the right value".to_owned(),
        Origin::UnreadablePlaceholder(expected) => {
            format!("a placeholder that the field can't read ({expected}): replace it with the right value")
        }
        Origin::UnfitDefault(expected) => {
            format!(
                "a placeholder, since the field's default does not fit it ({expected}): replace it with the right value"
            )
        }
    };
    let line = format!("Rows without {name} get {value}, {origin}.");
    // A default may contain line breaks, and SQL behind the first line would run.
    format!("-- {}\n", line.replace(['\n', '\r'], " "))
}

/// The origin of a value.
enum Origin {
    /// The field's default.
    Default,
    /// The field is the version of the row.
    FirstVersion,
    /// The field has no default.
    Placeholder,
    /// The field has no default, and the placeholder does not fit it, for this reason.
    UnreadablePlaceholder(String),
    /// The field's default does not fit the field, for this reason.
    UnfitDefault(String),
}

fn value_and_origin(field: &FieldDescription, literal: Literal) -> (String, Origin) {
    let (value, mut origin) = match field.default() {
        _ if field.nullable() => (Value::Null, Origin::Default),
        _ if field.kept() == Some(Kept::Version) => (Value::Integer(FIRST_VERSION), Origin::FirstVersion),
        FieldDefault::Value(default) => (default(), Origin::Default),
        FieldDefault::None | FieldDefault::Owner => (placeholder(field.value_type()), Origin::Placeholder),
    };
    let value = field.normalize(value, Purpose::Compare);
    let literal_value = value.and_then(|value| literal(field, &value));
    let text = literal_value.unwrap_or_else(|error| {
        let reason = error.message().to_owned();
        origin = match origin {
            // An enum, or a type of the application's own, may not accept the placeholder.
            Origin::Placeholder | Origin::UnreadablePlaceholder(_) => Origin::UnreadablePlaceholder(reason),
            Origin::Default | Origin::FirstVersion | Origin::UnfitDefault(_) => Origin::UnfitDefault(reason),
        };
        literal(field, &placeholder(field.value_type())).unwrap_or_else(|_| "NULL".to_owned())
    });
    (text, origin)
}

fn placeholder(value_type: ValueType) -> Value {
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
