//! Random rows and queries: the builder, JSON, the server and each storage agree with an evaluation that does not use the
//! library. So a query has one meaning, wherever the rows are.
//!
//! The seed is fixed. `GM_SEED=7 cargo nextest run -p gm-tests --test interfaces property` uses another one, and `GM_CASES` is the
//! number of cases of each storage, 24 if it is not set. A case has eight queries. A failure shows the seed, and the smallest rows
//! and query that reproduce it.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use futures_util::TryStreamExt as _;
use gm_runtime::query::Rows;
use gm_runtime::{Gm, GmBuilder, Query};
use gm_tests::postgres::Database;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{RngSeed, TestError, TestRunner};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use crate::cell::{Ask, Cell, Op, Question, same};
use crate::sample::{FIELDS, GatewaySample, RemoteSample, Row, Sample, Sampled, class};
use crate::services::serve_until_the_end;
use crate::storage::of_given_ids;

/// Ids with special characters of paths, JSON and SQL.
pub(crate) const IDS: [&str; 8] = ["a/0", "Ä %", "%_\\", "ß?x=1", "#&=+", "'\"", "..a/", "𐐀\n"];
const JSON: usize = 18;

fn text() -> impl Strategy<Value = String> {
    let part = select(vec![
        "a", "A", "ä", "Ä", "ς", "Σ", "ß", "ẞ", "ı", "I", "i", "İ", "ſ", "s", "µ", "μ", "k", "\u{212a}", "%",
        "_", "\\", "'", "\"", "𐐀", "𐐨", " ", "\u{301}", "\n", "\u{feff}", "😀",
    ]);
    vec(part, 0..4).prop_map(|parts| parts.concat())
}

fn days() -> Vec<NaiveDate> {
    let days = [
        (1, 1, 1),
        (1969, 12, 31),
        (2023, 12, 31),
        (2024, 2, 29),
        (9999, 12, 31),
    ];
    let day = |(year, month, day)| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    days.into_iter().map(day).collect()
}

fn instants() -> Vec<Cell> {
    let micros = [0, 1, 43_200_000_000, 86_399_999_999_i64];
    let at =
        |day: NaiveDate, micros| day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::microseconds(micros);
    let each = |day: NaiveDate| micros.map(|micros| Cell::Instant(at(day, micros)));
    days().into_iter().flat_map(each).collect()
}

/// A value of the field with this index. There are few of them, so that queries match rows. Some are extreme or unusual.
fn value(field: usize) -> BoxedStrategy<Cell> {
    fn of<T>(values: impl IntoIterator<Item = T>, cell: fn(T) -> Cell) -> BoxedStrategy<Cell> {
        select(values.into_iter().map(cell).collect::<Vec<_>>()).boxed()
    }
    let int = |values: &[i128]| of(values.to_vec(), Cell::Int);
    let decimal = |scaled: &[i64], places| {
        of(
            scaled
                .iter()
                .map(|scaled| Decimal::new(*scaled, places))
                .collect::<Vec<_>>(),
            Cell::Decimal,
        )
    };
    match field {
        0 => of(IDS.map(str::to_owned), Cell::Text),
        1 | 2 => text().prop_map(Cell::Text).boxed(),
        3 => int(&[i32::MIN.into(), -1, 0, 1, i32::MAX.into()]),
        4 => int(&[i64::MIN.into(), -1, 0, 1 << 53, (1 << 53) + 1, i64::MAX.into()]),
        5 => int(&[i8::MIN.into(), 0, i8::MAX.into()]),
        6 => int(&[0, 1, u8::MAX.into()]),
        7 => int(&[0, 1, i64::MAX.into()]),
        8 => of(
            [f64::MIN, -0.5, -0.0, 0.0, 0.1 + 0.2, 0.3, 5e-324, 1e23, f64::MAX],
            Cell::Float,
        ),
        9 => of(
            [
                f32::MIN,
                -0.0,
                0.1,
                0.3,
                16_777_216.0,
                f32::from_bits(1),
                f32::MAX,
            ],
            |single| Cell::Float(single.into()),
        ),
        10 => decimal(&[-999_999_999_999, -100, -1, 0, 1, 10, 100, 999_999_999_999], 2),
        11 => decimal(
            &[
                -999_999_999_999_999_999,
                -1,
                0,
                1_000_000,
                999_999_999_999_999_999,
            ],
            6,
        ),
        12 => of(days(), Cell::Date),
        13 => select(instants()).boxed(),
        14 => of([0, 1, 43_200_000_000, 86_399_999_999_i64], |micros| {
            Cell::Time(NaiveTime::MIN + TimeDelta::microseconds(micros))
        }),
        15 => any::<bool>().prop_map(Cell::Bool).boxed(),
        16 => of([0, 0xa, 0xA0 << 120, u128::MAX].map(Uuid::from_u128), Cell::Uuid),
        17 => of(
            [
                vec![],
                vec![0_u8],
                vec![0x7f],
                vec![0x7f, 0],
                vec![0xff],
                b"abc".to_vec(),
            ],
            Cell::Bytes,
        ),
        JSON => of(
            [
                json!({}),
                json!([]),
                json!({"a": 1, "b": "%_\\"}),
                json!({"a": 1.0, "b": "%_\\"}),
                json!(0),
                json!([null, {"ä": [0.1]}]),
                json!(u64::MAX),
                json!(-0.0),
                json!("{}"),
                json!(""),
                json!(false),
            ],
            Cell::Json,
        ),
        19 => of(
            ["planned", "in_progress", "Fertig!"].map(str::to_owned),
            Cell::Text,
        ),
        20 => of(["good", "Ä", "ä%", ""].map(str::to_owned), Cell::Text),
        21 => int(&[i16::MIN.into(), -1, 0, i16::MAX.into()]),
        22 => int(&[0, 1, u16::MAX.into()]),
        _ => int(&[0, 1, u32::MAX.into()]),
    }
}

pub(crate) fn nullable(field: usize) -> BoxedStrategy<Cell> {
    match class(field) {
        (_, true) => prop_oneof![2 => value(field), 1 => Just(Cell::Null)].boxed(),
        _ => value(field),
    }
}

/// Rows with different ids.
pub(crate) fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = || (1..FIELDS).map(nullable).collect::<Vec<_>>();
    let ids = subsequence(IDS.to_vec(), 1..=IDS.len()).prop_shuffle();
    ids.prop_flat_map(move |ids| {
        let others = vec(row(), ids.len());
        (Just(ids), others).prop_map(|(ids, others)| {
            let id = |id: &str| Cell::Text(id.to_owned());
            let rows = ids.into_iter().zip(others);
            rows.map(|(name, others)| [vec![id(name)], others].concat())
                .collect()
        })
    })
}

pub(crate) fn ask() -> impl Strategy<Value = Ask> {
    let ops = |field: usize| {
        let (class, nullable) = class(field);
        let mut ops = vec![Op::Exact, Op::In];
        if nullable {
            ops.push(Op::IsNull);
        }
        if class != "equal" {
            ops.extend([Op::Gt, Op::Gte, Op::Lt, Op::Lte, Op::Range]);
        }
        match class {
            "text" => ops.extend([
                Op::IExact,
                Op::Contains,
                Op::IContains,
                Op::StartsWith,
                Op::IStartsWith,
                Op::EndsWith,
                Op::IEndsWith,
                Op::Regex,
            ]),
            "calendar" => ops.extend([Op::Year, Op::Month, Op::Day]),
            "instant" => ops.extend([Op::Year, Op::Month, Op::Day, Op::Date]),
            _ => {}
        }
        ops
    };
    (0..FIELDS)
        .prop_flat_map(move |field| (Just(field), select(ops(field))))
        .prop_flat_map(|(field, op)| {
            let values = match op {
                Op::Exact => vec(nullable(field), 1).boxed(),
                Op::In => vec(nullable(field), 0..4).boxed(),
                Op::Date => vec(value(12), 1).boxed(),
                // Also a part of an id.
                _ if op >= Op::IExact => vec(prop_oneof![value(field), value(1)], 1).boxed(),
                _ => vec(value(field), 2).boxed(),
            };
            let numbers = match op {
                Op::Year => vec![1, 1969, 2023, 2024, 9999],
                _ => vec![1, 2, 12, 29, 31],
            };
            (values, any::<bool>(), select(numbers)).prop_map(move |(values, flag, number)| Ask {
                field,
                op,
                values,
                flag,
                number,
            })
        })
}

/// A query has one value for each lookup.
fn asks() -> impl Strategy<Value = Vec<Ask>> {
    vec(ask(), 0..=2).prop_map(|mut asks| {
        asks.sort_by_key(|ask| (ask.field, ask.op));
        asks.dedup_by_key(|ask| (ask.field, ask.op));
        asks
    })
}

pub(crate) fn question() -> impl Strategy<Value = Question> {
    let sortable: Vec<usize> = (0..FIELDS).filter(|field| *field != JSON).collect();
    let ordering = (subsequence(sortable, 0..=2).prop_shuffle(), any::<[bool; 2]>())
        .prop_map(|(fields, directions)| fields.into_iter().zip(directions).collect());
    let page = proptest::option::of((1_u64..4, 1_u64..=6));
    (asks(), asks(), ordering, page).prop_map(|(filters, excludes, ordering, page)| Question {
        filters,
        excludes,
        ordering,
        page,
    })
}

/// The query by the typed builder.
pub(crate) fn query<M: Sampled>(question: &Question) -> Query<M> {
    let mut query = Query::new();
    let joined = |asks: &[Ask]| asks.iter().map(M::lookup).reduce(|all, one| all & one);
    if let Some(filters) = joined(&question.filters) {
        query = query.filter(|_| filters);
    }
    if let Some(excludes) = joined(&question.excludes) {
        query = query.exclude(|_| excludes);
    }
    for (field, descending) in &question.ordering {
        query = query.order_by(|_| M::order(*field, *descending));
    }
    match question.page {
        Some((page, size)) => query.page(page).page_size(size),
        None => query,
    }
}

/// Starts a service, which ends with the process, and returns its URL.
async fn serve(builder: GmBuilder) -> String {
    serve_until_the_end(builder).await.1
}

fn in_memory() -> GmBuilder {
    Gm::builder().in_memory::<Sample>().expose::<Sample>()
}

fn in_database(url: &str) -> GmBuilder {
    Gm::builder().database(url).expose::<Sample>()
}

#[derive(Clone, Debug)]
struct Case {
    rows: Vec<Row>,
    /// The new values of the row with this index, if there is one, and the changed fields.
    change: (usize, Row, Vec<usize>),
    questions: Vec<Question>,
}

fn case() -> impl Strategy<Value = Case> {
    let changed = (0..FIELDS).map(nullable).collect::<Vec<_>>();
    let fields = subsequence((1..FIELDS).collect::<Vec<_>>(), 0..4);
    let change = (0..IDS.len(), changed, fields);
    (rows(), change, vec(question(), 8)).prop_map(|(rows, change, questions)| Case {
        rows,
        change,
        questions,
    })
}

/// Compares the consumer's result with the evaluation. The error describes the difference.
async fn check(gm: &Gm, case: &Case) -> Result<(), String> {
    let mut plain = case.rows.clone();
    let mut written = Vec::new();
    for row in &plain {
        let created = RemoteSample::write_new(row, false, gm)
            .await
            .map_err(|error| format!("create {row:?}: {error}"))?;
        expect("created", created.row(), row.clone())?;
        written.push(created);
    }
    let (place, to, fields) = &case.change;
    if let Some(row) = plain.get_mut(*place) {
        // An update with an equal value may leave the stored spelling, such as `1` for `1.0`.
        let is_spelling = |field: usize| row[field] != to[field] && same(&row[field], &to[field]);
        let fields: Vec<usize> = fields
            .iter()
            .copied()
            .filter(|field| !is_spelling(*field))
            .collect();
        let fields = &fields;
        for field in fields {
            row[*field] = to[*field].clone();
        }
        let updated = RemoteSample::write_changes(&written[*place].id, to, fields, gm).await;
        let updated = updated.map_err(|error| format!("update {fields:?} to {to:?}: {error}"))?;
        expect("updated", updated.row(), row.clone())?;
    }
    for question in &case.questions {
        let query = query::<RemoteSample>(question);
        let failed = |error| format!("{question:?}: {error}");
        let (rows, total) = question.answer(&plain);
        let read = query.all(gm).await.map_err(failed)?;
        let what = format!("{question:?}");
        expect(&what, read.iter().map(RemoteSample::row).collect(), rows.clone())?;
        expect(&what, read.total_count(), Some(total))?;
        expect(&what, query.count(gm).await.map_err(failed)?, total)?;
        let first = query.first(gm).await.map_err(failed)?;
        expect(&what, first.map(|row| row.row()), rows.first().cloned())?;
        check_cursors(gm, question, &plain, &query, &read).await?;
    }
    for (row, plain) in written.iter().zip(&plain) {
        let got = RemoteSample::get(gm, &row.id)
            .await
            .map_err(|error| error.to_string())?;
        expect("got", got.row(), plain.clone())?;
    }
    Ok(())
}

/// Compares the rows behind the page of a question with the evaluation, and those of a stream, which is read by cursors.
async fn check_cursors(
    gm: &Gm,
    question: &Question,
    plain: &[Row],
    query: &Query<RemoteSample>,
    read: &Rows<RemoteSample>,
) -> Result<(), String> {
    let what = format!("behind {question:?}");
    let failed = |error| format!("{what}: {error}");
    let Some((page, size)) = question.page else {
        let streamed = query.clone().page_size(2).stream(gm);
        let streamed: Vec<RemoteSample> = streamed.try_collect().await.map_err(failed)?;
        let streamed = streamed.iter().map(RemoteSample::row).collect();
        return expect(&what, streamed, question.answer(plain).0);
    };
    let mut next = question.clone();
    next.page = Some((page + 1, size));
    let (expected, total) = next.answer(plain);
    let Some(cursor) = read.next_cursor() else {
        return expect(&what, page * size < total, false);
    };
    expect(&what, page * size < total, true)?;
    let behind = query.clone().after(cursor).all(gm).await.map_err(failed)?;
    expect(&what, behind.iter().map(RemoteSample::row).collect(), expected)?;
    expect(&what, behind.total_count(), Some(total))?;
    expect(&what, behind.next_cursor().is_some(), (page + 1) * size < total)?;
    let uncounted = query.clone().after(cursor).without_count();
    let uncounted = uncounted.all(gm).await.map_err(failed)?;
    let rows = |rows: &Rows<RemoteSample>| rows.iter().map(RemoteSample::row).collect::<Vec<_>>();
    expect(&what, rows(&uncounted), rows(&behind))?;
    expect(&what, uncounted.total_count(), None)?;
    expect(&what, uncounted.next_cursor(), behind.next_cursor())
}

async fn clear(gm: &Gm) {
    for row in &RemoteSample::all(gm).await.unwrap() {
        row.delete(gm).await.unwrap();
    }
    assert_eq!(RemoteSample::count(gm).await.unwrap(), 0);
}

pub(crate) fn expect<T: PartialEq + std::fmt::Debug>(what: &str, is: T, should_be: T) -> Result<(), String> {
    match is == should_be {
        true => Ok(()),
        false => Err(format!("{what}:\n gives {is:?}\n not   {should_be:?}")),
    }
}

/// Compares a consumer of the service at this URL with the evaluation.
async fn agrees(url: String) {
    let seed = gm_tests::random::seed(0x6d6f_6b61);
    let consumer = Gm::builder().base_url("http://owner.test", url);
    let consumer = consumer.build().await.unwrap();
    let cases = std::env::var("GM_CASES").map_or(24, |cases| cases.parse().unwrap());
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let runtime = tokio::runtime::Handle::current();
    let checked = tokio::task::spawn_blocking(move || {
        let checked = runner.run(&case(), |case| {
            runtime.block_on(async {
                let checked = check(&consumer, &case).await;
                clear(&consumer).await;
                checked.map_err(TestCaseError::fail)
            })
        });
        match checked {
            Ok(()) => {}
            Err(TestError::Fail(reason, case)) => panic!("with GM_SEED={seed}: {reason}\nof {case:?}"),
            Err(error) => panic!("with GM_SEED={seed}: {error}"),
        }
    });
    checked.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_agrees_with_the_evaluation_of_a_query() {
    agrees(serve(in_memory()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_agrees_with_the_evaluation_of_a_query() {
    agrees(serve(in_database("sqlite::memory:")).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_agrees_with_the_evaluation_of_a_query() {
    let database = Database::create().await;
    agrees(serve(in_database(&database.url())).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_of_ones_own_agrees_with_the_evaluation_of_a_query() {
    let builder = Gm::builder().interface::<Sample>(of_given_ids().applying_cursors());
    agrees(serve(builder.expose::<Sample>()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_agrees_with_the_evaluation_of_a_query() {
    let gateway = Gm::builder().base_url("http://behind.test", serve(in_memory()).await);
    agrees(serve(gateway.expose::<GatewaySample>()).await).await;
}
