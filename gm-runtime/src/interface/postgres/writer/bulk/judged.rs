//! The judgement of the rows of a write of many rows.

use super::super::work::caught;
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::{JudgedWrite, OldRow, created_row, judge_delete, judge_update, judges_delete};
use crate::interface::{BulkRequest, Write, Written, at_place, of_id};
use crate::manager::{Description, Values};

/// A row that is judged, and is to be written.
pub(crate) enum JudgedRow {
    /// A new row, with its place among those of the write.
    New { place: usize, values: Values },
    /// A stored row, which is locked.
    Stored { id: Value, old: OldRow },
}

/// What becomes of a stored row that is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowJudgement {
    Written,
    /// The row has the values, and counts as changed: the caller may not learn which value is stored.
    Counted,
    Unchanged,
}

/// The rows that are judged before other tasks of the thread have a turn.
const ROWS_OF_A_TURN: usize = 256;

/// Judges new rows.
pub(crate) fn judge_new_rows(
    description: &'static Description,
    request: &BulkRequest,
    rows: &[Values],
) -> Result<Vec<JudgedRow>, Error> {
    let judge = |(place, values): (usize, &Values)| {
        judge_new(description, request, values).map_err(at_place(description, place))?;
        Ok(JudgedRow::New {
            place,
            values: values.clone(),
        })
    };
    rows.iter().enumerate().map(judge).collect()
}

/// Judges stored rows, and returns those that are written, and the number of those that only count as changed.
pub(crate) async fn judge_stored_rows(
    description: &'static Description,
    request: &BulkRequest,
    stored: Vec<OldRow>,
) -> Result<(Vec<JudgedRow>, u64), Error> {
    let (mut judged, mut counted) = (Vec::with_capacity(stored.len()), 0_u64);
    for (number, mut old) in stored.into_iter().enumerate() {
        if number % ROWS_OF_A_TURN == 0 {
            tokio::task::yield_now().await;
        }
        let id = old.row().get(description.id_index()).clone();
        let judgement = judge_stored(description, request, &mut old);
        match judgement.map_err(of_id(description, &id))? {
            RowJudgement::Written => judged.push(JudgedRow::Stored { id, old }),
            RowJudgement::Counted => counted = counted.saturating_add(1),
            RowJudgement::Unchanged => {}
        }
    }
    Ok((judged, counted))
}

/// Judges a new row.
fn judge_new(description: &'static Description, request: &BulkRequest, values: &Values) -> Result<(), Error> {
    // Before the statement, whose conflict would tell a caller without the permission about other rows.
    if let Some(guard) = request.row.guard.as_deref() {
        guard.judge_new(&created_row(description, values.clone(), None))?;
    }
    caught(|| description.validate_new(values))
}

/// Judges a stored row.
pub(crate) fn judge_stored(
    description: &'static Description,
    request: &BulkRequest,
    old: &mut OldRow,
) -> Result<RowJudgement, Error> {
    let Write::Update(_, values) = &request.row.write else {
        if !judges_delete(&request.row) {
            return Ok(RowJudgement::Written);
        }
        return match judge_delete(description, Some(&*old), &request.row) {
            JudgedWrite::Answered(_) => Ok(RowJudgement::Unchanged),
            JudgedWrite::Refused(denied) => Err(denied),
            JudgedWrite::Write(()) => Ok(RowJudgement::Written),
        };
    };
    if request.leaves_unchanged(old.known())? {
        return Ok(RowJudgement::Unchanged);
    }
    match judge_update(description, old, values, &request.row)? {
        JudgedWrite::Answered(Written::Row(_)) if request.row.counts_as_changed => Ok(RowJudgement::Counted),
        JudgedWrite::Answered(_) => Ok(RowJudgement::Unchanged),
        JudgedWrite::Refused(denied) => Err(denied),
        JudgedWrite::Write(changes) => {
            caught(|| description.validate_changed(old.row(), &changes.values))?;
            Ok(RowJudgement::Written)
        }
    }
}
