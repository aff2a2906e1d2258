//! An update of many rows gives a field a value that its caller may not read: the number of rows does not tell which of them had the
//! value.

use gm_runtime::access::Principal;
use gm_runtime::{GeneralManager, Gm};
use gm_tests::database::TestDatabase;
use gm_tests::on_each_database;

// Without a version, which would be another one in each row.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "offers")]
#[permission(read = public, update = public)]
struct Offer {
    #[field(id)]
    id: i64,
    title: String,
    #[field(read = admin)]
    price: i64,
}

async fn counts_each_row_that_matches(gm: &Gm) {
    for price in [10, 20, 10] {
        let title = "a".to_owned();
        Offer::create(OfferCreate { title, price })
            .exec(gm)
            .await
            .unwrap();
    }
    let caller = gm.acting_as(Principal::named("tim"));
    for (guess, id) in [(10, 1), (11, 2), (20, 2), (10, 1)] {
        let one = Offer::filter(|o| o.id.eq(id)).update_all();
        let changed = one.price(guess).exec(&caller).await.unwrap();
        assert_eq!(changed, 1, "{guess}");
        let inside = gm.transaction(async |tx| {
            let tx = tx.acting_as(Principal::named("tim"));
            let one = Offer::filter(|o| o.id.eq(id)).update_all();
            one.price(guess).exec(&tx).await
        });
        assert_eq!(inside.await.unwrap(), 1, "{guess}, in a transaction");
    }
    // A caller that may read the field learns what is changed, as the service does.
    let all = Offer::query().update_all().price(10);
    assert_eq!(all.exec(gm).await.unwrap(), 1);
}

async fn in_a_database(database: TestDatabase) {
    let builder = Gm::builder().database(database.url()).manager::<Offer>();
    counts_each_row_that_matches(&builder.build().await.unwrap()).await;
}

#[tokio::test]
async fn in_memory() {
    let gm = Gm::builder().in_memory::<Offer>().build().await.unwrap();
    counts_each_row_that_matches(&gm).await;
}

on_each_database!(in_a_database);
