//! Whether a field can hold what its column has, as an expression.

use sea_query::Expr;

use super::functions;
use crate::field::ValueType;
use crate::manager::FieldDescription;

/// The microseconds since 1970 of the first and the last instant that a field holds.
const INSTANTS: (i64, i64) = (-62_135_596_800_000_000, 253_402_300_799_999_999);

/// The last microsecond of a day.
const LAST_MICROSECOND: i64 = 86_399_999_999;

/// Whether decoding the column succeeds. SQLite compares values of different types too: each text is greater than each number.
///
/// Values that compare as what they are may pass, such as a float that 32 bits don't hold exactly. The numbers are a part of
/// the text, since a statement has a limited number of parameters.
pub(super) fn is_readable(field: &FieldDescription) -> Expr {
    let integer = |min: i64, max: i64| match (min, max) {
        (i64::MIN, i64::MAX) => "typeof(?) = 'integer'".to_owned(),
        _ => format!("typeof(?) = 'integer' AND ? BETWEEN {min} AND {max}"),
    };
    // Not `abs`, which fails for the least integer.
    let float = |max: f64| format!("typeof(?) = 'real' AND ? BETWEEN -{max:e} AND {max:e}");
    let readable = match field.value_type() {
        ValueType::Bool => integer(0, 1),
        ValueType::Integer { min, max } => integer(min, max),
        ValueType::Decimal => {
            let digits = field.decimal().map_or(0, |digits| digits.max_digits);
            let bound = 10_i64.checked_pow(digits).unwrap_or(i64::MAX);
            integer(1_i64.saturating_sub(bound), bound.saturating_sub(1))
        }
        ValueType::Time => integer(0, LAST_MICROSECOND),
        ValueType::DateTime => integer(INSTANTS.0, INSTANTS.1),
        ValueType::Float => float(f64::MAX),
        ValueType::Float32 => float(f32::MAX.into()),
        ValueType::Text => "typeof(?) = 'text'".to_owned(),
        ValueType::Bytes => "typeof(?) = 'blob'".to_owned(),
        // Another spelling and an impossible day have another date.
        ValueType::Date => "typeof(?) = 'text' AND date(?) = ?".to_owned(),
        ValueType::Uuid => format!("typeof(?) = 'text' AND ? GLOB '{}'", uuid_pattern()),
        ValueType::Json => format!("{}(?) <> 'null'", functions::JSON),
    };
    let readable = match field.nullable() {
        true => format!("({readable} OR ? IS NULL)"),
        false => format!("({readable})"),
    };
    let columns = readable.matches('?').map(|_| Expr::col(field.column()));
    Expr::cust_with_exprs(readable.clone(), columns.collect::<Vec<_>>())
}

/// The spelling that `encode` writes.
fn uuid_pattern() -> String {
    [8, 4, 4, 4, 12].map(|digits| "[0-9a-f]".repeat(digits)).join("-")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use rusqlite::{Connection, Row};
    use sea_query::{Query, SqliteQueryBuilder};

    use super::is_readable;
    use crate::interface::sqlite::decode::column;
    use crate::interface::sqlite::functions;
    use crate::manager::{Description, FieldDescription};

    static FIELDS: [FieldDescription; 13] = [
        FieldDescription::new::<i64>("v"),
        FieldDescription::new::<Option<i64>>("v"),
        FieldDescription::new::<i8>("v"),
        FieldDescription::new::<bool>("v"),
        FieldDescription::new::<f64>("v"),
        FieldDescription::new::<rust_decimal::Decimal>("v").with_decimal(4, 2),
        FieldDescription::new::<String>("v"),
        FieldDescription::new::<Option<String>>("v"),
        FieldDescription::new::<chrono::NaiveDate>("v"),
        FieldDescription::new::<chrono::NaiveTime>("v"),
        FieldDescription::new::<chrono::DateTime<chrono::Utc>>("v"),
        FieldDescription::new::<uuid::Uuid>("v"),
        FieldDescription::new::<serde_json::Value>("v"),
    ];
    static DESCRIPTION: Description = Description::new::<i64>("Row", &FIELDS, 0);

    const VALUES: [&str; 40] = [
        "NULL",
        "0",
        "1",
        "2",
        "-1",
        "127",
        "128",
        "-128",
        "-129",
        "9999",
        "10000",
        "-9999",
        "-10000",
        "86399999999",
        "86400000000",
        "9223372036854775807",
        "-9223372036854775808",
        "253402300799999999",
        "253402300800000000",
        "-62135596800000000",
        "-62135596800000001",
        "0.0",
        "1.0",
        "1.5",
        "9e999",
        "-9e999",
        "''",
        "'1'",
        "'yes'",
        "'now'",
        "'2024-02-29'",
        "'2023-02-29'",
        "'2024-1-5'",
        "'2024-01-05 10:00:00'",
        "'67e55044-10b1-426f-9247-bb680e5fe0c8'",
        "'67E55044-10B1-426F-9247-BB680E5FE0C8'",
        "'67e5504410b1426f9247bb680e5fe0c8'",
        "'{\"a\": 1}'",
        "'null'",
        "x'00'",
    ];

    #[test]
    fn a_value_is_readable_if_it_can_be_decoded() {
        let connection = Connection::open_in_memory().unwrap();
        functions::register(&connection).unwrap();
        connection.execute_batch("CREATE TABLE t (v)").unwrap();
        for value in VALUES {
            let insert = format!("INSERT INTO t VALUES ({value})");
            connection.execute(&insert, []).unwrap();
        }
        let mut readable_values = 0;
        for field in &FIELDS {
            let select = Query::select()
                .column("v")
                .expr(is_readable(field))
                .from("t")
                .take();
            let (text, _) = select.build(SqliteQueryBuilder);
            let judged = |row: &Row<'_>| {
                let is_readable = row.get::<_, Option<bool>>(1)?.unwrap_or(false);
                Ok((is_readable, column(&DESCRIPTION, row, 0, field).is_ok()))
            };
            let mut statement = connection.prepare(&text).unwrap();
            let rows = statement.query_map([], judged).unwrap();
            for (row, value) in rows.zip(VALUES) {
                let (is_readable, is_decoded) = row.unwrap();
                assert_eq!(is_readable, is_decoded, "{value} in {:?}", field.value_type());
                readable_values += u32::from(is_decoded);
            }
        }
        assert!(readable_values > 60, "{readable_values}");
    }
}
