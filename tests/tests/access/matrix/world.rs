//! The rows of a storage, and what callers see of them.

use super::caller::Caller;
use super::expected::{DENIED, Details, Expected, MISSING, refused};
use super::query::Query;
use super::row::Row;
use super::rules::{Family, Judged, Part, judge};
use super::verdict::Side;

/// How a storage answers where the contract leaves it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Storage {
    Memory,
    Sqlite,
    Postgres,
    Own,
    OwnWithConditions,
    Gateway,
}

/// The rows of a storage with a set of rules, and what they mean for callers.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) storage: Storage,
    pub(crate) family: Family,
    pub(crate) rows: Vec<Row>,
}

/// A write that is carried out.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub(crate) before: Option<Row>,
    pub(crate) after: Option<Row>,
}

impl World {
    pub(super) fn judge(&self, parts: &[Part], caller: &Caller, row: &Row, other: &Row) -> Side {
        judge(parts, &Judged { caller, row, other })
    }

    /// What the rule says if no row is needed.
    pub(super) fn without_row(&self, parts: &[Part], caller: &Caller) -> Side {
        let row = &Row::random(&mut gm_tests::random::Random::new(0), 0);
        self.judge(parts, caller, row, row)
    }

    pub(crate) fn sight(&self, caller: &Caller) -> Side {
        self.without_row(self.family.read(), caller)
    }

    pub(crate) fn sees(&self, caller: &Caller, row: &Row) -> bool {
        self.judge(self.family.read(), caller, row, row).holds
    }

    pub(crate) fn seen_by<'w>(&'w self, caller: &'w Caller) -> impl Iterator<Item = &'w Row> {
        self.rows.iter().filter(|row| self.sees(caller, row))
    }

    /// The row, if it exists for a write of this caller. Without a rule about rows it does.
    pub(super) fn writable(&self, caller: &Caller, id: i64) -> Option<&Row> {
        let row = self.rows.iter().find(|row| row.id == id)?;
        (self.family == Family::Callers || self.sees(caller, row)).then_some(row)
    }

    pub(crate) fn query(&self, caller: &Caller, query: &Query) -> Expected {
        if query.with_unknown_fields(caller).is_some() {
            return refused("invalid_request");
        }
        let denied = self.sight(caller).is_never();
        let (rows, total) = query.answer(self.seen_by(caller));
        Expected::Items {
            status: 200,
            items: rows.iter().map(|row| row.shown_to(caller)).collect(),
            total: (!query.has_no_count).then_some(total),
            denied,
        }
    }

    pub(crate) fn detail(&self, caller: &Caller, id: i64) -> Expected {
        let row = self.rows.iter().find(|row| row.id == id);
        match row {
            _ if self.sight(caller).is_never() && self.family == Family::Rows => DENIED,
            // A gateway sends no request for a caller that is denied.
            _ if self.sight(caller).is_never() && self.storage == Storage::Gateway => DENIED,
            None => self.missing(caller),
            Some(_) if self.sight(caller).is_never() => DENIED,
            Some(row) if self.sees(caller, row) => Expected::items(200, vec![row.shown_to(caller)]),
            Some(_) => MISSING,
        }
    }

    /// The answer for a row that does not exist. A gateway repeats what its owner says of it, unless that would tell a missing
    /// row from a hidden one.
    pub(super) fn missing(&self, caller: &Caller) -> Expected {
        match self.storage {
            Storage::Gateway if self.sight(caller).is_fixed => Expected::Refused {
                status: 404,
                code: "not_found",
                details: Details::Any,
            },
            _ => MISSING,
        }
    }

    pub(crate) fn apply(&mut self, effect: &Effect) {
        match (&effect.before, &effect.after) {
            (None, Some(row)) => self.rows.push(row.clone()),
            (Some(before), Some(after)) => {
                let row = self.rows.iter_mut().find(|row| row.id == before.id);
                row.unwrap().clone_from(after);
            }
            (Some(before), None) => self.rows.retain(|row| row.id != before.id),
            (None, None) => {}
        }
    }
}
