//! Batches of a service's own code: one transaction.

use gm_runtime::error::TransactionError;
use gm_runtime::verbs::BatchDraft;
use gm_runtime::{Error, GeneralManager, Gm};

use super::{
    Country, CountryCreate, Customer, CustomerCreate, Place, Ticket, TicketCreate, on_each_place, rows,
};
use crate::storage::Shelf;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[manager(interface = Shelf<Own>)]
struct Own {
    #[field(id)]
    id: i64,
    name: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "customers")]
struct Elsewhere {
    #[field(id)]
    id: i64,
    name: String,
}

on_each_place! {
    the_operations_are_one_transaction,
    the_rules_of_a_caller_hold,
    rows_of_several_storages_are_refused,
}

fn customer(name: &str) -> CustomerCreate {
    CustomerCreate { name: name.into() }
}

async fn the_operations_are_one_transaction(place: Place) {
    let gm = place.builder().build().await.unwrap();
    let mut batch = gm.batch();
    let ada = batch.add(Customer::create(customer("Ada")));
    let ticket = batch.add(
        BatchDraft::<Ticket>::create()
            .set(|t| t.title, "first")
            .set(|t| t.customer_id, ada.id()),
    );
    batch.add(Country::create(CountryCreate {
        code: "de".into(),
        name: "Germany".into(),
    }));
    let again = batch.clone();
    let results = batch.send().await.unwrap();
    let (ada, ticket) = (results.row(ada).unwrap(), results.row(ticket).unwrap());
    assert_eq!((ticket.customer_id, ticket.version), (Some(ada.id), 1));
    let before = rows(&gm).await;
    // The name is taken.
    let refused = again.send().await.unwrap_err();
    assert_eq!(
        (refused.operation(), refused.error().is_conflict()),
        (Some(0), true),
        "{refused}"
    );
    let mut batch = gm.batch();
    batch.delete(Country::by_id("de"));
    batch.add(ticket.update().title("second"));
    batch.add(ticket.update().title("third"));
    let refused = batch.send().await.unwrap_err();
    assert_eq!(
        (refused.operation(), refused.error().is_stale()),
        (Some(2), true),
        "{refused}"
    );
    assert_eq!(
        refused.to_string().split_once(": ").unwrap().0,
        "operation 2 of the batch"
    );
    // Its message has that of the operation's error, which a chain of messages does not repeat.
    assert!(std::error::Error::source(&refused).is_none());
    assert_eq!(rows(&gm).await, before);
    // The row was read with a version that is old now.
    let newer = ticket.update().title("newer").exec(&gm).await.unwrap();
    let mut batch = gm.batch();
    batch.delete(&ticket);
    let refused = batch.send().await.unwrap_err();
    assert!(refused.error().is_stale(), "{refused}");
    let mut batch = gm.batch();
    batch.delete(Country::by_id("de"));
    batch.delete(&newer);
    batch.send().await.unwrap();
    assert_eq!((rows(&gm).await.1.len(), rows(&gm).await.2.len()), (0, 0));
    gm.close().await;
}

async fn the_rules_of_a_caller_hold(place: Place) {
    let gm = place.builder().build().await.unwrap();
    let of_bob = Ticket::create(TicketCreate { title: "t".into() })
        .owner("bob")
        .exec(&gm)
        .await
        .unwrap();
    let ada = gm.acting_as("ada".into());
    let mut batch = ada.batch();
    let own = batch.add(Ticket::create(TicketCreate { title: "a".into() }));
    let results = batch.send().await.unwrap();
    assert_eq!(results.row(own).unwrap().owner, "ada");
    let mut batch = ada.batch();
    batch.add(results.row(own).unwrap().update().title("b"));
    batch.add(Ticket::by_id(of_bob.id).update().title("stolen"));
    let refused = batch.send().await.unwrap_err();
    assert_eq!(
        (refused.operation(), refused.error().is_not_found()),
        (Some(1), true),
        "{refused}"
    );
    let mut batch = ada.batch();
    batch.delete(Ticket::by_id(results.row(own).unwrap().id));
    let refused = batch.send().await.unwrap_err();
    assert!(refused.error().is_permission_denied(), "{refused}");
    // A field that the caller may not read has no value to which an operation can refer.
    let mut batch = ada.batch();
    let customer = batch.add(Customer::create(customer("Eve")));
    batch.add(
        BatchDraft::<Ticket>::create()
            .set(|t| t.title, "c")
            .set(|t| t.customer_id, customer.field(|c| c.rating)),
    );
    let refused = batch.send().await.unwrap_err();
    assert!(
        matches!(refused.error(), Error::FieldDenied { field: "rating", .. }),
        "{refused}"
    );
    let tickets = rows(&gm).await.1;
    assert_eq!((tickets[0].title.as_str(), tickets[1].title.as_str()), ("t", "a"));
    gm.close().await;
}

async fn rows_of_several_storages_are_refused(place: Place) {
    let gm = place
        .builder()
        .interface::<Own>(Shelf::default())
        .build()
        .await
        .unwrap();
    let start = |gm: &Gm| {
        let mut batch = gm.batch();
        batch.add(Customer::create(customer("Ada")));
        batch
    };
    let mut with_own = start(&gm);
    with_own.add(Own::create(OwnCreate { name: "x".into() }));
    let refused = with_own.send().await.unwrap_err();
    let expected = TransactionError::NoTransactions { manager: "Own" };
    assert!(
        matches!(refused.error(), Error::Transaction(error) if *error == expected),
        "{refused}"
    );
    let mut with_remote = start(&gm);
    with_remote.add(Elsewhere::create(ElsewhereCreate { name: "x".into() }));
    let refused = with_remote.send().await.unwrap_err();
    let expected = TransactionError::OtherService { manager: "Elsewhere" };
    assert!(
        matches!(refused.error(), Error::Transaction(error) if *error == expected),
        "{refused}"
    );
    let mut remote_first = gm.batch();
    remote_first.add(Elsewhere::create(ElsewhereCreate { name: "x".into() }));
    remote_first.add(Customer::create(customer("Ada")));
    assert_eq!(remote_first.send().await.unwrap_err().operation(), Some(1));
    assert_eq!(rows(&gm).await.0.len(), 0);
    // In a transaction there is no other one.
    let nested: Result<(), Error> = gm
        .transaction(async |tx| Ok(start(&tx).send().await.map(drop)?))
        .await;
    assert!(
        matches!(nested, Err(Error::Transaction(TransactionError::Nested))),
        "{nested:?}"
    );
    gm.close().await;
}
