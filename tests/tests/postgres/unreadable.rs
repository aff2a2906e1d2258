//! A stored value that no field holds does not affect other rows, and can be repaired.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::log;
use gm_tests::postgres::Database;
use gm_tests::raw::{Request, Response};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "samples")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    resource = "samples",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
#[remote_manager(base_url = "http://samples.test")]
struct Sample {
    #[field(id)]
    id: i64,
    #[field(max_digits = 12, decimal_places = 2)]
    amount: Option<Decimal>,
    ratio: Option<f64>,
    single: Option<f32>,
    due: Option<NaiveDate>,
    at: Option<NaiveTime>,
    starts_at: Option<DateTime<Utc>>,
    data: Option<Json>,
}

struct Service {
    database: Database,
    running: Running,
    consumer: Gm,
}

impl Service {
    /// Four samples, of which another program has changed the second and the fourth.
    async fn start(change: &str) -> Self {
        log::keep();
        let database = Database::create().await;
        let builder = Gm::builder().database(database.url());
        let running = Running::start(builder.expose::<Sample>()).await.unwrap();
        let consumer = Gm::builder().base_url("http://samples.test", format!("http://{}", running.address));
        for _ in 0..4 {
            Sample::create(SampleCreate::default())
                .exec(&running.gm)
                .await
                .unwrap();
        }
        database
            .execute(&format!("UPDATE samples SET {change} WHERE id IN (2, 4)"))
            .await;
        let consumer = consumer.build().await.unwrap();
        Self {
            database,
            running,
            consumer,
        }
    }

    async fn send(&self, method: &str, path: &str, body: &str) -> Response {
        let request = Request::new(method, &format!("/gm/samples{path}")).json(body);
        request.send(self.running.address).await.unwrap()
    }

    async fn query(&self, body: &str) -> (u16, Json) {
        let answer = self.send("POST", "/query", body).await;
        (answer.status, answer.json())
    }
}

fn ids(answer: &Json) -> Vec<i64> {
    let items = answer["items"].as_array().unwrap();
    items.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn other_rows_are_answered_and_the_row_can_be_repaired() {
    for (field, stored, value) in [
        ("amount", "'NaN'", json!("1.50")),
        ("ratio", "'NaN'", json!(0.5)),
        ("single", "'-infinity'", Json::Null),
        ("due", "'infinity'", json!("2024-01-31")),
        ("due", "'20000-01-01'", Json::Null),
        ("at", "'24:00'", json!("23:59:59")),
        ("starts_at", "'-infinity'", json!("2024-01-31T12:00:00Z")),
        ("starts_at", "'0044-03-15 12:00:00+00 BC'", Json::Null),
        ("data", "'null'", json!({"a": 1})),
        ("data", "'[1e400]'", json!([])),
    ] {
        let change = format!("{field} = {stored}");
        let service = Service::start(&change).await;
        let (status, answer) = service.query("{}").await;
        assert_eq!((status, ids(&answer)), (200, vec![1, 3]), "{change}");
        assert_eq!(
            (&answer["total_count"], &answer["metadata"]["unreadable"]),
            (&json!(4), &json!(2))
        );
        for id in ["2", "4"] {
            let names = [
                "ERROR",
                &format!("`Sample`.`{field}`"),
                &format!("in the row of id {id}"),
            ];
            assert!(!log::lines(&names).is_empty(), "{change}: {id}");
        }
        // A part of the rows, without an unreadable one, and only an unreadable row.
        let (_, first) = service.query(r#"{"page": 1, "page_size": 1}"#).await;
        assert_eq!((ids(&first), &first["total_count"]), (vec![1], &json!(4)));
        assert_eq!(
            service.query(r#"{"page": 2, "page_size": 1}"#).await.0,
            500,
            "{change}"
        );
        assert_eq!(service.send("GET", "/2", "").await.status, 500, "{change}");
        // Neither a lookup nor an order fails for it.
        for body in [
            format!(r#"{{"filters": {{"{field}__isnull": true}}}}"#),
            format!(r#"{{"excludes": {{"{field}__isnull": false}}}}"#),
        ] {
            let (status, answer) = service.query(&body).await;
            assert_eq!((status, ids(&answer)), (200, vec![1, 3]), "{change}: {body}");
        }
        if field != "data" {
            let (status, answer) = service.query(&format!(r#"{{"ordering": "-{field}"}}"#)).await;
            assert_eq!((status, ids(&answer)), (200, vec![1, 3]), "{change}");
        }
        // An answer that can't report omitted rows is an error.
        let owner = Sample::query().all(&service.running.gm).await.unwrap_err();
        assert!(
            matches!(owner, Error::Record { .. }) && owner.to_string().contains("row of id 2"),
            "{owner}"
        );
        let consumer = RemoteSample::query().all(&service.consumer).await.unwrap_err();
        assert!(matches!(consumer, Error::Decode(_)), "{consumer}");
        assert_eq!(RemoteSample::count(&service.consumer).await.unwrap(), 4);

        let mended = service
            .send("PATCH", "/2", &json!({field: value}).to_string())
            .await;
        assert_eq!(mended.status, 200, "{change}: {:?}", mended.json());
        assert_eq!(mended.json()["items"][0][field], value, "{change}");
        assert_eq!(
            service.send("GET", "/2", "").await.json()["items"][0][field],
            value
        );
        assert_eq!(service.send("DELETE", "/4", "").await.status, 200, "{change}");
        let (status, answer) = service.query("{}").await;
        assert_eq!((status, ids(&answer)), (200, vec![1, 2, 3]), "{change}");
        assert_eq!(answer["metadata"]["unreadable"], Json::Null);
    }
}

/// An update that leaves another unreadable field fails, and writes nothing.
#[tokio::test]
async fn an_update_must_repair_every_unreadable_field() {
    let service = Service::start("ratio = 'NaN', due = 'infinity'").await;
    assert_eq!(service.send("PATCH", "/2", r#"{"ratio": 1.0}"#).await.status, 500);
    assert_eq!(
        service.send("PATCH", "/2", r#"{"single": 1.0}"#).await.status,
        500
    );
    let ratio = service
        .database
        .value("SELECT ratio FROM samples WHERE id = 2")
        .await;
    assert_eq!(ratio, "NaN");
    let mended = service
        .send("PATCH", "/2", r#"{"ratio": 1.0, "due": null}"#)
        .await;
    assert_eq!(mended.status, 200);
    let mended = Sample::get(&service.running.gm, 2).await.unwrap();
    assert_eq!((mended.ratio, mended.due), (Some(1.0), None));
}
