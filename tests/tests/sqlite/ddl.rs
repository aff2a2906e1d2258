//! The printed DDL of each dialect.

use gm_runtime::interface::SqlDialect;
use gm_runtime::{GeneralManager, Gm};
use rust_decimal::Decimal;

use crate::migrations::Fee;
use crate::unique::Book;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "everything")]
struct Everything {
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
    #[field(max_length = 200, unique)]
    name: String,
    #[field(max_length = 5000)]
    long: String,
    #[field(blank, default)]
    text: String,
    data: Vec<u8>,
    #[field(max_length = 16, unique)]
    digest: Option<Vec<u8>>,
    day: chrono::NaiveDate,
    time: chrono::NaiveTime,
    #[field(index)]
    at: chrono::DateTime<chrono::Utc>,
    token: Option<uuid::Uuid>,
    json: serde_json::Value,
}

#[test]
fn prints_the_sql_of_each_dialect() {
    let builder = Gm::builder().manager::<Book>().manager::<Everything>();
    for (dialect, file) in [
        (SqlDialect::Sqlite, include_str!("schema/sqlite.sql")),
        (SqlDialect::Postgres, include_str!("schema/postgres.sql")),
    ] {
        assert_eq!(builder.schema(dialect).unwrap(), file, "{dialect}");
    }
    let refused = builder.schema(SqlDialect::MySql).unwrap_err().to_string();
    assert!(
        refused.contains("`Book`.`title`") && refused.contains("768 characters"),
        "{refused}"
    );
    let builder = Gm::builder().manager::<Fee>().manager::<Everything>();
    assert_eq!(
        builder.schema(SqlDialect::MySql).unwrap(),
        include_str!("schema/mysql.sql")
    );
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "books_as_text")]
struct WholeBook {
    #[field(id)]
    id: i64,
    #[field(max_length = 10_485_760)]
    first: String,
    #[field(max_length = 10_485_761)]
    second: String,
}

/// Postgres refuses a longer VARCHAR.
#[test]
fn text_too_long_for_a_declared_length_has_none() {
    let sql = Gm::builder()
        .manager::<WholeBook>()
        .schema(SqlDialect::Postgres)
        .unwrap();
    assert!(sql.contains(r#""first" VARCHAR(10485760) COLLATE "C""#), "{sql}");
    assert!(sql.contains(r#""second" TEXT COLLATE "C""#), "{sql}");
}

#[test]
fn dialects_are_parsed_by_name() {
    for dialect in SqlDialect::ALL {
        assert_eq!(dialect.name().parse::<SqlDialect>().unwrap(), dialect);
    }
    let refused = "oracle".parse::<SqlDialect>().unwrap_err().to_string();
    assert!(
        refused.contains("`oracle`") && refused.contains("`mysql`"),
        "{refused}"
    );
}
