//! What a schema says of writes, before they are sent.

use std::sync::{Arc, Mutex};

use gm_runtime::manager::Operation;
use gm_runtime::{Error, GeneralManager, Gm};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use crate::schemas::{counts, field, is_question, mismatch, schema};
use crate::server::{Server, with_headers};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "tickets")]
struct RemoteTicket {
    #[field(id)]
    id: i64,
    title: String,
    note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    resource = "tickets",
    operations(detail, update)
)]
struct Priced {
    #[field(id)]
    id: i64,
    title: String,
    price: Decimal,
}

/// An owner that supports batches, with a schema of these fields. The test can replace them.
struct Owner {
    server: Server,
    schema: Arc<Mutex<(String, Json)>>,
}

impl Owner {
    fn start(fields: &[Json]) -> Self {
        let current = Arc::new(Mutex::new(Self::schema_of("000000000000000a", fields)));
        let state = Arc::clone(&current);
        let server = Server::start(move |request, _| {
            let (hash, schema) = &*state.lock().unwrap();
            let features = "x-general-manager-features: batch, schema\r\n";
            if is_question(request) {
                return with_headers(200, features, &schema.to_string());
            }
            let row = json!({"id": 1, "title": "a", "note": null, "price": 5});
            let reply = json!({"items": [row], "metadata": {}});
            let body = match request.path.ends_with("/_batch") {
                true => json!({"results": [{"status": 201, "body": reply}], "metadata": {}}),
                false => reply,
            };
            let headers = format!("{features}x-general-manager-schema: {hash}\r\n");
            with_headers(200, &headers, &body.to_string())
        });
        Self {
            server,
            schema: current,
        }
    }

    fn schema_of(hash: &str, fields: &[Json]) -> (String, Json) {
        (hash.to_owned(), schema(hash, fields))
    }

    fn becomes(&self, hash: &str, fields: &[Json]) {
        *self.schema.lock().unwrap() = Self::schema_of(hash, fields);
    }

    /// The methods and paths of the requests that are no questions.
    fn sent(&self) -> Vec<String> {
        let requests = self.server.requests().into_iter();
        let sent = requests.filter(|request| !is_question(request));
        sent.map(|request| format!("{} {}", request.method, request.path))
            .collect()
    }

    /// A consumer that has read a row.
    async fn consumer(&self) -> Gm {
        let gm = self.server.gm().await;
        RemoteTicket::get(&gm, 1).await.unwrap();
        gm
    }
}

fn title() -> Json {
    field("title", "text", &json!({"required": true}))
}

fn note() -> Json {
    field("note", "text", &json!({"nullable": true}))
}

fn create(gm: &Gm) -> impl Future<Output = Result<RemoteTicket, Error>> {
    RemoteTicket::create(RemoteTicketCreate { title: "a".into() }).exec(gm)
}

fn refusal<T: std::fmt::Debug>(written: Result<T, Error>, operation: Operation) -> Vec<String> {
    let error = written.unwrap_err();
    assert!(error.to_string().contains("and nothing was sent"), "{error}");
    mismatch(&error, operation)
}

#[tokio::test]
async fn a_create_without_a_field_that_the_owner_needs_is_not_sent() {
    let code = field("code", "text", &json!({"required": true}));
    let owner = Owner::start(&[title(), note(), code]);
    let gm = owner.consumer().await;
    let expected = ["`RemoteTicket.code` is a field that a create needs at the owner and not here"];
    assert_eq!(refusal(create(&gm).await, Operation::Create), expected);
    assert_eq!(owner.sent(), ["GET /gm/tickets/1"]);
    // Other verbs are as before.
    RemoteTicket::by_id(1)
        .update()
        .title("b")
        .exec(&gm)
        .await
        .unwrap();
    RemoteTicket::by_id(1).delete(&gm).await.unwrap();
    assert_eq!(
        owner.sent(),
        ["GET /gm/tickets/1", "PATCH /gm/tickets/1", "DELETE /gm/tickets/1"]
    );
    assert_eq!(counts(&owner.server).0, 2);
}

#[tokio::test]
async fn a_write_succeeds_once_its_owner_is_mended_without_a_read_between() {
    let code = field("code", "text", &json!({"required": true}));
    let owner = Owner::start(&[title(), note(), code]);
    let gm = owner.consumer().await;
    assert!(matches!(create(&gm).await, Err(Error::SchemaMismatch(_))));
    owner.becomes("000000000000000b", &[title(), note()]);
    for _ in 0..2 {
        assert_eq!(create(&gm).await.unwrap().id, 1);
    }
    assert_eq!(
        owner.sent(),
        ["GET /gm/tickets/1", "POST /gm/tickets", "POST /gm/tickets"]
    );
}

#[tokio::test]
async fn refused_writes_ask_a_few_times_and_not_each_time() {
    let code = field("code", "text", &json!({"required": true}));
    let owner = Owner::start(&[title(), note(), code]);
    let gm = owner.consumer().await;
    for _ in 0..30 {
        assert!(matches!(create(&gm).await, Err(Error::SchemaMismatch(_))));
    }
    assert_eq!(counts(&owner.server), (8, 1));
}

/// A field that the owner does not take may be one that this caller may not write, which the owner's refusal says.
#[tokio::test]
async fn fields_that_the_owner_does_not_take_are_refused_by_the_owner() {
    let fixed = field("title", "text", &json!({"updatable": false, "required": true}));
    let owner = Owner::start(&[fixed]);
    let gm = owner.consumer().await;
    assert_eq!(create(&gm).await.unwrap().note, None);
    let update = RemoteTicket::by_id(1).update();
    update.title("b").note("c".to_owned()).exec(&gm).await.unwrap();
    assert_eq!(owner.sent().len(), 3);
    let differences = gm.compare_schema::<RemoteTicket>().await.unwrap();
    let texts: Vec<_> = differences.iter().map(ToString::to_string).collect();
    let expected = [
        "`RemoteTicket.title` can be changed by an update here and not at the owner",
        "`RemoteTicket.note` is a field here and not at the owner, or the owner does not let this service read it",
    ];
    assert_eq!(texts, expected);
}

/// What is read of an integer can't be written as a decimal, which is text in JSON.
#[tokio::test]
async fn a_value_of_a_type_that_the_owner_does_not_read_is_not_sent() {
    let price = field("price", "integer", &json!({}));
    let owner = Owner::start(&[title(), note(), price]);
    let gm = owner.server.gm().await;
    Priced::get(&gm, 1).await.unwrap();
    Priced::by_id(1).update().title("b").exec(&gm).await.unwrap();
    let updated = Priced::by_id(1).update().price(Decimal::ONE).exec(&gm).await;
    let expected = ["`Priced.price` is a decimal here and an integer at the owner"];
    assert_eq!(refusal(updated, Operation::Update), expected);
    assert_eq!(owner.sent(), ["GET /gm/tickets/1", "PATCH /gm/tickets/1"]);
}

#[tokio::test]
async fn a_write_whose_row_could_not_be_read_is_not_sent() {
    let owner = Owner::start(&[field("title", "integer", &json!({"required": true})), note()]);
    let gm = owner.server.gm().await;
    assert!(matches!(
        RemoteTicket::get(&gm, 1).await,
        Err(Error::SchemaMismatch(_))
    ));
    let expected = ["`RemoteTicket.title` is text here and an integer at the owner"];
    assert_eq!(refusal(create(&gm).await, Operation::Create), expected);
    let updated = RemoteTicket::by_id(1)
        .update()
        .note("b".to_owned())
        .exec(&gm)
        .await;
    assert_eq!(refusal(updated, Operation::Update), expected);
    // A deletion needs no row.
    RemoteTicket::by_id(1).delete(&gm).await.unwrap();
    assert_eq!(owner.sent(), ["GET /gm/tickets/1", "DELETE /gm/tickets/1"]);
}

#[tokio::test]
async fn the_first_verb_of_a_handle_may_be_a_write() {
    let code = field("code", "text", &json!({"required": true}));
    let owner = Owner::start(&[title(), note(), code]);
    // A small query finds out what the owner announces, as it is needed for idempotency keys.
    let gm = owner
        .server
        .builder()
        .idempotent_writes(true)
        .build()
        .await
        .unwrap();
    assert!(matches!(create(&gm).await, Err(Error::SchemaMismatch(_))));
    assert_eq!(owner.sent(), ["POST /gm/tickets/query"]);
}

#[tokio::test]
async fn a_batch_names_the_operation_that_can_not_succeed() {
    let code = field("code", "text", &json!({"required": true}));
    let owner = Owner::start(&[title(), note(), code]);
    let gm = owner.consumer().await;
    let mut batch = gm.batch();
    batch.add(RemoteTicket::by_id(1).update().title("b"));
    batch.add(RemoteTicket::create(RemoteTicketCreate { title: "a".into() }));
    let refused = batch.send().await.unwrap_err();
    assert_eq!(refused.operation(), Some(1));
    let expected = ["`RemoteTicket.code` is a field that a create needs at the owner and not here"];
    assert_eq!(mismatch(refused.error(), Operation::Create), expected);
    assert_eq!(owner.sent(), ["GET /gm/tickets/1"]);
}
