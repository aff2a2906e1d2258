//! Random queries over random rows have the same answers in SQLite and in memory.

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt as _;
use gm_runtime::field::Value;
use gm_runtime::query::{Filter, Lookup, Operand, Operator, Rows};
use gm_runtime::{Gm, Query};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::RngSeed;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::Folder;
use crate::model::{Item, ItemFields, item};

// Few values of each type, so that queries match rows. Edge cases are among them.

fn text() -> impl Strategy<Value = String> {
    let part = select(vec![
        "a", "A", "ä", "Ä", "ς", "Σ", "ß", "ı", "I", "%", "_", "\\", "'", "\"", "𐐀", "𐐨", " ", "\u{301}",
    ]);
    vec(part, 0..4).prop_map(|parts| parts.concat())
}

fn integer() -> impl Strategy<Value = i64> {
    select(vec![i64::MIN, -1, 0, 1, 2, i64::from(i32::MAX) + 1, i64::MAX])
}

fn count() -> impl Strategy<Value = i32> {
    select(vec![i32::MIN, -1, 0, 1, i32::MAX])
}

fn decimal(places: u32) -> impl Strategy<Value = Decimal> {
    select(vec![-9_999_999_999, -100, -1, 0, 1, 10, 100, 9_999_999_999_i64])
        .prop_map(move |scaled| Decimal::new(scaled, places))
}

fn float() -> impl Strategy<Value = f64> {
    select(vec![f64::MIN, -0.5, 0.0, 0.1 + 0.2, 0.3, 5e-324, 1e23, f64::MAX])
}

fn date() -> impl Strategy<Value = NaiveDate> {
    select(vec![
        (1, 1, 1),
        (1969, 12, 31),
        (2023, 12, 31),
        (2024, 2, 29),
        (2024, 12, 1),
        (9999, 12, 31),
    ])
    .prop_map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day).unwrap())
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    let offset = select(vec![0, 1, 43_200_000_000, 86_399_999_999_i64]);
    (date(), offset).prop_map(|(day, microseconds)| {
        day.and_time(chrono::NaiveTime::MIN).and_utc() + chrono::TimeDelta::microseconds(microseconds)
    })
}

fn token() -> impl Strategy<Value = Uuid> {
    select(vec![0, 0xa, 0xA0 << 120, u128::MAX]).prop_map(Uuid::from_u128)
}

#[derive(Clone, Debug)]
struct Row {
    title: String,
    note: Option<String>,
    numbers: (i32, Option<i64>, Decimal, Option<Decimal>, f64),
    days: (Option<NaiveDate>, Option<DateTime<Utc>>),
    done: bool,
    token: Option<Uuid>,
}

fn row() -> impl Strategy<Value = Row> {
    (
        text(),
        option::of(text()),
        (
            count(),
            option::of(integer()),
            decimal(2),
            option::of(decimal(6)),
            float(),
        ),
        (option::of(date()), option::of(instant())),
        any::<bool>(),
        option::of(token()),
    )
        .prop_map(|(title, note, numbers, days, done, token)| Row {
            title,
            note,
            numbers,
            days,
            done,
            token,
        })
}

impl Row {
    async fn create(self, gm: &Gm) -> Item {
        let (count, big, amount, price, ratio) = self.numbers;
        Item::create(item(&self.title))
            .note(self.note)
            .count(count)
            .big(big)
            .amount(amount)
            .price(price)
            .ratio(ratio)
            .due(self.days.0)
            .starts_at(self.days.1)
            .done(self.done)
            .token(self.token)
            .exec(gm)
            .await
            .unwrap()
    }
}

/// A value of the field at this index.
fn value(field: u16) -> BoxedStrategy<Value> {
    match field {
        0 => (0_i64..9).prop_map(Value::Integer).boxed(),
        1 | 2 => text().prop_map(Value::Text).boxed(),
        3 => count().prop_map(|count| Value::Integer(count.into())).boxed(),
        4 => integer().prop_map(Value::Integer).boxed(),
        5 => decimal(2).prop_map(Value::Decimal).boxed(),
        6 => decimal(6).prop_map(Value::Decimal).boxed(),
        7 => float().prop_map(Value::Float).boxed(),
        8 => date().prop_map(Value::Date).boxed(),
        9 => instant().prop_map(Value::DateTime).boxed(),
        10 => any::<bool>().prop_map(Value::Bool).boxed(),
        _ => token().prop_map(Value::Uuid).boxed(),
    }
}

const NULLABLE: [u16; 6] = [2, 4, 6, 8, 9, 11];

fn lookup() -> impl Strategy<Value = Lookup> {
    use Operator as Op;
    let operators = |field: u16| {
        let mut operators = vec![
            Op::Exact,
            Op::In,
            Op::IsNull,
            Op::Gt,
            Op::Gte,
            Op::Lt,
            Op::Lte,
            Op::Range,
        ];
        match field {
            1 | 2 => operators.extend([
                Op::IExact,
                Op::Contains,
                Op::IContains,
                Op::StartsWith,
                Op::IStartsWith,
                Op::EndsWith,
                Op::IEndsWith,
            ]),
            8 => operators.extend([Op::Year, Op::Month, Op::Day]),
            9 => operators.extend([Op::Year, Op::Month, Op::Day, Op::Date]),
            _ => {}
        }
        operators
    };
    (0_u16..12)
        .prop_flat_map(move |field| (Just(field), select(operators(field))))
        .prop_flat_map(|(field, operator)| {
            let nullable = move || {
                let value = value(field);
                if NULLABLE.contains(&field) {
                    prop_oneof![2 => value, 1 => Just(Value::Null)].boxed()
                } else {
                    value
                }
            };
            let operand = match operator {
                Op::Exact => nullable().prop_map(Operand::Value).boxed(),
                Op::In => vec(nullable(), 0..4).prop_map(Operand::List).boxed(),
                Op::Range => vec(value(field), 2).prop_map(Operand::List).boxed(),
                Op::IsNull => any::<bool>().prop_map(Operand::Flag).boxed(),
                Op::Year => select(vec![-1, 0, 1, 1969, 2023, 2024, 9999, 10_000, i64::MAX])
                    .prop_map(Operand::Number)
                    .boxed(),
                Op::Month | Op::Day => select(vec![0, 1, 2, 12, 29, 31, i64::MAX])
                    .prop_map(Operand::Number)
                    .boxed(),
                Op::Date => date().prop_map(|day| Operand::Value(Value::Date(day))).boxed(),
                _ => value(field).prop_map(Operand::Value).boxed(),
            };
            operand.prop_map(move |operand| Lookup {
                field,
                operator,
                operand,
            })
        })
}

/// Joined lookups. A query holds one value per lookup.
fn filter(most: usize) -> impl Strategy<Value = Option<Filter<Item>>> {
    vec(lookup(), 0..=most).prop_map(|mut lookups| {
        lookups.sort_by_key(|lookup| (lookup.field, lookup.operator));
        lookups.dedup_by_key(|lookup| (lookup.field, lookup.operator));
        lookups.into_iter().map(Filter::from).reduce(|all, one| all & one)
    })
}

fn order(query: Query<Item>, (field, descending): (u16, bool)) -> Query<Item> {
    macro_rules! by {
        ($($index:literal $name:ident),*) => {
            match field {
                $($index => query.order_by(|i: ItemFields| if descending { i.$name.desc() } else { i.$name.asc() }),)*
                _ => query,
            }
        };
    }
    by!(0 id, 1 title, 2 note, 3 count, 4 big, 5 amount, 6 price, 7 ratio, 8 due, 9 starts_at, 10 done, 11 token)
}

fn query() -> impl Strategy<Value = Query<Item>> {
    let ordering = (
        subsequence((0_u16..12).collect::<Vec<_>>(), 0..3),
        any::<[bool; 3]>(),
    );
    let page = option::of((1_u64..4, 1_u64..6));
    (filter(2), filter(2), ordering, page).prop_map(|(filters, excludes, (fields, directions), page)| {
        let mut query = Item::query();
        if let Some(filters) = filters {
            query = query.filter(|_| filters);
        }
        if let Some(excludes) = excludes {
            query = query.exclude(|_| excludes);
        }
        query = fields.into_iter().zip(directions).fold(query, order);
        match page {
            Some((page, size)) => query.page(page).page_size(size),
            None => query,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(gm_tests::random::seed(0x6d6f_6b61)), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_answers_as_memory_does(rows in vec(row(), 1..9), queries in vec(query(), 40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = Folder::new();
            let stored = folder.open().await;
            let plain = Gm::builder().in_memory::<Item>().build().await.unwrap();
            for row in rows {
                let written = row.clone().create(&stored).await;
                prop_assert_eq!(written, row.create(&plain).await);
            }
            for query in queries {
                let read: Rows<Item> = query.all(&stored).await.unwrap();
                let expected = query.all(&plain).await.unwrap();
                prop_assert_eq!(&read[..], &expected[..], "{:?}", query);
                prop_assert_eq!(query.count(&stored).await.unwrap(), query.count(&plain).await.unwrap());
                prop_assert_eq!(query.first(&stored).await.unwrap(), query.first(&plain).await.unwrap());
                prop_assert_eq!(read.next_cursor(), expected.next_cursor(), "{:?}", query);
                if let Some(cursor) = read.next_cursor() {
                    let query = query.clone().after(cursor);
                    let (read, expected) = (query.all(&stored).await.unwrap(), query.all(&plain).await.unwrap());
                    prop_assert_eq!(&read[..], &expected[..], "{:?}", query);
                    prop_assert_eq!(read.next_cursor(), expected.next_cursor(), "{:?}", query);
                }
                let streamed: Vec<Item> = query.stream(&stored).try_collect().await.unwrap();
                prop_assert_eq!(&streamed[..], &expected[..], "{:?}", query);
            }
            stored.close().await;
            Ok(())
        })?;
    }
}
