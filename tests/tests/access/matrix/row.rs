//! The rows as plain structs, and which fields exist for a caller.

use gm_tests::random::Random;
use serde_json::{Map, Value as Json, json};

use super::caller::Caller;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) tenant: i64,
    pub(crate) owner: String,
    pub(crate) reviewer: Option<String>,
    pub(crate) rank: Option<i64>,
    pub(crate) title: String,
    /// Read by administrators and `secrets`, written by `secret writers`.
    pub(crate) secret: Option<i64>,
    /// Unique.
    pub(crate) code: Option<String>,
    /// Unique, and read by administrators.
    pub(crate) badge: Option<String>,
    /// Given at a create by authenticated callers, and changed by those with the permission `notes`.
    pub(crate) note: Option<String>,
    /// The name of the caller that created the row.
    pub(crate) created_by: String,
    /// The claim `desk` of the caller that changed the row last.
    pub(crate) touched_by: Option<String>,
}

pub(crate) const FIELDS: [&str; 12] = [
    "id",
    "tenant",
    "owner",
    "reviewer",
    "rank",
    "title",
    "secret",
    "code",
    "badge",
    "note",
    "created_by",
    "touched_by",
];

/// The hidden fields, with the name of a field that does not exist.
pub(crate) const UNKNOWN_NAMES: [(&str, &str); 2] = [("badge", "bodge"), ("secret", "sicret")];

pub(crate) const NAMES: [&str; 4] = ["ada", "bob", "eve", "dan"];
pub(crate) const TITLES: [&str; 5] = ["a", "B", "ab", "printer", "Ä%_"];

pub(crate) fn some<T>(random: &mut Random, value: T) -> Option<T> {
    (!random.one_in(3)).then_some(value)
}

impl Row {
    pub(crate) fn random(random: &mut Random, number: usize) -> Self {
        let reviewer = random.text(&NAMES).to_owned();
        let (rank, secret) = (random.below(7) as i64, random.below(6) as i64);
        Self {
            id: 0,
            tenant: random.below(3) as i64 + 1,
            owner: random.text(&NAMES).to_owned(),
            reviewer: some(random, reviewer),
            rank: some(random, rank),
            title: random.text(&TITLES).to_owned(),
            secret: some(random, secret),
            code: some(random, format!("c{number}")),
            badge: some(random, format!("b{number}")),
            note: None,
            created_by: random.text(&NAMES).to_owned(),
            touched_by: None,
        }
    }

    pub(crate) fn value(&self, field: &str) -> Json {
        match field {
            "id" => json!(self.id),
            "tenant" => json!(self.tenant),
            "owner" => json!(self.owner),
            "reviewer" => json!(self.reviewer),
            "rank" => json!(self.rank),
            "title" => json!(self.title),
            "secret" => json!(self.secret),
            "code" => json!(self.code),
            "badge" => json!(self.badge),
            "note" => json!(self.note),
            "created_by" => json!(self.created_by),
            "touched_by" => json!(self.touched_by),
            other => panic!("no field {other}"),
        }
    }

    /// Sets a field to a value of its type.
    pub(crate) fn set(&mut self, field: &str, value: &Json) {
        let text = || value.as_str().map(str::to_owned);
        match field {
            "tenant" => self.tenant = value.as_i64().unwrap(),
            "owner" => self.owner = text().unwrap(),
            "reviewer" => self.reviewer = text(),
            "rank" => self.rank = value.as_i64(),
            "title" => self.title = text().unwrap(),
            "secret" => self.secret = value.as_i64(),
            "code" => self.code = text(),
            "badge" => self.badge = text(),
            "note" => self.note = text(),
            other => panic!("{other} can't be written"),
        }
    }

    /// The row as this caller may read it.
    pub(crate) fn shown_to(&self, caller: &Caller) -> Json {
        let fields = FIELDS.into_iter().filter(|field| caller.reads_field(field));
        let members: Map<_, _> = fields
            .map(|field| (field.to_owned(), self.value(field)))
            .collect();
        Json::Object(members)
    }

    /// The same as a typed row, which has null in place of a hidden field.
    pub(crate) fn typed_for(&self, caller: &Caller) -> Self {
        let mut row = self.clone();
        for (field, _) in UNKNOWN_NAMES {
            if !caller.reads_field(field) {
                row.set(field, &Json::Null);
            }
        }
        row
    }
}
