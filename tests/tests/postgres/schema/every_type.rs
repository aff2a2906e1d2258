//! Every type of a field: what is created fits, and what is changed into it keeps its values.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use gm_runtime::interface::SqlDialect;
use gm_runtime::{FieldType, GeneralManager, Gm, GmBuilder};
use gm_tests::postgres::Database;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{changed, changes, psql, psql_until_the_end};

/// Every type, with each kind of constraint.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "everything")]
pub(crate) struct Everything {
    #[field(id, max_length = 50)]
    id: String,
    flag: bool,
    small: i16,
    medium: Option<i32>,
    large: i64,
    unsigned: u32,
    double: f64,
    single: f32,
    #[field(max_digits = 10, decimal_places = 2, index)]
    amount: Decimal,
    #[field(max_digits = 28, decimal_places = 28)]
    share: Option<Decimal>,
    #[field(max_length = 200, unique)]
    name: String,
    #[field(max_length = 10_485_761)]
    long: String,
    #[field(blank, default)]
    text: String,
    data: Vec<u8>,
    #[field(max_length = 16, unique)]
    digest: Option<Vec<u8>>,
    day: NaiveDate,
    time: NaiveTime,
    #[field(index)]
    at: DateTime<Utc>,
    token: Option<Uuid>,
    json: serde_json::Value,
    color: Color,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, FieldType)]
enum Color {
    Red,
    Green,
}

/// A column of each type.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "things")]
struct Thing {
    #[field(id)]
    id: i64,
    boolean: bool,
    integer_8: i8,
    unsigned_8: u8,
    integer_16: i16,
    unsigned_16: u16,
    integer_32: i32,
    unsigned_32: u32,
    integer_64: i64,
    #[field(min = -5, max = 40000)]
    limited: i64,
    float_64: f64,
    float_32: f32,
    #[field(max_digits = 8, decimal_places = 2)]
    decimal_8_2: Decimal,
    #[field(max_digits = 12, decimal_places = 4)]
    decimal_12_4: Decimal,
    #[field(max_digits = 12, decimal_places = 2)]
    decimal_12_2: Decimal,
    #[field(max_digits = 28, decimal_places = 0)]
    decimal_28_0: Decimal,
    text: String,
    #[field(max_length = 5)]
    text_5: String,
    #[field(max_length = 40)]
    text_40: String,
    name: Color,
    bytes: Vec<u8>,
    date: NaiveDate,
    time: NaiveTime,
    instant: DateTime<Utc>,
    uuid: Uuid,
    json: serde_json::Value,
}

/// Types that no field has.
const OTHER_TYPES: [&str; 16] = [
    "NUMERIC",
    "NUMERIC(6, 3)",
    "VARCHAR",
    "CHAR(10)",
    "NAME",
    "TIMESTAMP",
    "TIMESTAMP(3)",
    "TIMESTAMPTZ(0)",
    "TIME(0)",
    "TIMETZ",
    "INTERVAL",
    "JSON",
    "MONEY",
    "OID",
    "INTEGER[]",
    "BIT(3)",
];

/// Values of each type, as SQL.
const VALUES: [&str; 17] = [
    "true",
    "7",
    "-5",
    "40000",
    "3000000000",
    "0.5",
    "12.34",
    "'abc'",
    "'Red'",
    "'\\x00ff'",
    "'2024-02-29'",
    "'12:30:00.123456'",
    "'2024-02-29 12:30:00.123456+00'",
    "'67e55044-10b1-426f-9247-bb680e5fe0c8'",
    "'{\"a\": [1]}'",
    "'{1,2}'",
    "B'101'",
];

fn things(database: &Database) -> GmBuilder {
    Gm::builder().database(database.url()).manager::<Thing>()
}

/// The columns of [`Thing`] without its id, and their types.
fn columns(database: &Database) -> Vec<(String, String)> {
    let sql = things(database).schema(SqlDialect::Postgres).unwrap();
    let column = |line: &str| {
        let (name, column_type) = line.strip_prefix("    \"")?.split_once("\" ")?;
        let column_type = column_type.trim_end_matches(',').strip_suffix(" NOT NULL")?;
        Some((name.to_owned(), column_type.to_owned()))
    };
    sql.lines().filter_map(column).collect()
}

/// Texts that are equal if the values are: spaces in JSON mean nothing, nor do zeros behind the point, and instants are in UTC.
fn normalized(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let normalize = |value: String| {
        let value = value.replace("+00", "").replace(": ", ":");
        if value.contains('.') && value.parse::<f64>().is_ok() {
            value.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            value
        }
    };
    let rows = rows.into_iter();
    rows.map(|row| row.into_iter().map(normalize).collect()).collect()
}

#[tokio::test]
async fn what_is_created_fits() {
    let database = Database::create().await;
    let builder = || things(&database).manager::<Everything>();
    let sql = builder().schema(SqlDialect::Postgres).unwrap();
    psql(&database, &sql).await.unwrap();
    assert_eq!(changes(builder()), "", "{sql}");
}

/// The columns of each type become those of each other type, or stay with a comment. No value is lost or changed.
#[tokio::test]
async fn each_type_is_changed_into_each_other_without_a_loss() {
    let database = Database::create().await;
    database
        .execute(&format!(
            "ALTER DATABASE {} SET timezone = 'UTC'",
            database.name()
        ))
        .await;
    let columns = columns(&database);
    assert_eq!(columns.len(), 25);
    let names: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let types = columns.iter().map(|(_, column_type)| column_type.as_str());
    let types: BTreeSet<_> = types.chain(OTHER_TYPES).collect();
    let (mut conversions, mut kept) = (0, 0);
    for from in types {
        let definitions: String = names
            .iter()
            .map(|name| format!(", {name} {from} NOT NULL"))
            .collect();
        let create = format!(
            "DROP TABLE IF EXISTS things; CREATE TABLE things (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY{definitions})"
        );
        database.execute(&create).await;
        let sql = changed(&database, || things(&database)).await;
        conversions += sql.matches(" TYPE ").count();

        // A value that does not fit the one type is left out, and the column stays as it is if it does not fit the other one.
        let rows = VALUES.map(|value| {
            let values = vec![value; names.len()].join(", ");
            format!(
                "DO $$ BEGIN INSERT INTO things ({}) VALUES ({values}); EXCEPTION WHEN OTHERS THEN END $$;",
                names.join(", ")
            )
        });
        database.execute(&format!("{create}; {}", rows.concat())).await;
        // A REAL is exactly a double.
        let exact = if from == "REAL" { "::float8" } else { "" };
        let values = names.iter().map(|name| format!("{name}{exact}::text"));
        let values = format!(
            "SELECT {} FROM things ORDER BY id",
            values.collect::<Vec<_>>().join(", ")
        );
        let before = normalized(database.rows(&values).await);
        psql_until_the_end(&database, &changes(things(&database))).await;
        assert_eq!(normalized(database.rows(&values).await), before, "{from}");
        kept += before.len();
    }
    // A comparison that finds no difference would be no success.
    assert!(conversions > 50 && kept > 100, "{conversions} {kept}");
}
