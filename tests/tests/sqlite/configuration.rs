//! Errors of `build` for settings and structs that do not fit together.

use gm_runtime::{Error, GeneralManager, Gm, GmBuilder};
use rust_decimal::Decimal;

use crate::Folder;
use crate::model::Item;

async fn refused(builder: GmBuilder) -> String {
    match builder.build().await {
        Err(Error::Configuration(message)) => message,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was built"),
    }
}

#[tokio::test]
async fn an_unknown_url_scheme_is_refused() {
    let message = refused(Gm::builder().database("oracle://db/x").manager::<Item>()).await;
    assert!(
        message.contains("oracle://db/x") && message.contains("sqlite://"),
        "{message}"
    );
}

#[tokio::test]
async fn a_missing_folder_is_refused() {
    let folder = Folder::new();
    let missing = folder.path().join("missing");
    let url = format!("sqlite://{}", missing.join("test.db").display());
    let message = refused(Gm::builder().database(url)).await;
    let named = format!("the folder `{}` of the database", missing.display());
    assert!(
        message.contains(&named) && message.contains("does not exist"),
        "{message}"
    );
}

#[tokio::test]
async fn a_missing_table_is_refused() {
    let folder = Folder::new();
    let message = refused(folder.builder().create_tables(false).manager::<Item>()).await;
    assert!(
        message.contains("`items`") && message.contains("`Item`"),
        "{message}"
    );
}

#[tokio::test]
async fn a_missing_column_is_refused() {
    let folder = Folder::new();
    folder
        .other()
        .execute_batch("CREATE TABLE items (id INTEGER PRIMARY KEY, title TEXT NOT NULL)")
        .unwrap();
    let message = refused(folder.builder().manager::<Item>()).await;
    assert!(
        message.contains("`Item`") && message.contains("remark"),
        "{message}"
    );
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "wide")]
struct Wide {
    #[field(id)]
    id: i64,
    #[field(max_digits = 19, decimal_places = 2)]
    sum: Decimal,
}

#[tokio::test]
async fn a_decimal_with_too_many_digits_is_refused() {
    let folder = Folder::new();
    let message = refused(folder.builder().manager::<Wide>()).await;
    assert!(
        message.contains("`Wide`.`sum`") && message.contains("18"),
        "{message}"
    );
}
