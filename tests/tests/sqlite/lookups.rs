//! Each lookup, on rows that distinguish it from the others.

use chrono::{DateTime, NaiveDate, Utc};
use gm_runtime::Gm;
use gm_runtime::query::Filter;
use rust_decimal::Decimal;

use crate::Folder;
use crate::model::{Item, ItemFields, item};

async fn found(gm: &Gm, filter: impl Fn(ItemFields) -> Filter<Item>) -> Vec<i64> {
    let kept = Item::filter(&filter).all(gm).await.unwrap();
    let left_out = Item::query().exclude(&filter).all(gm).await.unwrap();
    let all = Item::query().count(gm).await.unwrap();
    // An exclude is the exact complement of a filter.
    assert_eq!(kept.len() as u64 + left_out.len() as u64, all);
    assert!(kept.iter().all(|row| !left_out.contains(row)));
    kept.iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn text() {
    let folder = Folder::new();
    let gm = folder.open().await;
    for note in [
        Some("Straße 100%"),
        Some("STRASSE 100_"),
        Some("σας"),
        Some("ΣΑΣ"),
        Some(r"back\slash"),
        Some(""),
        None,
    ] {
        let row = Item::create(item("t"));
        match note {
            Some(note) => row.note(note),
            None => row,
        }
        .exec(&gm)
        .await
        .unwrap();
    }
    assert_eq!(found(&gm, |i| i.note.eq("σας")).await, [3]);
    assert_eq!(found(&gm, |i| i.note.iexact("σΑσ")).await, [3, 4]);
    assert_eq!(found(&gm, |i| i.note.eq(None)).await, [7]);
    assert_eq!(found(&gm, |i| i.note.is_null(true)).await, [7]);
    assert_eq!(found(&gm, |i| i.note.is_null(false)).await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(found(&gm, |i| i.note.contains("%")).await, [1]);
    assert_eq!(found(&gm, |i| i.note.contains("_")).await, [2]);
    assert_eq!(found(&gm, |i| i.note.contains(r"\")).await, [5]);
    assert_eq!(found(&gm, |i| i.note.contains("traß")).await, [1]);
    assert_eq!(found(&gm, |i| i.note.icontains("TRAß")).await, [1]);
    assert_eq!(found(&gm, |i| i.note.contains("")).await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(found(&gm, |i| i.note.startswith("S")).await, [1, 2]);
    assert_eq!(found(&gm, |i| i.note.startswith("")).await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(found(&gm, |i| i.note.istartswith("stra")).await, [1, 2]);
    assert_eq!(found(&gm, |i| i.note.istartswith("Σ")).await, [3, 4]);
    assert_eq!(found(&gm, |i| i.note.endswith("ς")).await, [3]);
    assert_eq!(found(&gm, |i| i.note.endswith("")).await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(
        found(&gm, |i| i.note.endswith("much longer than any of the rows")).await,
        [0_i64; 0]
    );
    assert_eq!(found(&gm, |i| i.note.iendswith("σ")).await, [3, 4]);
    assert_eq!(found(&gm, |i| i.note.is_in(["σας", ""])).await, [3, 6]);
    assert_eq!(
        found(&gm, |i| i.note.is_in([None, Some("ΣΑΣ".to_owned())])).await,
        [4, 7]
    );
    assert_eq!(found(&gm, |i| i.note.is_in([None::<String>])).await, [7]);
    assert_eq!(found(&gm, |i| i.note.is_in([] as [&str; 0])).await, [0_i64; 0]);
    // By code point: capitals before small letters, ASCII before the rest.
    assert_eq!(found(&gm, |i| i.note.gt("b")).await, [3, 4, 5]);
    assert_eq!(found(&gm, |i| i.note.range("S", "T")).await, [1, 2]);
}

#[tokio::test]
async fn days_and_instants() {
    let folder = Folder::new();
    let gm = folder.open().await;
    let instants = [
        "2023-12-31T23:59:59.999999Z",
        "2024-01-01T00:00:00Z",
        "2024-02-29T12:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
    ];
    for instant in instants {
        let instant: DateTime<Utc> = instant.parse().unwrap();
        Item::create(item("t"))
            .starts_at(instant)
            .due(instant.date_naive())
            .exec(&gm)
            .await
            .unwrap();
    }
    Item::create(item("none")).exec(&gm).await.unwrap();
    for (year, ids) in [
        (2023, vec![1]),
        (2024, vec![2, 3]),
        (1, vec![5]),
        (9999, vec![6]),
        (0, vec![]),
        (-1, vec![]),
        (10_000, vec![]),
        (i32::MAX, vec![]),
    ] {
        assert_eq!(found(&gm, |i| i.starts_at.year(year)).await, ids, "{year}");
        assert_eq!(found(&gm, |i| i.due.year(year)).await, ids, "{year}");
    }
    for (month, ids) in [
        (12, vec![1, 4, 6]),
        (1, vec![2, 5]),
        (2, vec![3]),
        (13, vec![]),
        (0, vec![]),
    ] {
        assert_eq!(found(&gm, |i| i.starts_at.month(month)).await, ids, "{month}");
        assert_eq!(found(&gm, |i| i.due.month(month)).await, ids, "{month}");
    }
    for (day, ids) in [(31, vec![1, 4, 6]), (1, vec![2, 5]), (29, vec![3]), (32, vec![])] {
        assert_eq!(found(&gm, |i| i.starts_at.day(day)).await, ids, "{day}");
        assert_eq!(found(&gm, |i| i.due.day(day)).await, ids, "{day}");
    }
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    assert_eq!(found(&gm, |i| i.starts_at.date(day(2023, 12, 31))).await, [1]);
    assert_eq!(found(&gm, |i| i.starts_at.date(day(1969, 12, 31))).await, [4]);
    assert_eq!(found(&gm, |i| i.starts_at.date(day(9999, 12, 31))).await, [6]);
    assert_eq!(found(&gm, |i| i.due.lt(day(1970, 1, 1))).await, [4, 5]);
}

#[tokio::test]
async fn decimals_compare_exactly() {
    let folder = Folder::new();
    let gm = folder.open().await;
    for amount in ["9.99", "10.00", "-0.01", "99999999.99"] {
        Item::create(item("t"))
            .amount(amount.parse::<Decimal>().unwrap())
            .exec(&gm)
            .await
            .unwrap();
    }
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    assert_eq!(found(&gm, |i| i.amount.eq(decimal("10"))).await, [2]);
    assert_eq!(found(&gm, |i| i.amount.gt(decimal("9.99"))).await, [2, 4]);
    assert_eq!(found(&gm, |i| i.amount.lt(decimal("0"))).await, [3]);
    assert_eq!(
        found(&gm, |i| i
            .amount
            .is_in([decimal("99999999.99"), decimal("9.990")]))
        .await,
        [1, 4]
    );
    let sorted = Item::query()
        .order_by(|i| i.amount.desc())
        .all(&gm)
        .await
        .unwrap();
    assert!(sorted.iter().map(|row| row.id).eq([4, 2, 1, 3]));
    let refused = Item::filter(|i| i.amount.eq(decimal("0.001"))).all(&gm).await;
    assert!(refused.unwrap_err().is_invalid());
}

#[tokio::test]
async fn floats_match_exactly() {
    let folder = Folder::new();
    let gm = folder.open().await;
    let ratios = [0.1 + 0.2, 5e-324, f64::MAX, -0.0, 1e23, 2.0];
    for ratio in ratios {
        Item::create(item("t")).ratio(ratio).exec(&gm).await.unwrap();
    }
    for (ratio, id) in ratios.into_iter().zip(1..) {
        assert_eq!(found(&gm, |i| i.ratio.eq(ratio)).await, [id]);
        assert_eq!(found(&gm, |i| i.ratio.is_in([ratio])).await, [id]);
    }
    assert_eq!(found(&gm, |i| i.ratio.eq(0.3)).await, [0_i64; 0]);
}

#[tokio::test]
async fn false_sorts_before_true() {
    let folder = Folder::new();
    let gm = folder.open().await;
    for done in [true, false] {
        Item::create(item("t")).done(done).exec(&gm).await.unwrap();
    }
    assert_eq!(found(&gm, |i| i.done.gt(false)).await, [1]);
    assert_eq!(found(&gm, |i| i.done.lte(false)).await, [2]);
    let sorted = Item::query().order_by(|i| i.done.asc()).all(&gm).await.unwrap();
    assert!(sorted.iter().map(|row| row.id).eq([2, 1]));
}

#[tokio::test]
async fn null_sorts_last_and_ties_are_broken_by_the_id() {
    let folder = Folder::new();
    let gm = folder.open().await;
    for big in [Some(1), None, Some(2), Some(1), None] {
        Item::create(item("t")).big(big).exec(&gm).await.unwrap();
    }
    let ids = |rows: gm_runtime::Rows<Item>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    let up = Item::query().order_by(|i| i.big.asc()).all(&gm).await.unwrap();
    assert_eq!(ids(up), [1, 4, 3, 2, 5]);
    let down = Item::query().order_by(|i| i.big.desc()).all(&gm).await.unwrap();
    assert_eq!(ids(down), [3, 1, 4, 2, 5]);
    let by_id = Item::query()
        .order_by(|i| [i.big.asc(), i.id.desc()])
        .all(&gm)
        .await
        .unwrap();
    assert_eq!(ids(by_id), [4, 1, 3, 5, 2]);
    let backwards = Item::query().order_by(|i| i.id.desc()).all(&gm).await.unwrap();
    assert_eq!(ids(backwards), [5, 4, 3, 2, 1]);
}
