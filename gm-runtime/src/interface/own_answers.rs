//! Whether what an application's own storage answers is an answer to what was asked. It is code of others, like another
//! service: an answer that is believed too easily loses rows, or gives those of another id, without an error.

use std::collections::HashSet;

use crate::error::Error;
use crate::field::Value;
use crate::manager::{Description, Record};
use crate::query::{RecordPage, Select};

/// What is wrong with an answer.
#[derive(Debug, thiserror::Error)]
#[error("the `Interface` of `{manager}` {problem}")]
struct WrongAnswer {
    manager: &'static str,
    problem: String,
}

fn wrong<T>(description: &Description, problem: String) -> Result<T, Error> {
    let manager = description.name();
    Err(Error::storage(WrongAnswer { manager, problem }))
}

/// Refuses a row of another id than was asked for.
pub(super) fn check_id(description: &Description, row: &Record, id: &Value) -> Result<(), Error> {
    if row.get(description.id_index()) == id {
        Ok(())
    } else {
        wrong(
            description,
            "gave a row of another id than was asked for".to_owned(),
        )
    }
}

/// Refuses rows that are not those of the page that was asked for.
pub(super) fn check_page(description: &Description, select: &Select, page: &RecordPage) -> Result<(), Error> {
    let rows = page.rows.len() as u64;
    let before = match (select.page, select.page_size, page.page_size) {
        (None, _, None) => 0,
        (None, _, Some(size)) => {
            return wrong(
                description,
                format!("was asked for every row, and gave a page of {size}"),
            );
        }
        (Some(_), Some(asked), said) if rows > asked || said.is_some_and(|said| said > asked) => {
            let rows = said.unwrap_or(rows).max(rows);
            return wrong(
                description,
                format!(
                    "was asked for a page of {asked} rows, and gave one of {rows}: `Select::page_of` makes the page that \
                     is asked for"
                ),
            );
        }
        (Some(_), _, Some(said)) if said == 0 || rows > said => {
            return wrong(
                description,
                format!("gave {rows} rows on a page of which it says that it has {said}"),
            );
        }
        (Some(number), asked, said) => {
            let size = said.or(asked).unwrap_or_default();
            number.saturating_sub(1).saturating_mul(size)
        }
    };
    check_total(description, select, page.total_count, (before, rows))?;
    let mut seen = HashSet::with_capacity(page.rows.len());
    let id = usize::from(description.id_index());
    if page.rows.iter().all(|row| seen.insert(row.get(id))) {
        Ok(())
    } else {
        wrong(description, "gave a row twice in one answer".to_owned())
    }
}

/// Refuses a total that is not that of these rows, behind so many others.
fn check_total(
    description: &Description,
    select: &Select,
    total: Option<u64>,
    (before, rows): (u64, u64),
) -> Result<(), Error> {
    let Some(total) = total else {
        return Ok(());
    };
    let less = rows > 0 && before.saturating_add(rows) > total;
    let more = select.page.is_none() && rows < total;
    if less || more {
        return wrong(
            description,
            format!(
                "says that {total} rows match, and gave {rows} behind {before} others: the total is that of all pages, of \
                 the same state as the rows"
            ),
        );
    }
    Ok(())
}
