//! Decimals are kept in units of their last place, which is the same for all who read them.

use gm_runtime::interface::SqlDialect;
use gm_runtime::{Error, GeneralManager};
use rust_decimal::Decimal;

use crate::Folder;
use crate::made_anew::all;

/// One table, as each struct has it.
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
price!(Longer, 9, 2);

#[tokio::test]
async fn two_managers_of_one_column_have_the_same_places() {
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
    // More digits are no other units.
    let builder = folder.builder().manager::<Price>().manager::<Longer>();
    builder.build().await.unwrap();
}
