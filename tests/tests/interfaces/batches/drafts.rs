//! Drafts of a batch: the fields that they may not set, and a consumer's managers in memory.

use gm_runtime::verbs::BatchDraft;
use gm_runtime::{Error, GeneralManager, Gm};

use super::{Country, Customer, Place, Ticket, TicketCreate, on_each_place, rows};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "customers")]
struct RemoteCustomer {
    #[field(id)]
    id: i64,
    name: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "tickets")]
struct RemoteTicket {
    #[field(id)]
    id: i64,
    title: String,
    #[field(references = RemoteCustomer)]
    customer_id: i64,
}

on_each_place! {
    an_id_is_given_to_a_new_row_with_a_text_id_alone,
}

/// Asserts that the operation at this place is refused, and that its id is the only wrong field.
fn assert_id_is_refused(refused: Result<(), gm_runtime::verbs::BatchError>, place: usize) {
    let refused = refused.unwrap_err();
    let wrong = refused.error().field_errors();
    let wrong: Vec<_> = wrong.iter().map(|wrong| wrong.field()).collect();
    assert_eq!(
        (refused.operation(), wrong),
        (Some(place), vec![Some("id")]),
        "{refused}"
    );
}

async fn an_id_is_given_to_a_new_row_with_a_text_id_alone(place: Place) {
    let gm = place.builder().build().await.unwrap();
    let mut batch = gm.batch();
    let country = batch.add(
        BatchDraft::<Country>::create()
            .set(|c| c.code, "de")
            .set(|c| c.name, "Germany"),
    );
    let ticket = batch.add(Ticket::create(TicketCreate { title: "t".into() }));
    let results = batch.send().await.unwrap();
    assert_eq!(results.row(country).unwrap().code, "de");
    let ticket = results.row(ticket).unwrap();
    let before = rows(&gm).await;

    let mut batch = gm.batch();
    batch.add(ticket.update().title("not stored"));
    batch.add(
        BatchDraft::<Customer>::create()
            .set(|c| c.id, 900)
            .set(|c| c.name, "Ada"),
    );
    assert_id_is_refused(batch.send().await.map(drop), 1);
    let mut batch = gm.batch();
    let ada = batch.add(BatchDraft::<Customer>::create().set(|c| c.name, "Ada"));
    batch.add(BatchDraft::update(&Ticket::by_id(ticket.id)).set(|t| t.id, ada.id()));
    assert_id_is_refused(batch.send().await.map(drop), 1);
    assert_eq!(rows(&gm).await, before);
    gm.close().await;
}

/// The managers of a consumer are in memory for a test of its code, which sends a batch.
#[tokio::test]
async fn a_batch_of_a_consumer_is_carried_out_in_memory() {
    let gm = Gm::builder()
        .in_memory::<RemoteCustomer>()
        .in_memory::<RemoteTicket>()
        .build()
        .await
        .unwrap();
    let mut batch = gm.batch();
    let ada = batch.add(RemoteCustomer::create(RemoteCustomerCreate {
        name: "Ada".into(),
    }));
    let ticket = batch.add(
        BatchDraft::<RemoteTicket>::create()
            .set(|t| t.title, "first")
            .set(|t| t.customer_id, ada.id()),
    );
    let results = batch.send().await.unwrap();
    let ticket = results.row(ticket).unwrap();
    assert_eq!(ticket.customer(&gm).await.unwrap(), results.row(ada).unwrap());

    let mut batch = gm.batch();
    batch.add(ticket.update().title("second"));
    batch.delete(RemoteTicket::by_id(ticket.id + 1));
    let refused = batch.send().await.unwrap_err();
    assert_eq!(
        (refused.operation(), refused.error().is_not_found()),
        (Some(1), true),
        "{refused}"
    );
    assert_eq!(RemoteTicket::get(&gm, ticket.id).await.unwrap().title, "first");
    // A result is known in its own batch.
    let other = gm.batch().send().await.unwrap().row(ada);
    assert!(matches!(other, Err(Error::Configuration(_))), "{other:?}");
}
