//! Values that are sent as parameters and received in columns.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::super::parameter::Parameter;
use super::{rows, session};
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::DatabaseRow;
use crate::manager::{Description, FieldDescription};

/// A description of one field, besides the id.
macro_rules! described {
    ($field:expr) => {{
        static FIELDS: [FieldDescription; 2] = [FieldDescription::new::<i64>("id"), $field];
        static DESCRIPTION: Description = Description::new::<i64>("Row", &FIELDS, 0);
        &DESCRIPTION
    }};
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn instant(microseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(microseconds).unwrap()
}

/// Each type with its column, and values at its ends.
fn cases() -> Vec<(&'static Description, &'static str, Vec<Value>)> {
    let end = date(9999, 12, 31)
        .and_hms_micro_opt(23, 59, 59, 999_999)
        .unwrap()
        .and_utc();
    let decimal = |text: &str| Value::Decimal(text.parse::<Decimal>().unwrap());
    vec![
        (
            described!(FieldDescription::new::<Option<bool>>("v")),
            "boolean",
            vec![Value::Null, Value::Bool(false), Value::Bool(true)],
        ),
        (
            described!(FieldDescription::new::<i64>("v")),
            "bigint",
            [i64::MIN, -1, 0, i64::MAX].map(Value::Integer).into(),
        ),
        (
            described!(FieldDescription::new::<i32>("v")),
            "integer",
            [i32::MIN, 0, i32::MAX].map(|v| Value::Integer(v.into())).into(),
        ),
        (
            described!(FieldDescription::new::<i16>("v")),
            "smallint",
            [i16::MIN, 0, i16::MAX].map(|v| Value::Integer(v.into())).into(),
        ),
        (
            described!(FieldDescription::new::<f64>("v")),
            "double precision",
            [f64::MIN, 0.0, 0.1, 5e-324, f64::MAX].map(Value::Float).into(),
        ),
        (
            described!(FieldDescription::new::<f32>("v")),
            "real",
            [f32::MIN, 0.1, f32::from_bits(1), f32::MAX]
                .map(Value::Float32)
                .into(),
        ),
        (
            described!(FieldDescription::new::<Decimal>("v").with_decimal(12, 2)),
            "numeric(12, 2)",
            [
                "-9999999999.99",
                "-0.01",
                "0.00",
                "0.10",
                "100.00",
                "9999999999.99",
            ]
            .map(decimal)
            .into(),
        ),
        (
            described!(FieldDescription::new::<Decimal>("v").with_decimal(28, 28)),
            "numeric(28, 28)",
            [
                "0.9999999999999999999999999999",
                "-0.0000000000000000000000000001",
            ]
            .map(decimal)
            .into(),
        ),
        (
            described!(FieldDescription::new::<Decimal>("v").with_decimal(28, 0)),
            "numeric(28, 0)",
            ["9999999999999999999999999999", "-10000", "0"]
                .map(decimal)
                .into(),
        ),
        (
            described!(FieldDescription::new::<String>("v")),
            "text",
            ["", "ä\n'\"\\", "\u{feff}\u{10ffff}\u{1}"]
                .map(|v| Value::Text(v.to_owned()))
                .into(),
        ),
        (
            described!(FieldDescription::new::<Option<String>>("v")),
            "varchar(10) COLLATE \"C\"",
            vec![Value::Null, Value::Text("ääääääääää".to_owned())],
        ),
        (
            described!(FieldDescription::new::<Vec<u8>>("v")),
            "bytea",
            vec![Value::Bytes([].into()), Value::Bytes([0, 0xff].into())],
        ),
        (
            described!(FieldDescription::new::<NaiveDate>("v")),
            "date",
            [
                date(1, 1, 1),
                date(1969, 12, 31),
                date(2000, 1, 1),
                date(9999, 12, 31),
            ]
            .map(Value::Date)
            .into(),
        ),
        (
            described!(FieldDescription::new::<NaiveTime>("v")),
            "time(6)",
            [(0, 0), (86_399, 999_999_000)]
                .map(|(s, n)| NaiveTime::from_num_seconds_from_midnight_opt(s, n).unwrap())
                .map(Value::Time)
                .into(),
        ),
        (
            described!(FieldDescription::new::<DateTime<Utc>>("v")),
            "timestamptz(6)",
            [
                date(1, 1, 1).and_time(NaiveTime::MIN).and_utc(),
                instant(-1),
                instant(0),
                end,
            ]
            .map(Value::DateTime)
            .into(),
        ),
        (
            described!(FieldDescription::new::<Uuid>("v")),
            "uuid",
            [0, 1, u128::MAX].map(|v| Value::Uuid(Uuid::from_u128(v))).into(),
        ),
        (
            described!(FieldDescription::new::<serde_json::Value>("v")),
            "jsonb",
            [
                json!({}),
                json!([null, {"ä": [0.1, 1e300, -5e-324]}]),
                json!(u64::MAX),
                json!(i64::MIN),
                json!(100.0),
                json!(f64::MAX),
                json!("\"\\\u{7f}"),
            ]
            .map(|v| Value::Json(Box::new(v)))
            .into(),
        ),
    ]
}

#[tokio::test]
async fn values_are_received_as_they_were_sent() {
    let session = session().await;
    for (description, column_type, values) in cases() {
        let field = description.field(1);
        rows(&session, "DROP TABLE IF EXISTS round_trips", vec![]).await;
        let create = format!("CREATE TEMP TABLE round_trips (id bigint PRIMARY KEY, v {column_type})");
        rows(&session, &create, vec![]).await;
        for (id, value) in (0_i64..).zip(&values) {
            let parameters = vec![Parameter::integer(id), Parameter::of(field, value).unwrap()];
            let inserted = rows(
                &session,
                "INSERT INTO round_trips VALUES ($1, $2) RETURNING id, v",
                parameters,
            )
            .await;
            let received: Value = inserted[0].column(description, 1).unwrap().into();
            assert_eq!(&received, value, "{column_type}");
            // The variant too, and the places of a decimal.
            assert_eq!(format!("{received:?}"), format!("{value:?}"), "{column_type}");
            let equal = "SELECT id FROM round_trips WHERE v IS NOT DISTINCT FROM $1";
            let found = rows(&session, equal, vec![Parameter::of(field, value).unwrap()]).await;
            assert_eq!(found.len(), 1, "{value:?} in {column_type}");
            session.forget_statements();
        }
        let members: Vec<&Value> = values.iter().collect();
        let found = rows(
            &session,
            "SELECT count(*) FROM round_trips WHERE v = ANY($1)",
            vec![Parameter::list(field, &members).unwrap()],
        )
        .await;
        let not_null = values.iter().filter(|value| !value.is_null()).count();
        assert_eq!(found[0].get::<_, i64>(0), not_null as i64, "{column_type}");
        session.forget_statements();
    }
}

#[tokio::test]
async fn values_that_no_field_holds_are_errors_of_the_row() {
    let session = session().await;
    let decimal = described!(FieldDescription::new::<Decimal>("v").with_decimal(12, 2));
    let wide = described!(FieldDescription::new::<Decimal>("v").with_decimal(28, 2));
    let float = described!(FieldDescription::new::<f64>("v"));
    let single = described!(FieldDescription::new::<f32>("v"));
    let small = described!(FieldDescription::new::<u8>("v"));
    let day = described!(FieldDescription::new::<NaiveDate>("v"));
    let time = described!(FieldDescription::new::<NaiveTime>("v"));
    let instant = described!(FieldDescription::new::<DateTime<Utc>>("v"));
    let json = described!(FieldDescription::new::<serde_json::Value>("v"));
    let text = described!(FieldDescription::new::<String>("v"));
    for (description, value) in [
        (decimal, "'NaN'::numeric"),
        (decimal, "12345678901::numeric"),
        (decimal, "0.001::numeric"),
        (decimal, "1e500::numeric"),
        (wide, "'12345678901234567890123456789'::numeric"),
        (wide, "'NaN'::numeric"),
        (float, "'NaN'::float8"),
        (float, "'infinity'::float8"),
        (float, "'-infinity'::float8"),
        (single, "'NaN'::float4"),
        (single, "0.1::float8"),
        (single, "1e300::float8"),
        (small, "256::int2"),
        (small, "-1::int8"),
        (day, "'infinity'::date"),
        (day, "'-infinity'::date"),
        (day, "'20000-01-01'::date"),
        (day, "'0001-12-31 BC'::date"),
        (time, "'24:00:00'::time"),
        (instant, "'infinity'::timestamptz"),
        (instant, "'-infinity'::timestamptz"),
        (instant, "'10000-01-01 00:00:00+00'::timestamptz"),
        (instant, "'294276-12-31 00:00:00+00'::timestamptz"),
        (instant, "'4713-01-01 00:00:00+00 BC'::timestamptz"),
        (json, "'null'::jsonb"),
        (json, "'[1e400]'::jsonb"),
        (json, "'0.1234567890123456789'::jsonb"),
        (json, "(repeat('[', 200) || repeat(']', 200))::jsonb"),
        (text, "1"),
        (text, "NULL"),
        (text, "'{}'::text[]"),
        (text, "(1, 'a')"),
    ] {
        let received = rows(&session, &format!("SELECT 7::int8, {value}"), vec![]).await;
        let error = match received[0].column(description, 1) {
            Err(error) => error,
            Ok(column) => panic!("{value} is read as {:?}", Value::from(column)),
        };
        assert!(matches!(error, Error::Record { .. }), "{value}: {error:?}");
        let id = received[0].id_text(description).map(|id| id.to_string());
        assert_eq!(id.as_deref(), Some("7"), "{value}");
    }
}

#[test]
fn values_that_a_column_would_change_are_refused() {
    let decimal = described!(FieldDescription::new::<Decimal>("v").with_decimal(12, 2)).field(1);
    assert!(Parameter::of(decimal, &Value::Decimal(Decimal::new(1, 3))).is_err());
    let text = described!(FieldDescription::new::<String>("v")).field(1);
    assert!(Parameter::of(text, &Value::Text("a\0".to_owned())).is_err());
    let parameter = Parameter::of(text, &Value::Text("secret".to_owned())).unwrap();
    assert_eq!(format!("{parameter:?}"), "text");
}
