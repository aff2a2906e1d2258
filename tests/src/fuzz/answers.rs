//! The target for responses, as a consumer reads them.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveDate, Utc};
use gm_runtime::client::{HttpRequest, HttpResponse, Transport, TransportFuture};
use gm_runtime::error::TransportError;
use gm_runtime::{GeneralManager, Gm};

use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use crate::recorded;

/// A field of each type, also of those without a recorded case.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "work-items"
)]
struct RemoteWorkItem {
    #[field(id)]
    id: i64,
    title: String,
    note: Option<String>,
    body: Option<String>,
    count: Option<i32>,
    amount: Option<Decimal>,
    ratio: Option<f64>,
    due: Option<NaiveDate>,
    starts_at: Option<DateTime<Utc>>,
    done: Option<bool>,
    token: Option<uuid::Uuid>,
    extra: Option<Json>,
    small: Option<u8>,
}

/// The most pages of one query. The owner's response is always the same.
const MAX_REQUESTS: usize = 3;

/// A transport with the same response to every request. It stores the body of the last request.
#[derive(Clone, Default)]
struct Owner(Arc<Mutex<Said>>);

#[derive(Default)]
struct Said {
    status: u16,
    body: Vec<u8>,
    requests: usize,
    asked: Vec<u8>,
}

impl Transport for Owner {
    fn send(&self, request: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>> {
        let mut said = self.0.lock().unwrap();
        said.requests += 1;
        said.asked = request.body().map(|body| body.to_vec()).unwrap_or_default();
        let answer = HttpResponse::new(said.status, [], said.body.clone());
        Box::pin(async { Ok(answer) })
    }
}

impl Owner {
    fn says(&self, status: u16, body: &[u8]) {
        *self.0.lock().unwrap() = Said {
            status,
            body: body.to_vec(),
            ..Said::default()
        };
    }

    fn requests(&self) -> usize {
        self.0.lock().unwrap().requests
    }

    fn asked(&self) -> Json {
        serde_json::from_slice(&self.0.lock().unwrap().asked).unwrap()
    }
}

/// Gives an input to a consumer, as the body of every response.
pub fn target() -> impl FnMut(&[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let owner = Owner::default();
    let builder = Gm::builder().transport(owner.clone()).retries(0);
    let gm = runtime.block_on(builder.build()).unwrap();
    move |input| runtime.block_on(read(&gm, &owner, input))
}

/// The responses of the recorded cases: rows and errors.
pub fn corpus() -> Vec<Vec<u8>> {
    let mut corpus = Vec::new();
    for file in recorded::files().unwrap() {
        for case in recorded::groups(&file).unwrap().into_iter().flatten() {
            let mut metadata = json!({"protocol_version": "v1", "request_id": "1"});
            for (key, value) in case.expect["metadata"].as_object().into_iter().flatten() {
                metadata[key] = value.clone();
            }
            let answer = match (&case.expect["items"], &case.expect["error_code"]) {
                (Json::Null, Json::Null) => continue,
                (Json::Null, code) => json!({
                    "error": "Wrong.", "error_code": code, "metadata": metadata, "details": {"name": "wrong"},
                }),
                (items, _) => json!({
                    "items": items, "metadata": metadata, "total_count": case.expect["total_count"],
                }),
            };
            corpus.push(answer.to_string().into_bytes());
        }
    }
    assert!(corpus.len() > 200, "{}", corpus.len());
    corpus
}

async fn read(gm: &Gm, owner: &Owner, body: &[u8]) {
    owner.says(400, body);
    let refused = RemoteWorkItem::query().all(gm).await.unwrap_err();
    assert_eq!(refused.remote().unwrap().status(), 400);

    owner.says(200, body);
    let rows = RemoteWorkItem::query().all(gm).await;
    assert!(owner.requests() <= MAX_REQUESTS, "{} requests", owner.requests());
    let row = RemoteWorkItem::get(gm, 1).await;
    let written = RemoteWorkItem::by_id(1).update().note(None).exec(gm).await;
    // Every request gives the same row.
    if let (Ok(row), Ok(written)) = (&row, &written) {
        assert_eq!(row, written);
    }
    let rows = rows.map(|rows| rows.to_vec()).unwrap_or_default();
    assert!(rows.len() <= body.len() / r#"{"id":1,"title":""}"#.len());
    for row in rows.into_iter().take(3).chain(row.ok()) {
        sent_as_it_was_read(gm, owner, row).await;
    }
}

/// A row that is sent to an owner and read again is the same.
async fn sent_as_it_was_read(gm: &Gm, owner: &Owner, row: RemoteWorkItem) {
    owner.says(400, b"");
    let unchanged = row.clone();
    let create = RemoteWorkItem::create(RemoteWorkItemCreate { title: row.title })
        .note(row.note)
        .body(row.body)
        .count(row.count)
        .amount(row.amount)
        .ratio(row.ratio)
        .due(row.due)
        .starts_at(row.starts_at)
        .done(row.done)
        .token(row.token)
        .extra(row.extra)
        .small(row.small);
    let refused = create.exec(gm).await.unwrap_err();
    if refused.remote().is_none() {
        // An owner may send text with U+0000, which no write accepts.
        assert!(
            refused.to_string().contains("without U+0000"),
            "{refused}: {unchanged:?}"
        );
        return;
    }
    let mut item = owner.asked();
    item["id"] = json!(row.id);
    owner.says(200, json!({ "items": [item] }).to_string().as_bytes());
    assert_eq!(RemoteWorkItem::get(gm, row.id).await.unwrap(), unchanged);
}
