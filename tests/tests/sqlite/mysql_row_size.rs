//! The DDL for MySQL respects its limit of 65,535 bytes per row.

use gm_runtime::interface::SqlDialect;
use gm_runtime::{GeneralManager, Gm};

/// The fields of each test. MySQL accepts 21 of them in one row.
macro_rules! wide {
    ($name:ident, $table:literal, $($option:ident)?; $($more:tt)*) => {
        wide!(@ $name, $table, ($($option)?), ($($more)*),
            a b c d e f g h i j k l m n o p q r s t u);
    };
    (@ $name:ident, $table:literal, $option:tt, ($($more:tt)*), $($field:ident)*) => {
        wide!(@@ $name, $table, ($($more)*), $(($field $option))*);
    };
    (@@ $name:ident, $table:literal, ($($more:tt)*), $(($field:ident ($($option:ident)?)))*) => {
        #[derive(Clone, Debug, GeneralManager)]
        #[database(table = $table)]
        struct $name {
            #[field(id)]
            id: i64,
            $(#[field(max_length = 768 $(, $option)?)]
            $field: String,)*
            $($more)*
        }
    };
}

wide!(Full, "full", ;);
wide!(Wider, "wider", ;
    #[field(max_length = 700, index)]
    key: String,
    #[field(max_length = 3072)]
    data: Vec<u8>,
    #[field(max_length = 60)]
    short: Option<String>,
);
wide!(Keys, "keys", unique;
    #[field(max_length = 760, index)]
    key: String,
    #[field(max_length = 700)]
    text: String,
);

/// The longest row of the printed table, as MySQL counts it.
fn row_bytes(sql: &str) -> usize {
    let length = |line: &str| line.split(['(', ')']).nth(1).unwrap().parse::<usize>().unwrap();
    let columns = sql.lines().filter(|line| line.starts_with("    `"));
    columns
        .map(|line| match line.split([' ', '(']).nth(5).unwrap() {
            "BIGINT" => 8,
            "VARCHAR" => length(line) * 4 + 2,
            "VARBINARY" => length(line) + 2,
            "LONGTEXT" | "LONGBLOB" => 12,
            other => panic!("{other}"),
        })
        .sum()
}

#[test]
fn columns_that_fit_stay_in_the_row() {
    let sql = Gm::builder().manager::<Full>().schema(SqlDialect::MySql).unwrap();
    assert_eq!(sql.matches("VARCHAR(768)").count(), 21, "{sql}");
    assert!(row_bytes(&sql) <= 65_535);
}

#[test]
fn the_longest_columns_without_an_index_move_out_of_the_row() {
    let sql = Gm::builder()
        .manager::<Wider>()
        .schema(SqlDialect::MySql)
        .unwrap();
    assert!(row_bytes(&sql) <= 65_535, "{sql}");
    assert_eq!(sql.matches("LONGTEXT").count(), 2, "{sql}");
    for kept in [
        "`key` VARCHAR(700)",
        "`data` VARBINARY(3072)",
        "`short` VARCHAR(60)",
        "INDEX (`key`)",
    ] {
        assert!(sql.contains(kept), "{sql}");
    }
}

#[test]
fn a_row_that_is_too_wide_is_refused_with_its_fields() {
    let refused = Gm::builder()
        .manager::<Keys>()
        .schema(SqlDialect::MySql)
        .unwrap_err();
    let refused = refused.to_string();
    for part in [
        "`keys`",
        "65535 bytes",
        "`Keys`.`a`",
        "`Keys`.`u`",
        "`Keys`.`key`",
        "max_length",
    ] {
        assert!(refused.contains(part), "{refused}");
    }
    assert!(!refused.contains("`text`"), "{refused}");
    // The other databases have no such limit.
    for dialect in [SqlDialect::Sqlite, SqlDialect::Postgres] {
        Gm::builder().manager::<Keys>().schema(dialect).unwrap();
    }
}
