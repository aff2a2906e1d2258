//! Foreign keys between rows that callers see and rows that they do not see.

use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::postgres::Database;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::service::{BOB, Headers, Service, TIM, refusal};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "clients")]
#[permission(read = tenant == caller.claim("tenant"), delete = tenant == caller.claim("tenant"))]
#[remote_api(resource = "clients", allow_filter, allow_delete)]
struct Client {
    #[field(id)]
    id: i64,
    tenant: i64,
    level: i64,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "orders")]
#[permission(read = public, create = public, update = public)]
#[remote_api(resource = "orders", allow_filter, allow_create, allow_update)]
struct Order {
    #[field(id)]
    id: i64,
    #[field(references = Client)]
    client_id: i64,
}

/// The same orders, without the reference. The table has a foreign key all the same.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "orders")]
#[permission(read = public, create = public, update = public)]
#[remote_api(resource = "second-orders", allow_filter, allow_create, allow_update)]
struct SecondOrder {
    #[field(id)]
    id: i64,
    client_id: i64,
}

fn managers(builder: GmBuilder) -> GmBuilder {
    builder
        .expose::<Client>()
        .expose::<Order>()
        .expose::<SecondOrder>()
}

/// Client 1 is Tim's, and 2 is Bob's. Order 1 refers to client 1.
async fn seed(gm: &Gm) {
    for tenant in [1, 2] {
        let client = ClientCreate { tenant, level: 1 };
        Client::create(client).exec(gm).await.unwrap();
    }
    Order::create(OrderCreate { client_id: 1 })
        .exec(gm)
        .await
        .unwrap();
}

async fn orders_of(service: &Service, caller: Headers, resource: &str, client: i64) -> [(u16, Json); 2] {
    let body = json!({ "client_id": client });
    let path = format!("/gm/{resource}");
    [
        service.send(caller, "POST", &path, &body).await,
        service.send(caller, "PATCH", &format!("{path}/1"), &body).await,
    ]
}

async fn a_hidden_client_is_answered_like_a_missing_one(service: Service) {
    let storage = service.storage;
    seed(service.gm()).await;
    for resource in ["orders", "second-orders"] {
        let hidden = orders_of(&service, TIM, resource, 2).await;
        let missing = orders_of(&service, TIM, resource, 99).await;
        for answer in &hidden {
            assert_eq!(refusal(answer), (409, "conflict"), "{storage} {resource}");
        }
        assert_eq!(hidden, missing, "{storage} {resource}");
        let [created, updated] = orders_of(&service, BOB, resource, 2).await;
        assert_eq!(
            (created.0, updated.0),
            (201, 200),
            "{storage} {resource} {created:?}"
        );
        let [_, updated] = orders_of(&service, TIM, resource, 1).await;
        assert_eq!(updated.0, 200, "{storage} {resource}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_reference_does_not_tell_whether_a_hidden_row_exists_through_any_struct_of_the_table() {
    let builder = managers(Gm::builder().database("sqlite::memory:"));
    a_hidden_client_is_answered_like_a_missing_one(Service::start("SQLite", builder).await).await;
}

#[tokio::test]
async fn a_reference_does_not_tell_whether_a_hidden_row_exists_through_any_struct_of_the_table_in_postgres() {
    let database = Database::create().await;
    let builder = managers(Gm::builder().database(database.url()));
    a_hidden_client_is_answered_like_a_missing_one(Service::start("Postgres", builder).await).await;
}

/// A value that the struct can't hold is an error only for callers that see the row.
#[tokio::test]
async fn a_hidden_row_that_can_not_be_read_is_answered_like_a_missing_one() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("orders.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    // A table of another program, whose columns hold any value.
    other
        .execute_batch(
            "CREATE TABLE clients (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER NOT NULL, level INTEGER NOT NULL)",
        )
        .unwrap();
    let builder = managers(Gm::builder().database(format!("sqlite://{}", path.display())));
    let service = Service::start("SQLite", builder).await;
    seed(service.gm()).await;
    other
        .execute("UPDATE clients SET level = 'high' WHERE id = 2", [])
        .unwrap();
    let hidden = orders_of(&service, TIM, "orders", 2).await;
    assert_eq!(refusal(&hidden[0]), (409, "conflict"));
    assert_eq!(hidden, orders_of(&service, TIM, "orders", 99).await);
    let delete = async |id: i64| {
        let path = format!("/gm/clients/{id}");
        service.send(TIM, "DELETE", &path, &Json::Null).await
    };
    let [hidden, missing] = [delete(2).await, delete(99).await];
    assert_eq!(refusal(&hidden), (404, "not_found"));
    assert_eq!(hidden, missing);
    service.stop().await;
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "books")]
#[permission(read = public, delete = public)]
#[remote_api(resource = "books", allow_filter, allow_delete)]
struct Book {
    #[field(id)]
    id: i64,
    title: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "loans")]
#[permission(read = tenant == caller.claim("tenant"))]
struct Loan {
    #[field(id)]
    id: i64,
    tenant: i64,
    #[field(references = Book)]
    book_id: i64,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "reviews")]
#[permission(read = tenant == caller.claim("tenant"))]
struct Review {
    #[field(id)]
    id: i64,
    tenant: i64,
    #[field(references = Book)]
    book_id: i64,
}

/// The tenants of the loan and of the review of a book, if there are such rows, and what the conflict names for tenant 1.
const BOOKS: [(Option<i64>, Option<i64>, Option<&str>); 5] = [
    (Some(1), None, Some("`Loan`")),
    (Some(1), Some(2), Some("`Loan`")),
    (None, Some(1), Some("`Review`")),
    (Some(2), Some(1), Some("`Review`")),
    (Some(2), Some(2), None),
];

/// A row that the caller sees forbids the deletion anyway. So the conflict must not tell whether a hidden one forbids it too.
async fn a_restricted_deletion_names_the_row_that_the_caller_sees(service: Service) {
    let (storage, gm) = (service.storage, service.gm());
    for (loan, review, named) in BOOKS {
        let title = format!("{loan:?} {review:?}");
        let book = Book::create(BookCreate { title }).exec(gm).await.unwrap();
        if let Some(tenant) = loan {
            let book_id = book.id;
            Loan::create(LoanCreate { tenant, book_id })
                .exec(gm)
                .await
                .unwrap();
        }
        if let Some(tenant) = review {
            let book_id = book.id;
            let review = ReviewCreate { tenant, book_id };
            Review::create(review).exec(gm).await.unwrap();
        }
        let path = format!("/gm/books/{}", book.id);
        let refused = service.send(TIM, "DELETE", &path, &Json::Null).await;
        assert_eq!(refusal(&refused), (409, "conflict"), "{storage} {book:?}");
        let message = refused.1["details"]["message"].as_str().unwrap_or_default();
        for manager in ["`Loan`", "`Review`"] {
            let is_named = message.contains(manager);
            assert_eq!(is_named, named == Some(manager), "{storage} {book:?} {message}");
        }
    }
    service.stop().await;
}

#[tokio::test]
async fn a_restricted_deletion_tells_nothing_of_further_hidden_rows() {
    let memory = Gm::builder().in_memory::<Loan>().in_memory::<Review>();
    let memory = memory.in_memory::<Book>().expose::<Book>();
    let sqlite = Gm::builder().database("sqlite::memory:").manager::<Loan>();
    let sqlite = sqlite.manager::<Review>().expose::<Book>();
    for (storage, builder) in [("memory", memory), ("SQLite", sqlite)] {
        a_restricted_deletion_names_the_row_that_the_caller_sees(Service::start(storage, builder).await)
            .await;
    }
}
