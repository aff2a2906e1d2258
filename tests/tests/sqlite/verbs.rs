use gm_runtime::Error;
use rust_decimal::Decimal;

use crate::Folder;
use crate::model::{Item, ItemCreate};

#[tokio::test]
async fn a_row_lives() {
    let folder = Folder::new();
    let gm = folder.builder().manager::<Item>().build().await.unwrap();
    let row = Item::create(ItemCreate {
        title: "Alpha".into(),
    })
    .exec(&gm)
    .await
    .unwrap();
    assert_eq!(row.id, 1);
    assert_eq!(row.amount.to_string(), "0.00");
    assert_eq!(row, Item::get(&gm, 1).await.unwrap());
    let rows = Item::filter(|i| i.title.eq("Alpha") & i.amount.eq(Decimal::ZERO))
        .all(&gm)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    gm.close().await;
    let refused = Item::create(ItemCreate { title: "Beta".into() }).exec(&gm).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))));
}
