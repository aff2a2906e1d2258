//! Managers of one table.

use gm_runtime::field::{FieldType, NotNull, Value, ValueError, ValueType};
use gm_runtime::interface::SqlDialect;
use gm_runtime::{Error, FieldType as Names, GeneralManager, GmBuilder, Manager};
use rust_decimal::Decimal;

use crate::Folder;
use crate::shell::all;

/// A struct of the table, with one field of this type.
macro_rules! struct_of {
    ($name:ident, $(#[$attribute:meta])* $type:ty) => {
        #[derive(Clone, Debug, GeneralManager)]
        #[database(table = "things")]
        struct $name {
            #[field(id)]
            id: i64,
            $(#[$attribute])*
            n: $type,
        }
    };
}

mod elsewhere {
    /// The same names in another order.
    #[derive(Clone, Copy, Debug, PartialEq, gm_runtime::FieldType)]
    pub(super) enum State {
        Closed,
        Open,
    }

    #[derive(Clone, Copy, Debug, PartialEq, gm_runtime::FieldType)]
    pub(super) enum Other {
        Open,
        Shut,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Names)]
enum State {
    Open,
    Closed,
}

#[derive(Clone, Debug, PartialEq, Names)]
enum AnyState {
    Open,
    Closed,
    #[field_type(other)]
    Other(String),
}

/// A text type of the application's own.
#[derive(Clone, Debug, PartialEq)]
struct Upper(String);

impl FieldType for Upper {
    const VALUE_TYPE: ValueType = ValueType::Text;

    fn into_value(self) -> Value {
        Value::Text(self.0)
    }

    fn to_value(&self) -> Value {
        self.clone().into_value()
    }

    fn from_value(value: Value) -> Result<Self, ValueError> {
        match String::from_value(value)? {
            text if text == text.to_uppercase() => Ok(Self(text)),
            _ => Err(ValueError::new("expected capitals")),
        }
    }
}
impl NotNull for Upper {}

struct_of!(Wide, i64);
struct_of!(
    AlsoWide,
    #[field(min = 0, index)]
    i64
);
struct_of!(Narrow, u8);
struct_of!(Signed, i8);
struct_of!(Unsigned, u64);
struct_of!(Maybe, Option<i64>);
struct_of!(Text, String);
struct_of!(
    Short,
    #[field(max_length = 3, unique)]
    String
);
struct_of!(Double, f64);
struct_of!(Single, f32);
struct_of!(Flag, bool);
struct_of!(Instant, chrono::DateTime<chrono::Utc>);
struct_of!(Date, chrono::NaiveDate);
struct_of!(Json, serde_json::Value);
struct_of!(Stated, State);
struct_of!(StatedElsewhere, elsewhere::State);
struct_of!(StatedOtherwise, elsewhere::Other);
struct_of!(StatedAnyhow, AnyState);
struct_of!(Capitals, Upper);
struct_of!(AlsoCapitals, Upper);
struct_of!(
    Amount,
    #[field(max_digits = 6, decimal_places = 2)]
    Decimal
);
struct_of!(
    LargeAmount,
    #[field(max_digits = 7, decimal_places = 2)]
    Decimal
);

async fn built<A: Manager, B: Manager>() -> Result<(), String> {
    let folder = Folder::new();
    let builder = || folder.builder().manager::<A>().manager::<B>();
    let built = builder().build().await;
    let refused = match built {
        Ok(_) => return Ok(()),
        Err(Error::Configuration(message)) => message,
        Err(other) => panic!("{other}"),
    };
    // Before any table is created, and in `schema` and `schema_changes`.
    assert_eq!(all(&folder.other(), "SELECT name FROM sqlite_schema"), [""; 0]);
    for dialect in SqlDialect::ALL {
        assert_eq!(builder().schema(dialect).unwrap_err().to_string(), refused);
    }
    assert_eq!(builder().schema_changes().unwrap_err().to_string(), refused);
    Err(refused)
}

macro_rules! disagree {
    ($($one:ident, $other:ident: $of_one:literal, $of_other:literal;)*) => {$(
        for refused in [built::<$one, $other>().await, built::<$other, $one>().await] {
            let refused = refused.expect_err(concat!(stringify!($one), " ", stringify!($other)));
            for part in [
                concat!("`", stringify!($one), "`.`n` ", $of_one),
                concat!("`", stringify!($other), "`.`n` ", $of_other),
                "the column `n` of the table `things`",
            ] {
                assert!(refused.contains(part), "no `{part}` in:\n{refused}");
            }
        }
    )*};
}

#[tokio::test]
async fn declarations_that_can_not_read_each_others_values_are_refused() {
    disagree! {
        Wide, Narrow: "holds an integer from -9223372036854775808 to 9223372036854775807", "holds an integer from 0 to 255";
        Narrow, Signed: "holds an integer from 0 to 255", "holds an integer from -128 to 127";
        Wide, Unsigned: "holds an integer from -9", "holds an integer from 0 to 9";
        Wide, Maybe: "is not an `Option`", "is an `Option`";
        Wide, Text: "holds an integer", "holds text";
        Wide, Flag: "holds an integer", "holds a boolean";
        Wide, Instant: "holds an integer", "holds a datetime";
        Wide, Amount: "holds an integer", "holds a decimal";
        Double, Single: "holds an `f64`", "holds an `f32`";
        Text, Date: "holds text", "holds a date";
        Text, Json: "holds text", "holds JSON";
        Text, Stated: "accepts any", "accepts only \"open\", \"closed\"";
        Stated, StatedOtherwise: "accepts only \"open\", \"closed\"", "accepts only \"open\", \"shut\"";
        StatedAnyhow, StatedOtherwise: "accepts only \"open\", \"closed\"", "accepts only \"open\", \"shut\"";
        Text, Capitals: "accepts any", "accepts the values of its own type";
        Amount, LargeAmount: "has `max_digits = 6`", "has `max_digits = 7`";
    }
}

#[tokio::test]
async fn declarations_that_read_each_others_values_are_accepted() {
    built::<Wide, AlsoWide>().await.unwrap();
    built::<Text, Short>().await.unwrap();
    built::<Stated, StatedElsewhere>().await.unwrap();
    built::<Text, StatedAnyhow>().await.unwrap();
    built::<Stated, StatedAnyhow>().await.unwrap();
    built::<Capitals, AlsoCapitals>().await.unwrap();
}

/// The printed SQL also removes a difference between services.
#[tokio::test]
async fn a_column_of_another_service_is_rebuilt_once() {
    let folder = Folder::new();
    folder
        .builder()
        .manager::<Text>()
        .build()
        .await
        .unwrap()
        .close()
        .await;
    let builder = || folder.builder().manager::<Wide>();
    let sql = builder().schema_changes().unwrap();
    folder.other().execute_batch(&sql).unwrap();
    assert_eq!(builder().schema_changes().unwrap(), "");
    builder().build().await.unwrap();
}

macro_rules! numbered {
    ($name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Clone, Debug, GeneralManager)]
        #[database(table = "pages")]
        struct $name {
            $($(#[$attribute])* $field: $type,)*
        }
    };
}

numbered!(BySlug { #[field(id)] slug: String, title: Option<String>, });
numbered!(ByCode {
    #[field(id)]
    code: String,
    #[field(unique)]
    slug: String,
});
numbered!(ByNumber {
    #[field(id)]
    number: i64,
    slug: String,
    code: String,
});
numbered!(ByOtherNumber {
    #[field(id)]
    other: i64,
    slug: String,
});

#[tokio::test]
async fn managers_with_different_ids_share_a_table_in_any_order() {
    type Take = fn(GmBuilder) -> GmBuilder;
    let takes: [Take; 3] = [
        |builder| builder.manager::<BySlug>(),
        |builder| builder.manager::<ByCode>(),
        |builder| builder.manager::<ByNumber>(),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for count in 2..=3 {
            let folder = Folder::new();
            let builder = || {
                order
                    .iter()
                    .take(count)
                    .fold(folder.builder(), |builder, at| takes[*at](builder))
            };
            if let Err(error) = builder().build().await {
                panic!("{order:?} {count}: {error}");
            }
            assert_eq!(builder().schema_changes().unwrap(), "");
            // The id that the database assigns is the key, and the other ids are unique.
            let keys = all(
                &folder.other(),
                "SELECT name FROM pragma_table_info('pages') WHERE pk",
            );
            let assigned = order.iter().take(count).any(|at| *at == 2);
            assert!(keys.len() == 1 && (keys == ["number"]) == assigned, "{keys:?}");
            for dialect in SqlDialect::ALL {
                let dialect = builder().schema(dialect);
                assert!(dialect.is_err() || dialect.unwrap().matches("PRIMARY KEY").count() == 1);
            }
        }
    }
    let folder = Folder::new();
    let builder = folder.builder().manager::<ByNumber>().manager::<ByOtherNumber>();
    let refused = builder.build().await.unwrap_err().to_string();
    assert!(
        refused.contains("`ByNumber`.`number` and `ByOtherNumber`.`other` are ids that the database assigns"),
        "{refused}"
    );
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "a")]
struct OneName {
    #[field(id)]
    id: i64,
    #[field(index, column = "b__c")]
    b: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "a__b")]
struct OtherName {
    #[field(id)]
    id: i64,
    #[field(index)]
    c: String,
}

/// The names of indexes are unique in the whole file.
#[tokio::test]
async fn indexes_get_unused_names() {
    let folder = Folder::new();
    folder
        .other()
        .execute_batch("CREATE TABLE A__B__C_index_2 (a)")
        .unwrap();
    let builder = || folder.builder().manager::<OneName>().manager::<OtherName>();
    let sql = builder().schema_changes().unwrap();
    builder().build().await.unwrap();
    let names = all(
        &folder.other(),
        "SELECT name FROM sqlite_schema WHERE type = 'index'",
    );
    assert_eq!(names, ["a__b__c_index", "a__b__c_index_3"]);
    assert!(sql.contains("\"a__b__c_index_3\" ON \"a__b\""), "{sql}");
    let sql = builder().schema(SqlDialect::Sqlite).unwrap();
    assert!(sql.contains("\"a__b__c_index_2\" ON \"a__b\""), "{sql}");
    // The same for an index that is added to an existing table.
    let other = Folder::new();
    other
        .other()
        .execute_batch(
            "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, b__c TEXT NOT NULL);
        CREATE INDEX a__b__c_index ON a (id)",
        )
        .unwrap();
    let builder = || other.builder().manager::<OneName>();
    other
        .other()
        .execute_batch(&builder().schema_changes().unwrap())
        .unwrap();
    builder().build().await.unwrap();
}
