//! Random queries, and their rows in plain Rust.

use std::cmp::Ordering;

use gm_tests::random::Random;
use serde_json::{Map, Value as Json, json};

use super::caller::Caller;
use super::row::{NAMES, Row, TITLES, UNKNOWN_NAMES};

/// A lookup of the wire.
#[derive(Clone, Debug)]
pub(crate) struct Lookup {
    field: &'static str,
    /// With the two underscores. Empty for `exact`.
    operator: &'static str,
    value: Json,
}

/// The body of a query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pub(crate) filters: Vec<Lookup>,
    pub(crate) excludes: Vec<Lookup>,
    /// The fields, and whether the order is descending.
    pub(crate) ordering: Vec<(&'static str, bool)>,
    /// The page and its size.
    pub(crate) page: Option<(usize, usize)>,
    pub(crate) has_no_count: bool,
}

impl Lookup {
    fn random(random: &mut Random, last_id: i64) -> Self {
        let number = random.below(6) as i64;
        let tenant = number % 4;
        let id = last_id - number;
        let flag = random.one_in(2);
        let (name, title) = (random.text(&NAMES), random.text(&TITLES));
        let (field, operator, value) = match random.below(22) {
            0 => ("tenant", "", json!(tenant)),
            1 => ("tenant", "__in", json!([tenant, 3])),
            2 => ("tenant", "__gte", json!(tenant)),
            3 => ("owner", "", json!(name)),
            4 => ("owner", "__in", json!([])),
            5 => ("reviewer", "", json!(name)),
            6 => ("reviewer", "", Json::Null),
            7 => ("reviewer", "__isnull", json!(flag)),
            8 => ("rank", "__lt", json!(number)),
            9 => ("rank", "", Json::Null),
            10 => ("rank", "__gte", json!(number)),
            11 => ("title", "__contains", json!(title)),
            12 => ("title", "", json!(title)),
            13 => ("id", "__gte", json!(id)),
            14 => ("id", "", json!(id)),
            15 => ("created_by", "", json!(name)),
            16 => ("secret", "", json!(number)),
            17 => ("secret", "__gte", json!(number)),
            18 => ("secret", "__isnull", json!(flag)),
            19 => ("badge", "__contains", json!("b1")),
            20 => ("badge", "__isnull", json!(flag)),
            _ => ("code", "__in", json!(["c1", null, "c2"])),
        };
        Self {
            field,
            operator,
            value,
        }
    }

    fn matches(&self, row: &Row) -> bool {
        let value = row.value(self.field);
        let wanted = &self.value;
        match self.operator {
            "" => value == *wanted,
            "__in" => wanted.as_array().unwrap().contains(&value),
            "__isnull" => value.is_null() == *wanted,
            "__lt" => value
                .as_i64()
                .is_some_and(|number| number < wanted.as_i64().unwrap()),
            "__gte" => value
                .as_i64()
                .is_some_and(|number| number >= wanted.as_i64().unwrap()),
            "__contains" => value
                .as_str()
                .is_some_and(|text| text.contains(wanted.as_str().unwrap())),
            other => panic!("no operator {other}"),
        }
    }
}

impl Query {
    pub(crate) fn random(random: &mut Random, last_id: i64) -> Self {
        let lookups = |random: &mut Random| {
            let number = random.below(3);
            (0..number).map(|_| Lookup::random(random, last_id)).collect()
        };
        let mut ordering: Vec<(&str, bool)> = Vec::new();
        for _ in 0..random.below(3) {
            let field = random.text(&["tenant", "rank", "title", "secret", "badge", "id", "owner"]);
            if ordering.iter().all(|(known, _)| *known != field) {
                ordering.push((field, random.one_in(2)));
            }
        }
        Self {
            filters: lookups(random),
            excludes: if random.one_in(2) {
                lookups(random)
            } else {
                Vec::new()
            },
            ordering,
            page: random
                .one_in(2)
                .then(|| (random.below(4) + 1, *random.pick(&[1, 2, 3, 50]).unwrap())),
            has_no_count: random.one_in(8),
        }
    }

    /// The body. Of two lookups with one key the last one counts.
    pub(crate) fn body(&self) -> Json {
        let lookups = |lookups: &[Lookup]| -> Json {
            let members = lookups.iter().map(|lookup| {
                (
                    format!("{}{}", lookup.field, lookup.operator),
                    lookup.value.clone(),
                )
            });
            Json::Object(members.collect::<Map<_, _>>())
        };
        let ordering: Vec<_> = self
            .ordering
            .iter()
            .map(|(field, descending)| format!("{}{field}", if *descending { "-" } else { "" }))
            .collect();
        let mut body = json!({
            "filters": lookups(&self.filters),
            "excludes": lookups(&self.excludes),
            "ordering": ordering,
        });
        if let Some((page, size)) = self.page {
            body["page"] = json!(page);
            body["page_size"] = json!(size);
        }
        if self.has_no_count {
            body["count"] = json!(false);
        }
        body
    }

    /// The same body with unknown fields in place of those that the caller may not read. `None` if it names none of them.
    pub(crate) fn with_unknown_fields(&self, caller: &Caller) -> Option<Json> {
        let looked_up = self
            .filters
            .iter()
            .chain(&self.excludes)
            .map(|lookup| lookup.field);
        let mut fields = looked_up.chain(self.ordering.iter().map(|(field, _)| *field));
        fields.any(|field| !caller.reads_field(field)).then(|| {
            let body = without_hidden_names(&self.body().to_string(), caller);
            serde_json::from_str(&body).unwrap()
        })
    }

    /// The rows on the page, and the number of rows that match.
    pub(crate) fn answer<'r>(&self, rows: impl Iterator<Item = &'r Row>) -> (Vec<&'r Row>, usize) {
        let all = |lookups: &[Lookup], row: &Row| {
            lookups.iter().enumerate().all(|(place, lookup)| {
                let is_replaced = lookups[place + 1..]
                    .iter()
                    .any(|later| later.field == lookup.field && later.operator == lookup.operator);
                is_replaced || lookup.matches(row)
            })
        };
        let mut rows: Vec<_> = rows
            .filter(|row| all(&self.filters, row))
            .filter(|row| self.excludes.is_empty() || !all(&self.excludes, row))
            .collect();
        rows.sort_by(|left, right| {
            let orders = self.ordering.iter().map(|(field, descending)| {
                let [left, right] = [left, right].map(|row| row.value(field));
                match (left.is_null(), right.is_null()) {
                    (false, false) if *descending => order(&right, &left),
                    (false, false) => order(&left, &right),
                    (left, right) => left.cmp(&right),
                }
            });
            let by_fields = orders.fold(Ordering::Equal, Ordering::then);
            by_fields.then(left.id.cmp(&right.id))
        });
        let total = rows.len();
        if let Some((page, size)) = self.page {
            rows = rows.into_iter().skip((page - 1) * size).take(size).collect();
        }
        (rows, total)
    }

    /// Queries with less, for a smaller failure.
    pub(crate) fn smaller(&self) -> impl Iterator<Item = Self> {
        let without = |change: fn(&mut Self) -> bool| {
            let mut smaller = self.clone();
            change(&mut smaller).then_some(smaller)
        };
        [
            without(|query| query.filters.pop().is_some()),
            without(|query| query.excludes.pop().is_some()),
            without(|query| query.ordering.pop().is_some()),
            without(|query| query.page.take().is_some()),
            without(|query| std::mem::take(&mut query.has_no_count)),
        ]
        .into_iter()
        .flatten()
    }
}

fn order(left: &Json, right: &Json) -> Ordering {
    match (left, right) {
        (Json::Number(_), Json::Number(_)) => left.as_i64().cmp(&right.as_i64()),
        (left, right) => left.as_str().cmp(&right.as_str()),
    }
}

/// The text with unknown names in place of the fields that the caller may not read.
pub(crate) fn without_hidden_names(text: &str, caller: &Caller) -> String {
    let hidden = UNKNOWN_NAMES
        .iter()
        .filter(|(field, _)| !caller.reads_field(field));
    hidden.fold(text.to_owned(), |text, (field, unknown)| {
        text.replace(field, unknown)
    })
}
