//! Decimals are stored in units of their last place: a change of the places is detected, and no value changes.

use gm_runtime::interface::SqlDialect;
use gm_runtime::{Error, GeneralManager, Gm, GmBuilder};
use gm_tests::log;
use rust_decimal::Decimal;

use crate::Folder;
use crate::shell::{all, run_on};

/// One table, as each version of a struct declares it.
macro_rules! price {
    ($name:ident, $digits:literal, $places:literal) => {
        #[derive(Clone, Debug, GeneralManager)]
        #[database(table = "prices")]
        struct $name {
            #[field(id)]
            id: i64,
            #[field(max_digits = $digits, decimal_places = $places)]
            amount: Decimal,
            #[field(max_digits = $digits, decimal_places = $places, column = "was")]
            before: Option<Decimal>,
        }
    };
}

price!(Price, 6, 2);
price!(Finer, 8, 3);
price!(FinerOfFewDigits, 6, 3);
price!(Coarser, 6, 1);

const MADE: &str = r#"CREATE TABLE prices (id INTEGER PRIMARY KEY AUTOINCREMENT,
    amount INTEGER NOT NULL CONSTRAINT decimal_places_2 CHECK (typeof(amount) = 'integer'),
    was INTEGER CONSTRAINT decimal_places_2 CHECK (typeof(was) IN ('integer', 'null')))"#;

async fn refused(builder: GmBuilder) -> String {
    match builder.create_tables(false).build().await {
        Err(Error::Configuration(message)) => message,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was built"),
    }
}

/// A file with these amounts, written by the first version of the struct.
async fn with_prices(prices: &[(&str, Option<&str>)]) -> Folder {
    let folder = Folder::new();
    let gm = folder.builder().manager::<Price>().build().await.unwrap();
    for (amount, before) in prices {
        let create = PriceCreate {
            amount: amount.parse().unwrap(),
        };
        let create = Price::create(create).before(before.map(|before| before.parse().unwrap()));
        create.exec(&gm).await.unwrap();
    }
    gm.close().await;
    folder
}

/// Runs the printed SQL, after which there is no further SQL.
fn run_schema_changes(folder: &Folder, builder: impl Fn() -> GmBuilder) -> String {
    let sql = builder().schema_changes().unwrap();
    if let Err(error) = folder.other().execute_batch(&sql) {
        panic!("{error}\n{sql}");
    }
    assert_eq!(builder().schema_changes().unwrap(), "", "{sql}");
    sql
}

#[tokio::test]
async fn more_places_are_refused_until_the_values_are_rescaled() {
    let folder = with_prices(&[("27.50", None), ("-0.29", Some("9999.99"))]).await;
    let builder = || folder.builder().manager::<Finer>();
    let message = refused(builder()).await;
    for part in [
        "`Finer`.`amount` in the table `prices`: the column `amount` stores decimals with `decimal_places = 2`, and the field has \
         `decimal_places = 3`: every value would be read 10 times too small",
        "`Finer`.`before` in the table `prices`: the column `was` stores",
        "RENAME TO",
    ] {
        assert!(message.contains(part), "no `{part}` in:\n{message}");
    }
    let sql = run_schema_changes(&folder, builder);
    // Shells before 3.33 know only `sqlite_master`, and continue after a statement that can't be prepared.
    assert!(
        sql.contains("FROM sqlite_master") && !sql.contains("sqlite_schema"),
        "{sql}"
    );
    // A second run multiplies nothing, even if the shell continues after an error.
    let errors = run_on(&folder.other(), &sql);
    assert!(errors[0].contains("the table stays as it was"), "{errors:?}");
    let gm = builder().build().await.unwrap();
    let prices = Finer::order_by(|p| p.id.asc()).all(&gm).await.unwrap();
    let prices: Vec<_> = prices
        .iter()
        .map(|price| {
            (
                price.amount.to_string(),
                price.before.map(|before| before.to_string()),
            )
        })
        .collect();
    assert_eq!(
        prices,
        [
            ("27.500".to_owned(), None),
            ("-0.290".to_owned(), Some("9999.990".to_owned()))
        ]
    );
    // A struct with the old places is refused now.
    let message = refused(folder.builder().manager::<Price>()).await;
    assert!(message.contains("10 times too large"), "{message}");
}

#[tokio::test]
async fn fewer_places_keep_values_that_fit() {
    let folder = with_prices(&[("27.50", Some("0.00")), ("-9.10", None)]).await;
    let builder = || folder.builder().manager::<Coarser>();
    run_schema_changes(&folder, builder);
    let gm = builder().build().await.unwrap();
    let prices = Coarser::order_by(|p| p.id.asc()).all(&gm).await.unwrap();
    let amounts: Vec<_> = prices.iter().map(|price| price.amount.to_string()).collect();
    assert_eq!(amounts, ["27.5", "-9.1"]);
    assert_eq!(prices[1].before, None);
}

/// This also holds if the SQL continues after an error, and for a table that is not STRICT.
#[tokio::test]
async fn a_value_that_does_not_fit_leaves_the_table_unchanged() {
    let fewer = |folder: &Folder| folder.builder().manager::<Coarser>();
    let more = |folder: &Folder| folder.builder().manager::<FinerOfFewDigits>();
    for (prices, builder) in [
        (
            [("27.50", None), ("27.51", None)],
            &fewer as &dyn Fn(&Folder) -> GmBuilder,
        ),
        ([("27.50", None), ("1.00", Some("-0.01"))], &fewer),
        ([("27.50", None), ("1000.00", None)], &more),
        ([("27.50", None), ("1.00", Some("-1000.00"))], &more),
    ] {
        for loose in [false, true] {
            let folder = with_prices(&prices).await;
            let other = folder.other();
            if loose {
                let tables = format!(
                    "ALTER TABLE prices RENAME TO made; {MADE}; INSERT INTO prices SELECT * FROM made; DROP TABLE made;
                     ALTER TABLE prices ADD COLUMN shop varchar(9);"
                );
                other.execute_batch(&tables).unwrap();
            }
            let rows = || {
                all(
                    &other,
                    "SELECT id || ' ' || amount || ' ' || ifnull(was, '') FROM prices ORDER BY id",
                )
            };
            let schema = || {
                all(
                    &other,
                    "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name",
                )
            };
            let before = (rows(), schema());
            let sql = builder(&folder).schema_changes().unwrap();
            let errors = run_on(&other, &sql);
            assert!(!errors.is_empty(), "{sql}");
            assert_eq!((rows(), schema()), before, "{sql}");
            assert!(other.is_autocommit());
            // The printed query finds the row.
            let finds = sql
                .lines()
                .filter_map(|line| line.strip_prefix("--     SELECT * FROM"));
            let found: Vec<_> = finds
                .flat_map(|rest| all(&other, &format!("SELECT 'row ' || id FROM{rest}")))
                .collect();
            assert_eq!(found, ["row 2"], "{sql}");
        }
    }
}

#[tokio::test]
async fn an_added_column_records_its_places() {
    let folder = Folder::new();
    folder
        .other()
        .execute_batch(
            "CREATE TABLE prices (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO prices VALUES (1)",
        )
        .unwrap();
    let sql = run_schema_changes(&folder, || folder.builder().manager::<Price>());
    assert!(sql.contains("ADD COLUMN") && !sql.contains("RENAME TO"), "{sql}");
    let message = refused(folder.builder().manager::<Finer>()).await;
    assert!(message.contains("10 times too small"), "{message}");
    // The constraint is read under the new name of the column too.
    let renames = "ALTER TABLE prices RENAME COLUMN was TO amount_before; ALTER TABLE prices RENAME COLUMN amount TO was;
         ALTER TABLE prices RENAME COLUMN amount_before TO amount;";
    folder.other().execute_batch(renames).unwrap();
    let message = refused(folder.builder().manager::<Finer>()).await;
    assert_eq!(message.matches("10 times too small").count(), 2, "{message}");
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "prices")]
struct Sign {
    #[field(id)]
    id: i64,
    #[field(default)]
    words: String,
    #[field(column = "was")]
    units: Option<i64>,
}

/// Another service may have a struct of its own for the table.
#[tokio::test]
async fn a_rebuild_for_another_struct_keeps_the_recorded_places() {
    let folder = with_prices(&[("27.50", Some("1.00"))]).await;
    let other = folder.other();
    other
        .execute_batch("ALTER TABLE prices ADD COLUMN words TEXT")
        .unwrap();
    let sql = folder.builder().manager::<Sign>().schema_changes().unwrap();
    assert!(
        sql.contains("`Sign`.`units` in the table `prices`: the column `was` stores decimals with `decimal_places = 2`, and the field reads and writes their units: 1 is 0.01"),
        "{sql}"
    );
    other.execute_batch(&sql).unwrap();
    let gm = folder.builder().manager::<Sign>().build().await.unwrap();
    assert_eq!(Sign::get(&gm, 1).await.unwrap().units, Some(100));
    let message = refused(folder.builder().manager::<Finer>()).await;
    assert_eq!(message.matches("10 times too small").count(), 2, "{message}");
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "prices")]
struct Rough {
    #[field(id)]
    id: i64,
    amount: f64,
}

#[tokio::test]
async fn an_f64_field_gets_the_numbers() {
    let folder = with_prices(&[("27.50", None)]).await;
    let builder = || folder.builder().manager::<Rough>();
    let sql = run_schema_changes(&folder, builder);
    run_on(&folder.other(), &sql);
    let gm = builder().build().await.unwrap();
    assert_eq!(Rough::get(&gm, 1).await.unwrap().amount, 27.5);
}

/// A double does not hold more than 15 digits.
#[tokio::test]
async fn an_f64_field_gets_no_other_numbers() {
    let folder = with_prices(&[("27.50", None)]).await;
    let other = folder.other();
    other
        .execute_batch("UPDATE prices SET amount = 9007199254740993")
        .unwrap();
    let sql = folder.builder().manager::<Rough>().schema_changes().unwrap();
    assert!(!run_on(&other, &sql).is_empty(), "{sql}");
    assert_eq!(
        all(&other, "SELECT '' || amount FROM prices"),
        ["9007199254740993"]
    );
}

#[tokio::test]
async fn a_table_without_recorded_places_works_with_one_warning() {
    log::keep();
    let folder = Folder::new();
    let table =
        "CREATE TABLE prices (id INTEGER PRIMARY KEY AUTOINCREMENT, amount INTEGER NOT NULL, was INTEGER);
         INSERT INTO prices (amount) VALUES (2750)";
    folder.other().execute_batch(table).unwrap();
    let gm = folder.builder().manager::<Price>().build().await.unwrap();
    assert_eq!(Price::get(&gm, 1).await.unwrap().amount.to_string(), "27.50");
    let warned = log::lines(&["WARN", "`Price`", "the `decimal_places` of the values in"]);
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(warned[0].contains("`amount`, `was`"), "{warned:?}");
    gm.close().await;
    // A rebuild for another reason assumes the struct's places, with a comment.
    folder
        .other()
        .execute_batch("ALTER TABLE prices DROP COLUMN amount; ALTER TABLE prices ADD COLUMN amount INTEGER")
        .unwrap();
    let sql = run_schema_changes(&folder, || folder.builder().manager::<Price>());
    let said =
        r#"-- The `decimal_places` of the values in "amount" are not recorded: they are assumed to be 2."#;
    assert!(sql.contains(said), "{sql}");
}

#[tokio::test]
async fn two_managers_of_one_column_need_the_same_places() {
    let folder = Folder::new();
    let builder = || folder.builder().manager::<Price>().manager::<Finer>();
    let message = match builder().build().await {
        Err(Error::Configuration(message)) => message,
        other => panic!("{other:?}"),
    };
    for part in [
        "`Price`.`amount` has `decimal_places = 2`",
        "`Finer`.`amount` has `decimal_places = 3`",
        "the column `amount` of the table `prices`",
    ] {
        assert!(message.contains(part), "no `{part}` in:\n{message}");
    }
    assert_eq!(all(&folder.other(), "SELECT name FROM sqlite_schema"), [""; 0]);
    for dialect in SqlDialect::ALL {
        let refused = builder().schema(dialect).unwrap_err().to_string();
        assert!(refused.contains("`Finer`.`amount`"), "{refused}");
    }
    assert!(builder().schema_changes().is_err());
    // More digits, or an integer field for the same column, are refused too.
    price!(Longer, 9, 2);
    let longer = folder.builder().manager::<Price>().manager::<Longer>();
    let message = refused(longer).await;
    assert!(
        message.contains("`Price`.`amount` has `max_digits = 6`, `Longer`.`amount` has `max_digits = 9`"),
        "{message}"
    );
    let message = refused(folder.builder().manager::<Sign>().manager::<Price>()).await;
    assert!(message.contains("`Price`.`before` holds a decimal"), "{message}");
    price!(Same, 6, 2);
    let gm: Gm = folder
        .builder()
        .manager::<Price>()
        .manager::<Same>()
        .build()
        .await
        .unwrap();
    assert_eq!(Same::count(&gm).await.unwrap(), 0);
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "prices")]
struct Rougher {
    #[field(id)]
    id: i64,
    amount: f32,
}

#[tokio::test]
async fn an_f32_field_gets_the_numbers() {
    let folder = with_prices(&[("27.50", None), ("27.51", None), ("-9999.99", None)]).await;
    let builder = || folder.builder().manager::<Rougher>();
    run_schema_changes(&folder, builder);
    let gm = builder().build().await.unwrap();
    assert_eq!(Rougher::get(&gm, 1).await.unwrap().amount, 27.5);
    assert_eq!(Rougher::get(&gm, 2).await.unwrap().amount, 27.51);
    assert_eq!(Rougher::get(&gm, 3).await.unwrap().amount, -9999.99);
}
