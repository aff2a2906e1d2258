//! The options of a field besides its type: its name on the wire, who may write it, its valid values, and its lookups.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use gm_runtime::error::FieldError;
use gm_runtime::{Error, GeneralManager, Gm, Manager};
use gm_tests::conformance::Running;
use gm_tests::keep_alive::KeepAlive;
use gm_tests::raw::{Request, Response};
use rust_decimal::Decimal;
use serde_json::json;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "bookings")]
#[permission(read = public, create = public, update = public)]
#[remote_api(resource = "bookings", allow_filter, allow_detail, allow_create, allow_update)]
#[remote_manager(base_url = "http://bookings.test")]
struct Booking {
    #[field(id)]
    id: i64,
    #[field(rename = "guestName", regex = "[A-Z][a-z]+|(?i)anon", max_length = 20)]
    guest: String,
    #[field(min = 1, max = 8)]
    seats: i32,
    #[field(max_digits = 6, decimal_places = 2, min = 0.01, max = "9000.5")]
    price: Option<Decimal>,
    #[field(min = "2024-01-01", max = "2024-12-31")]
    day: Option<NaiveDate>,
    #[field(min = "2024-01-01T00:00:00Z")]
    until: Option<DateTime<Utc>>,
    #[field(max = "22:30:00")]
    clock: Option<NaiveTime>,
    #[field(min = -0.1, max = 0.1)]
    share: Option<f32>,
    #[field(max = 1.5)]
    ratio: Option<f64>,
    #[field(validate = is_polite, blank, max_length = 100)]
    note: Option<String>,
    #[field(validate = is_even, default = 2)]
    pairs: u8,
    #[field(regex = "[0-9]{4}", blank, default)]
    code: String,
    #[field(read_only, default = 7)]
    total: i32,
    #[field(read_only, rename = "seenAt")]
    seen: Option<NaiveDate>,
    #[field(filter = false, column = "hidden_text")]
    hidden: Option<String>,
    #[field(order = false)]
    bulky: Option<String>,
}

fn is_polite(note: &str) -> Result<(), &'static str> {
    assert!(!note.contains("panic"), "a mistake of the application's");
    if note.contains("now!") {
        Err("expected a polite note")
    } else {
        Ok(())
    }
}

fn is_even(number: &u8) -> Result<(), String> {
    if number.is_multiple_of(2) {
        Ok(())
    } else {
        Err(format!("{} is one too many", number % 2))
    }
}

/// An owner, its client over the wire, and a consumer.
struct Service {
    running: Running,
    consumer: Gm,
}

impl Service {
    async fn start() -> Self {
        let builder = Gm::builder().database("sqlite::memory:").expose::<Booking>();
        let running = Running::start(builder).await.unwrap();
        let consumer = Gm::builder()
            .base_url("http://bookings.test", format!("http://{}", running.address))
            .build()
            .await
            .unwrap();
        Self { running, consumer }
    }

    async fn send(&self, method: &str, path: &str, body: &str) -> Response {
        let request = Request::new(method, path).json(body);
        request.send(self.running.address).await.unwrap()
    }
}

fn reported(errors: &[FieldError]) -> Vec<(&str, &str)> {
    errors
        .iter()
        .map(|error| (error.field().unwrap_or("the row"), error.message()))
        .collect()
}

fn create() -> BookingCreate {
    BookingCreate {
        guest: "Ada".into(),
        seats: 2,
    }
}

/// A field's name on the wire, an invalid value, and the expected value in the message.
const WRONG: [(&str, &str, &str); 20] = [
    (
        "guestName",
        "\"ada\"",
        "expected text that matches [A-Z][a-z]+|(?i)anon",
    ),
    (
        "guestName",
        "\"Ada!\"",
        "expected text that matches [A-Z][a-z]+|(?i)anon",
    ),
    (
        "guestName",
        "\" Ada\"",
        "expected text that matches [A-Z][a-z]+|(?i)anon",
    ),
    (
        "guestName",
        "\"Ada\\n\"",
        "expected text that matches [A-Z][a-z]+|(?i)anon",
    ),
    ("guestName", "\"\"", "expected text that is not empty"),
    ("seats", "0", "expected at least 1"),
    ("seats", "9", "expected at most 8"),
    ("price", "\"0.00\"", "expected at least 0.01"),
    ("price", "\"9000.51\"", "expected at most 9000.5"),
    ("day", "\"2023-12-31\"", "expected 2024-01-01 or later"),
    ("day", "\"2025-01-01\"", "expected 2024-12-31 or earlier"),
    (
        "until",
        "\"2023-12-31T23:59:59.999999Z\"",
        "expected 2024-01-01T00:00:00Z or later",
    ),
    ("clock", "\"22:30:00.000001\"", "expected 22:30:00 or earlier"),
    ("share", "0.10000001", "expected at most 0.1"),
    ("share", "-0.2", "expected at least -0.1"),
    ("ratio", "1.5000000000000002", "expected at most 1.5"),
    ("note", "\"now!\"", "expected a polite note"),
    ("pairs", "3", "1 is one too many"),
    ("code", "\"12345\"", "expected text that matches [0-9]{4}"),
    ("code", "\"x1234\"", "expected text that matches [0-9]{4}"),
];

#[tokio::test]
async fn values_that_break_rules_are_refused_over_the_wire() {
    let service = Service::start().await;
    let row = r#"{"guestName": "Ada", "seats": 2}"#;
    assert_eq!(service.send("POST", "/gm/bookings", row).await.status, 201);
    for (field, value, message) in WRONG {
        let given = format!(r#""{field}": {value}"#);
        let others: Vec<_> = [r#""guestName": "Bo""#, r#""seats": 1"#]
            .into_iter()
            .filter(|other| !other.starts_with(&format!("\"{field}\"")))
            .collect();
        let create = format!("{{{}, {given}}}", others.join(", "));
        let change = format!("{{{given}}}");
        for (method, path, body) in [
            ("POST", "/gm/bookings", &create),
            ("PATCH", "/gm/bookings/1", &change),
        ] {
            let answer = service.send(method, path, body).await;
            let json = answer.json();
            assert_eq!(
                (answer.status, &json["error_code"], &json["details"]),
                (
                    400,
                    &json!("validation_error"),
                    &json!({"field": field, "message": message})
                ),
                "{method} {body}"
            );
        }
    }
    let rows = service.send("POST", "/gm/bookings/query", "{}").await.json();
    assert_eq!(rows["total_count"], 1);
    assert_eq!(rows["items"][0]["seats"], 2);

    // Values at the limits, null, and allowed blank text are valid.
    let limits = r#"{"guestName": "ANON", "seats": 8, "price": "9000.50", "day": "2024-12-31", "clock": "22:30:00",
        "until": "2024-01-01T00:00:00Z", "share": 0.1, "ratio": 1.5, "note": "", "pairs": 4, "code": ""}"#;
    let answer = service.send("POST", "/gm/bookings", limits).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    let nulls = r#"{"price": null, "day": null, "share": null, "note": null, "code": "1234"}"#;
    assert_eq!(service.send("PATCH", "/gm/bookings/2", nulls).await.status, 200);
    service.running.stop().await.unwrap();
}

/// The rules apply to the owner's own code and to rows in memory, too.
#[tokio::test]
async fn values_that_break_rules_are_refused_for_the_owners_code() {
    let service = Service::start().await;
    let memory = Gm::builder().in_memory::<Booking>().build().await.unwrap();
    for gm in [&service.running.gm, &memory] {
        let changes = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&changes);
        let _subscription = gm
            .on_change::<Booking>(move |_| {
                counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            })
            .unwrap();
        let row = Booking::create(create()).exec(gm).await.unwrap();
        let refused = Booking::create(BookingCreate {
            guest: "x".into(),
            seats: 9,
        })
        .pairs(1)
        .note("now!")
        .exec(gm)
        .await
        .unwrap_err();
        let expected = [
            ("guestName", "expected text that matches [A-Z][a-z]+|(?i)anon"),
            ("seats", "expected at most 8"),
            ("note", "expected a polite note"),
            ("pairs", "1 is one too many"),
        ];
        assert_eq!(reported(&refused.field_errors()), expected);
        let refused = row.update().seats(0).price(Decimal::ZERO).exec(gm).await;
        assert_eq!(
            refused.unwrap_err().to_string(),
            "`Booking`.`seats`: expected at least 1; `Booking`.`price`: expected at least 0.01"
        );
        assert_eq!(*Booking::all(gm).await.unwrap(), [row]);
        assert_eq!(changes.load(std::sync::atomic::Ordering::Relaxed), 1);
    }
    service.running.stop().await.unwrap();
}

#[tokio::test]
async fn a_renamed_field_has_only_its_name_on_the_wire() {
    let service = Service::start().await;
    let row = Booking::create(create()).exec(&service.running.gm).await.unwrap();
    let item = service.send("GET", "/gm/bookings/1", "").await.json()["items"][0].clone();
    assert_eq!(item["guestName"], "Ada");
    assert!(item.get("guest").is_none() && item.get("seenAt").is_some());
    for (body, status) in [
        (
            r#"{"filters": {"guestName__startswith": "A"}, "ordering": "-guestName"}"#,
            200,
        ),
        (r#"{"filters": {"guest": "Ada"}}"#, 400),
        (r#"{"ordering": "guest"}"#, 400),
    ] {
        assert_eq!(
            service.send("POST", "/gm/bookings/query", body).await.status,
            status,
            "{body}"
        );
    }
    let query = RemoteBooking::filter(|b| b.guest.eq("Ada")).order_by(|b| b.guest.asc());
    let found = query.one(&service.consumer).await.unwrap();
    assert_eq!((found.id, found.guest.as_str()), (row.id, "Ada"));
    let changed = found.update().guest("Eve").exec(&service.consumer).await.unwrap();
    assert_eq!(changed.guest, "Eve");
    let refused = changed
        .update()
        .guest("eve")
        .exec(&service.consumer)
        .await
        .unwrap_err();
    assert_eq!(refused.field_errors()[0].field(), Some("guestName"));
    let field = Booking::DESCRIPTION.field(1);
    assert_eq!(
        (field.ident(), field.name(), field.column()),
        ("guest", "guestName", "guest")
    );
    service.running.stop().await.unwrap();
}

#[tokio::test]
async fn read_only_fields_are_written_by_the_owners_code() {
    let service = Service::start().await;
    let gm = &service.running.gm;
    let day = NaiveDate::from_ymd_opt(2024, 5, 6);
    let row = Booking::create(create()).total(9).exec(gm).await.unwrap();
    let row = row.update().seen(day).exec(gm).await.unwrap();
    assert_eq!((row.total, row.seen), (9, day));
    for body in [r#"{"total": 1}"#, r#"{"seats": 3, "seenAt": null}"#] {
        let create = body
            .replacen('{', r#"{"guestName": "Bo", "seats": 1, "#, 1)
            .replacen(r#""seats": 3, "#, "", 1);
        for (method, path, body) in [
            ("PATCH", "/gm/bookings/1", body),
            ("POST", "/gm/bookings", create.as_str()),
        ] {
            let answer = service.send(method, path, body).await;
            let json = answer.json();
            assert_eq!(
                (answer.status, &json["error_code"]),
                (400, &json!("invalid_request")),
                "{body}"
            );
            assert_eq!(json["details"]["message"], "this field can only be read");
        }
    }
    assert_eq!(*Booking::all(gm).await.unwrap(), [row]);
    // A row of a caller gets the owner's default.
    let create = RemoteBookingCreate {
        guest: "Bo".into(),
        seats: 1,
    };
    let created = RemoteBooking::create(create)
        .exec(&service.consumer)
        .await
        .unwrap();
    assert_eq!((created.total, created.seen), (7, None));
    service.running.stop().await.unwrap();
}

#[tokio::test]
async fn forbidden_lookups_are_invalid_requests() {
    let service = Service::start().await;
    for (body, key, message) in [
        (
            r#"{"filters": {"hidden": "x"}}"#,
            "hidden",
            "this field can't be filtered by",
        ),
        (
            r#"{"excludes": {"hidden__isnull": true}}"#,
            "hidden__isnull",
            "this field can't be filtered by",
        ),
        (
            r#"{"ordering": ["-bulky"]}"#,
            "-bulky",
            "this field can't be ordered by",
        ),
    ] {
        let answer = service.send("POST", "/gm/bookings/query", body).await;
        let json = answer.json();
        assert_eq!(
            (answer.status, &json["error_code"], &json["details"]),
            (
                400,
                &json!("invalid_request"),
                &json!({"field": key, "message": message})
            )
        );
    }
    let query = RemoteBooking::filter(|b| b.bulky.is_null(true)).order_by(|b| b.hidden.desc());
    assert_eq!(query.count(&service.consumer).await.unwrap(), 0);
    service.running.stop().await.unwrap();
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "large_patterns")]
struct LargePattern {
    #[field(id)]
    id: i64,
    #[field(regex = r"(\w{100}){200}")]
    text: String,
}

#[tokio::test]
async fn the_builder_refuses_a_pattern_that_is_too_large() {
    let refused = Gm::builder().in_memory::<LargePattern>().build().await;
    let Err(Error::Configuration(message)) = refused else {
        panic!("the pattern is too large to be compiled")
    };
    assert!(
        message.starts_with("the `regex` of `LargePattern`.`text` is not a valid pattern: "),
        "{message}"
    );
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "null_defaults")]
struct NullDefault {
    #[field(id)]
    id: i64,
    #[field(default)]
    data: serde_json::Value,
}

#[tokio::test]
async fn the_builder_refuses_an_invalid_default() {
    let refused = Gm::builder().in_memory::<NullDefault>().build().await;
    let Err(Error::Configuration(message)) = refused else {
        panic!("no row may hold that default")
    };
    assert_eq!(
        message,
        "the default of `NullDefault`.`data` is JSON's null, which only an `Option` holds: write \
         `#[field(default = serde_json::json!({}))]`, or make the field an `Option`"
    );
}

#[test]
fn the_description_contains_the_declared_rules() {
    let field = |name| {
        let description = RemoteBooking::DESCRIPTION;
        description.field(description.field_index(name).unwrap())
    };
    assert_eq!(
        (field("seats").min(), field("seats").max()),
        (Some("1"), Some("8"))
    );
    assert_eq!(field("share").min(), Some("-0.1"));
    assert_eq!(
        field("code").regex().map(|pattern| pattern.text()),
        Some("[0-9]{4}")
    );
    assert!(field("total").read_only() && !field("seats").read_only());
    assert!(!field("hidden").filter() && field("hidden").order());
    assert!(field("bulky").filter() && !field("bulky").order());
    assert_eq!(field("hidden").column(), "hidden_text");
}

#[tokio::test]
async fn a_panic_in_a_rule_is_an_error_response_on_the_same_connection() {
    let service = Service::start().await;
    let mut connection = KeepAlive::new(service.running.address);
    for (note, status) in [("panic", 500), ("hello", 201), ("panic", 500)] {
        let body = json!({"guestName": "Ada", "seats": 1, "note": note}).to_string();
        let request = Request::new("POST", "/gm/bookings").json(&body);
        let answer = connection.send(&request).await.unwrap();
        assert_eq!(answer.status, status, "{}", answer.json());
        assert_eq!(
            answer.json()["metadata"]["request_id"],
            answer.header("x-request-id").unwrap()
        );
    }
}
