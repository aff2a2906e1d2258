//! Foreign keys on each storage of this process: values that are no ids, and deletions that are restricted.

use gm_runtime::access::Principal;
use gm_runtime::{Error, GeneralManager, Gm, GmBuilder};
use gm_tests::database::TestDatabase;
use gm_tests::marker::Marker;
use gm_tests::raw::Request;
use serde_json::json;

use crate::service::Service;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "customers")]
#[permission(read = name != "hidden", create = public, update = public, delete = name != "kept")]
#[remote_api(resource = "customers", allow_filter, allow_detail, allow_delete)]
pub(crate) struct Customer {
    #[field(id)]
    pub(crate) id: i64,
    #[field(max_length = 50)]
    pub(crate) name: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = title != "hidden", create = title != "denied", update = public, delete = public)]
#[remote_api(
    resource = "tickets",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
pub(crate) struct Ticket {
    #[field(id)]
    pub(crate) id: i64,
    #[field(max_length = 50)]
    pub(crate) title: String,
    #[field(references = Customer)]
    pub(crate) customer_id: i64,
    #[field(references = Ticket, on_delete = set_null)]
    pub(crate) previous_id: Option<i64>,
}

/// A comment of a ticket, which no caller may read or write.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "comments")]
#[permission(read = nobody)]
pub(crate) struct Comment {
    #[field(id)]
    pub(crate) id: i64,
    #[field(references = Ticket, on_delete = cascade)]
    pub(crate) ticket_id: i64,
    #[field(references = Comment, on_delete = cascade)]
    pub(crate) answered_id: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "files")]
#[permission(read = public)]
pub(crate) struct File {
    #[field(id)]
    pub(crate) id: i64,
    #[field(references = Comment, on_delete = set_null)]
    pub(crate) comment_id: Option<i64>,
    #[field(version)]
    pub(crate) version: i64,
    #[field(updated)]
    pub(crate) updated: chrono::DateTime<chrono::Utc>,
}

/// Refers to a comment, whose deletion it restricts.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "pins")]
#[permission(read = public)]
pub(crate) struct Pin {
    #[field(id)]
    pub(crate) id: i64,
    #[field(references = Comment)]
    pub(crate) comment_id: i64,
    #[field(references = Ticket, on_delete = cascade)]
    pub(crate) ticket_id: i64,
}

/// The builder of a storage.
pub(crate) fn of(database: &TestDatabase) -> GmBuilder {
    // A table may come before those that it refers to.
    Gm::builder()
        .database(database.url())
        .manager::<Pin>()
        .manager::<File>()
        .manager::<Comment>()
        .manager::<Ticket>()
        .manager::<Customer>()
        .manager::<Marker>()
}

pub(crate) fn in_memory() -> GmBuilder {
    Gm::builder()
        .in_memory::<Pin>()
        .in_memory::<File>()
        .in_memory::<Comment>()
        .in_memory::<Ticket>()
        .in_memory::<Customer>()
        .in_memory::<Marker>()
}

/// Makes a test of each function on memory, SQLite and Postgres. The functions have a handle as the parameter.
#[macro_export]
macro_rules! on_each_handle {
    ($($name:ident),* $(,)?) => {
        mod in_memory {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name($crate::foreign_keys::in_memory().build().await.unwrap()).await;
                }
            )*
        }

        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    let database = gm_tests::database::TestDatabase::sqlite();
                    super::$name($crate::foreign_keys::of(&database).build().await.unwrap()).await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    let database = gm_tests::database::TestDatabase::postgres().await;
                    super::$name($crate::foreign_keys::of(&database).build().await.unwrap()).await;
                }
            )*
        }
    };
}

on_each_handle! {
    a_value_that_is_no_id_is_a_conflict_of_the_field,
    a_row_out_of_sight_is_refused_like_one_that_does_not_exist,
    a_denied_write_is_denied_whatever_it_refers_to,
    a_restricted_deletion_is_a_conflict,
    a_transaction_goes_on_after_a_refused_write,
    writes_of_many_rows_refer_to_rows_in_sight,
}

pub(crate) async fn customer(gm: &Gm, name: &str) -> Customer {
    let customer = CustomerCreate { name: name.into() };
    Customer::create(customer).exec(gm).await.unwrap()
}

pub(crate) async fn ticket(gm: &Gm, customer_id: i64, title: &str) -> Ticket {
    let title = title.into();
    let ticket = Ticket::create(TicketCreate { title, customer_id });
    ticket.exec(gm).await.unwrap()
}

const NOTHING: &str = "the row that it refers to does not exist";

fn assert_refers_to_nothing(error: &Error, field: &str) {
    assert!(
        matches!(error, Error::Conflict { manager: "Ticket", field: Some(named), message }
            if *named == field && &**message == NOTHING),
        "{error}"
    );
}

async fn a_value_that_is_no_id_is_a_conflict_of_the_field(gm: Gm) {
    let ada = customer(&gm, "ada").await;
    let title = String::from("a");
    let orphan = TicketCreate {
        title: title.clone(),
        customer_id: ada.id + 1,
    };
    let refused = Ticket::create(orphan).exec(&gm).await.unwrap_err();
    assert_refers_to_nothing(&refused, "customer_id");
    let first = TicketCreate {
        title,
        customer_id: ada.id,
    };
    let refused = Ticket::create(first).previous_id(Some(7)).exec(&gm).await;
    assert_refers_to_nothing(&refused.unwrap_err(), "previous_id");
    assert_eq!(Ticket::count(&gm).await.unwrap(), 0);

    let ticket = ticket(&gm, ada.id, "a").await;
    let refused = ticket
        .update()
        .customer_id(ada.id + 1)
        .exec(&gm)
        .await
        .unwrap_err();
    assert_refers_to_nothing(&refused, "customer_id");
    // A row may refer to itself.
    let ticket = ticket
        .update()
        .previous_id(Some(ticket.id))
        .exec(&gm)
        .await
        .unwrap();
    assert_eq!(ticket.previous_id, Some(ticket.id));
    assert_eq!(Ticket::get(&gm, ticket.id).await.unwrap().customer_id, ada.id);
}

async fn a_row_out_of_sight_is_refused_like_one_that_does_not_exist(gm: Gm) {
    let hidden = customer(&gm, "hidden").await;
    let ada = customer(&gm, "ada").await;
    let caller = gm.acting_as(Principal::named("guest"));
    let create = |customer_id| {
        let title = String::from("a");
        Ticket::create(TicketCreate { title, customer_id })
    };
    let mut messages = Vec::new();
    for id in [hidden.id, 99] {
        let refused = create(id).exec(&caller).await.unwrap_err();
        assert_refers_to_nothing(&refused, "customer_id");
        messages.push(refused.to_string());
    }
    assert_eq!(messages[0], messages[1]);
    assert_eq!(Ticket::count(&gm).await.unwrap(), 0);
    // The service's own code has no sight.
    let ticket = ticket(&gm, hidden.id, "a").await;
    // The caller reads the field, and gives it the value that it has.
    let same = Ticket::by_id(ticket.id)
        .update()
        .title("b")
        .customer_id(hidden.id);
    assert_eq!(same.exec(&caller).await.unwrap().title, "b");
    let ticket = create(ada.id).exec(&caller).await.unwrap();
    let moved = ticket
        .update()
        .customer_id(hidden.id)
        .exec(&caller)
        .await
        .unwrap_err();
    assert_refers_to_nothing(&moved, "customer_id");
}

async fn a_denied_write_is_denied_whatever_it_refers_to(gm: Gm) {
    let hidden = customer(&gm, "hidden").await;
    let caller = gm.acting_as(Principal::named("guest"));
    for customer_id in [hidden.id, 99] {
        let title = String::from("denied");
        let denied = Ticket::create(TicketCreate { title, customer_id });
        let denied = denied.exec(&caller).await.unwrap_err();
        assert!(denied.is_permission_denied(), "{denied}");
        // A row that is out of sight does not exist.
        let ticket = ticket(&gm, hidden.id, "hidden").await;
        let missing = Ticket::by_id(ticket.id).update().customer_id(customer_id);
        let missing = missing.exec(&caller).await.unwrap_err();
        assert!(missing.is_not_found(), "{missing}");
    }
}

async fn a_restricted_deletion_is_a_conflict(gm: Gm) {
    let ada = customer(&gm, "ada").await;
    let first = ticket(&gm, ada.id, "hidden").await;
    let caller = gm.acting_as(Principal::named("guest"));
    let refused = async |handle: &Gm| {
        let refused = Customer::by_id(ada.id).delete(handle).await.unwrap_err();
        assert!(refused.is_conflict());
        refused.to_string()
    };
    let named = "`Customer`: other rows refer to this row: those of `Ticket`, by `customer_id`";
    assert_eq!(refused(&gm).await, named);
    // The caller does not see the ticket.
    let unnamed = "`Customer`: other rows refer to this row";
    assert_eq!(refused(&caller).await, unnamed);
    let many = Customer::query().delete_all(&caller).await.unwrap_err();
    assert_eq!(many.to_string(), unnamed);
    let seen = ticket(&gm, ada.id, "seen").await;
    assert_eq!(refused(&caller).await, named);
    seen.delete(&gm).await.unwrap();
    // What the rules say comes first.
    let kept = customer(&gm, "kept").await;
    ticket(&gm, kept.id, "a").await;
    let denied = Customer::by_id(kept.id).delete(&caller).await.unwrap_err();
    assert!(denied.is_permission_denied(), "{denied}");
    let hidden = customer(&gm, "hidden").await;
    ticket(&gm, hidden.id, "a").await;
    let missing = Customer::by_id(hidden.id).delete(&caller).await.unwrap_err();
    assert!(missing.is_not_found(), "{missing}");
    first.delete(&gm).await.unwrap();
    Customer::by_id(ada.id).delete(&caller).await.unwrap();
    assert!(
        Customer::by_id(ada.id)
            .delete(&gm)
            .await
            .unwrap_err()
            .is_not_found()
    );
}

async fn a_transaction_goes_on_after_a_refused_write(gm: Gm) {
    let ada = customer(&gm, "ada").await;
    let done = gm.transaction(async |tx| {
        let ticket = ticket(&tx, ada.id, "a").await;
        let refused = ada.clone().delete(&tx).await.unwrap_err();
        assert!(refused.is_conflict(), "{refused}");
        let refused = ticket.update().customer_id(99).exec(&tx).await.unwrap_err();
        assert_refers_to_nothing(&refused, "customer_id");
        let bob = customer(&tx, "bob").await;
        ticket.update().customer_id(bob.id).exec(&tx).await?;
        ada.clone().delete(&tx).await?;
        Ok::<_, Error>(bob.id)
    });
    let bob = done.await.unwrap();
    assert_eq!(Customer::all(&gm).await.unwrap().len(), 1);
    assert_eq!(Ticket::all(&gm).await.unwrap()[0].customer_id, bob);
}

async fn writes_of_many_rows_refer_to_rows_in_sight(gm: Gm) {
    let (ada, hidden) = (customer(&gm, "ada").await, customer(&gm, "hidden").await);
    let caller = gm.acting_as(Principal::named("guest"));
    let new = |customer_id| TicketCreate {
        title: "a".into(),
        customer_id,
    };
    for (handle, id) in [(&gm, 99), (&caller, 99), (&caller, hidden.id)] {
        let refused = Ticket::create_many([new(ada.id), new(id)]).exec(handle).await;
        let refused = refused.unwrap_err();
        assert!(
            refused.is_conflict() && refused.to_string().contains(NOTHING),
            "{refused}"
        );
        assert_eq!(Ticket::count(&gm).await.unwrap(), 0);
    }
    let created = Ticket::create_many([new(ada.id), new(ada.id)])
        .exec(&caller)
        .await;
    assert_eq!(created.unwrap().len(), 2);
    for (handle, id) in [(&gm, 99), (&caller, 99), (&caller, hidden.id)] {
        let moved = Ticket::query().update_all().customer_id(id).exec(handle).await;
        let moved = moved.unwrap_err();
        assert!(
            moved.is_conflict() && moved.to_string().contains(NOTHING),
            "{moved}"
        );
    }
    let moved = Ticket::query()
        .update_all()
        .customer_id(hidden.id)
        .exec(&gm)
        .await;
    assert_eq!(moved.unwrap(), 2);
}

/// The bodies differ in the id of the request alone.
#[tokio::test]
async fn on_the_wire_a_hidden_row_is_answered_like_a_missing_one() {
    let gm = in_memory().expose::<Ticket>().expose::<Customer>();
    let gm = gm.build().await.unwrap();
    let (ada, hidden) = (customer(&gm, "ada").await, customer(&gm, "hidden").await);
    let service = Service::start(&gm);
    let mut answers = Vec::new();
    for id in [99, hidden.id] {
        let body = json!({"title": "a", "customer_id": id}).to_string();
        let response = service
            .send(Request::new("POST", "/gm/tickets").json(&body))
            .await;
        assert_eq!(response.status, 409);
        answers.push(response.json());
    }
    assert_eq!(
        answers[0]["details"],
        json!({"field": "customer_id", "message": NOTHING})
    );
    assert_eq!(answers[0]["error_code"], "conflict");
    assert_eq!(answers[0]["details"], answers[1]["details"]);

    ticket(&gm, ada.id, "a").await;
    let delete = Request::new("DELETE", &format!("/gm/customers/{}", ada.id));
    let response = service.send(delete).await;
    assert_eq!(response.status, 409);
    let message = "other rows refer to this row: those of `Ticket`, by `customer_id`";
    assert_eq!(response.json()["details"]["message"], message);
    assert_eq!(Customer::count(&gm).await.unwrap(), 2);
}
