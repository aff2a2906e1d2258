//! Reads the numbers of rows by the values of a field: `metadata.counts`.

use super::metadata::RawPart;
use crate::error::DecodeFailure;
use crate::field::{Value, ValueError};
use crate::json::{MemoryBudget, Number, RawJson, View};
use crate::manager::Description;
use crate::protocol::values;
use crate::query::{GroupBy, GroupCounter, Groups, MAX_GROUPS};

/// The numbers in the response to a query by `count_by`. `None` if the response has none.
pub(super) fn read(
    counts: Option<RawPart<'_>>,
    description: &'static Description,
    field: u16,
    budget: MemoryBudget,
) -> Option<Result<Groups, DecodeFailure>> {
    let View::List(list) = counts?.nested_view() else {
        return None;
    };
    let by = GroupBy {
        field,
        max_groups: MAX_GROUPS,
        // The response is limited.
        max_bytes: u64::MAX,
    };
    Some(read_list(list, description, by, budget))
}

fn read_list<'t>(
    list: impl Iterator<Item = RawJson<'t>>,
    description: &'static Description,
    by: GroupBy,
    mut budget: MemoryBudget,
) -> Result<Groups, DecodeFailure> {
    let declared = description.field(by.field);
    let wrong = |error: &ValueError| DecodeFailure::of_field(declared.name(), None, error);
    let mut counter = GroupCounter::new(description, by);
    for group in list {
        let (value, rows) = pair(group).ok_or_else(|| {
            DecodeFailure::of_response(
                "expected `metadata.counts` to be a list of pairs of a value and a number",
            )
        })?;
        let value = match value.is_null() {
            true if declared.nullable() => Value::Null,
            _ => values::read_field(value, declared, &mut budget).map_err(|error| wrong(&error))?,
        };
        // A gateway also forwards values that its own struct refuses, since its consumers may know them.
        if description.api().is_none() && !value.is_null() {
            declared.check_response(&value).map_err(|error| wrong(&error))?;
        }
        counter.add(value, rows).map_err(|_| {
            DecodeFailure::of_response(format!("`metadata.counts` has more than {MAX_GROUPS} values"))
        })?;
    }
    Ok(counter.finish())
}

/// `[value, number]`.
fn pair(group: RawJson<'_>) -> Option<(RawJson<'_>, u64)> {
    let View::List(mut members) = group.view() else {
        return None;
    };
    let (value, rows) = (members.next()?, members.next()?);
    let View::Number(Some(Number::Integer(rows))) = rows.view() else {
        return None;
    };
    let rows = u64::try_from(rows).ok()?;
    members.next().is_none().then_some((value, rows))
}
