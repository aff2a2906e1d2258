//! A stored value that no field holds does not affect other rows, and can be repaired.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::log;
use gm_tests::postgres::Database;
use gm_tests::unreadable::Unreadable;
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
    rows: Unreadable,
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
            rows: Unreadable {
                running,
                manager: "Sample",
                resource: "samples",
            },
            consumer,
        }
    }
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
        let rows = &service.rows;
        rows.assert_others_are_answered(&change, field).await;
        // Neither a lookup nor an order fails for it.
        for body in [
            format!(r#"{{"filters": {{"{field}__isnull": true}}}}"#),
            format!(r#"{{"excludes": {{"{field}__isnull": false}}}}"#),
        ] {
            rows.assert_readable_match(&change, &body).await;
        }
        if field != "data" {
            let body = format!(r#"{{"ordering": "-{field}"}}"#);
            rows.assert_readable_match(&change, &body).await;
        }
        // An answer that can't report omitted rows is an error.
        let owner = Sample::query().all(&service.rows.running.gm).await.unwrap_err();
        assert!(
            matches!(owner, Error::Record { .. }) && owner.to_string().contains("row of id 2"),
            "{owner}"
        );
        let consumer = RemoteSample::query().all(&service.consumer).await.unwrap_err();
        assert!(matches!(consumer, Error::Decode(_)), "{consumer}");
        assert_eq!(RemoteSample::count(&service.consumer).await.unwrap(), 4);

        rows.assert_repaired_by(&change, field, &value).await;
    }
}

/// An update that leaves another unreadable field fails, and writes nothing.
#[tokio::test]
async fn an_update_must_repair_every_unreadable_field() {
    let service = Service::start("ratio = 'NaN', due = 'infinity'").await;
    assert_eq!(
        service.rows.send("PATCH", "/2", r#"{"ratio": 1.0}"#).await.status,
        500
    );
    assert_eq!(
        service
            .rows
            .send("PATCH", "/2", r#"{"single": 1.0}"#)
            .await
            .status,
        500
    );
    let ratio = service
        .database
        .value("SELECT ratio FROM samples WHERE id = 2")
        .await;
    assert_eq!(ratio, "NaN");
    let mended = service
        .rows
        .send("PATCH", "/2", r#"{"ratio": 1.0, "due": null}"#)
        .await;
    assert_eq!(mended.status, 200);
    let mended = Sample::get(&service.rows.running.gm, 2).await.unwrap();
    assert_eq!((mended.ratio, mended.due), (Some(1.0), None));
}
