//! The cells: one operation of one caller, by one channel.

use gm_runtime::manager::Operation;
use gm_tests::random::Random;
use serde_json::{Map, Value as Json, json};

use super::query::Query;
use super::row::{NAMES, TITLES};

#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Query(Query),
    Detail(i64),
    Create(Map<String, Json>),
    Update(i64, Map<String, Json>),
    Delete(i64),
    TypedList,
    TypedCount,
    /// A typed filter by a field that some callers may not read.
    TypedFilter(i64),
    TypedDetail(i64),
    /// A typed update of the title.
    TypedUpdate(i64, String),
    TypedDelete(i64),
    /// `Gm::may` and `Gm::explain`.
    May(Operation, i64),
}

impl Cell {
    /// `ids`: those that a caller may try. `number`: that of new unique values. `is_whole`: whether a create gives each field
    /// on which a rule depends, since the owner behind a gateway fills in the others.
    pub(crate) fn random(random: &mut Random, ids: &[i64], number: usize, is_whole: bool) -> Self {
        let id = random.pick(ids).copied().unwrap_or(1);
        let last_id = ids.iter().copied().max().unwrap_or(1);
        match random.below(44) {
            0..=9 => Self::Query(Query::random(random, last_id)),
            10..=14 => Self::Detail(id),
            15..=18 => Self::Create(new_row(random, number, is_whole)),
            19..=26 => Self::Update(id, changes(random, number)),
            27 | 28 => Self::Delete(id),
            29 | 30 => Self::TypedList,
            31 => Self::TypedCount,
            32 => Self::TypedFilter(random.below(5) as i64),
            33 | 34 => Self::TypedDetail(id),
            35 | 36 => Self::TypedUpdate(id, random.text(&TITLES).to_owned()),
            37 => Self::TypedDelete(id),
            38 => Self::May(Operation::Detail, id),
            39..=42 => Self::Create(taken_row(random, number)),
            _ => Self::May(Operation::Delete, id),
        }
    }

    /// The method, the path after the resource, and the body of a request. `None` for a typed verb.
    pub(crate) fn request(&self) -> Option<(&'static str, String, Json)> {
        Some(match self {
            Self::Query(query) => ("POST", "/query".to_owned(), query.body()),
            Self::Detail(id) => ("GET", format!("/{id}"), Json::Null),
            Self::Create(body) => ("POST", String::new(), Json::Object(body.clone())),
            Self::Update(id, body) => ("PATCH", format!("/{id}"), Json::Object(body.clone())),
            Self::Delete(id) => ("DELETE", format!("/{id}"), Json::Null),
            _ => return None,
        })
    }

    /// Cells with less, for a smaller failure.
    pub(crate) fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Query(query) => query.smaller().map(Self::Query).collect(),
            _ => Vec::new(),
        }
    }
}

fn text_or_null(random: &mut Random, text: String) -> Json {
    if random.one_in(3) { Json::Null } else { json!(text) }
}

/// A value of the field's type, which may be taken.
fn fitting(random: &mut Random, field: &str, number: usize) -> Json {
    match field {
        "tenant" => json!(random.below(3) as i64 + 1),
        "owner" => json!(random.text(&NAMES)),
        "reviewer" | "note" => {
            let name = random.text(&NAMES).to_owned();
            text_or_null(random, name)
        }
        "rank" | "secret" => match random.below(8) {
            7 => Json::Null,
            rank => json!(rank),
        },
        "title" => json!(random.text(&TITLES)),
        unique => {
            let first = if unique == "code" { 'c' } else { 'b' };
            // Most of them are taken.
            let number = if random.one_in(4) { number } else { random.below(6) };
            text_or_null(random, format!("{first}{number}"))
        }
    }
}

/// Something that is wrong with the body of a write.
fn wrong(random: &mut Random) -> (&'static str, Json) {
    match random.below(10) {
        0 => ("title", json!(7)),
        1 => ("title", json!("more than twenty characters")),
        2 => ("title", Json::Null),
        3 => ("tenant", json!("1")),
        4 => ("rank", json!(1.5)),
        5 => ("nonsense", json!(1)),
        6 => ("id", json!(1)),
        7 => ("created_by", json!("ada")),
        8 => ("touched_by", json!("front")),
        _ => ("creator_id", json!(1)),
    }
}

const WRITABLE: [&str; 9] = [
    "tenant", "owner", "reviewer", "rank", "title", "secret", "code", "badge", "note",
];

fn new_row(random: &mut Random, number: usize, is_whole: bool) -> Map<String, Json> {
    let mut body = Map::new();
    for (place, field) in WRITABLE.into_iter().enumerate() {
        // The first five are those on which the rule depends.
        let is_given = match place {
            0..5 => is_whole || !random.one_in(12),
            5 | 8 => random.one_in(6),
            _ => random.one_in(2),
        };
        if is_given {
            body.insert(field.to_owned(), fitting(random, field, number));
        }
    }
    if random.one_in(5) {
        let (field, value) = wrong(random);
        body.insert(field.to_owned(), value);
    }
    body
}

/// A row that fits, with a unique value that another row may have.
fn taken_row(random: &mut Random, number: usize) -> Map<String, Json> {
    let mut body = Map::new();
    for field in ["tenant", "owner", "reviewer", "rank", "title", "code"] {
        body.insert(field.to_owned(), fitting(random, field, number));
    }
    body
}

fn changes(random: &mut Random, number: usize) -> Map<String, Json> {
    let mut body = Map::new();
    if random.one_in(5) {
        let field = random.text(&["code", "badge"]);
        body.insert(field.to_owned(), fitting(random, field, number));
        return body;
    }
    for _ in 0..random.below(4) {
        let field = random.text(&WRITABLE);
        body.insert(field.to_owned(), fitting(random, field, number));
    }
    if random.one_in(6) {
        let (field, value) = wrong(random);
        body.insert(field.to_owned(), value);
    }
    body
}
