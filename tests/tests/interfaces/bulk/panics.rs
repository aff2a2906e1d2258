//! Code of the application that panics in the middle of a write of many rows.

use gm_runtime::{GeneralManager, Gm};
use gm_tests::database::TestDatabase;

/// A row whose validation panics for some values.
#[derive(Clone, Debug, PartialEq, GeneralManager, garde::Validate)]
#[database(table = "fragile")]
#[manager(validate)]
#[garde(allow_unvalidated)]
struct Fragile {
    #[field(id)]
    id: i64,
    #[garde(custom(|stored: &bool, _: &()| { assert!(!*stored || !self.is_changed, "as the test wants"); Ok(()) }))]
    panics: bool,
    #[field(default)]
    is_changed: bool,
}

async fn a_write_of_many_rows_that_panics_writes_nothing(gm: Gm) {
    for panics in [false, true, false] {
        Fragile::create(FragileCreate { panics }).exec(&gm).await.unwrap();
    }
    let before = Fragile::all(&gm).await.unwrap().to_vec();
    let writer = gm.clone();
    let write = async move { Fragile::query().update_all().is_changed(true).exec(&writer).await };
    let written = tokio::spawn(write).await;
    assert!(!matches!(written, Ok(Ok(_))), "{written:?}");
    assert_eq!(Fragile::all(&gm).await.unwrap().to_vec(), before);
}

#[tokio::test]
async fn in_memory() {
    let gm = Gm::builder().in_memory::<Fragile>().build().await.unwrap();
    a_write_of_many_rows_that_panics_writes_nothing(gm).await;
}

async fn stored(database: TestDatabase) {
    let gm = Gm::builder()
        .database(database.url())
        .manager::<Fragile>()
        .build()
        .await
        .unwrap();
    a_write_of_many_rows_that_panics_writes_nothing(gm).await;
}

gm_tests::on_each_database!(stored);
