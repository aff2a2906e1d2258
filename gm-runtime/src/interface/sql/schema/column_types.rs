//! The types of columns.

use std::borrow::Cow;

use crate::field::ValueType;
use crate::interface::sql::dialect::SqlDialect;
use crate::manager::FieldDescription;

/// The most characters of four bytes that fit in a key of InnoDB, which has 3,072 bytes.
pub(super) const MYSQL_KEY_CHARACTERS: u32 = 768;
pub(super) const MYSQL_KEY_BYTES: u32 = 3_072;
/// The largest length that Postgres accepts for a VARCHAR.
const POSTGRES_CHARACTERS: u32 = 10_485_760;

impl SqlDialect {
    /// The type of the field's column, without constraints.
    pub(crate) fn column_type(self, field: &FieldDescription) -> Cow<'static, str> {
        match self {
            Self::Sqlite => sqlite(field.value_type()).into(),
            Self::Postgres => postgres(field),
            Self::MySql => mysql(field),
        }
    }

    /// Why this database can't index the field's column. `None` if it can.
    pub(super) fn index_problem(self, field: &FieldDescription) -> Option<String> {
        let (most, what) = match (self, field.value_type()) {
            (Self::MySql, ValueType::Text) => (MYSQL_KEY_CHARACTERS, "characters"),
            (Self::MySql, ValueType::Bytes) => (MYSQL_KEY_BYTES, "bytes"),
            _ => return None,
        };
        match field.max_length() {
            Some(length) if length <= most => None,
            _ => Some(format!(
                "has an index, and MySQL indexes at most {most} {what}: declare a `max_length` up to that"
            )),
        }
    }
}

/// `docs/design/storage.md` gives the reason for each type.
fn sqlite(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::Bool
        | ValueType::Integer { .. }
        | ValueType::Decimal
        | ValueType::Time
        | ValueType::DateTime => "INTEGER",
        ValueType::Float | ValueType::Float32 => "REAL",
        ValueType::Text | ValueType::Date | ValueType::Uuid | ValueType::Json => "TEXT",
        ValueType::Bytes => "BLOB",
    }
}

fn postgres(field: &FieldDescription) -> Cow<'static, str> {
    match field.value_type() {
        ValueType::Bool => "BOOLEAN".into(),
        ValueType::Integer { min, max } => integer(min, max).into(),
        ValueType::Float => "DOUBLE PRECISION".into(),
        ValueType::Float32 => "REAL".into(),
        ValueType::Decimal => decimal("NUMERIC", field),
        // Text compares by code point (R-collation). In UTF-8 that is the order of the bytes.
        ValueType::Text => match field.max_length() {
            Some(length @ ..=POSTGRES_CHARACTERS) => format!("VARCHAR({length}) COLLATE \"C\"").into(),
            _ => "TEXT COLLATE \"C\"".into(),
        },
        ValueType::Bytes => "BYTEA".into(),
        ValueType::Date => "DATE".into(),
        ValueType::Time => "TIME(6)".into(),
        ValueType::DateTime => "TIMESTAMP(6) WITH TIME ZONE".into(),
        ValueType::Uuid => "UUID".into(),
        ValueType::Json => "JSONB".into(),
    }
}

fn mysql(field: &FieldDescription) -> Cow<'static, str> {
    match field.value_type() {
        ValueType::Bool => "BOOLEAN".into(),
        ValueType::Integer { min, max } => integer(min, max).into(),
        ValueType::Float => "DOUBLE".into(),
        ValueType::Float32 => "FLOAT".into(),
        ValueType::Decimal => decimal("DECIMAL", field),
        ValueType::Text => match field.max_length() {
            Some(length @ ..=MYSQL_KEY_CHARACTERS) => format!("VARCHAR({length})").into(),
            _ => mysql_outside_row(field).into(),
        },
        ValueType::Bytes => match field.max_length() {
            Some(length @ ..=MYSQL_KEY_BYTES) => format!("VARBINARY({length})").into(),
            _ => mysql_outside_row(field).into(),
        },
        ValueType::Date => "DATE".into(),
        ValueType::Time => "TIME(6)".into(),
        // In UTC. `TIMESTAMP` ends in 2038.
        ValueType::DateTime => "DATETIME(6)".into(),
        ValueType::Uuid => "CHAR(36)".into(),
        ValueType::Json => "JSON".into(),
    }
}

/// The type of text or bytes that MySQL stores outside of the row.
pub(super) fn mysql_outside_row(field: &FieldDescription) -> &'static str {
    match field.value_type() {
        ValueType::Bytes => "LONGBLOB",
        _ => "LONGTEXT",
    }
}

fn integer(min: i64, max: i64) -> &'static str {
    let fits = |least: i64, greatest: i64| least <= min && max <= greatest;
    if fits(i16::MIN.into(), i16::MAX.into()) {
        "SMALLINT"
    } else if fits(i32::MIN.into(), i32::MAX.into()) {
        "INTEGER"
    } else {
        "BIGINT"
    }
}

fn decimal(name: &str, field: &FieldDescription) -> Cow<'static, str> {
    match field.decimal() {
        Some(digits) => format!("{name}({}, {})", digits.max_digits, digits.decimal_places).into(),
        // The derive refuses such a field in a table.
        None => name.to_owned().into(),
    }
}
