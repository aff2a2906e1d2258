//! Numbers in JSON: no number is changed silently, and numbers with the same value are equal.

use gm_runtime::client::{HttpRequest, HttpResponse, Transport, TransportFuture};
use gm_runtime::error::TransportError;
use gm_runtime::{Error, Gm};
use gm_tests::database::TestDatabase;
use gm_tests::memory::peak;
use serde_json::{Value as Json, json};

use crate::file::written;
use crate::model::{RemoteSample, Sample};
use crate::service::Service;

const REFUSED: &str = "expected JSON without numbers that a 64-bit integer or a double can't hold";

/// Numbers that are neither integers of 64 bits nor doubles.
const LOST: [&str; 8] = [
    "123456789012345678901234567890",
    "18446744073709551617",
    "-9223372036854775809",
    "9007199254740993.0",
    "0.1234567890123456789",
    "1e400",
    "-1e400",
    "1e-400",
];

/// Numbers, and their canonical spelling.
const KEPT: [(&str, &str); 9] = [
    ("9007199254740993", "9007199254740993"),
    ("18446744073709551615", "18446744073709551615"),
    ("-9223372036854775808", "-9223372036854775808"),
    ("0.1", "0.1"),
    // 0.1 as some languages print it.
    ("0.10000000000000001", "0.1"),
    ("1E2", "100.0"),
    ("-0", "0"),
    // A double as JavaScript prints it.
    ("123456789012345680000", "1.2345678901234568e+20"),
    ("5e-324", "5e-324"),
];

/// Every position of a number in a value.
fn places(number: &str) -> [String; 4] {
    [
        number.to_owned(),
        format!("[null, {number}]"),
        format!(r#"{{"a": {number}}}"#),
        format!(r#"{{"a": [{{"b": [1, {{"c": {number}}}]}}, "9"]}}"#),
    ]
}

gm_tests::on_each_database! {
    numbers_out_of_range_are_refused_everywhere,
    numbers_within_range_are_stored_exactly,
    the_memory_of_a_value_is_bounded,
}

async fn numbers_out_of_range_are_refused_everywhere(database: TestDatabase) {
    let service = Service::start(&database).await;
    assert_eq!(service.send("POST", "/gm/samples", "{}").await.status, 201);
    for value in LOST.iter().flat_map(|number| places(number)) {
        for (method, path, body) in [
            ("POST", "/gm/samples", format!(r#"{{"data": {value}}}"#)),
            ("PATCH", "/gm/samples/1", format!(r#"{{"data": {value}}}"#)),
            (
                "POST",
                "/gm/samples/query",
                format!(r#"{{"filters": {{"data": {value}}}}}"#),
            ),
            (
                "POST",
                "/gm/samples/query",
                format!(r#"{{"excludes": {{"data__in": [1, {value}]}}}}"#),
            ),
        ] {
            let answer = service.send(method, path, &body).await;
            let message = &answer.json()["details"]["message"];
            assert_eq!((answer.status, message), (400, &json!(REFUSED)), "{body}");
        }
    }
    assert_eq!(Sample::count(&service.owner).await.unwrap(), 1);
    service.stop().await;
}

async fn numbers_within_range_are_stored_exactly(database: TestDatabase) {
    let service = Service::start(&database).await;
    for (number, id) in KEPT.into_iter().zip(1..) {
        let (sent, kept) = number;
        let body = format!(r#"{{"data": {{"a": [{sent}]}}}}"#);
        let created = service.send("POST", "/gm/samples", &body).await;
        let stored = format!(r#""data":{{"a":[{kept}]}}"#);
        for answer in [
            created,
            service.send("GET", &format!("/gm/samples/{id}"), "").await,
        ] {
            let text = String::from_utf8(answer.body).unwrap();
            assert!(text.contains(&stored), "{sent}: {text}");
        }
        let read = RemoteSample::get(&service.consumer, id).await.unwrap();
        assert_eq!(read.data.unwrap().to_string(), format!(r#"{{"a":[{kept}]}}"#));
        let body = format!(r#"{{"filters": {{"data": {{"a": [{sent}]}}}}}}"#);
        let found = service.send("POST", "/gm/samples/query", &body).await.json();
        let mut ids = found["items"].as_array().unwrap().iter().map(|row| &row["id"]);
        assert!(ids.any(|found| *found == id), "{sent}: {found}");
    }
    service.stop().await;
}

/// An owner with constant responses.
struct Fixed(String);

impl Transport for Fixed {
    fn send(&self, _: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>> {
        let answer = HttpResponse::new(200, [], self.0.clone());
        Box::pin(async { Ok(answer) })
    }
}

async fn answered(data: &str) -> Result<RemoteSample, Error> {
    let body = format!(
        r#"{{"items": [{{"id": 1, "data": {data}}}], "metadata": {{"protocol_version": "v1", "extra": {data}}}}}"#
    );
    let gm = Gm::builder().transport(Fixed(body)).build().await.unwrap();
    RemoteSample::get(&gm, 1).await
}

#[tokio::test]
async fn a_consumer_decodes_exactly_the_number_that_was_sent() {
    for value in LOST.iter().flat_map(|number| places(number)) {
        let error = answered(&value).await.unwrap_err();
        assert!(matches!(error, Error::Decode(_)), "{error:?}");
        let message = error.to_string();
        assert!(
            message.contains("`data`") && message.contains(REFUSED),
            "{message}"
        );
    }
    for (sent, kept) in KEPT {
        let read = answered(&format!("[{sent}]")).await.unwrap();
        assert_eq!(read.data.unwrap().to_string(), format!("[{kept}]"));
    }
    assert_eq!(answered("null").await.unwrap().data, None);
}

#[tokio::test]
async fn numbers_of_other_programs_in_the_file_are_not_rounded() {
    for value in LOST.iter().flat_map(|number| places(number)) {
        let (gm, _folder) = written(&[("data", &format!("'{value}'"))]).await;
        let error = Sample::all(&gm).await.unwrap_err();
        let Error::Record {
            field,
            row: Some(row),
            message,
            ..
        } = &error
        else {
            panic!("{error}");
        };
        assert_eq!(
            (*field, row.to_string().as_str(), &**message),
            ("data", "1", REFUSED),
            "{value}"
        );
        // It does not match the number to which it would be rounded either.
        if let Ok(rounded) = serde_json::from_str::<Json>(&value) {
            let found = Sample::filter(|s| s.data.eq(rounded.clone())).count(&gm).await;
            // A build with `arbitrary_precision` sends the number itself, which is no value of the field.
            let none = found.map_or_else(|error| error.is_invalid(), |found| found == 0);
            assert!(none, "{value}");
        }
    }
}

/// Small objects take eighty times the memory of their text, so the limit counts bytes of memory.
async fn the_memory_of_a_value_is_bounded(database: TestDatabase) {
    let service = Service::start(&database).await;
    let small = service
        .send("POST", "/gm/samples", r#"{"data": [{"": 0}]}"#)
        .await;
    assert_eq!(small.status, 201);
    let many = |member: &str| {
        let members = vec![member; (2 << 20) / (member.len() + 1) - 20].join(",");
        format!("[{members}]")
    };
    let before = peak();
    for value in [many("{\"\":0}"), many("[]"), many("{}"), many("1"), many("\"\"")] {
        for (path, body) in [
            ("/gm/samples", format!(r#"{{"data": {value}}}"#)),
            (
                "/gm/samples/query",
                format!(r#"{{"filters": {{"data": {value}}}}}"#),
            ),
            (
                "/gm/samples/query",
                format!(r#"{{"filters": {{"data__in": {value}}}}}"#),
            ),
        ] {
            assert_eq!(service.send("POST", path, &body).await.status, 400);
        }
    }
    // A text takes as many bytes as its length.
    let text = format!(r#"{{"data": "{}"}}"#, "x".repeat((2 << 20) - 100));
    assert_eq!(service.send("POST", "/gm/samples", &text).await.status, 201);
    if let (Some(before), Some(after)) = (before, peak()) {
        let grown = after - before;
        assert!(grown < 64 * 1024, "{grown} KiB");
    }
    service.stop().await;
}
