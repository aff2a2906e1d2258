//! Checks of the answers of own storage. An answer that does not fit its question would lose rows, or show those of
//! another id, without an error.

use std::collections::HashSet;

use crate::error::Error;
use crate::field::Value;
use crate::manager::{Description, Record};
use crate::query::{RecordPage, Select};

/// The error of an answer that does not fit its question.
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

/// Refuses a row of another id than the requested one.
pub(super) fn check_id(description: &Description, row: &Record, id: &Value) -> Result<(), Error> {
    if row.get(description.id_index()) == id {
        Ok(())
    } else {
        wrong(
            description,
            "gave a row of another id than the requested one".to_owned(),
        )
    }
}

/// Refuses rows that can't be those of the requested page.
pub(super) fn check_page(description: &Description, select: &Select, page: &RecordPage) -> Result<(), Error> {
    let rows = page.rows.len() as u64;
    if select.is_behind_position() {
        return check_page_behind(description, select, page);
    }
    let before = match (select.page, select.page_size, page.page_size) {
        (None, _, None) => 0,
        (None, _, Some(size)) => {
            return wrong(
                description,
                format!("gave a page of {size} rows in answer to a query for every row"),
            );
        }
        (Some(_), Some(requested), stated)
            if rows > requested || stated.is_some_and(|stated| stated > requested) =>
        {
            let rows = stated.unwrap_or(rows).max(rows);
            return wrong(
                description,
                format!(
                    "gave a page of {rows} rows in answer to a query for a page of {requested} rows: `Select::page_of` \
                     makes the requested page"
                ),
            );
        }
        (Some(_), _, Some(stated)) if stated == 0 || rows > stated => {
            return wrong(
                description,
                format!("gave {rows} rows on a page whose stated size is {stated}"),
            );
        }
        (Some(number), requested, stated) => {
            let size = stated.or(requested).unwrap_or_default();
            number.saturating_sub(1).saturating_mul(size)
        }
    };
    check_total(description, select, page.total_count, (before, rows))?;
    check_ids(description, page)
}

/// Refuses rows that can't be those of the page behind a cursor.
fn check_page_behind(description: &Description, select: &Select, page: &RecordPage) -> Result<(), Error> {
    let rows = page.rows.len() as u64;
    if let Some(requested) = select.page_size.filter(|requested| rows > *requested) {
        return wrong(
            description,
            format!("gave {rows} rows in answer to a query for {requested} rows behind a cursor"),
        );
    }
    if page.rows.iter().any(|row| !select.is_behind(row)) {
        return wrong(
            description,
            "gave a row that is not behind the cursor of the query: `Select::is_behind_cursor` tells"
                .to_owned(),
        );
    }
    check_total(description, select, page.total_count, (0, rows))?;
    check_ids(description, page)
}

fn check_ids(description: &Description, page: &RecordPage) -> Result<(), Error> {
    let mut seen = HashSet::with_capacity(page.rows.len());
    let id = usize::from(description.id_index());
    if page.rows.iter().all(|row| seen.insert(row.get(id))) {
        Ok(())
    } else {
        wrong(description, "gave a row twice in one answer".to_owned())
    }
}

/// Refuses a total that does not fit these rows and the number of rows on the pages before.
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
    let more = !select.is_page() && rows < total;
    if less || more {
        return wrong(
            description,
            format!(
                "gave {rows} rows after {before} on the pages before, with a total of {total}: the total counts the rows of \
                 all pages, in the same state as the rows"
            ),
        );
    }
    Ok(())
}
