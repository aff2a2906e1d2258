//! An update of many rows gives a field a value that its caller may not read: the number of rows does not tell which of them had the
//! value.

use gm_runtime::access::Principal;
use gm_runtime::change::Action;
use gm_runtime::{GeneralManager, Gm};
use gm_tests::database::TestDatabase;
use gm_tests::marker::{Marker, published};
use gm_tests::on_each_database;
use tokio::sync::mpsc::unbounded_channel;

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

/// Many changes of hidden fields alone are no refresh, as one change of them is no event.
async fn many_changes_of_hidden_fields_are_no_event(gm: &Gm) {
    let offer = |price| OfferCreate {
        title: "b".to_owned(),
        price,
    };
    Offer::create_many((0..70).map(offer)).exec(gm).await.unwrap();
    published(gm).await;
    let (sender, mut received) = unbounded_channel();
    let caller = gm.acting_as(Principal::named("tim"));
    let subscription = caller.on_change::<Offer>(move |change| {
        let _ = sender.send(change.action());
    });
    let _subscription = subscription.unwrap();
    let of_b = Offer::filter(|o| o.title.eq("b"));
    of_b.update_all().price(700).exec(gm).await.unwrap();
    let inside = gm.transaction(async |tx| {
        for offer in &of_b.all(&tx).await? {
            offer.update().price(800).exec(&tx).await?;
        }
        of_b.update_all().price(900).exec(&tx).await
    });
    assert_eq!(inside.await.unwrap(), 70);
    published(gm).await;
    assert_eq!(received.try_recv().ok(), None);
    of_b.update_all().title("c").exec(gm).await.unwrap();
    published(gm).await;
    assert_eq!(received.try_recv(), Ok(Action::Refresh));
}

async fn check(gm: &Gm) {
    counts_each_row_that_matches(gm).await;
    many_changes_of_hidden_fields_are_no_event(gm).await;
}

async fn in_a_database(database: TestDatabase) {
    let builder = Gm::builder().database(database.url());
    let builder = builder.manager::<Offer>().manager::<Marker>();
    check(&builder.build().await.unwrap()).await;
}

#[tokio::test]
async fn in_memory() {
    let builder = Gm::builder().in_memory::<Offer>().in_memory::<Marker>();
    check(&builder.build().await.unwrap()).await;
}

on_each_database!(in_a_database);
