//! What is done to storage, one step after the other.

use super::random::Random;
use super::values::Values;
use super::{ask, rule};
use crate::interface::Guard;
use crate::manager::{self, Description, FieldDescription, Kept, Record};
use crate::query::Select;

/// A step. Rows are named by their number, in the order in which they were created, since their ids may be the storage's
/// to assign. A number without a row names an id that no row has.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Create(manager::Values),
    Update(usize, manager::Values),
    /// An update to what the row already has, in these fields.
    Repeat(usize, Vec<u16>, Option<String>),
    /// With a comment for the history, as the writes before may have.
    Delete(usize, Option<String>),
    Get(usize),
    Query(Select),
    /// The step by a caller with these rules. It is a write, a query or the read of a row.
    Judged(Box<Self>, Guard),
}

impl Step {
    /// The number of the row that it names.
    pub(super) fn row_mut(&mut self) -> Option<&mut usize> {
        match self {
            Self::Update(row, _) | Self::Repeat(row, ..) | Self::Delete(row, _) | Self::Get(row) => Some(row),
            Self::Judged(step, _) => step.row_mut(),
            Self::Create(_) | Self::Query(_) => None,
        }
    }

    /// The step without its comment. `None` if it has no comment.
    pub(super) fn without_comment(&self) -> Option<Self> {
        let mut step = self.clone();
        let comment = match &mut step {
            Self::Create(values) | Self::Update(_, values) => {
                let comment = values.history_comment().map(str::to_owned);
                values.set_history_comment(None);
                comment
            }
            Self::Repeat(_, _, comment) | Self::Delete(_, comment) => comment.take(),
            Self::Judged(..) | Self::Get(_) | Self::Query(_) => None,
        };
        comment.map(|_| step)
    }
}

/// The most rows that are created before the first query.
const ROWS: usize = 8;
/// The steps behind them: mostly queries.
const STEPS: usize = 36;

/// The steps of one case, which ends with a query of every row.
pub(super) fn steps(description: &'static Description, values: &Values, random: &mut Random) -> Vec<Step> {
    // Numbers of their own, so that the other steps do not depend on the rules.
    let mut chance = Random::new(!random.clone().number());
    let rows = random.below(ROWS) + 1;
    let mut steps: Vec<_> = (0..rows)
        .map(|_| Step::Create(commented(new_row(description, values, random), random)))
        .collect();
    for _ in 0..STEPS {
        steps.push(step(description, values, random));
        if chance.one_in(3) {
            let judged = Box::new(step(description, values, &mut chance));
            steps.push(Step::Judged(
                judged,
                rule::guard(description, values, &mut chance),
            ));
        }
    }
    steps.push(Step::Query(Select::new()));
    steps
}

fn step(description: &'static Description, values: &Values, random: &mut Random) -> Step {
    let row = random.below(ROWS + 1);
    match random.below(24) {
        0 => Step::Create(commented(new_row(description, values, random), random)),
        1 | 2 => Step::Update(row, commented(changes(description, values, random), random)),
        3 => Step::Repeat(row, changed_fields(description, random), comment(random)),
        4 => Step::Delete(row, comment(random)),
        5 => Step::Get(row),
        _ => Step::Query(ask::select(description, values, random)),
    }
}

/// A comment for the history, on a third of the writes.
fn comment(random: &mut Random) -> Option<String> {
    random.one_in(3).then(|| "Ä's \"reason\", 100 %".to_owned())
}

fn commented(mut values: manager::Values, random: &mut Random) -> manager::Values {
    values.set_history_comment(comment(random));
    values
}

/// The values of a whole new row.
pub(super) fn new_row(
    description: &'static Description,
    values: &Values,
    random: &mut Random,
) -> manager::Values {
    let mut row = manager::Values::new();
    // A rule of several fields may allow few other rows than the examples.
    let example = values.example(random);
    for (index, field) in (0_u16..).zip(description.fields()) {
        let is_assigned = index == description.id_index() && description.id_assigned();
        if !is_assigned && is_written(description, field) {
            let value = match example {
                Some(example) => example.get(index).clone(),
                None => values.pick(index, field.nullable(), random),
            };
            row.set(index, value);
        }
    }
    row
}

fn changes(description: &'static Description, values: &Values, random: &mut Random) -> manager::Values {
    let mut changes = manager::Values::new();
    for index in changed_fields(description, random) {
        let nullable = description.field(index).nullable();
        changes.set(index, values.pick(index, nullable, random));
    }
    changes
}

fn changed_fields(description: &'static Description, random: &mut Random) -> Vec<u16> {
    let writable = writable(description);
    let fields = random.below(4);
    let mut picked: Vec<_> = (0..fields)
        .filter_map(|_| random.pick(&writable).copied())
        .collect();
    picked.sort_unstable();
    picked.dedup();
    picked
}

/// The fields that an update may change.
pub(super) fn writable(description: &'static Description) -> Vec<u16> {
    let fields = (0_u16..).zip(description.fields());
    fields
        .filter(|(index, field)| *index != description.id_index() && is_written(description, field))
        .map(|(index, _)| index)
        .collect()
}

/// Gives an expected row the values of the fields that its owner fills in, which may change with each update. Versions are
/// counted, so they are expected.
pub(super) fn fill_in(description: &'static Description, expected: &mut Record, came: &Record) {
    for (index, field) in (0_u16..).zip(description.fields()) {
        let is_counted = matches!(field.kept(), Some(Kept::Version | Kept::Created));
        if index != description.id_index() && !is_counted && !is_written(description, field) {
            expected.set(index, came.get(index).clone());
        }
    }
}

/// Whether a consumer of the rows writes the field; the owner writes all but those that it keeps.
fn is_written(description: &'static Description, field: &FieldDescription) -> bool {
    field.kept().is_none() && (description.remote().is_none() || !field.read_only())
}
