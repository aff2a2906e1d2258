//! Large requests and full queues.

use std::num::NonZeroUsize;

use gm_runtime::field::Value;
use gm_runtime::query::{Filter, Lookup, Operand, Operator};
use gm_runtime::{Error, Query};
use gm_tests::memory::growth;

use crate::model::{Item, item};
use crate::{Folder, begin};

#[tokio::test]
async fn pages() {
    let folder = Folder::new();
    let gm = folder.open().await;
    for number in 0..7 {
        Item::create(item("t")).count(number).exec(&gm).await.unwrap();
    }
    let all = Item::query();
    for (page, size, ids) in [
        (1, 3, vec![1, 2, 3]),
        (3, 3, vec![7]),
        (4, 3, vec![]),
        (1, 7, vec![1, 2, 3, 4, 5, 6, 7]),
        (1, u64::MAX, vec![1, 2, 3, 4, 5, 6, 7]),
        (i64::MAX as u64, 1, vec![]),
        (i64::MAX as u64, 1_000, vec![]),
        (u64::MAX, u64::MAX, vec![]),
    ] {
        let rows = all.clone().page(page).page_size(size).all(&gm).await.unwrap();
        assert!(rows.iter().map(|row| row.id).eq(ids), "page {page} of {size}");
        let counted = Item::filter(|i| i.count.gte(0)).page(page).page_size(size);
        assert_eq!(counted.count(&gm).await.unwrap(), 7);
    }
    // Pages of every size.
    assert_eq!(all.clone().page_size(2).all(&gm).await.unwrap().len(), 7);
    assert_eq!(all.clone().page(1).all(&gm).await.unwrap().len(), 7);
    assert_eq!(all.page(2).all(&gm).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_list_may_exceed_the_limit_of_variables() {
    let folder = Folder::new();
    let gm = folder.open().await;
    for number in 0..3 {
        Item::create(item("t"))
            .count(number)
            .ratio(0.5)
            .exec(&gm)
            .await
            .unwrap();
    }
    let rows = Item::filter(|i| i.count.is_in(1..100_000))
        .all(&gm)
        .await
        .unwrap();
    assert!(rows.iter().map(|row| row.id).eq([2, 3]));
}

#[tokio::test]
async fn long_lists_share_a_prepared_statement() {
    let folder = Folder::new();
    let gm = folder.open().await;
    Item::create(item("t")).exec(&gm).await.unwrap();
    let queries = async |number: usize| {
        for first in 0..number {
            // With other values each time.
            let notes = (first..first + 1_000).map(|note| format!("{note:1000}"));
            let found = Item::filter(|i| i.note.is_in(notes)).exists(&gm).await.unwrap();
            assert!(!found);
        }
    };
    queries(20).await;
    let grown = growth(queries(100)).await;
    assert!(grown < 24 * 1024, "{grown} KiB");
}

#[tokio::test]
async fn sixty_four_lookups_of_a_thousand_values() {
    let folder = Folder::new();
    let gm = folder.open().await;
    Item::create(item("t")).count(3).exec(&gm).await.unwrap();
    let lookup = |field, members: Vec<Value>| Lookup {
        field,
        operator: Operator::In,
        operand: Operand::List(members),
    };
    let lists = || {
        let titles = (0..999)
            .map(|n| Value::Text(n.to_string()))
            .chain([Value::Text("t".into())]);
        let ratios = (0..1_000).map(|n| Value::Float(f64::from(n) / 7.0));
        let counts = (0..1_000).map(Value::Integer);
        [
            lookup(1, titles.collect()),
            lookup(3, counts.collect()),
            lookup(7, ratios.collect()),
        ]
    };
    let mut lookups: Vec<Lookup> = lists().into();
    for field in 0..12 {
        for operator in [
            Operator::Gt,
            Operator::Gte,
            Operator::Lt,
            Operator::Lte,
            Operator::IsNull,
        ] {
            let operand = match (operator, field) {
                (Operator::IsNull, field) => Operand::Flag(![0, 1, 3, 5, 7, 10].contains(&field)),
                (Operator::Gt, 0 | 3) => Operand::Value(Value::Integer(0)),
                (Operator::Gte, 0 | 3) => Operand::Value(Value::Integer(1)),
                (Operator::Lt, 0 | 3) => Operand::Value(Value::Integer(99)),
                (Operator::Lte, 0 | 3) => Operand::Value(Value::Integer(98)),
                _ => continue,
            };
            lookups.push(Lookup {
                field,
                operator,
                operand,
            });
        }
    }
    let conditions = lookups
        .into_iter()
        .map(Filter::from)
        .reduce(|all, one| all & one)
        .unwrap();
    let excluded = lists()
        .into_iter()
        .map(Filter::from)
        .reduce(|all, one| all & one)
        .unwrap();
    let kept = Item::filter(|_| conditions.clone());
    assert_eq!(kept.count(&gm).await.unwrap(), 1);
    assert_eq!(kept.exclude(|_| excluded).count(&gm).await.unwrap(), 0);
}

#[tokio::test]
async fn a_full_queue_refuses_writes_and_loses_none() {
    let folder = Folder::new();
    let gm = folder
        .builder()
        .database_queue(NonZeroUsize::new(2).unwrap())
        .manager::<Item>()
        .build()
        .await
        .unwrap();
    let other = folder.other();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // One write waits for the lock, two wait behind it, and the others find the queue full.
    let writes = begin((0..16).map(|_| Item::create(item("t")).exec(&gm))).await;
    other.execute_batch("COMMIT").unwrap();
    let (mut written, mut refused) = (0, 0);
    for write in writes.await {
        match write {
            Ok(_) => written += 1,
            Err(Error::Unavailable(_)) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!((2..=3).contains(&written), "{written} written");
    assert_eq!(written + refused, 16);
    assert_eq!(Query::<Item>::new().count(&gm).await.unwrap(), written);
}
