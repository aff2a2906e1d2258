//! Values as Postgres writes them, and texts that are no values of a field.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::value_text::{text_of, value_of};
use crate::field::{FieldType, Value};
use crate::manager::FieldDescription;

fn field<T: FieldType>() -> FieldDescription {
    FieldDescription::new::<T>("v")
}

#[test]
fn the_text_of_each_type_is_decoded() {
    let decimal = field::<rust_decimal::Decimal>().with_decimal(6, 2);
    for (field, texts) in [
        (field::<bool>(), &["true", "false"][..]),
        (field::<i8>(), &["-128", "0", "127"]),
        (field::<i64>(), &["-9223372036854775808", "9223372036854775807"]),
        (
            field::<f64>(),
            &["0.1", "-1e+300", "5e-324", "12345678901234567000", "-0"],
        ),
        (field::<f32>(), &["0.1", "3.4028235e+38", "1e-45"]),
        (decimal, &["0.00", "-9999.99", "12", "1.5", "1.500"]),
        (field::<String>(), &["", "a'b\"c\\d", "null", "ä\u{10ffff}"]),
        (field::<Vec<u8>>(), &["\\x", "\\x00ff7f"]),
        (
            field::<chrono::NaiveDate>(),
            &["0001-01-01", "2024-02-29", "9999-12-31"],
        ),
        (
            field::<chrono::NaiveTime>(),
            &["00:00:00", "23:59:59.999999", "12:30:00.5"],
        ),
        (
            field::<chrono::DateTime<chrono::Utc>>(),
            &[
                "2024-02-29T12:30:00+00:00",
                "2024-02-29 12:30:00.123456+00",
                "2024-02-29T12:30:00.5-03:30",
                "1880-01-01T00:53:28+00:53:28",
                "9999-12-31T23:59:59.999999+00:00",
                "0001-01-01T00:00:00+00:00",
            ],
        ),
        (field::<uuid::Uuid>(), &["67e55044-10b1-426f-9247-bb680e5fe0c8"]),
        (
            field::<serde_json::Value>(),
            &["{\"a\": [1, 2.5, null]}", "0", "\"null\"", "[]"],
        ),
    ] {
        for text in texts {
            let value = value_of(&field, text);
            assert!(value.is_some(), "{text} in {:?}", field.value_type());
            // The text of an id that is announced is decoded as the same value.
            let value = value.unwrap();
            assert_eq!(value_of(&field, &text_of(&value).unwrap()), Some(value), "{text}");
        }
    }
}

#[test]
fn the_same_instant_is_decoded_from_any_offset() {
    let field = field::<chrono::DateTime<chrono::Utc>>();
    let expected = value_of(&field, "2024-03-01T00:30:00.25+00:00").unwrap();
    for text in [
        "2024-03-01 00:30:00.25+00",
        "2024-02-29T20:30:00.25-04:00",
        "2024-03-01T06:15:00.25+05:45",
        "2024-03-01T01:23:28.250000+00:53:28",
    ] {
        assert_eq!(value_of(&field, text).as_ref(), Some(&expected), "{text}");
    }
    assert_eq!(
        value_of(&field, "0001-01-01T00:00:00+01:00"),
        None,
        "the year 0 in UTC"
    );
}

#[test]
fn other_texts_have_no_value() {
    let decimal = field::<rust_decimal::Decimal>().with_decimal(6, 2);
    for (field, texts) in [
        (field::<bool>(), &["t", "TRUE", "1", ""][..]),
        (field::<i8>(), &["128", "-129", "+1", " 1", "1.0", "", "0x1", "١"]),
        (
            field::<f64>(),
            &["NaN", "Infinity", "-Infinity", "inf", "1e309", "", ".5", "+1"],
        ),
        (field::<f32>(), &["NaN", "1e39", "-Infinity"]),
        (
            decimal,
            &[
                "NaN",
                "10000.00",
                "1.001",
                "1e3",
                "",
                "123456789012345678901234567890",
            ],
        ),
        (
            field::<Vec<u8>>(),
            &["", "00", "\\x0", "\\xFF", "\\x0g", "abc\\000"],
        ),
        (
            field::<chrono::NaiveDate>(),
            &[
                "infinity",
                "-infinity",
                "10000-01-01",
                "0044-03-15 BC",
                "0000-01-01",
                "2023-02-29",
                "29/02/2024",
                "2024-1-01",
            ],
        ),
        (
            field::<chrono::NaiveTime>(),
            &["24:00:00", "23:59:60", "12:30", "12:30:00+00", ""],
        ),
        (
            field::<chrono::DateTime<chrono::Utc>>(),
            &[
                "infinity",
                "-infinity",
                "20000-01-01T00:00:00+00:00",
                "2024-02-29T12:30:00",
                "2024-02-29T12:30:00Z",
                "2024-02-29T12:30:00+",
                "2024-02-29T12:30:00+1",
                "2024-02-29T12:30:00+01:60",
                "2024-02-29T12:30:00+01:00:00:00",
                "29.02.2024 12:30:00 CET",
                "0044-03-15T00:00:00+00:00 BC",
            ],
        ),
        (
            field::<uuid::Uuid>(),
            &[
                "67E55044-10B1-426F-9247-BB680E5FE0C8",
                "67e5504410b1426f9247bb680e5fe0c8",
                "",
            ],
        ),
        (field::<serde_json::Value>(), &["null", "", "{", "{} {}"]),
    ] {
        for text in texts {
            assert_eq!(value_of(&field, text), None, "{text} in {:?}", field.value_type());
        }
    }
    assert_eq!(
        value_of(&field::<String>(), "infinity"),
        Some(Value::Text("infinity".to_owned()))
    );
}
