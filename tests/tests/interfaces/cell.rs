//! An evaluation of queries that does not use the library: values, lookups, order and pages.

use std::cmp::Ordering;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::sample::{Mood, Row, Stage};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Decimal(Decimal),
    Text(String),
    Bytes(Vec<u8>),
    Date(NaiveDate),
    Time(NaiveTime),
    Instant(DateTime<Utc>),
    Uuid(Uuid),
    Json(Json),
}

/// The type of a field.
pub(crate) trait Plain: Sized {
    fn cell(&self) -> Cell;
    fn of(cell: &Cell) -> Self;
}

macro_rules! plain {
    ($($type:ty: $cell:ident($value:ident) $to:expr, $from:expr;)*) => {
        $(impl Plain for $type {
            fn cell(&self) -> Cell {
                let $value = self.clone();
                Cell::$cell($to)
            }

            fn of(cell: &Cell) -> Self {
                match cell.clone() {
                    Cell::$cell($value) => $from,
                    other => panic!("{other:?} is no {}", stringify!($type)),
                }
            }
        })*
    };
}

plain! {
    bool: Bool(v) v, v;
    i8: Int(v) v.into(), v.try_into().unwrap();
    i16: Int(v) v.into(), v.try_into().unwrap();
    u16: Int(v) v.into(), v.try_into().unwrap();
    u32: Int(v) v.into(), v.try_into().unwrap();
    i32: Int(v) v.into(), v.try_into().unwrap();
    i64: Int(v) v.into(), v.try_into().unwrap();
    u8: Int(v) v.into(), v.try_into().unwrap();
    u64: Int(v) v.into(), v.try_into().unwrap();
    f64: Float(v) v, v;
    f32: Float(v) v.into(), v as f32;
    Decimal: Decimal(v) v, v;
    String: Text(v) v, v;
    Vec<u8>: Bytes(v) v, v;
    NaiveDate: Date(v) v, v;
    NaiveTime: Time(v) v, v;
    DateTime<Utc>: Instant(v) v, v;
    Uuid: Uuid(v) v, v;
    Json: Json(v) v, v;
    Stage: Text(v) stage_name(v).to_owned(), stage(&v);
    Mood: Text(v) mood_name(v), mood(v);
}

impl<T: Plain> Plain for Option<T> {
    fn cell(&self) -> Cell {
        self.as_ref().map_or(Cell::Null, Plain::cell)
    }

    fn of(cell: &Cell) -> Self {
        (*cell != Cell::Null).then(|| T::of(cell))
    }
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Planned => "planned",
        Stage::InProgress => "in_progress",
        Stage::Done => "Fertig!",
    }
}

fn stage(name: &str) -> Stage {
    [Stage::Planned, Stage::InProgress, Stage::Done]
        .into_iter()
        .find(|stage| stage_name(*stage) == name)
        .unwrap()
}

fn mood_name(mood: Mood) -> String {
    match mood {
        Mood::Good => "good".to_owned(),
        Mood::Upper => "Ä".to_owned(),
        Mood::Percent => "ä%".to_owned(),
        Mood::Blank => String::new(),
        Mood::Other(name) => name,
    }
}

fn mood(name: String) -> Mood {
    match name.as_str() {
        "good" => Mood::Good,
        "Ä" => Mood::Upper,
        "ä%" => Mood::Percent,
        "" => Mood::Blank,
        _ => Mood::Other(name),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Op {
    Exact,
    In,
    IsNull,
    Gt,
    Gte,
    Lt,
    Lte,
    Range,
    IExact,
    Contains,
    IContains,
    StartsWith,
    IStartsWith,
    EndsWith,
    IEndsWith,
    /// A pattern that matches the texts that contain the value.
    Regex,
    Year,
    Month,
    Day,
    Date,
}

/// One lookup.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) field: usize,
    pub(crate) op: Op,
    pub(crate) values: Vec<Cell>,
    pub(crate) flag: bool,
    pub(crate) number: i64,
}

/// A query.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) filters: Vec<Ask>,
    pub(crate) excludes: Vec<Ask>,
    /// The indices of the fields, and whether the order is descending.
    pub(crate) ordering: Vec<(usize, bool)>,
    /// The page and its size.
    pub(crate) page: Option<(u64, u64)>,
}

impl Question {
    /// The rows on the page, and the total.
    pub(crate) fn answer(&self, rows: &[Row]) -> (Vec<Row>, u64) {
        let mut matching: Vec<Row> = Vec::new();
        for row in rows {
            let filtered = self.filters.iter().all(|ask| ask.holds(row));
            let excluded = !self.excludes.is_empty() && self.excludes.iter().all(|ask| ask.holds(row));
            if filtered && !excluded {
                matching.push(row.clone());
            }
        }
        matching.sort_by(|left, right| {
            for (field, descending) in &self.ordering {
                let ordering = match (&left[*field], &right[*field]) {
                    (Cell::Null, Cell::Null) => Ordering::Equal,
                    (Cell::Null, _) => Ordering::Greater,
                    (_, Cell::Null) => Ordering::Less,
                    (left, right) if *descending => order(right, left),
                    (left, right) => order(left, right),
                };
                if ordering != Ordering::Equal {
                    return ordering;
                }
            }
            order(&left[0], &right[0])
        });
        let total = matching.len() as u64;
        if let Some((page, size)) = self.page {
            let from = ((page - 1) * size).min(total);
            let to = (page * size).min(total);
            matching = matching[from as usize..to as usize].to_vec();
        }
        (matching, total)
    }
}

impl Ask {
    pub(crate) fn holds(&self, row: &Row) -> bool {
        let value = &row[self.field];
        let wanted = |place: usize| &self.values[place];
        match (self.op, value) {
            (Op::IsNull, value) => (*value == Cell::Null) == self.flag,
            (Op::Exact, value) => same(value, wanted(0)),
            (Op::In, value) => self.values.iter().any(|wanted| same(value, wanted)),
            (_, Cell::Null) => false,
            (Op::Gt, value) => order(value, wanted(0)).is_gt(),
            (Op::Gte, value) => order(value, wanted(0)).is_ge(),
            (Op::Lt, value) => order(value, wanted(0)).is_lt(),
            (Op::Lte, value) => order(value, wanted(0)).is_le(),
            (Op::Range, value) => order(value, wanted(0)).is_ge() && order(value, wanted(1)).is_le(),
            (Op::Year | Op::Month | Op::Day | Op::Date, value) => self.day_holds(value),
            (_, Cell::Text(text)) => self.text_holds(text),
            (op, value) => panic!("{op:?} of {value:?}"),
        }
    }

    fn day_holds(&self, value: &Cell) -> bool {
        let day = match value {
            Cell::Date(day) => *day,
            Cell::Instant(instant) => instant.date_naive(),
            other => panic!("{other:?} has no day"),
        };
        match self.op {
            Op::Year => i64::from(day.year()) == self.number,
            Op::Month => i64::from(day.month()) == self.number,
            Op::Day => i64::from(day.day()) == self.number,
            _ => Cell::Date(day) == self.values[0],
        }
    }

    fn text_holds(&self, text: &str) -> bool {
        let Cell::Text(wanted) = &self.values[0] else {
            panic!("{:?} of text", self.values[0]);
        };
        let (low_text, low_wanted) = (lower(text), lower(wanted));
        match self.op {
            Op::IExact => low_text == low_wanted,
            Op::Contains | Op::Regex => text.contains(wanted),
            Op::IContains => low_text.contains(&low_wanted),
            Op::StartsWith => text.starts_with(wanted),
            Op::IStartsWith => low_text.starts_with(&low_wanted),
            Op::EndsWith => text.ends_with(wanted),
            Op::IEndsWith => low_text.ends_with(&low_wanted),
            op => panic!("{op:?} of text"),
        }
    }
}

/// Case folding for the letters of the test.
fn lower(text: &str) -> String {
    let low = |letter: char| match letter {
        'A'..='Z' => letter.to_ascii_lowercase(),
        'Ä' => 'ä',
        'Σ' | 'ς' => 'σ',
        'ſ' => 's',
        'µ' => 'μ',
        'ẞ' => 'ß',
        '\u{212a}' => 'k',
        '𐐀' => '𐐨',
        other => other,
    };
    text.chars().map(low).collect()
}

/// Numbers in JSON are equal if they have the same value.
pub(crate) fn same(left: &Cell, right: &Cell) -> bool {
    fn worth(json: &Json) -> Json {
        match json {
            Json::Number(number) => match number.as_f64() {
                Some(double) if double == f64::from(double as i32) => (double as i32).into(),
                _ => json.clone(),
            },
            Json::Array(members) => members.iter().map(worth).collect(),
            Json::Object(members) => members
                .iter()
                .map(|(key, member)| (key.clone(), worth(member)))
                .collect(),
            other => other.clone(),
        }
    }
    match (left, right) {
        (Cell::Json(left), Cell::Json(right)) => worth(left) == worth(right),
        (left, right) => left == right,
    }
}

fn order(left: &Cell, right: &Cell) -> Ordering {
    match (left, right) {
        (Cell::Bool(left), Cell::Bool(right)) => left.cmp(right),
        (Cell::Int(left), Cell::Int(right)) => left.cmp(right),
        (Cell::Float(left), Cell::Float(right)) => left.partial_cmp(right).unwrap(),
        (Cell::Decimal(left), Cell::Decimal(right)) => left.cmp(right),
        (Cell::Text(left), Cell::Text(right)) => left.chars().cmp(right.chars()),
        (Cell::Bytes(left), Cell::Bytes(right)) => left.cmp(right),
        (Cell::Date(left), Cell::Date(right)) => left.cmp(right),
        (Cell::Time(left), Cell::Time(right)) => left.cmp(right),
        (Cell::Instant(left), Cell::Instant(right)) => left.cmp(right),
        (Cell::Uuid(left), Cell::Uuid(right)) => left.as_bytes().cmp(right.as_bytes()),
        (left, right) => panic!("{left:?} and {right:?} have no order"),
    }
}
