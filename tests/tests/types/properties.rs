//! Random queries over random rows: builder, JSON, server and SQLite give what plain memory gives.

use chrono::NaiveTime;
use gm_runtime::field::{FieldType, Value};
use gm_runtime::query::{Filter, Lookup, Operand, Operator, Select};
use gm_runtime::{Gm, Manager};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;

use crate::model::{Even, Mood, RemoteSample, RemoteSampleFields, Sample, SampleCreate, Stage};
use crate::service::Service;

/// The field at this place: few values, so that queries meet rows; the awkward ones among them.
fn value(field: u16) -> BoxedStrategy<Value> {
    fn of<T: FieldType + Clone + std::fmt::Debug>(values: Vec<T>) -> BoxedStrategy<Value> {
        let values: Vec<Value> = values.iter().map(FieldType::to_value).collect();
        select(values).boxed()
    }
    match field {
        0 => of(vec![1_i64, 2, 5, 99]),
        1 => of(vec![i8::MIN, -1, 0, i8::MAX]),
        2 => of(vec![i16::MIN, 0, 300]),
        3 => of(vec![0_u8, 1, u8::MAX]),
        4 => of(vec![0_u16, u16::MAX]),
        5 => of(vec![0_u32, 5, u32::MAX]),
        6 => of(vec![0_u64, 1, i64::MAX.unsigned_abs()]),
        7 => of(vec![
            f32::MIN,
            -0.5,
            -0.0,
            0.0,
            0.1,
            0.3,
            16_777_216.0,
            16_777_218.0,
            f32::from_bits(1),
            f32::MAX,
        ]),
        8 => of(vec![
            NaiveTime::MIN,
            NaiveTime::from_hms_micro_opt(12, 0, 0, 0).unwrap(),
            NaiveTime::from_hms_micro_opt(12, 0, 0, 1).unwrap(),
            NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap(),
        ]),
        9 => of(vec![
            vec![],
            vec![0_u8],
            vec![0x7f],
            vec![0x7f, 0],
            vec![0xff],
            b"abc".to_vec(),
        ]),
        10 => of(vec![
            json!({}),
            json!([]),
            json!({"a": 1, "b": "%_\\"}),
            json!({"a": 1.0, "b": "%_\\"}),
            json!([null, {"ä": []}]),
            json!(0.0),
            json!(-0.0),
            json!(u64::MAX),
            json!("{}"),
            json!(false),
        ]),
        11 => of(vec![Stage::Planned, Stage::InProgress, Stage::Done]),
        12 => of(vec![
            Mood::Good,
            Mood::Bad,
            Mood::Other("Ä".to_owned()),
            Mood::Other("ä%".to_owned()),
            Mood::Other(String::new()),
        ]),
        _ => of(vec![Even(i16::MIN), Even(0), Even(2)]),
    }
}

const FIELDS: u16 = 14;
const JSON: u16 = 10;

type Row = Vec<Option<Value>>;

fn row() -> impl Strategy<Value = Row> {
    (1..FIELDS)
        .map(|field| option::of(value(field)))
        .collect::<Vec<_>>()
}

async fn create(row: &Row, gm: &Gm) -> Sample {
    fn get<T: FieldType>(row: &Row, field: usize) -> Option<T> {
        row[field - 1].clone().map(|value| T::from_value(value).unwrap())
    }
    Sample::create(SampleCreate::default())
        .tiny(get(row, 1))
        .short(get(row, 2))
        .byte(get(row, 3))
        .word(get(row, 4))
        .half(get(row, 5))
        .natural(get(row, 6))
        .single(get(row, 7))
        .clock(get(row, 8))
        .bytes(get(row, 9))
        .data(get(row, 10))
        .stage(get(row, 11))
        .mood(get(row, 12))
        .even(get(row, 13))
        .exec(gm)
        .await
        .unwrap()
}

fn lookup() -> impl Strategy<Value = Lookup> {
    use Operator as Op;
    let operators = |field: u16| {
        let mut operators = vec![Op::Exact, Op::In, Op::IsNull];
        if field != JSON {
            operators.extend([Op::Gt, Op::Gte, Op::Lt, Op::Lte, Op::Range]);
        }
        if field == 11 || field == 12 {
            operators.extend([Op::IContains, Op::StartsWith, Op::IEndsWith]);
        }
        operators
    };
    (0..FIELDS)
        .prop_flat_map(move |field| (Just(field), select(operators(field))))
        .prop_flat_map(|(field, operator)| {
            let nullable = || match field {
                0 => value(0),
                field => prop_oneof![2 => value(field), 1 => Just(Value::Null)].boxed(),
            };
            let part = select(vec!["", "a", "ä", "%", "G"]);
            let operand = match operator {
                Op::Exact => nullable().prop_map(Operand::Value).boxed(),
                Op::In => vec(nullable(), 0..4).prop_map(Operand::List).boxed(),
                Op::Range => vec(value(field), 2).prop_map(Operand::List).boxed(),
                Op::IsNull => any::<bool>().prop_map(Operand::Flag).boxed(),
                Op::IContains | Op::StartsWith | Op::IEndsWith => part
                    .prop_map(|part| Operand::Value(Value::Text(part.to_owned())))
                    .boxed(),
                _ => value(field).prop_map(Operand::Value).boxed(),
            };
            operand.prop_map(move |operand| Lookup {
                field,
                operator,
                operand,
            })
        })
}

fn lookups() -> impl Strategy<Value = Vec<Lookup>> {
    vec(lookup(), 0..=2).prop_map(|mut lookups| {
        lookups.sort_by_key(|lookup| (lookup.field, lookup.operator));
        lookups.dedup_by_key(|lookup| (lookup.field, lookup.operator));
        lookups
    })
}

#[derive(Clone, Debug)]
struct Question {
    filters: Vec<Lookup>,
    excludes: Vec<Lookup>,
    ordering: Vec<(u16, bool)>,
    page: Option<(u64, u64)>,
}

fn question() -> impl Strategy<Value = Question> {
    let fields: Vec<u16> = (0..FIELDS).filter(|field| *field != JSON).collect();
    let ordering = (subsequence(fields, 0..3), any::<[bool; 3]>())
        .prop_map(|(fields, directions)| fields.into_iter().zip(directions).collect());
    let page = option::of((1_u64..4, 1_u64..6));
    (lookups(), lookups(), ordering, page).prop_map(|(filters, excludes, ordering, page)| Question {
        filters,
        excludes,
        ordering,
        page,
    })
}

impl Question {
    fn ask(&self) -> gm_runtime::Query<RemoteSample> {
        let joined = |lookups: &[Lookup]| {
            let filters = lookups.iter().cloned().map(Filter::from);
            filters.reduce(|all, one| all & one)
        };
        let mut query = RemoteSample::query();
        if let Some(filters) = joined(&self.filters) {
            query = query.filter(|_| filters);
        }
        if let Some(excludes) = joined(&self.excludes) {
            query = query.exclude(|_| excludes);
        }
        query = self.ordering.iter().copied().fold(query, order);
        match self.page {
            Some((page, size)) => query.page(page).page_size(size),
            None => query,
        }
    }

    /// The plain meaning of the query: its rows and their number.
    fn meaning(&self, rows: &[Sample]) -> (Vec<Sample>, u64) {
        let select: Select = self.ask().select().clone();
        let mut matching: Vec<&Sample> = rows
            .iter()
            .filter(|row| select.matches(&row.to_record()))
            .collect();
        matching.sort_by(|left, right| {
            select.compare(Sample::DESCRIPTION, &left.to_record(), &right.to_record())
        });
        let total = matching.len() as u64;
        let (skip, take) = self.page.map_or((0, usize::MAX), |(page, size)| {
            (((page - 1) * size) as usize, size as usize)
        });
        (
            matching.into_iter().skip(skip).take(take).cloned().collect(),
            total,
        )
    }
}

fn order(
    query: gm_runtime::Query<RemoteSample>,
    (field, descending): (u16, bool),
) -> gm_runtime::Query<RemoteSample> {
    macro_rules! by {
        ($($index:literal $name:ident),*) => {
            match field {
                $($index => query.order_by(|s: RemoteSampleFields| {
                    if descending { s.$name.desc() } else { s.$name.asc() }
                }),)*
                _ => query,
            }
        };
    }
    by!(0 id, 1 tiny, 2 short, 3 byte, 4 word, 5 half, 6 natural, 7 single, 8 clock, 9 bytes, 11 stage,
        12 mood, 13 even)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_whole_path_means_what_memory_means(rows in vec(row(), 1..9), questions in vec(question(), 30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let service = Service::start().await;
            let mut stored = Vec::new();
            for row in &rows {
                stored.push(create(row, &service.owner).await);
            }
            for question in questions {
                let read = question.ask().all(&service.consumer).await.unwrap();
                let (expected, total) = question.meaning(&stored);
                prop_assert!(
                    read.iter().map(Manager::to_record).eq(expected.iter().map(Manager::to_record)),
                    "{:?}: {:?} and not {:?}", question, read, expected
                );
                prop_assert_eq!(read.total_count(), Some(total), "{:?}", question);
            }
            service.stop().await;
            Ok(())
        })?;
    }
}
