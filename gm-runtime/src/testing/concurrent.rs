//! Writes at the same time, of which no two may do what only one of them may.

use std::sync::Arc;

use futures_util::future::join_all;

use super::case;
use super::failure::Mismatch;
use super::oracle::Ending;
use super::random::Random;
use super::subject::Subject;
use super::values::Values;
use super::words;
use crate::condition::{ConditionTree, Lookup, Operand, Operator};
use crate::field::Value;
use crate::interface::{Guard, Write};
use crate::manager::{self, Description, Manager, Operation, Record};
use crate::query::Select;

/// The most writes at the same time.
const WRITES: usize = 8;

/// How often a row is made anew that a rule of the struct refuses.
const TRIES: usize = 32;

/// Creates, updates and deletes rows at the same time, in storage that is empty.
pub(super) async fn check<M: Manager>(
    subject: &Subject<M>,
    values: &Values,
    random: &mut Random,
) -> Result<(), Mismatch> {
    let mut rows = rows(M::DESCRIPTION, values, random);
    if rows.is_empty() {
        return Err(Mismatch {
            asked: "rows for writes at the same time".to_owned(),
            expected: "a row that is valid".to_owned(),
            came: "none: give rows with `.examples([..])`".to_owned(),
        });
    }
    let mut created = Vec::new();
    if let Some(place) = rows.iter().position(|row| is_unique(M::DESCRIPTION, row)) {
        created.push(once(subject, &rows.remove(place)).await?);
    }
    created.extend(creates(subject, &rows).await?);
    stored(subject, &created).await?;
    let Some(row) = created.first() else { return Ok(()) };
    updates(subject, row, values).await?;
    if let Some(row) = created.get(1) {
        claims(subject, row, values).await?;
    }
    deletes(subject, row.get(M::DESCRIPTION.id_index())).await
}

/// Whether a second row of these values is a conflict. Null is no conflict with null.
fn is_unique(description: &'static Description, row: &manager::Values) -> bool {
    let has_value = |index| row.get(index).is_some_and(|value| !value.is_null());
    let mut fields = (0_u16..).zip(description.fields());
    !description.id_assigned() || fields.any(|(index, field)| field.unique() && has_value(index))
}

/// New rows that do not conflict with each other.
fn rows(description: &'static Description, values: &Values, random: &mut Random) -> Vec<manager::Values> {
    let at = |place| (0..TRIES).find_map(|_| row(description, values, place, random));
    (0..WRITES).filter_map(at).collect()
}

/// A valid row, whose unique values no row of another place has.
fn row(
    description: &'static Description,
    values: &Values,
    place: usize,
    random: &mut Random,
) -> Option<manager::Values> {
    let mut row = case::new_row(description, values, random);
    for (index, field) in (0_u16..).zip(description.fields()) {
        let is_id = index == description.id_index();
        if (is_id && !description.id_assigned()) || (!is_id && field.unique()) {
            match values.field(index).get(place) {
                Some(value) => row.set(index, value.clone()),
                None if field.nullable() => row.set(index, Value::Null),
                None => return None,
            }
        }
    }
    description.validate_new(&row).is_ok().then_some(row)
}

/// Creates one row several times at once, and gives the one that was created.
async fn once<M: Manager>(subject: &Subject<M>, row: &manager::Values) -> Result<Record, Mismatch> {
    let copies = join_all((0..WRITES).map(|_| subject.carry_out(Write::Create(row.clone())))).await;
    let conflicts = copies
        .iter()
        .filter(|ending| **ending == Ending::Conflict)
        .count();
    let created = copies.iter().find_map(|ending| match ending {
        Ending::Row(row) => Some(row.clone()),
        _ => None,
    });
    match created {
        Some(created) if conflicts + 1 == WRITES => Ok(created),
        _ => Err(Mismatch {
            asked: format!(
                "{WRITES} creates of {} at the same time",
                words::values(M::DESCRIPTION, row)
            ),
            expected: format!("one row, and {} conflicts", WRITES - 1),
            came: endings::<M>(&copies),
        }),
    }
}

async fn creates<M: Manager>(
    subject: &Subject<M>,
    rows: &[manager::Values],
) -> Result<Vec<Record>, Mismatch> {
    let created = join_all(
        rows.iter()
            .map(|row| subject.carry_out(Write::Create(row.clone()))),
    )
    .await;
    let mut records: Vec<Record> = Vec::new();
    for ending in &created {
        if let Ending::Row(row) = ending {
            records.push(row.clone());
        }
    }
    let id = M::DESCRIPTION.id_index();
    let mut ids: Vec<_> = records.iter().map(|row| words::value(row.get(id))).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() == rows.len() {
        return Ok(records);
    }
    Err(Mismatch {
        asked: format!("{} creates of different rows at the same time", rows.len()),
        expected: format!("{} rows, each with an id of its own", rows.len()),
        came: endings::<M>(&created),
    })
}

/// Whether these rows are there, and no other ones.
async fn stored<M: Manager>(subject: &Subject<M>, rows: &[Record]) -> Result<(), Mismatch> {
    let mismatch = |came: String| Mismatch {
        asked: "every row, after creates at the same time".to_owned(),
        expected: format!("in the order of their ids, {}", words::rows(M::DESCRIPTION, rows)),
        came,
    };
    let read = subject.read(&Select::new()).await;
    let read = read.map_err(|error| mismatch(error.to_string()))?;
    if read.rows.len() == rows.len() && rows.iter().all(|row| read.rows.contains(row)) {
        return Ok(());
    }
    Err(mismatch(words::rows(M::DESCRIPTION, &read.rows)))
}

/// Updates each field of a row, all at the same time.
async fn updates<M: Manager>(subject: &Subject<M>, row: &Record, values: &Values) -> Result<(), Mismatch> {
    let description = M::DESCRIPTION;
    if description.validation().is_some() {
        // Each update may be valid, and their sum not.
        return Ok(());
    }
    let id = row.get(description.id_index());
    let mut changed = row.clone();
    let mut changes = Vec::new();
    for field in case::writable(description) {
        let other = values.field(field).iter().find(|value| *value != row.get(field));
        if let Some(value) = other
            && !description.field(field).unique()
        {
            let mut change = manager::Values::new();
            change.set(field, value.clone());
            changed.set(field, value.clone());
            changes.push(change);
            // Each of them counts.
            if let Some(version) = description.version_index()
                && let Value::Integer(before) = changed.get(version)
            {
                changed.set(version, Value::Integer(before.saturating_add(1)));
            }
        }
    }
    let writes = changes
        .iter()
        .map(|change| subject.carry_out(Write::Update(id.clone(), change.clone())));
    let endings_of = join_all(writes).await;
    let came = subject.get(id).await;
    if let Ending::Row(given) = &came {
        case::fill_in(description, &mut changed, given);
    }
    if came == Ending::Row(changed.clone()) {
        return Ok(());
    }
    Err(Mismatch {
        asked: format!(
            "{} updates at the same time, each of another field, of the row {}",
            changes.len(),
            words::row(description, row)
        ),
        expected: format!("all of them: the row {}", words::row(description, &changed)),
        came: format!("{}, after {}", endings::<M>(&[came]), endings::<M>(&endings_of)),
    })
}

/// Updates a row at the same time, by callers that may change it only as long as no other caller did.
async fn claims<M: Manager>(subject: &Subject<M>, row: &Record, values: &Values) -> Result<(), Mismatch> {
    let description = M::DESCRIPTION;
    // Without a rule that depends on the row, no such caller exists. Another service judges by rules of its own.
    if !description.permissions().depend_on_row() || description.remote().is_some() {
        return Ok(());
    }
    let others = |field: u16| {
        let values = values
            .field(field)
            .iter()
            .filter(move |value| *value != row.get(field));
        values.cloned().collect::<Vec<_>>()
    };
    let mut fields = case::writable(description).into_iter();
    let Some(field) = fields.find(|field| !description.field(*field).unique() && !others(*field).is_empty())
    else {
        return Ok(());
    };
    let unchanged = ConditionTree::Lookup(Lookup {
        field,
        operator: Operator::Exact,
        operand: Operand::Value(row.get(field).clone()),
    });
    let guard = Guard {
        description,
        operation: Operation::Update,
        sight: None,
        before: Some(Arc::new(unchanged)),
        after: None,
        refusal: None,
    };
    let id = row.get(description.id_index());
    let claims = others(field).into_iter().cycle().take(WRITES).map(|value| {
        let mut change = manager::Values::new();
        change.set(field, value);
        subject.guarded(Write::Update(id.clone(), change), &guard)
    });
    let claims: Vec<_> = join_all(claims).await.into_iter().map(Ending::of_write).collect();
    let changed = claims
        .iter()
        .filter(|ending| matches!(ending, Ending::Row(_)))
        .count();
    let denied = claims.iter().filter(|ending| **ending == Ending::Denied).count();
    if changed == 1 && denied + 1 == WRITES {
        return Ok(());
    }
    Err(Mismatch {
        asked: format!(
            "{WRITES} updates at the same time of the row {}, by callers that may change `{}` while it is unchanged",
            words::row(description, row),
            description.field(field).name()
        ),
        expected: format!("one changes the row, and {} are denied", WRITES - 1),
        came: endings::<M>(&claims),
    })
}

async fn deletes<M: Manager>(subject: &Subject<M>, id: &Value) -> Result<(), Mismatch> {
    let deletes = (0..WRITES).map(|_| subject.carry_out(Write::Delete(id.clone(), None)));
    let deletes = join_all(deletes).await;
    let count = |ending: &Ending| deletes.iter().filter(|came| *came == ending).count();
    if count(&Ending::Deleted) == 1 && count(&Ending::Missing) + 1 == WRITES {
        return Ok(());
    }
    Err(Mismatch {
        asked: format!("{WRITES} deletes of id {} at the same time", words::value(id)),
        expected: format!("one deletes the row, and {} find none", WRITES - 1),
        came: endings::<M>(&deletes),
    })
}

fn endings<M: Manager>(endings: &[Ending]) -> String {
    let each: Vec<_> = endings
        .iter()
        .map(|ending| match ending {
            Ending::Row(row) => format!("the row {}", words::row(M::DESCRIPTION, row)),
            other => other.words().to_owned(),
        })
        .collect();
    each.join("; ")
}
