//! Writes of many rows inside of an interactive transaction.
//!
//! Few rows are a verb each, in a savepoint around all of them, so that their notifications are those of single verbs. Many rows are
//! written by the statements of a write of many rows outside of a transaction.

use std::sync::Arc;

use tokio::time::timeout;

use super::super::super::error::of_statement;
use super::super::super::locked_query::LockedQuery;
use super::super::super::statement::Statement;
use super::super::super::table::Table;
use super::super::bulk::{
    BulkTransaction, JudgedRow, Requests, RowJudgement, Stop, judge_new_rows, judge_stored,
    judge_stored_rows, read_limited,
};
use super::super::failure::{CANCELLED, Failure, LOCKED, READ_ONLY};
use super::super::transaction::Isolation;
use super::running::{Running, VerbEnd};
use crate::change::MAX_SINGLE_CHANGES;
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::OldRow;
use crate::interface::{
    BulkClock, BulkLimits, BulkRequest, BulkRows, BulkWritten, Write, Written, at_place, of_id,
};
use crate::manager::{Description, Values};

/// The savepoint around all rows.
const ROWS: &str = "gm_many";

impl Running {
    /// Carries out a write of many rows. An error undoes it alone, unless it ends the transaction.
    pub(super) async fn write_many(
        &mut self,
        table: Arc<Table>,
        request: &BulkRequest,
        query: Option<&LockedQuery>,
    ) -> Result<BulkWritten, VerbEnd> {
        self.set_savepoint(ROWS).await?;
        let changes = self.changes.clone();
        let written = match (&request.rows, query) {
            (BulkRows::New(rows), _) => self.create_each(&table, rows, request).await,
            (BulkRows::Matching(_), Some(query)) => self.write_each(&table, query, request).await,
            (BulkRows::Matching(_), None) => Ok(BulkWritten::default()),
        };
        match written {
            Ok(written) => {
                self.release_savepoint(ROWS).await?;
                Ok(written)
            }
            Err(VerbEnd::Undone(error)) => {
                self.undo_savepoint(ROWS).await?;
                self.changes = changes;
                Err(VerbEnd::Undone(error))
            }
            Err(end) => Err(end),
        }
    }

    async fn create_each(
        &mut self,
        table: &Arc<Table>,
        rows: &[Values],
        request: &BulkRequest,
    ) -> Result<BulkWritten, VerbEnd> {
        let (description, mut written) = (table.description(), BulkWritten::default());
        let clock = request.clock(description);
        if rows.len() > MAX_SINGLE_CHANGES {
            let rows = judge_new_rows(description, request, rows).map_err(VerbEnd::Undone)?;
            return self.write_together(table, request, &rows, clock).await;
        }
        for (place, values) in rows.iter().enumerate() {
            clock.check().map_err(VerbEnd::Undone)?;
            let create = request.row_of(Write::Create(values.clone()));
            let created = self.write(Arc::clone(table), create).await;
            let row = created.map_err(|end| end.map(at_place(description, place)))?;
            let Written::Row(row) = row else {
                return Err(VerbEnd::Undone(Error::storage(anyhow::anyhow!(
                    "a trigger of the table `{}` creates the rows under ids that are not known, so that `create_many` can't return \
                     them",
                    table.name()
                ))));
            };
            written.rows += 1;
            written.ids.push(row.get(description.id_index()).clone());
        }
        Ok(written)
    }

    async fn write_each(
        &mut self,
        table: &Arc<Table>,
        query: &LockedQuery,
        request: &BulkRequest,
    ) -> Result<BulkWritten, VerbEnd> {
        let (description, mut written) = (table.description(), BulkWritten::default());
        let clock = request.clock(description);
        let rows = self.matching(description, query, request).await?;
        if rows.len() > MAX_SINGLE_CHANGES {
            let judged = judge_stored_rows(description, request, rows).await;
            let (rows, counted) = judged.map_err(VerbEnd::Undone)?;
            let mut written = match rows.len() > MAX_SINGLE_CHANGES {
                true => self.write_together(table, request, &rows, clock).await?,
                false => self.write_judged(table, &rows, request, clock).await?,
            };
            written.rows = written.rows.saturating_add(counted);
            return Ok(written);
        }
        for mut old in rows {
            clock.check().map_err(VerbEnd::Undone)?;
            let id = old.row().get(description.id_index()).clone();
            let judgement = judge_stored(description, request, &mut old);
            match judgement
                .map_err(of_id(description, &id))
                .map_err(VerbEnd::Undone)?
            {
                RowJudgement::Written => {}
                RowJudgement::Counted => {
                    written.rows += 1;
                    continue;
                }
                RowJudgement::Unchanged => continue,
            }
            self.write_stored(table, &id, request, &mut written).await?;
        }
        Ok(written)
    }

    /// Writes the few of many stored rows that change, each by a verb.
    async fn write_judged(
        &mut self,
        table: &Arc<Table>,
        rows: &[JudgedRow],
        request: &BulkRequest,
        clock: BulkClock,
    ) -> Result<BulkWritten, VerbEnd> {
        let mut written = BulkWritten::default();
        for id in rows.iter().filter_map(JudgedRow::id) {
            clock.check().map_err(VerbEnd::Undone)?;
            self.write_stored(table, id, request, &mut written).await?;
        }
        Ok(written)
    }

    /// Writes a stored row by a verb.
    async fn write_stored(
        &mut self,
        table: &Arc<Table>,
        id: &Value,
        request: &BulkRequest,
        written: &mut BulkWritten,
    ) -> Result<(), VerbEnd> {
        let write = request.row_of(match &request.row.write {
            Write::Update(_, values) => Write::Update(id.clone(), values.clone()),
            Write::Create(_) | Write::Delete(..) => Write::Delete(id.clone(), None),
        });
        let outcome = self.write(Arc::clone(table), write).await;
        match outcome.map_err(|end| end.map(of_id(table.description(), id)))? {
            // A trigger has removed it.
            Written::Missing | Written::Replay(_) => {}
            Written::Row(_) | Written::Unreadable | Written::Deleted => written.rows += 1,
        }
        Ok(())
    }

    /// Writes rows that are judged, with one notification for all of them.
    async fn write_together(
        &mut self,
        table: &Arc<Table>,
        request: &BulkRequest,
        rows: &[JudgedRow],
        clock: BulkClock,
    ) -> Result<BulkWritten, VerbEnd> {
        let open = self.open.clone();
        let mut bulk = BulkTransaction {
            requests: Requests {
                transaction: self.requests(&open),
                table,
                request,
            },
            query: None,
            isolation: Isolation::Serializable,
            clock,
            id: None,
        };
        let effects = bulk.side_effects();
        let written = bulk.write(rows).await;
        let id = bulk.id.take();
        match written {
            Ok(written) => {
                self.id = id.or(self.id.take());
                self.last_written = Some(table.description());
                self.side_effects = effects.or(self.side_effects.take());
                self.changes.many.extend(table.relation().oid());
                Ok(written)
            }
            Err(Stop::Refused(error)) => Err(VerbEnd::Undone(error)),
            Err(Stop::Failed(failure)) => Err(end_of(table.description(), failure)),
        }
    }

    /// Locks the rows that match.
    async fn matching(
        &mut self,
        description: &'static Description,
        query: &LockedQuery,
        request: &BulkRequest,
    ) -> Result<Vec<OldRow>, VerbEnd> {
        let (name, limits) = (description.name(), &request.limits);
        let rows = match self.select(description, &query.locking, limits).await? {
            Some(rows) => rows,
            // The rows of a view that computes them can't be locked.
            None => {
                self.undo_savepoint(ROWS).await?;
                self.set_savepoint(ROWS).await?;
                self.select(description, &query.reading, limits)
                    .await?
                    .unwrap_or_default()
            }
        };
        let rows = query.matching(rows).await.map_err(VerbEnd::Undone)?;
        limits
            .check_rows(name, rows.len() as u64)
            .map_err(VerbEnd::Undone)?;
        Ok(rows)
    }

    /// The rows of a statement. `None` if they can't be locked.
    async fn select(
        &self,
        description: &'static Description,
        statement: &Statement,
        limits: &BulkLimits,
    ) -> Result<Option<Vec<tokio_postgres::Row>>, VerbEnd> {
        let limit = self.requests(&self.open).reply_limit;
        let read = read_limited(&self.open.session, statement, description.name(), limits);
        let failure = match timeout(limit, read).await {
            Ok(Ok(rows)) => return Ok(Some(rows)),
            Ok(Err(Stop::Refused(error))) => return Err(VerbEnd::Undone(error)),
            Ok(Err(Stop::Failed(failure))) => failure,
            Err(_) => return Err(VerbEnd::Broken),
        };
        match failure {
            Failure::NotLockable => Ok(None),
            failure => Err(end_of(description, failure)),
        }
    }
}

/// The end of a verb whose statement failed.
fn end_of(description: &Description, failure: Failure) -> VerbEnd {
    if let Some(end) = VerbEnd::of(&failure) {
        return end;
    }
    VerbEnd::Undone(match failure {
        Failure::Locked => LOCKED,
        Failure::ReadOnly => READ_ONLY,
        Failure::Cancelled => CANCELLED,
        Failure::Unavailable(reason) => Error::Unavailable(reason),
        Failure::Fault(error) => of_statement(description, &error),
        _ => Error::Unavailable("the rows of a write of many rows could not be read or written"),
    })
}

impl VerbEnd {
    /// Changes the error of a verb that is undone.
    fn map(self, change: impl FnOnce(Error) -> Error) -> Self {
        match self {
            Self::Undone(error) => Self::Undone(change(error)),
            end => end,
        }
    }
}
