//! Rows that another program writes to the owner's file.

use gm_runtime::{Error, Gm};
use serde_json::json;

use crate::model::Sample;

/// A table whose rows another program wrote.
pub(crate) async fn written(values: &[(&str, &str)]) -> (Gm, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("types.db");
    let gm = Gm::builder()
        .database(format!("sqlite://{}", path.display()))
        .manager::<Sample>()
        .build()
        .await
        .unwrap();
    let other = rusqlite::Connection::open(path).unwrap();
    for (column, value) in values {
        other
            .execute(&format!("INSERT INTO samples ({column}) VALUES ({value})"), [])
            .unwrap();
    }
    (gm, folder)
}

#[tokio::test]
async fn json_is_found_in_any_spelling() {
    let texts = [
        ("data", r#"' { "b" : 1, "a" : "\u00e4" } '"#),
        ("data", r#"'{"a":"ä","b":1}'"#),
        ("data", "json_object('b', 1, 'a', 'ä')"),
        ("data", r#"'{"a":"ä","b":2}'"#),
    ];
    let (gm, _folder) = written(&texts).await;
    let wanted = || json!({"a": "ä", "b": 1});
    let found = Sample::filter(|s| s.data.eq(wanted())).all(&gm).await.unwrap();
    assert!(found.iter().map(|row| row.id).eq([1, 2, 3]));
    assert!(found.iter().all(|row| row.data == Some(wanted())));
    let others = Sample::exclude(|s| s.data.is_in([wanted()]))
        .all(&gm)
        .await
        .unwrap();
    assert!(others.iter().map(|row| row.id).eq([4]));
}

#[tokio::test]
async fn errors_name_the_invalid_fields() {
    for (column, value, expected) in [
        ("tiny", "128", "expected an integer from -128 to 127"),
        ("byte", "-1", "expected an integer from 0 to 255"),
        (
            "natural",
            "-1",
            "expected an integer from 0 to 9223372036854775807",
        ),
        ("single", "0.1", "expected a number that 32 bits can hold"),
        ("single", "1e39", "expected a number that 32 bits can hold"),
        ("clock", "-1", "expected a time like 12:30:00"),
        ("clock", "86400000000", "expected a time like 12:30:00"),
        ("data", "'{'", "expected JSON"),
        ("data", "'null'", "expected JSON"),
        ("even", "3", "expected an even number"),
    ] {
        let (gm, _folder) = written(&[(column, value)]).await;
        let error = Sample::all(&gm).await.unwrap_err();
        let named = format!(
            "`Sample`.`{column}` in the row of id 1: the stored value does not fit the field: {expected}"
        );
        assert!(matches!(error, Error::Record { .. }), "{error:?}");
        assert_eq!(error.to_string(), named, "{value}");
    }
}
