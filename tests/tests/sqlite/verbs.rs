use gm_runtime::__private::{Draft, Insert};
use gm_runtime::{Error, Query};
use rust_decimal::Decimal;

use crate::Folder;
use crate::model::Item;

fn new(title: &str) -> Draft<Item, Insert> {
    Draft::insert()
        .set::<String>(1, title)
        .set::<i32>(3, 1)
        .set::<f64>(7, 0.5)
        .set::<bool>(10, false)
}

#[tokio::test]
async fn a_row_lives() {
    let folder = Folder::new();
    let gm = folder.builder().manager::<Item>().build().await.unwrap();
    let row = new("Alpha").exec(&gm).await.unwrap();
    assert_eq!(row.id, 1);
    assert_eq!(row.amount.to_string(), "0.00");
    let read = gm_runtime::verbs::Get::<Item>::new(&gm, 1).await.unwrap();
    assert_eq!(row, read);
    let rows = Query::<Item>::new()
        .filter(|i| i.title.eq("Alpha") & i.amount.eq(Decimal::ZERO))
        .all(&gm)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    gm.close().await;
    assert!(matches!(new("Beta").exec(&gm).await, Err(Error::Unavailable(_))));
}
