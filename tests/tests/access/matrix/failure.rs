//! Cells whose answer is wrong, and how they are printed.

use gm_runtime::Error;
use serde_json::Value as Json;

use super::bench::Bench;
use super::caller::Caller;
use super::cell::Cell;
use super::expected::{Expected, leaked_name};
use super::items::Item;
use super::rules;

/// A cell whose answer is wrong.
pub(crate) struct Failure {
    pub(crate) what: String,
    pub(crate) got: String,
    pub(crate) expected: String,
}

pub(crate) fn failure(
    what: impl Into<String>,
    got: impl std::fmt::Debug,
    expected: impl std::fmt::Debug,
) -> Failure {
    Failure {
        what: what.into(),
        got: format!("{got:?}"),
        expected: format!("{expected:?}"),
    }
}

impl<I: Item, S: Item> Bench<I, S> {
    pub(super) fn report(&self, caller: &Caller, cell: &Cell, failure: &Failure) -> String {
        let family = self.world.family;
        let mut rules = vec![("read", family.read())];
        match cell {
            Cell::Create(_) => rules.push(("create", family.create())),
            Cell::Update(..) | Cell::TypedUpdate(..) => {
                rules.push(("update(before)", family.update()));
                rules.push(("update(after)", family.after_update()));
            }
            Cell::Delete(_) | Cell::TypedDelete(_) => rules.push(("delete", family.delete())),
            _ => {}
        }
        let rules: String = rules
            .iter()
            .map(|(name, rule)| format!("    {name} =\n        {}\n", rules::text(rule, caller)))
            .collect();
        let rows: String = self
            .world
            .rows
            .iter()
            .map(|row| format!("    {row:?}\n"))
            .collect();
        let Failure { what, got, expected } = failure;
        format!(
            "{what} is wrong. GM_SEED={}\n  storage: {:?}\n  cell: {cell:?}\n  request: {:?}\n  caller: {caller:?}\n  rules:\n{rules}  \
             rows:\n{rows}  expected: {expected}\n  got: {got}",
            self.seed,
            self.world.storage,
            cell.request(),
        )
    }
}

pub(crate) fn compare(
    caller: &Caller,
    cell: &Cell,
    expected: &Expected,
    answer: &(u16, Json),
) -> Result<(), Failure> {
    if let Some(wrong) = expected.mismatch(answer.0, &answer.1) {
        return Err(failure(wrong, answer, expected));
    }
    let (_, _, sent) = cell.request().unwrap();
    match leaked_name(caller, &sent.to_string(), &answer.1) {
        Some(name) => Err(failure(
            format!("the name `{name}` in the answer"),
            answer,
            "no such name",
        )),
        None => Ok(()),
    }
}

/// A typed verb, by the status that the same request would have.
pub(crate) fn compare_typed(expected: &Expected, outcome: Result<(), &Error>) -> Result<(), Failure> {
    let fits = match outcome {
        Ok(()) => expected.status() == 200,
        Err(error) => match expected.status() {
            400 => error.is_invalid(),
            403 => error.is_permission_denied(),
            404 => error.is_not_found(),
            409 => error.is_conflict(),
            _ => false,
        },
    };
    match fits {
        true => Ok(()),
        false => Err(failure("the typed outcome", outcome, expected)),
    }
}
