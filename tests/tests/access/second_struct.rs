//! A second struct of a table with fewer fields: its callers learn nothing of the other ones, nor when these change.

use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::marker::{self, Marker};
use gm_tests::postgres::Database;
use gm_tests::websocket::{Socket, handshake};
use serde_json::{Value as Json, json};

use super::service::{ADMIN, Service};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "loans")]
#[permission(read = admin, create = admin, update = admin, delete = admin)]
#[remote_api(resource = "loans", allow_filter, allow_create, allow_update, allow_delete)]
struct Loan {
    #[field(id)]
    id: i64,
    title: String,
    borrower: Option<String>,
    #[field(version)]
    version: i64,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "loans")]
#[permission(read = public)]
#[remote_api(resource = "public-loans", allow_filter, websocket_invalidation)]
struct PublicLoan {
    #[field(id)]
    id: i64,
    title: String,
    // Each change of the row is a new version, also of the other fields.
    #[field(version, read = admin)]
    version: i64,
}

fn both(builder: GmBuilder) -> GmBuilder {
    builder
        .manager::<Marker>()
        .expose::<Loan>()
        .expose::<PublicLoan>()
}

async fn received(service: &Service, socket: &mut Socket) -> Vec<Json> {
    marker::published(service.gm()).await;
    let frames = socket.pending().await.unwrap();
    frames
        .iter()
        .map(|frame| frame.json()["action"].clone())
        .collect()
}

async fn receives_its_own_fields_alone(service: &Service) {
    let handshake = handshake("/gm/ws/public-loans");
    let (_, mut socket) = Socket::open(service.address(), &handshake).await.unwrap();
    let send = async |method: &str, place: &str, body: Json| {
        let path = format!("/gm/loans{place}");
        let (status, answer) = service.send(ADMIN, method, &path, &body).await;
        assert!([200, 201].contains(&status), "{answer}");
    };
    send("POST", "", json!({"title": "Dune", "borrower": "ada"})).await;
    assert_eq!(received(service, &mut socket).await, ["create"]);
    for (body, expected) in [
        (json!({"borrower": "bob"}), &[][..]),
        (json!({"borrower": null}), &[]),
        (json!({"borrower": "bob", "title": "Emma"}), &["update"]),
        (json!({"title": "Ulysses"}), &["update"]),
    ] {
        send("PATCH", "/1", body.clone()).await;
        assert_eq!(received(service, &mut socket).await, expected, "{body}");
    }
    send("DELETE", "/1", Json::Null).await;
    assert_eq!(received(service, &mut socket).await, ["delete"]);
}

/// Many changes are one refresh, of which the same is true.
async fn receives_no_refresh_of_other_fields(service: &Service) {
    let gm = service.gm();
    let loans = (0..70).map(|_| Loan::create(LoanCreate { title: "Dune".into() }));
    Loan::create_many(loans).exec(gm).await.unwrap();
    marker::published(gm).await;
    let handshake = handshake("/gm/ws/public-loans");
    let (_, mut socket) = Socket::open(service.address(), &handshake).await.unwrap();
    let lend = Loan::query().update_all().borrower("ada".to_owned());
    assert_eq!(lend.exec(gm).await.unwrap(), 70);
    assert_eq!(received(service, &mut socket).await, [""; 0], "many at once");
    let lend = gm.transaction(async |tx| {
        for loan in &Loan::all(&tx).await? {
            loan.update().borrower("bob".to_owned()).exec(&tx).await?;
        }
        Ok::<_, gm_runtime::Error>(())
    });
    lend.await.unwrap();
    assert_eq!(received(service, &mut socket).await, [""; 0], "one by one");
    let lend = gm.transaction(async |tx| {
        let lend = Loan::query().update_all().borrower("eve".to_owned());
        lend.exec(&tx).await
    });
    assert_eq!(lend.await.unwrap(), 70);
    assert_eq!(received(service, &mut socket).await, [""; 0], "in a transaction");
    let rename = Loan::query().update_all().title("Emma");
    assert_eq!(rename.exec(gm).await.unwrap(), 70);
    assert_eq!(received(service, &mut socket).await, ["refresh"]);
}

#[tokio::test]
async fn an_update_of_other_fields_is_no_event_of_the_second_struct() {
    let service = Service::start("SQLite", both(Gm::builder().database("sqlite::memory:"))).await;
    receives_its_own_fields_alone(&service).await;
    receives_no_refresh_of_other_fields(&service).await;
    service.stop().await;
}

#[tokio::test]
async fn an_update_of_other_fields_is_no_event_of_the_second_struct_in_postgres() {
    let database = Database::create().await;
    let builder = || both(Gm::builder().database(database.url()));
    let service = Service::start("Postgres", builder()).await;
    receives_its_own_fields_alone(&service).await;
    receives_no_refresh_of_other_fields(&service).await;
    // The trigger reports the updates of other programs in the same way.
    database.execute(&builder().schema_triggers().unwrap()).await;
    database
        .execute("INSERT INTO loans (title, version) VALUES ('Dune', 1)")
        .await;
    marker::published(service.gm()).await;
    let (_, mut socket) = Socket::open(service.address(), &handshake("/gm/ws/public-loans"))
        .await
        .unwrap();
    for (sql, expected) in [
        ("UPDATE loans SET borrower = 'bob', version = 2", &[][..]),
        ("UPDATE loans SET title = 'Emma'", &["update"]),
    ] {
        database.execute(sql).await;
        assert_eq!(received(&service, &mut socket).await, expected, "{sql}");
    }
    service.stop().await;
}
