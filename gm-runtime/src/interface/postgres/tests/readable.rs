//! The expression `is_readable` agrees with the decoding.

use sea_query::{PostgresQueryBuilder, Query};

use super::super::readable::is_readable;
use super::{rows, session};
use crate::interface::sql::DatabaseRow;
use crate::manager::{Description, FieldDescription};

/// A field, the type of its column, and values of the column.
type Case = (&'static Description, &'static str, &'static [&'static str]);

macro_rules! case {
    ($field:expr, $column_type:literal, $values:expr) => {{
        static FIELDS: [FieldDescription; 1] = [$field];
        static DESCRIPTION: Description = Description::new::<i64>("Row", &FIELDS, 0);
        (&DESCRIPTION, $column_type, &$values)
    }};
}

fn cases() -> [Case; 15] {
    [
        case!(
            FieldDescription::new::<i64>("v"),
            "bigint",
            ["NULL", "0", "9223372036854775807", "-9223372036854775808"]
        ),
        case!(
            FieldDescription::new::<Option<i64>>("v"),
            "bigint",
            ["NULL", "-9223372036854775808"]
        ),
        case!(
            FieldDescription::new::<i8>("v"),
            "smallint",
            ["127", "128", "-128", "-129", "NULL"]
        ),
        case!(
            FieldDescription::new::<Option<u64>>("v"),
            "bigint",
            ["-1", "0", "9223372036854775807", "NULL"]
        ),
        case!(
            FieldDescription::new::<bool>("v"),
            "boolean",
            ["true", "false", "NULL"]
        ),
        case!(
            FieldDescription::new::<f64>("v"),
            "float8",
            [
                "0",
                "1.5",
                "-1.7976931348623157e308",
                "1.7976931348623157e308",
                "'NaN'",
                "'infinity'",
                "'-infinity'",
                "NULL"
            ]
        ),
        case!(
            FieldDescription::new::<Option<f32>>("v"),
            "float4",
            [
                "0",
                "1.5",
                "3.4028235e38",
                "-3.4028235e38",
                "'NaN'",
                "'infinity'",
                "'-infinity'",
                "NULL"
            ]
        ),
        case!(
            FieldDescription::new::<rust_decimal::Decimal>("v").with_decimal(4, 2),
            "numeric",
            [
                "0", "99.99", "-99.99", "100", "-100", "99.991", "0.5", "0.500", "1e30", "'NaN'", "NULL"
            ]
        ),
        case!(
            FieldDescription::new::<Option<rust_decimal::Decimal>>("v").with_decimal(2, 4),
            "numeric",
            [
                "0", "0.0099", "0.01", "-0.0099", "-0.01", "0.00001", "'NaN'", "NULL"
            ]
        ),
        case!(
            FieldDescription::new::<Option<String>>("v"),
            "text",
            ["''", "'a'", "NULL"]
        ),
        case!(
            FieldDescription::new::<chrono::NaiveDate>("v"),
            "date",
            [
                "'0001-01-01'",
                "'9999-12-31'",
                "'10000-01-01'",
                "'0001-12-31 BC'",
                "'infinity'",
                "'-infinity'",
                "NULL"
            ]
        ),
        case!(
            FieldDescription::new::<Option<chrono::NaiveTime>>("v"),
            "time",
            ["'00:00'", "'23:59:59.999999'", "'24:00'", "NULL"]
        ),
        case!(
            FieldDescription::new::<chrono::DateTime<chrono::Utc>>("v"),
            "timestamptz",
            [
                "'0001-01-01 00:00+00'",
                "'0001-12-31 23:59:59.999999+00 BC'",
                "'9999-12-31 23:59:59.999999+00'",
                "'10000-01-01 00:00+00'",
                "'infinity'",
                "'-infinity'",
                "NULL"
            ]
        ),
        case!(
            FieldDescription::new::<uuid::Uuid>("v"),
            "uuid",
            ["'67e55044-10b1-426f-9247-bb680e5fe0c8'", "NULL"]
        ),
        case!(
            FieldDescription::new::<Option<serde_json::Value>>("v"),
            "jsonb",
            ["'null'", "'{}'", "'[null]'", "'0.1'", "NULL"]
        ),
    ]
}

#[tokio::test]
async fn a_value_is_readable_if_it_can_be_decoded() {
    let session = session().await;
    for (description, column_type, values) in cases() {
        let select = Query::select()
            .column("v")
            .expr(is_readable(description.field(0)))
            .from("readable")
            .take();
        let (text, _) = select.build(PostgresQueryBuilder);
        for value in values {
            let with_value = format!("WITH readable AS (SELECT ({value})::{column_type} AS v) {text}");
            let judged = rows(&session, &with_value, vec![]).await;
            let is_readable: Option<bool> = judged[0].get(1);
            let is_decoded = judged[0].column(description, 0).is_ok();
            let field_type = description.field(0).value_type();
            assert_eq!(is_readable == Some(true), is_decoded, "{value} in {field_type:?}");
        }
    }
}
