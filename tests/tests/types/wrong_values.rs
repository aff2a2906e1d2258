//! Wrong values are refused, with a message that describes the expected value.

use gm_tests::database::TestDatabase;
use serde_json::{Value as Json, json};

use crate::model::{Full, FullCreate, Mood, RemoteSample, RemoteSampleCreate};
use crate::service::Service;

/// A field, a wrong value, and the expected value in the message.
fn wrong() -> Vec<(&'static str, &'static str, &'static str)> {
    vec![
        ("tiny", "128", "expected an integer from -128 to 127"),
        ("tiny", "-129", "expected an integer from -128 to 127"),
        ("tiny", "1.0", "expected an integer from -128 to 127"),
        ("tiny", "\"1\"", "expected an integer"),
        ("tiny", "true", "expected an integer"),
        ("short", "32768", "expected an integer from -32768 to 32767"),
        ("byte", "-1", "expected an integer from 0 to 255"),
        ("byte", "256", "expected an integer from 0 to 255"),
        ("word", "65536", "expected an integer from 0 to 65535"),
        ("half", "4294967296", "expected an integer from 0 to 4294967295"),
        (
            "natural",
            "-1",
            "expected an integer from 0 to 9223372036854775807",
        ),
        (
            "natural",
            "9223372036854775808",
            "expected an integer from 0 to 9223372036854775807",
        ),
        (
            "natural",
            "18446744073709551615",
            "expected an integer from 0 to 9223372036854775807",
        ),
        ("single", "3.5e38", "expected a number that 32 bits can hold"),
        ("single", "-1e300", "expected a number that 32 bits can hold"),
        ("single", "1e400", "expected a number that 32 bits can hold"),
        ("single", "\"0.1\"", "expected a number that 32 bits can hold"),
        ("clock", "\"12:30\"", "expected a time like 12:30:00"),
        ("clock", "\"12:30:60\"", "expected a time like 12:30:00"),
        ("clock", "\"24:00:00\"", "expected a time like 12:30:00"),
        ("clock", "\"12:30:00.\"", "expected a time like 12:30:00"),
        ("clock", "\"12:30:00.1234567\"", "expected a time like 12:30:00"),
        ("clock", "\"12:30:00Z\"", "expected a time like 12:30:00"),
        ("clock", "\" 12:30:00\"", "expected a time like 12:30:00"),
        ("clock", "\"\"", "expected a time like 12:30:00"),
        ("clock", "45000", "expected a time like 12:30:00"),
        // Not base64; without padding; of the URL's alphabet; with spaces; with bits behind the end.
        ("bytes", "\"a\"", "expected bytes as padded base64"),
        ("bytes", "\"YQ\"", "expected bytes as padded base64"),
        ("bytes", "\"-_-_\"", "expected bytes as padded base64"),
        ("bytes", "\"YQ ==\"", "expected bytes as padded base64"),
        ("bytes", "\"YR==\"", "expected bytes as padded base64"),
        ("bytes", "[97]", "expected bytes as padded base64"),
        (
            "data",
            "{\"a\": [1e400]}",
            "expected JSON without numbers that a 64-bit integer or a double can't hold",
        ),
        (
            "data",
            "-1e400",
            "expected JSON without numbers that a 64-bit integer or a double can't hold",
        ),
        ("data", "{\"\\u0000\": 1}", "expected text without U+0000"),
        (
            "stage",
            "\"in progress\"",
            "expected one of \"planned\", \"in_progress\", \"Fertig!\", got \"in progress\"",
        ),
        (
            "stage",
            "\"Planned\"",
            "expected one of \"planned\", \"in_progress\", \"Fertig!\", got \"Planned\"",
        ),
        (
            "stage",
            "\"\"",
            "expected one of \"planned\", \"in_progress\", \"Fertig!\", got \"\"",
        ),
        ("stage", "0", "expected text"),
        ("mood", "7", "expected text"),
        ("mood", "\"\\u0000\"", "expected text without U+0000"),
        ("even", "3", "expected an even number"),
        ("even", "40000", "expected an integer from -32768 to 32767"),
    ]
}

fn refusal(code: &str, field: &str, message: &str) -> Json {
    json!([code, field, message])
}

fn reported(body: &Json) -> Json {
    json!([
        body["error_code"],
        body["details"]["field"],
        body["details"]["message"]
    ])
}

gm_tests::on_each_database! {
    wrong_values_in_writes_are_validation_errors,
    wrong_values_in_queries_are_invalid_requests,
    each_type_has_only_its_lookups,
    one_response_contains_all_errors,
    an_unknown_name_is_repeated_shortened,
    a_number_that_is_too_large_is_refused_and_not_changed,
}

async fn wrong_values_in_writes_are_validation_errors(database: TestDatabase) {
    let service = Service::start(&database).await;
    assert_eq!(service.send("POST", "/gm/samples", "{}").await.status, 201);
    for (field, value, message) in wrong() {
        for (method, path) in [("POST", "/gm/samples"), ("PATCH", "/gm/samples/1")] {
            let answer = service
                .send(method, path, &format!(r#"{{"{field}": {value}}}"#))
                .await;
            assert_eq!(answer.status, 400, "{field}: {value}");
            // An empty name is refused like empty text.
            let message = match value {
                "\"\"" if field == "stage" => "expected text that is not empty",
                _ => message,
            };
            assert_eq!(
                reported(&answer.json()),
                refusal("validation_error", field, message),
                "{value}"
            );
        }
    }
    let rows = service.send("POST", "/gm/samples/query", "{}").await.json();
    assert_eq!(rows["total_count"], 1);
    assert_eq!(rows["items"][0]["data"], Json::Null);
    service.stop().await;
}

async fn wrong_values_in_queries_are_invalid_requests(database: TestDatabase) {
    let service = Service::start(&database).await;
    for (field, value, message) in wrong() {
        for key in ["filters", "excludes"] {
            let body = format!(r#"{{"{key}": {{"{field}": {value}}}}}"#);
            let answer = service.send("POST", "/gm/samples/query", &body).await;
            assert_eq!(answer.status, 400, "{body}");
            assert_eq!(
                reported(&answer.json()),
                refusal("invalid_request", field, message),
                "{body}"
            );
            let body = format!(r#"{{"{key}": {{"{field}__in": [null, {value}]}}}}"#);
            assert_eq!(
                service.send("POST", "/gm/samples/query", &body).await.status,
                400,
                "{body}"
            );
        }
    }
    service.stop().await;
}

async fn each_type_has_only_its_lookups(database: TestDatabase) {
    let service = Service::start(&database).await;
    for field in ["tiny", "natural", "single", "clock", "bytes", "data", "even"] {
        for lookup in ["contains", "iexact", "endswith", "year", "date", "regex"] {
            let body = format!(r#"{{"filters": {{"{field}__{lookup}": "1"}}}}"#);
            let answer = service.send("POST", "/gm/samples/query", &body).await;
            assert_eq!(answer.status, 400, "{body}");
        }
    }
    // JSON has no order.
    for body in [
        r#"{"filters": {"data__gt": 1}}"#,
        r#"{"filters": {"data__lte": {}}}"#,
        r#"{"filters": {"data__range": [1, 2]}}"#,
        r#"{"ordering": "data"}"#,
        r#"{"ordering": ["-data"]}"#,
    ] {
        let answer = service.send("POST", "/gm/samples/query", body).await;
        assert_eq!(
            (answer.status, answer.json()["error_code"].clone()),
            (400, json!("invalid_request"))
        );
    }
    for body in [
        r#"{"filters": {"data": {"a": [1]}}}"#,
        r#"{"filters": {"data": null}}"#,
        r#"{"filters": {"data__in": [null, 1, [], {}]}}"#,
        r#"{"excludes": {"data__isnull": false}}"#,
        r#"{"filters": {"mood__icontains": "go"}}"#,
        r#"{"filters": {"stage__startswith": "no name begins so"}}"#,
        r#"{"ordering": ["-bytes", "clock", "single", "stage", "mood", "even", "natural"]}"#,
    ] {
        let answer = service.send("POST", "/gm/samples/query", body).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.json());
    }
    service.stop().await;
}

async fn one_response_contains_all_errors(database: TestDatabase) {
    let service = Service::start(&database).await;
    let long = "A".repeat(404);
    let body = format!(
        r#"{{"word": -1, "tiny": 128, "bytes": "{long}", "stage": "gone", "byte": null, "even": 4}}"#
    );
    let answer = service.send("POST", "/gm/samples", &body).await;
    let expected = [
        ("tiny", "expected an integer from -128 to 127"),
        ("word", "expected an integer from 0 to 65535"),
        ("bytes", "expected at most 300 bytes"),
        (
            "stage",
            "expected one of \"planned\", \"in_progress\", \"Fertig!\", got \"gone\"",
        ),
    ];
    let details = &answer.json()["details"];
    assert_eq!(answer.status, 400);
    assert_eq!(
        (&details["field"], &details["message"]),
        (&json!("tiny"), &json!(expected[0].1))
    );
    let listed: Vec<_> = expected
        .iter()
        .map(|(field, message)| json!({"field": field, "message": message}))
        .collect();
    assert_eq!(details["errors"], json!(listed));

    let row = Full::create(FullCreate {}).exec(&service.owner).await.unwrap();
    let expected = [
        ("natural", "expected an integer from 0 to 9223372036854775807"),
        ("single", "expected a finite number"),
    ];
    let refused = row
        .update()
        .single(f32::NAN)
        .natural(u64::MAX)
        .exec(&service.owner)
        .await;
    let error = refused.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "`Full`.`natural`: {}; `Full`.`single`: {}",
            expected[0].1, expected[1].1
        )
    );
    let reported = error.field_errors();
    let reported: Vec<_> = reported
        .iter()
        .map(|error| (error.field().unwrap(), error.message()))
        .collect();
    assert_eq!(reported, expected);

    // On the consumer's side, `field_errors` returns the owner's errors.
    let long = vec![0; 301];
    let refused = RemoteSample::create(RemoteSampleCreate {})
        .bytes(long)
        .mood(Mood::Other("x".repeat(21)))
        .exec(&service.consumer)
        .await;
    let reported = refused.unwrap_err().field_errors();
    let reported: Vec<_> = reported
        .iter()
        .map(|error| (error.field().unwrap(), error.message()))
        .collect();
    assert_eq!(
        reported,
        [
            ("bytes", "expected at most 300 bytes"),
            ("mood", "expected at most 20 characters")
        ]
    );
    service.stop().await;
}

/// A caller learns which name its request has, but the response does not grow with it.
async fn an_unknown_name_is_repeated_shortened(database: TestDatabase) {
    let service = Service::start(&database).await;
    let body = json!({"stage": "\u{1f980}\n".repeat(40_000)}).to_string();
    let answer = service.send("POST", "/gm/samples", &body).await;
    let got = "\u{1f980}\\n".repeat(32);
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json()["details"]["message"],
        format!("expected one of \"planned\", \"in_progress\", \"Fertig!\", got \"{got}\"…")
    );
    service.stop().await;
}

/// A number that is no double must not become another value, at any position of a body.
async fn a_number_that_is_too_large_is_refused_and_not_changed(database: TestDatabase) {
    let service = Service::start(&database).await;
    assert_eq!(service.send("POST", "/gm/samples", "{}").await.status, 201);
    for number in ["1e400", "-1e400", " 1e999999999999 ", "1", "-0"] {
        for (method, path, body) in [
            ("POST", "/gm/samples/query", "#"),
            ("POST", "/gm/samples/query", r##"{"filters": #}"##),
            ("POST", "/gm/samples/query", r##"{"excludes": #}"##),
            ("POST", "/gm/samples/query", r##"{"ordering": #}"##),
            ("POST", "/gm/samples/query", r##"{"ordering": [#]}"##),
            ("POST", "/gm/samples/query", r##"{"operation": #}"##),
            ("POST", "/gm/samples/query", r##"{"count": #}"##),
            (
                "POST",
                "/gm/samples/query",
                r##"{"filters": {"tiny__isnull": #}}"##,
            ),
            ("POST", "/gm/samples/query", r##"{"filters": {"tiny__in": #}}"##),
            ("POST", "/gm/samples", "#"),
            ("POST", "/gm/samples", r##"{"__metadata__": #}"##),
            (
                "POST",
                "/gm/samples",
                r##"{"__metadata__": {"history_comment": #}}"##,
            ),
            ("PATCH", "/gm/samples/1", "#"),
            ("PATCH", "/gm/samples/1", r##"{"__metadata__": #}"##),
            ("DELETE", "/gm/samples/1", "#"),
            ("DELETE", "/gm/samples/1", "[#]"),
            ("DELETE", "/gm/samples/1", r##"{"__metadata__": #}"##),
            ("DELETE", "/gm/samples/1", r##"{"__metadata__": [#]}"##),
            (
                "DELETE",
                "/gm/samples/1",
                r##"{"__metadata__": {"history_comment": #}}"##,
            ),
            ("DELETE", "/gm/samples/1", r##"{"__metadata__": {"other": #}}"##),
        ] {
            let body = body.replace('#', number);
            let answer = service.send(method, path, &body).await;
            assert_eq!(answer.status, 400, "{method} {body}");
        }
    }
    for number in ["1e400", "0", "1.5"] {
        let body = format!(r#"{{"page": {number}}}"#);
        assert_eq!(service.send("POST", "/gm/samples/query", &body).await.status, 400);
    }
    // The value of an unknown key is not checked.
    let body = r#"{"other": 1e400}"#;
    assert_eq!(
        service.send("POST", "/gm/samples/query", body).await.json()["total_count"],
        1
    );
    assert_eq!(service.send("DELETE", "/gm/samples/1", body).await.status, 200);
    service.stop().await;
}
