//! Batches towards an owner that announces them, towards others, and what a wrong response to one is.

use gm_runtime::error::Extension;
use gm_runtime::verbs::BatchDraft;
use gm_runtime::{Error, GeneralManager};
use serde_json::{Value as Json, json};

use crate::server::{Answer, Request, Server, with_headers};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "customers"
)]
struct Customer {
    #[field(id)]
    id: i64,
    name: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "tickets"
)]
struct Ticket {
    #[field(id)]
    id: i64,
    title: String,
    customer_id: i64,
    #[field(version)]
    version: i64,
}

const NOTHING: &str = "content-type: application/json\r\n";
const BATCHES: &str = "content-type: application/json\r\nx-general-manager-features: version, batch\r\n";

fn page(headers: &str) -> Answer {
    let body = json!({"items": [], "page": 1, "metadata": {"page": 1, "page_size": 1}});
    with_headers(200, headers, &body.to_string())
}

fn result(row: &Json) -> Json {
    json!({"items": [row], "metadata": {"protocol_version": "v1"}})
}

fn is_batch(request: &Request) -> bool {
    request.path.ends_with("/_batch")
}

/// An owner that announces batches, and answers each with this.
fn owner(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Server {
    Server::start(move |request, _| match is_batch(request) {
        true => answer(),
        false => page(BATCHES),
    })
}

#[tokio::test]
async fn the_request_has_the_form_of_the_extension() {
    let server = owner(|| {
        let results = [
            result(&json!({"id": 4, "name": "Ada"})),
            result(&json!({"id": 9, "title": "Ada", "customer_id": 4, "version": 1})),
            result(&json!({"id": 7, "title": "b", "customer_id": 4, "version": 4})),
            json!({"items": [], "metadata": {}}),
        ];
        with_headers(
            200,
            BATCHES,
            &json!({"results": results, "metadata": {}}).to_string(),
        )
    });
    let gm = server.gm().await;
    let mut batch = gm.batch();
    let ada = batch.add(Customer::create(CustomerCreate { name: "Ada".into() }).history_comment("new"));
    let ticket = batch.add(
        BatchDraft::<Ticket>::create()
            .set(|t| t.title, ada.field(|c| c.name))
            .set(|t| t.customer_id, ada.id()),
    );
    let read = Ticket {
        id: 7,
        title: "a".into(),
        customer_id: 1,
        version: 3,
    };
    batch.add(BatchDraft::of(read.update().title("b")).set(|t| t.customer_id, ada.id()));
    batch.delete(Ticket::by_id(8).if_version(2));
    let results = batch.send().await.unwrap();
    assert_eq!(
        (results.row(ada).unwrap().id, results.row(ticket).unwrap().id),
        (4, 9)
    );
    let requests = server.requests();
    let sent = requests.iter().find(|request| is_batch(request)).unwrap();
    assert_eq!(
        (sent.method.as_str(), sent.path.as_str()),
        ("POST", "/internal/gm/_batch")
    );
    assert!(sent.header("x-request-id").unwrap().starts_with("gm-batch-"));
    assert_eq!(
        sent.json(),
        json!({"operations": [
            {"resource": "customers", "operation": "create",
             "values": {"name": "Ada", "__metadata__": {"history_comment": "new"}}},
            {"resource": "tickets", "operation": "create",
             "values": {"title": {"$result": 0, "field": "name"}, "customer_id": {"$result": 0, "field": "id"}}},
            {"resource": "tickets", "operation": "update", "id": 7, "if_match": "\"3\"",
             "values": {"title": "b", "customer_id": {"$result": 0, "field": "id"}}},
            {"resource": "tickets", "operation": "delete", "id": 8, "if_match": "\"2\""},
        ]})
    );
    // The client discovers once for each resource whether it has batches.
    assert_eq!(requests.len(), 3);
    let mut batch = gm.batch();
    batch.delete(Ticket::by_id(8));
    batch.delete(Ticket::by_id(9));
    batch.delete(Ticket::by_id(10));
    batch.delete(Ticket::by_id(11));
    drop(batch.send().await);
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn an_owner_without_batches_gets_none() {
    let server = Server::start(|_, _| page(NOTHING));
    let gm = server.gm().await;
    let mut batch = gm.batch();
    batch.add(Customer::create(CustomerCreate { name: "Ada".into() }));
    let refused = batch.send().await.unwrap_err();
    assert!(
        matches!(
            refused.error(),
            Error::Unsupported {
                extension: Extension::Batch,
                ..
            }
        ),
        "{refused}"
    );
    assert!(!refused.error().is_outcome_unknown() && !refused.error().is_retryable());
    assert!(
        refused
            .to_string()
            .contains("does not announce the extension `batch`"),
        "{refused}"
    );
    assert!(!server.requests().iter().any(is_batch));
}

/// What comes back is not a result for each operation: the writes may have been carried out.
#[tokio::test]
async fn a_response_without_the_results_is_a_decode_error() {
    for body in [
        "",
        "[]",
        "{}",
        "{\"results\": {}}",
        "{\"results\": []}",
        "{\"results\": [{}]}",
        "{\"results\": [{\"items\": []}, {\"items\": []}]}",
        "{\"results\": [{\"items\": [{\"id\": 1}]}]}",
        "{\"results\": [{\"items\": [{\"id\": 1, \"name\": \"a\"}, {\"id\": 2, \"name\": \"b\"}]}]}",
        "{\"results\": [{\"items\": [{\"id\": 5, \"name\": \"a\"}], \"metadata\": {\"protocol_version\": \"v2\"}}]}",
        // Another row than the updated one.
        "{\"results\": [{\"items\": [{\"id\": 5, \"name\": \"a\"}]}]}",
        "{\"results\": [{\"items\": [",
        "{\"results\": [\u{feff}]}",
    ] {
        let server = owner(move || with_headers(200, BATCHES, body));
        let gm = server.gm().await;
        let mut batch = gm.batch();
        batch.add(Customer::by_id(1).update().name("a"));
        let refused = batch.send().await.unwrap_err();
        assert!(matches!(refused.error(), Error::Decode(_)), "{body}: {refused}");
        assert!(refused.error().is_outcome_unknown(), "{body}");
    }
}

#[tokio::test]
async fn a_refusal_is_that_of_its_operation() {
    let refusal = |status: u16, details: Json| {
        move || {
            let body = json!({"error": "No.", "error_code": "x", "metadata": {}, "details": details});
            with_headers(status, BATCHES, &body.to_string())
        }
    };
    for (status, details, operation) in [
        (412, json!({"operation": 1}), Some(1)),
        (412, json!({"operation": 0}), Some(0)),
        (
            409,
            json!({"operation": 1, "field": "title", "message": "taken"}),
            Some(1),
        ),
        (400, json!({"operation": 2}), None),
        (400, json!({"operation": -1}), None),
        (400, json!({"operation": "1"}), None),
        (400, json!([1]), None),
        (413, json!({}), None),
        (503, json!({"operation": 1}), Some(1)),
        (500, json!({"operation": 1}), Some(1)),
    ] {
        let server = owner(refusal(status, details.clone()));
        let gm = server.gm().await;
        let mut batch = gm.batch();
        batch.add(Customer::by_id(1).update().name("a"));
        batch.delete(Ticket::by_id(8).if_version(2));
        let refused = batch.send().await.unwrap_err();
        assert_eq!(refused.operation(), operation, "{status} {details}: {refused}");
        let is_stale = matches!(
            refused.error(),
            Error::Stale {
                manager: "Ticket",
                ..
            }
        );
        assert_eq!(is_stale, status == 412 && operation == Some(1), "{refused}");
        assert_eq!(refused.error().is_outcome_unknown(), status == 500, "{refused}");
        // It is a write, so only what was not done is sent again.
        let requests = server.requests();
        let sent = requests.iter().filter(|request| is_batch(request)).count();
        assert_eq!(sent, 1, "{status}");
    }
}
