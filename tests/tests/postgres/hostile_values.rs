//! Values, lists and pages of a caller at the limits of what Postgres accepts. None of them is a failure of the service.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::postgres::Database;
use gm_tests::raw::Request;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "samples")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    resource = "samples",
    allow_filter,
    allow_regex,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
struct Sample {
    #[field(id)]
    id: i64,
    #[field(unique)]
    name: Option<String>,
    #[field(index)]
    text: Option<String>,
    #[field(unique)]
    bytes: Option<Vec<u8>>,
    data: Option<Json>,
    small: Option<i16>,
    medium: Option<i32>,
    big: Option<i64>,
    unsigned: Option<u32>,
    #[field(max_digits = 28, decimal_places = 10)]
    amount: Option<Decimal>,
    ratio: Option<f64>,
    single: Option<f32>,
    done: Option<bool>,
    due: Option<NaiveDate>,
    at: Option<NaiveTime>,
    starts_at: Option<DateTime<Utc>>,
    key: Option<Uuid>,
}

/// Text that no compression makes shorter.
fn incompressible(length: usize) -> String {
    let mut random = gm_tests::random::Random::new(7);
    (0..length)
        .map(|_| char::from(b'!' + u8::try_from(random.below(94)).unwrap()))
        .collect()
}

fn nested(levels: usize) -> Json {
    (0..levels).fold(json!(1), |inner, _| json!([inner]))
}

/// Values that are wrong or extreme for most fields.
fn values() -> Vec<Json> {
    let mut values = vec![
        Json::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(32_768),
        json!(2_147_483_648_u64),
        json!(4_294_967_296_u64),
        json!(f64::MAX),
        json!(f64::MIN_POSITIVE),
        json!(5e-324),
        json!(-0.0),
        json!(3.5e38),
        json!(""),
        json!("\u{0}"),
        json!("a\u{0}b"),
        json!("\u{10ffff}\u{ffff}\u{202e}"),
        json!("'; DROP TABLE samples; --"),
        json!("$1 $$ \\ E'\\'' U&'\\0000' %s %_"),
        json!("\u{1e9e}\u{130}\u{131}\u{17f}\u{3a3}\u{3c2}"),
        json!("99999999999999999999999999999.9999999999"),
        json!("0.00000000000000000000000000001"),
        json!("999999999999999999.9999999999"),
        json!("NaN"),
        json!("infinity"),
        json!("0000-01-01"),
        json!("0001-01-01"),
        json!("9999-12-31"),
        json!("10000-01-01"),
        json!("24:00:00"),
        json!("23:59:60"),
        json!("23:59:59.999999"),
        json!("0001-01-01T00:00:00+14:00"),
        json!("9999-12-31T23:59:59.999999-14:00"),
        json!("9999-12-31T23:59:59.999999Z"),
        json!("00000000-0000-0000-0000-000000000000"),
        json!("AAAA"),
        json!([]),
        json!({}),
        json!({"a\u{0}": 1}),
        json!({"": {"$": [null, 1e300, -1e-300, "\\u0000", "\\"]}}),
        nested(60),
    ];
    for length in [127, 128, 129, 2_700, 2_713, 3_000, 9_000, 300_000] {
        values.push(json!(incompressible(length)));
        values.push(json!("ß".repeat(length)));
        values.push(json!([incompressible(length)]));
    }
    values
}

/// Some of the values, and others at each call. `GM_CASES=1` is all of them, which takes minutes.
struct Sampled {
    step: usize,
    first: usize,
}

impl Sampled {
    fn one_in(step: usize) -> Self {
        let step = std::env::var("GM_CASES").map_or(step, |cases| cases.parse().unwrap());
        Self { step, first: 0 }
    }

    fn next(&mut self) -> impl Iterator<Item = Json> {
        self.first = (self.first + 1) % self.step;
        values().into_iter().skip(self.first).step_by(self.step)
    }
}

const FIELDS: [&str; 16] = [
    "name",
    "text",
    "bytes",
    "data",
    "small",
    "medium",
    "big",
    "unsigned",
    "amount",
    "ratio",
    "single",
    "done",
    "due",
    "at",
    "starts_at",
    "key",
];

const LOOKUPS: [&str; 23] = [
    "exact",
    "in",
    "isnull",
    "gt",
    "gte",
    "lt",
    "lte",
    "range",
    "iexact",
    "contains",
    "icontains",
    "startswith",
    "istartswith",
    "endswith",
    "iendswith",
    "year",
    "month",
    "day",
    "date",
    "regex",
    "iregex",
    "",
    "none",
];

/// Sends a request. Returns the status, and the body for messages.
async fn send(service: &Running, method: &str, path: &str, body: &Json) -> (u16, String) {
    let request = Request::new(method, &format!("/gm/samples{path}")).json(&body.to_string());
    let response = request.send(service.address).await.unwrap();
    (
        response.status,
        String::from_utf8_lossy(&response.body).into_owned(),
    )
}

fn short(json: &Json) -> String {
    json.to_string().chars().take(200).collect()
}

async fn serve(database: &Database) -> Running {
    let builder = Gm::builder().database(database.url()).expose::<Sample>();
    Running::start(builder.max_list_members(100_000)).await.unwrap()
}

#[tokio::test]
async fn writes_are_answered_or_refused() {
    let database = Database::create().await;
    let service = serve(&database).await;
    let (status, _) = send(&service, "POST", "", &json!({})).await;
    assert_eq!(status, 201);
    let (mut failures, mut sample) = (Vec::new(), Sampled::one_in(5));
    for field in FIELDS {
        for value in sample.next() {
            let body = json!({ field: value });
            for (method, path) in [("POST", ""), ("PATCH", "/1")] {
                let (status, answer) = send(&service, method, path, &body).await;
                if status >= 500 {
                    failures.push(format!("{method} {status} {}: {answer}", short(&body)));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[tokio::test]
async fn lookups_are_answered_or_refused() {
    let database = Database::create().await;
    let service = serve(&database).await;
    for value in values() {
        for field in FIELDS {
            send(&service, "POST", "", &json!({ field: value })).await;
        }
    }
    let (mut failures, mut sample) = (Vec::new(), Sampled::one_in(151));
    for field in FIELDS {
        for lookup in LOOKUPS {
            for value in sample.next() {
                let key = format!("{field}__{lookup}");
                let value = match lookup {
                    "in" => json!([value, null, value]),
                    "range" => json!([value, value]),
                    _ => value,
                };
                for side in ["filters", "excludes"] {
                    let body =
                        json!({ side: { &key: value }, "ordering": [format!("-{field}")], "page_size": 3 });
                    let (status, answer) = send(&service, "POST", "/query", &body).await;
                    if status >= 500 {
                        failures.push(format!("{status} {}: {answer}", short(&body)));
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[tokio::test]
async fn long_lists_far_pages_and_ids_are_answered_or_refused() {
    let database = Database::create().await;
    let service = serve(&database).await;
    for number in 0..20 {
        send(
            &service,
            "POST",
            "",
            &json!({ "big": number, "text": number.to_string() }),
        )
        .await;
    }
    let texts: Vec<_> = (0..100_000).map(|number| number.to_string()).collect();
    let numbers: Vec<_> = (0..10_000).collect();
    let mut bodies = Vec::new();
    for side in ["filters", "excludes"] {
        bodies.push(json!({ side: { "text__in": texts } }));
        bodies.push(json!({ side: { "big__in": numbers, "small__in": [1, 2], "amount__in": numbers } }));
        bodies.push(json!({ side: { "data__in": numbers } }));
    }
    let every = FIELDS
        .iter()
        .flat_map(|field| [format!("{field}__isnull"), format!("{field}__in")])
        .map(|key| {
            let value = if key.ends_with("null") {
                json!(true)
            } else {
                json!([null])
            };
            (key, value)
        });
    bodies.push(json!({ "filters": every.collect::<serde_json::Map<_, _>>() }));
    let ordering: Vec<_> = FIELDS.iter().map(|field| format!("-{field}")).collect();
    bodies.push(json!({ "ordering": ordering }));
    for page in [
        1_u64,
        1 << 40,
        92_233_720_368_547_758,
        i64::MAX as u64 - 1,
        i64::MAX as u64,
    ] {
        for size in [1, 100] {
            for count in [true, false] {
                bodies.push(json!({ "page": page, "page_size": size, "count": count }));
                bodies.push(json!({ "page": page, "page_size": size, "count": count, "filters": {"text__regex": "[0-9]"} }));
            }
        }
    }
    for body in bodies {
        let (status, answer) = send(&service, "POST", "/query", &body).await;
        assert!(status < 500, "{status} {}: {answer}", short(&body));
        if body.get("page").is_some() {
            assert_eq!(status, 200, "{status} {}: {answer}", short(&body));
        }
    }
    for id in [
        "0",
        "-1",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "%00",
        "1%00",
        "1e5",
        "+1",
        "%31",
        "1;",
        "%27",
        "%FF",
    ] {
        for method in ["GET", "PATCH", "DELETE"] {
            let (status, answer) = send(&service, method, &format!("/{id}"), &json!({})).await;
            assert!(status < 500, "{method} {id}: {status} {answer}");
        }
    }
}
