//! Values on the wire, in both directions.

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use rust_decimal::Decimal;
use serde_json::json;

use crate::managers::{RemoteWorkItem, RemoteWorkItemCreate};
use crate::server::{Server, rows};

const ID: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";

fn item() -> serde_json::Value {
    json!({
        "id": 1, "title": "日本 😀", "note": null, "count": -2_147_483_648_i64, "amount": "12.50", "ratio": 0,
        "due": "2024-02-29", "starts_at": "2024-01-31T12:30:00.123Z", "done": true, "token": ID,
    })
}

async fn read(change: serde_json::Value) -> Result<RemoteWorkItem, gm_runtime::Error> {
    let mut item = item();
    for (name, value) in change.as_object().unwrap() {
        item[name] = value.clone();
    }
    let server = Server::start(move |_, _| rows(&json!([item]).to_string()));
    RemoteWorkItem::get(&server.gm().await, 1).await
}

#[tokio::test]
async fn values_of_each_type_are_read() {
    let item = read(json!({})).await.unwrap();
    assert_eq!(
        item,
        RemoteWorkItem {
            id: 1,
            title: "日本 😀".to_owned(),
            note: None,
            count: i32::MIN,
            amount: Decimal::new(1250, 2),
            ratio: 0.0,
            due: NaiveDate::from_ymd_opt(2024, 2, 29),
            starts_at: Utc.timestamp_millis_opt(1_706_704_200_123).single(),
            done: true,
            token: Some(ID.parse().unwrap()),
        }
    );
    // A decimal keeps the places of the owner, although this struct declares none.
    assert_eq!(item.amount.to_string(), "12.50");
}

#[tokio::test]
async fn a_decimal_keeps_its_places_up_to_the_limit() {
    let most = "9".repeat(28);
    for (sent, shown) in [
        (json!("0"), "0".to_owned()),
        (json!("-0.00"), "0.00".to_owned()),
        (json!("007.10"), "7.10".to_owned()),
        (json!("-1.5"), "-1.5".to_owned()),
        (json!(12.5), "12.5".to_owned()),
        (json!(3), "3".to_owned()),
        (json!(most), most.clone()),
        (json!(format!("0.{most}")), format!("0.{most}")),
        (json!(format!("-{most}.00")), format!("-{most}")),
        (
            json!(format!("1.{}", "0".repeat(60))),
            format!("1.{}", "0".repeat(28)),
        ),
    ] {
        let read = read(json!({"amount": sent})).await.unwrap().amount.to_string();
        assert_eq!(read, shown, "{sent}");
    }
    for sent in [
        "",
        "-",
        ".5",
        "5.",
        "+1",
        "1e",
        "1e-29",
        "1e-x",
        "1e2e3",
        "99999999999999999999999999999.9e-1",
        " 1",
        "1_0",
        "99999999999999999999999999999.9",
        "NaN",
    ] {
        assert!(read(json!({"amount": sent})).await.is_err(), "{sent}");
    }
}

/// Python uses an exponent if six or more zeros follow the decimal point.
#[tokio::test]
async fn a_decimal_with_an_exponent_is_read() {
    for (sent, shown) in [
        ("1.200E-7", "0.0000001200"),
        ("-1.5e-9", "-0.0000000015"),
        ("0E-10", "0.0000000000"),
        ("-0E-10", "0.0000000000"),
        ("1E+2", "100"),
    ] {
        let read = read(json!({"amount": sent})).await.unwrap().amount.to_string();
        assert_eq!(read, shown, "{sent}");
    }
}

#[tokio::test]
async fn an_option_that_the_owner_leaves_out_is_none() {
    let mut item = item();
    item.as_object_mut().unwrap().remove("due");
    let server = Server::start(move |_, _| rows(&json!([item]).to_string()));
    assert_eq!(
        RemoteWorkItem::get(&server.gm().await, 1).await.unwrap().due,
        None
    );
}

#[tokio::test]
async fn each_format_of_a_datetime_is_read() {
    for (text, micros) in [
        ("2024-01-31T12:30:00Z", 0),
        ("2024-01-31T12:30:00.5Z", 500_000),
        ("2024-01-31T12:30:00.123456+00:00", 123_456),
        ("2024-01-31T14:30:00+02:00", 0),
        ("2024-01-31 12:30:00", 0),
    ] {
        let read = read(json!({"starts_at": text})).await.unwrap().starts_at.unwrap();
        assert_eq!(read.timestamp_micros(), 1_706_704_200_000_000 + micros, "{text}");
    }
}

#[tokio::test]
async fn a_value_of_another_type_is_not_coerced() {
    for (field, value) in [
        ("count", json!(1.0)),
        ("count", json!("1")),
        ("count", json!(2_147_483_648_i64)),
        ("amount", json!("12,50")),
        ("done", json!(1)),
        ("due", json!("2024-02-30")),
        ("due", json!("2024-02-29T00:00:00Z")),
        ("starts_at", json!("2024-01-31")),
        ("starts_at", json!(1_706_704_200)),
        ("token", json!("67e5504410b1426f9247bb680e5fe0c8")),
        ("title", json!(5)),
    ] {
        let error = read(json!({field: value})).await.unwrap_err();
        assert!(
            error.to_string().contains(&format!("`{field}`")),
            "{field} {value}: {error}"
        );
    }
}

#[tokio::test]
async fn values_of_each_type_are_sent() {
    let item = item();
    let server = Server::start(move |_, _| rows(&json!([item]).to_string()));
    let gm = server.gm().await;
    let instant = |micros: i64| DateTime::from_timestamp_micros(1_706_704_200_000_000 + micros).unwrap();
    RemoteWorkItem::create(RemoteWorkItemCreate {
        title: "quoted \" \\ \u{1F600}\n".to_owned(),
        count: 3,
        amount: Decimal::new(-1250, 2),
        ratio: 1e300,
        done: false,
    })
    .due(NaiveDate::from_ymd_opt(2024, 2, 29))
    .starts_at(instant(5))
    .token(Some(ID.parse().unwrap()))
    .exec(&gm)
    .await
    .unwrap();
    RemoteWorkItem::by_id(1)
        .update()
        .note(None)
        .starts_at(instant(0))
        .exec(&gm)
        .await
        .unwrap();
    let sent: Vec<_> = server.requests().iter().map(|request| request.json()).collect();
    assert_eq!(
        sent[0],
        json!({
            "title": "quoted \" \\ \u{1F600}\n", "count": 3, "amount": "-12.5", "ratio": 1e300, "done": false,
            "due": "2024-02-29", "starts_at": "2024-01-31T12:30:00.000005Z", "token": ID,
        })
    );
    assert_eq!(
        sent[1],
        json!({"note": null, "starts_at": "2024-01-31T12:30:00Z"})
    );
}

#[tokio::test]
async fn each_lookup_has_the_spelling_of_the_contract() {
    let server = Server::start(|_, _| rows("[]"));
    let day = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
    RemoteWorkItem::filter(|w| {
        w.count.gt(1)
            & w.count.lte(9)
            & w.amount.range(Decimal::ONE, Decimal::TEN)
            & w.note.is_null(false)
            & w.due.year(2024)
            & w.starts_at.date(day)
            & w.title.istartswith("a%_")
            & w.done.eq(false)
    })
    .exclude(|w| w.due.is_in([Some(day), None]) & w.note.eq(None))
    .all(&server.gm().await)
    .await
    .unwrap();
    assert_eq!(
        server.requests()[0].json(),
        json!({
            "filters": {
                "count__gt": 1, "count__lte": 9, "amount__range": ["1", "10"], "note__isnull": false,
                "due__year": 2024, "starts_at__date": "2024-02-29", "title__istartswith": "a%_", "done": false,
            },
            "excludes": {"due__in": ["2024-02-29", null], "note": null},
        })
    );
}
