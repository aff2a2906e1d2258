//! The lookups of each type, from a consumer.

use chrono::NaiveTime;
use gm_runtime::query::Filter;
use gm_tests::database::TestDatabase;
use serde_json::{Value as Json, json};

use crate::model::{Even, Mood, RemoteSample, RemoteSampleFields, Sample, SampleCreate, SampleDraft, Stage};
use crate::service::Service;

async fn rows<T>(
    service: &Service,
    values: impl IntoIterator<Item = T>,
    set: impl Fn(SampleDraft<gm_runtime::verbs::Insert>, T) -> SampleDraft<gm_runtime::verbs::Insert>,
) {
    for value in values {
        let row = set(Sample::create(SampleCreate::default()), value);
        row.exec(&service.owner).await.unwrap();
    }
}

async fn found(service: &Service, filter: impl Fn(RemoteSampleFields) -> Filter<RemoteSample>) -> Vec<i64> {
    let rows = RemoteSample::filter(&filter)
        .all(&service.consumer)
        .await
        .unwrap();
    let others = RemoteSample::exclude(&filter)
        .count(&service.consumer)
        .await
        .unwrap();
    let all = RemoteSample::count(&service.consumer).await.unwrap();
    assert_eq!(rows.len() as u64 + others, all);
    rows.iter().map(|row| row.id).collect()
}

async fn sorted(service: &Service, descending: bool, field: &str) -> Vec<i64> {
    let name = if descending {
        format!("-{field}")
    } else {
        field.to_owned()
    };
    let body = json!({"ordering": [name]}).to_string();
    let page = service.send("POST", "/gm/samples/query", &body).await.json();
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_i64().unwrap()).collect()
}

gm_tests::on_each_database! {
    floats_of_32_bits,
    times,
    bytes_order_by_their_bytes,
    json_is_compared_as_a_whole,
    enums_order_by_their_names,
    unsigned_integers_and_a_custom_type,
}

async fn floats_of_32_bits(database: TestDatabase) {
    let service = Service::start(&database).await;
    let values = [0.1, 0.2, -0.0, 16_777_216.0, f32::MIN_POSITIVE, f32::MAX];
    rows(&service, values, |row, value| row.single(value)).await;
    for (value, id) in values.into_iter().zip(1..) {
        assert_eq!(found(&service, |s| s.single.eq(value)).await, [id], "{value}");
        assert_eq!(
            found(&service, |s| s.single.is_in([value])).await,
            [id],
            "{value}"
        );
    }
    // The double nearest to the decimal stands for the nearest float.
    let body = r#"{"filters": {"single": 0.1000000001}}"#;
    let page = service.send("POST", "/gm/samples/query", body).await.json();
    assert_eq!(page["items"][0]["id"], 1);
    assert_eq!(found(&service, |s| s.single.range(0.1, 0.2)).await, [1, 2]);
    assert_eq!(sorted(&service, false, "single").await, [3, 5, 1, 2, 4, 6]);
    service.stop().await;
}

async fn times(database: TestDatabase) {
    let service = Service::start(&database).await;
    let at = |hour, micro| NaiveTime::from_hms_micro_opt(hour, 0, 0, micro).unwrap();
    let values = [
        Some(at(12, 0)),
        Some(at(12, 1)),
        Some(at(0, 0)),
        None,
        Some(at(23, 999_999)),
    ];
    rows(&service, values, |row, value| row.clock(value)).await;
    assert_eq!(found(&service, |s| s.clock.eq(at(12, 1))).await, [2]);
    assert_eq!(found(&service, |s| s.clock.gt(at(12, 0))).await, [2, 5]);
    assert_eq!(
        found(&service, |s| s.clock.range(at(0, 0), at(12, 0))).await,
        [1, 3]
    );
    assert_eq!(
        found(&service, |s| s.clock.is_in([None, Some(at(0, 0))])).await,
        [3, 4]
    );
    assert_eq!(sorted(&service, false, "clock").await, [3, 1, 2, 5, 4]);
    assert_eq!(sorted(&service, true, "clock").await, [5, 2, 1, 3, 4]);
    service.stop().await;
}

async fn bytes_order_by_their_bytes(database: TestDatabase) {
    let service = Service::start(&database).await;
    let values: [&[u8]; 5] = [b"", b"\x00", b"\x7f", b"\xff", b"\x7f\x00"];
    rows(&service, values, |row, value| row.bytes(value)).await;
    for (value, id) in values.into_iter().zip(1..) {
        assert_eq!(found(&service, |s| s.bytes.eq(value)).await, [id]);
    }
    assert_eq!(
        found(&service, |s| s.bytes.is_in([b"\xff", b"\x00", b"x"])).await,
        [2, 4]
    );
    assert_eq!(found(&service, |s| s.bytes.gt(b"\x7f")).await, [4, 5]);
    // In the order of base64 text `/w==` would be first.
    assert_eq!(sorted(&service, false, "bytes").await, [1, 2, 3, 5, 4]);
    service.stop().await;
}

async fn json_is_compared_as_a_whole(database: TestDatabase) {
    let service = Service::start(&database).await;
    let values = [
        Some(json!({"a": 1, "b": [true, null]})),
        Some(json!({"a": 1.0, "b": [true, null]})),
        Some(json!([])),
        Some(json!("[]")),
        Some(json!(0.0)),
        None,
    ];
    rows(&service, values, |row, value| row.data(value)).await;
    // The order of the keys does not matter.
    let body = r#"{"filters": {"data": {"b": [true, null], "a": 1}}}"#;
    let page = service.send("POST", "/gm/samples/query", body).await.json();
    // 1 and 1.0 are equal.
    let ids: Vec<_> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["id"])
        .collect();
    assert_eq!(ids, [1, 2]);
    let worth_the_same = json!({"a": 1.0, "b": [true, null]});
    assert_eq!(
        found(&service, |s| s.data.eq(worth_the_same.clone())).await,
        [1, 2]
    );
    assert_eq!(
        found(&service, |s| s.data.is_in([worth_the_same.clone()])).await,
        [1, 2]
    );
    assert_eq!(found(&service, |s| s.data.eq(json!(0))).await, [5]);
    assert_eq!(found(&service, |s| s.data.eq(json!([]))).await, [3]);
    assert_eq!(found(&service, |s| s.data.eq(json!(-0.0))).await, [5]);
    assert_eq!(found(&service, |s| s.data.eq(json!({}))).await, [0_i64; 0]);
    assert_eq!(
        found(&service, |s| s.data.is_in([json!("[]"), Json::Null])).await,
        [4, 6]
    );
    assert_eq!(found(&service, |s| s.data.is_null(false)).await, [1, 2, 3, 4, 5]);
    service.stop().await;
}

async fn enums_order_by_their_names(database: TestDatabase) {
    let service = Service::start(&database).await;
    rows(
        &service,
        [Stage::Planned, Stage::InProgress, Stage::Done],
        |row, value| row.stage(value),
    )
    .await;
    rows(&service, [Mood::Good, Mood::Bad], |row, value| row.mood(value)).await;
    assert_eq!(found(&service, |s| s.stage.eq(Stage::InProgress)).await, [2]);
    assert_eq!(
        found(&service, |s| s.stage.is_in([Stage::Done, Stage::Planned])).await,
        [1, 3]
    );
    assert_eq!(found(&service, |s| s.stage.gt(Stage::Done)).await, [1, 2]);
    assert_eq!(sorted(&service, false, "stage").await, [3, 2, 1, 4, 5]);
    assert_eq!(
        found(&service, |s| s
            .mood
            .is_in([Mood::Good, Mood::Other("zz".to_owned())]))
        .await,
        [4]
    );
    assert_eq!(found(&service, |s| s.mood.is_null(true)).await, [1, 2, 3]);
    service.stop().await;
}

async fn unsigned_integers_and_a_custom_type(database: TestDatabase) {
    let service = Service::start(&database).await;
    rows(&service, [0, i64::MAX.unsigned_abs(), 7], |row, value: u64| {
        row.natural(value)
    })
    .await;
    rows(&service, [Even(-2), Even(4)], |row, value| row.even(value)).await;
    assert_eq!(found(&service, |s| s.natural.gte(7)).await, [2, 3]);
    assert_eq!(found(&service, |s| s.natural.is_in([0, 7])).await, [1, 3]);
    assert_eq!(sorted(&service, true, "natural").await, [2, 3, 1, 4, 5]);
    assert_eq!(found(&service, |s| s.even.lt(Even(0))).await, [4]);
    assert_eq!(
        found(&service, |s| s.even.is_in([Some(Even(4)), None])).await,
        [1, 2, 3, 5]
    );
    service.stop().await;
}
