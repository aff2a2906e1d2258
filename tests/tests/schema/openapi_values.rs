//! The document allows the values that the owner accepts, and refuses those that it refuses.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use gm_runtime::{FieldType, GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::openapi::{Document, Verdict};
use gm_tests::raw::Request;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, FieldType)]
enum State {
    Open,
    Closed,
}

#[derive(Clone, Debug, PartialEq, FieldType)]
enum Level {
    Low,
    High,
    #[field_type(other)]
    Other(String),
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "samples")]
#[permission(read = public, create = public, update = public)]
#[remote_api(resource = "samples", allow_filter, allow_detail, allow_create, allow_update)]
struct Sample {
    #[field(id)]
    id: i64,
    #[field(default)]
    flag: bool,
    #[field(default, min = -5, max = 7)]
    small: i32,
    byte: Option<u8>,
    large: Option<i64>,
    #[field(min = 0.5)]
    ratio: Option<f64>,
    #[field(max_digits = 4, decimal_places = 2)]
    amount: Option<Decimal>,
    #[field(max_digits = 3, decimal_places = 0)]
    whole: Option<Decimal>,
    #[field(max_length = 3)]
    short: Option<String>,
    #[field(blank, regex = "[a-z]{2}-\\d+")]
    code: Option<String>,
    #[field(regex = "(?i)[a-z]+")]
    word: Option<String>,
    state: Option<State>,
    level: Option<Level>,
    #[field(max_length = 4)]
    data: Option<Vec<u8>>,
    day: Option<NaiveDate>,
    time: Option<NaiveTime>,
    at: Option<DateTime<Utc>>,
    key: Option<Uuid>,
    json: Option<Json>,
}

/// Values that the owner refuses, and the document has no words for: a day that is not in the calendar, U+0000 in text, the digits of a
/// number that is sent for a decimal, the exact length of bytes, and patterns that only the crate `regex` reads.
const LOOSE: [(&str, &str); 9] = [
    ("at", r#""2024-02-30T12:30:00Z""#),
    ("at", r#""2024-01-31T25:00:00Z""#),
    ("time", r#""24:00:00""#),
    ("short", r#""a\u0000""#),
    ("amount", "1.234"),
    ("amount", "1000"),
    ("data", r#""AAAAAAA=""#),
    ("data", r#""AAAAAAAA""#),
    ("word", r#""a1""#),
];

fn values() -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        ("flag", vec!["true", "false", "null", "0", r#""true""#]),
        ("small", vec!["-5", "7", "-6", "8", "0", "1.5", r#""1""#, "null"]),
        ("byte", vec!["0", "255", "256", "-1", "null", "true"]),
        ("large", vec!["9007199254740993", "-1", "1.5", r#""1""#, "null"]),
        ("ratio", vec!["0.5", "0.4", "-1", "1e3", "7", r#""0.5""#, "null"]),
        (
            "amount",
            vec![
                r#""12.50""#,
                r#""-12.5""#,
                r#""0012.5""#,
                "12.5",
                "12",
                r#""123""#,
                r#""1.234""#,
                r#""+1""#,
                r#""1e1""#,
                r#"".5""#,
                r#""1.""#,
                r#""""#,
                "1.234",
                "1000",
                "null",
            ],
        ),
        ("whole", vec![r#""123""#, r#""1234""#, r#""1.0""#, "7", "null"]),
        (
            "short",
            vec![
                r#""abc""#,
                r#""äöü""#,
                r#""abcd""#,
                r#""""#,
                r#""a\u0000""#,
                "1",
                "null",
            ],
        ),
        (
            "code",
            vec![
                r#""ab-1""#,
                r#""ab-٣""#,
                r#""""#,
                r#""ab-""#,
                r#""xab-1""#,
                r#""ab-1\n""#,
                "null",
            ],
        ),
        ("word", vec![r#""Ab""#, r#""a1""#, r#""""#]),
        (
            "state",
            vec![r#""open""#, r#""closed""#, r#""Open""#, r#""""#, "1", "null"],
        ),
        ("level", vec![r#""low""#, r#""highest""#, "null"]),
        (
            "data",
            vec![
                r#""AAAA""#,
                r#""AAAAAA==""#,
                r#""AAAAAAAA""#,
                r#""a""#,
                r#""AAAAAAA=""#,
                r#""""#,
                "null",
            ],
        ),
        (
            "day",
            vec![
                r#""2024-01-31""#,
                r#""2024-02-30""#,
                r#""2024-1-31""#,
                r#""2024-01-31T00:00:00Z""#,
                "null",
            ],
        ),
        (
            "time",
            vec![
                r#""12:30:00""#,
                r#""12:30:00.123456""#,
                r#""12:30:00.1234567""#,
                r#""12:30""#,
                r#""24:00:00""#,
                "null",
            ],
        ),
        (
            "at",
            vec![
                r#""2024-01-31T12:30:00Z""#,
                r#""2024-01-31 12:30:00""#,
                r#""2024-01-31t12:30:00.5+02:00""#,
                r#""2024-01-31""#,
                r#""2024-01-31T12:30Z""#,
                r#""2024-02-30T12:30:00Z""#,
                r#""2024-01-31T25:00:00Z""#,
                "0",
                "null",
            ],
        ),
        (
            "key",
            vec![
                r#""0b7c2f0e-6f5a-4d0b-9d53-1f6a6f1f2c3d""#,
                r#""0B7C2F0E-6F5A-4D0B-9D53-1F6A6F1F2C3D""#,
                r#""0b7c2f0e6f5a4d0b9d531f6a6f1f2c3d""#,
                "null",
            ],
        ),
        ("json", vec!["{}", "[null]", r#""text""#, "1.5", "false", "null"]),
        ("id", vec!["1"]),
        ("unknown", vec!["1"]),
        (
            "__metadata__",
            vec![
                r#"{"history_comment": "why"}"#,
                "{}",
                r#"{"other": 1}"#,
                "null",
                "1",
            ],
        ),
    ]
}

#[tokio::test]
async fn values_are_allowed_if_the_owner_accepts_them() {
    let builder = Gm::builder().in_memory::<Sample>().expose::<Sample>();
    let running = Running::start(builder).await.unwrap();
    let mut document = Document::new(running.gm.openapi("Samples", "1.0.0")).unwrap();
    let send = async |path: &str, body: &str| {
        let response = Request::new("POST", path)
            .json(body)
            .send(running.address)
            .await
            .unwrap();
        assert!(
            matches!(response.status, 200 | 201 | 400),
            "{body}: {}",
            response.status
        );
        response
    };
    let mut wrong = Vec::new();
    let mut judged = 0;
    for (field, values) in values() {
        for value in values {
            let filters = format!(r#"{{"filters": {{"{field}": {value}}}}}"#);
            let list = format!(r#"{{"filters": {{"{field}__in": [{value}]}}}}"#);
            let body = format!(r#"{{"{field}": {value}}}"#);
            for (path, body) in [
                ("/gm/samples", body),
                ("/gm/samples/query", filters),
                ("/gm/samples/query", list),
            ] {
                let response = send(path, &body).await;
                let is_accepted = response.status != 400;
                let verdict = document
                    .body("POST", path, &serde_json::from_str(&body).unwrap())
                    .unwrap();
                let is_loose = LOOSE.contains(&(field, value)) && verdict == Verdict::Accepted;
                if (verdict == Verdict::Accepted) != is_accepted && !is_loose {
                    wrong.push(format!("{body}: {}, {verdict:?}", response.json()));
                }
                let reply = document
                    .reply("POST", path, response.status, &response.json())
                    .unwrap();
                assert_eq!(reply, Verdict::Accepted, "{body}: {}", response.json());
                judged += 1;
            }
        }
    }
    running.stop().await.unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(judged > 300, "{judged}");
}

#[tokio::test]
async fn each_lookup_is_allowed_if_the_owner_accepts_it() {
    let builder = Gm::builder().in_memory::<Sample>().expose::<Sample>();
    let running = Running::start(builder).await.unwrap();
    let mut document = Document::new(running.gm.openapi("Samples", "1.0.0")).unwrap();
    let operands = [
        json!(1),
        json!("abcd"),
        json!(true),
        json!("2024-01-31"),
        json!([1, 2]),
        json!(["12:00:00", "13:00:00"]),
        Json::Null,
    ];
    let mut accepted = 0;
    for field in &running.gm.schema().resources[0].fields {
        for operator in gm_runtime::query::Operator::ALL {
            for operand in &operands {
                let key = format!("{}__{}", field.name, operator.name());
                let body = json!({"excludes": {key: operand}});
                let request = Request::new("POST", "/gm/samples/query").json(&body.to_string());
                let response = request.send(running.address).await.unwrap();
                let verdict = document.body("POST", "/gm/samples/query", &body).unwrap();
                assert_eq!(
                    verdict == Verdict::Accepted,
                    response.status == 200,
                    "{body}: {verdict:?}, {}",
                    response.json()
                );
                accepted += usize::from(response.status == 200);
            }
        }
    }
    running.stop().await.unwrap();
    assert!(accepted > 150, "{accepted}");
}
