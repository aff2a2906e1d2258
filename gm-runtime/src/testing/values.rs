//! The values that rows and queries are made of: few of each field, so that queries meet rows, with the extremes and the
//! awkward ones among them.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::random::Random;
use crate::field::{FieldValues, Value, ValueType};
use crate::manager::{Description, FieldDescription, Record};

/// Pieces of text that storage gets wrong: case beyond ASCII, wildcards, quotes, what sorts by code point alone.
const PIECES: [&str; 21] = [
    "a", "A", "ä", "Ä", "ς", "Σ", "ß", "ı", "I", "%", "_", "\\", "'", "\"", "𐐀", "𐐨", " ", "\u{301}", "\n",
    "\u{feff}", "😀",
];

/// Ids that are awkward in a path, in JSON and in SQL.
const IDS: [&str; 8] = ["a/0", "Ä %", "%_\\", "ß?x=1", "#&=+", "'\"", "..a/", "𐐀\n"];

/// Texts of usual shapes, for fields with rules.
const SHAPES: [&str; 6] = [
    "name",
    "A012",
    "2024-17",
    "a@example.com",
    "https://example.com",
    "+49 30 1",
];

/// The values of each field of a manager.
pub(super) struct Values {
    of_fields: Vec<Vec<Value>>,
    /// The examples that the owner takes, in the form in which they are stored.
    examples: Vec<Record>,
}

impl Values {
    /// Some values of each field, those of the examples among them.
    ///
    /// # Errors
    /// The field of which none is known that it takes.
    pub(super) fn of(
        description: &'static Description,
        examples: &[Record],
        random: &mut Random,
    ) -> Result<Self, &'static FieldDescription> {
        let mut of_fields = Vec::new();
        for (index, field) in (0_u16..).zip(description.fields()) {
            let given = examples.iter().map(|row| row.get(index).clone());
            let is_id = index == description.id_index();
            let known = if is_id && description.id_assigned() {
                // The numbers of rows, which stand for their ids.
                (0..8).map(Value::Integer).collect()
            } else {
                taken(field, given.chain(candidates(field, is_id, random)))
            };
            if known.is_empty() && !field.nullable() {
                return Err(field);
            }
            of_fields.push(known);
        }
        let stored = |row: &Record| {
            let values = description.fields().iter().zip(row.values());
            let values = values.map(|(field, value)| field.normalize_for_owner(value.clone()));
            values.collect::<Result<_, _>>().map(Record::new).ok()
        };
        Ok(Self {
            of_fields,
            examples: examples.iter().filter_map(stored).collect(),
        })
    }

    /// Sometimes a whole example.
    pub(super) fn example(&self, random: &mut Random) -> Option<&Record> {
        if self.examples.is_empty() || !random.one_in(4) {
            return None;
        }
        random.pick(&self.examples)
    }

    /// The values of this field, null aside.
    pub(super) fn field(&self, field: u16) -> &[Value] {
        self.of_fields.get(usize::from(field)).map_or(&[], Vec::as_slice)
    }

    /// A value of this field, null among them where it may be.
    pub(super) fn pick(&self, field: u16, nullable: bool, random: &mut Random) -> Value {
        if nullable && random.one_in(3) {
            return Value::Null;
        }
        random.pick(self.field(field)).cloned().unwrap_or_default()
    }
}

/// Those that the field takes, each once, in the form in which they are stored.
fn taken(field: &FieldDescription, values: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut taken = Vec::new();
    for value in values.filter(|value| !value.is_null()) {
        if let Ok(value) = field.normalize_for_owner(value)
            && !taken.contains(&value)
        {
            taken.push(value);
        }
    }
    taken
}

fn candidates(field: &FieldDescription, is_id: bool, random: &mut Random) -> Vec<Value> {
    match field.value_type() {
        ValueType::Bool => vec![Value::Bool(false), Value::Bool(true)],
        ValueType::Integer { min, max } => integers(min, max),
        ValueType::Float => {
            let floats = [
                f64::MIN,
                -0.5,
                -0.0,
                0.0,
                0.1 + 0.2,
                0.3,
                1.0,
                5e-324,
                1e23,
                f64::MAX,
            ];
            floats.map(Value::Float).to_vec()
        }
        ValueType::Float32 => {
            let floats = [
                f32::MIN,
                -0.0,
                0.1,
                0.3,
                1.0,
                16_777_216.0,
                f32::from_bits(1),
                f32::MAX,
            ];
            floats.map(Value::Float32).to_vec()
        }
        ValueType::Decimal => decimals(field),
        ValueType::Text => texts(field, is_id, random),
        ValueType::Bytes => [&[][..], &[0], &[0x7f], &[0x7f, 0], &[0xff], b"abc"]
            .map(|bytes| Value::Bytes(bytes.into()))
            .to_vec(),
        ValueType::Date => days().into_iter().map(Value::Date).collect(),
        ValueType::Time => [0, 1, 43_200_000_000, 86_399_999_999]
            .map(|micros| Value::Time(NaiveTime::MIN + TimeDelta::microseconds(micros)))
            .to_vec(),
        ValueType::DateTime => instants(),
        ValueType::Uuid => {
            let mut ids = [0, 0xa, 0xa0 << 120, u128::MAX].map(Uuid::from_u128).to_vec();
            ids.extend((0..8).map(|_| Uuid::from_u64_pair(random.number(), random.number())));
            ids.into_iter().map(Value::Uuid).collect()
        }
        ValueType::Json => [
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
        ]
        .map(|json| Value::Json(Box::new(json)))
        .to_vec(),
    }
}

fn integers(min: i64, max: i64) -> Vec<Value> {
    let exact = 1 << 53;
    let usual = [
        -2,
        -1,
        0,
        1,
        2,
        3,
        5,
        8,
        10,
        12,
        60,
        100,
        500,
        1000,
        2024,
        exact,
        exact + 1,
    ];
    [min]
        .into_iter()
        .chain(usual)
        .chain([max])
        .map(Value::Integer)
        .collect()
}

fn decimals(field: &FieldDescription) -> Vec<Value> {
    let (digits, places) = field
        .decimal()
        .map_or((9, 2), |decimal| (decimal.max_digits, decimal.decimal_places));
    let one = 10_i128.saturating_pow(places);
    let most = 10_i128.saturating_pow(digits).saturating_sub(1);
    let scaled = [-most, -one, -1, 0, 1, one / 10, one, one.saturating_mul(10), most];
    let decimals = scaled.iter().filter_map(|scaled| {
        Decimal::try_from_i128_with_scale(*scaled, places)
            .ok()
            .map(Value::Decimal)
    });
    decimals.collect()
}

fn texts(field: &FieldDescription, is_id: bool, random: &mut Random) -> Vec<Value> {
    let texts: Vec<String> = match field.values() {
        FieldValues::Names(names) | FieldValues::Open(names) => {
            names.iter().map(|name| (*name).to_owned()).collect()
        }
        _ if is_id => IDS.map(str::to_owned).to_vec(),
        _ => {
            let mut texts: Vec<_> = (0..10).map(|_| text(random)).collect();
            texts.push(String::new());
            texts.extend(PIECES.map(str::to_owned));
            texts.extend(SHAPES.map(str::to_owned));
            texts
        }
    };
    texts.into_iter().map(Value::Text).collect()
}

/// Some pieces of text.
pub(super) fn text(random: &mut Random) -> String {
    let pieces = random.below(4);
    (0..pieces)
        .filter_map(|_| random.pick(&PIECES).copied())
        .collect()
}

pub(super) fn days() -> Vec<NaiveDate> {
    let days = [
        (1, 1, 1),
        (1969, 12, 31),
        (2023, 12, 31),
        (2024, 2, 29),
        (9999, 12, 31),
    ];
    let day = |(year, month, day)| NaiveDate::from_ymd_opt(year, month, day);
    days.into_iter().filter_map(day).collect()
}

fn instants() -> Vec<Value> {
    let times = [0, 1, 43_200_000_000, 86_399_999_999];
    let at = |day: NaiveDate| {
        times.map(|micros| {
            let start = day.and_time(NaiveTime::MIN).and_utc();
            Value::DateTime(start + TimeDelta::microseconds(micros))
        })
    };
    days().into_iter().flat_map(at).collect()
}
