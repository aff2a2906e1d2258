//! Writes of many rows inside of an interactive transaction.
//!
//! Each row is a verb of its own, in a savepoint around all of them. So the notifications, the rules and the errors are those of single
//! verbs, and the serializable transaction sees each row.

use std::sync::Arc;

use tokio::time::timeout;

use super::super::super::error::of_statement;
use super::super::super::locked_query::LockedQuery;
use super::super::super::statement::Statement;
use super::super::super::table::Table;
use super::super::bulk::{RowJudgement, Stop, judge_stored, read_limited};
use super::super::failure::{CANCELLED, Failure, LOCKED};
use super::super::pipeline::send_all;
use super::running::{Running, Savepoint, VerbEnd};
use crate::error::Error;
use crate::interface::sql::OldRow;
use crate::interface::{BulkLimits, BulkRequest, BulkRows, BulkWritten, Write, Written, at_place, of_id};
use crate::manager::{Description, Values};

const UNDO: &str = "ROLLBACK TO SAVEPOINT gm_rows;RELEASE SAVEPOINT gm_rows";
const RELEASE: &str = "RELEASE SAVEPOINT gm_rows";

impl Running {
    /// Carries out a write of many rows. An error undoes it alone, unless it ends the transaction.
    pub(super) async fn write_many(
        &mut self,
        table: Arc<Table>,
        request: &BulkRequest,
        query: Option<&LockedQuery>,
    ) -> Result<BulkWritten, VerbEnd> {
        self.begin_many().await?;
        let (payloads, relations) = (self.payloads.clone(), self.changed_relations.clone());
        let written = match (&request.rows, query) {
            (BulkRows::New(rows), _) => self.create_each(&table, rows, request).await,
            (BulkRows::Matching(_), Some(query)) => self.write_each(&table, query, request).await,
            (BulkRows::Matching(_), None) => Ok(BulkWritten::default()),
        };
        match written {
            Ok(written) => {
                self.end_many(RELEASE).await?;
                Ok(written)
            }
            Err(VerbEnd::Undone(error)) => {
                self.end_many(UNDO).await?;
                (self.payloads, self.changed_relations) = (payloads, relations);
                Err(VerbEnd::Undone(error))
            }
            Err(end) => Err(end),
        }
    }

    async fn begin_many(&mut self) -> Result<(), VerbEnd> {
        let text = match self.savepoint {
            Savepoint::None => "SAVEPOINT gm_rows",
            Savepoint::Earlier | Savepoint::Current => "RELEASE SAVEPOINT gm_verb;SAVEPOINT gm_rows",
        };
        self.end_many(text).await
    }

    /// Carries out a statement, behind which there is no savepoint of a verb.
    async fn end_many(&mut self, text: &str) -> Result<(), VerbEnd> {
        let open = self.open.clone();
        let requests = self.requests(&open);
        let replies = send_all(vec![requests.batch(text)], requests.reply_limit).await;
        match replies.into_iter().find_map(|reply| reply.error) {
            None => {
                self.savepoint = Savepoint::None;
                Ok(())
            }
            Some(error) => Err(VerbEnd::of(&Failure::of(error, false)).unwrap_or(VerbEnd::Broken)),
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
        for mut old in self.matching(description, query, request).await? {
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
            let write = request.row_of(match &request.row.write {
                Write::Update(_, values) => Write::Update(id.clone(), values.clone()),
                Write::Create(_) | Write::Delete(..) => Write::Delete(id.clone(), None),
            });
            let outcome = self.write(Arc::clone(table), write).await;
            match outcome.map_err(|end| end.map(of_id(description, &id)))? {
                // A trigger has removed it.
                Written::Missing | Written::Replay(_) => {}
                Written::Row(_) | Written::Unreadable | Written::Deleted => written.rows += 1,
            }
        }
        Ok(written)
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
                self.end_many(UNDO).await?;
                self.begin_many().await?;
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
        if let Some(end) = VerbEnd::of(&failure) {
            return Err(end);
        }
        Err(VerbEnd::Undone(match failure {
            Failure::NotLockable => return Ok(None),
            Failure::Locked => LOCKED,
            Failure::Cancelled => CANCELLED,
            Failure::Unavailable(reason) => Error::Unavailable(reason),
            Failure::Fault(error) => of_statement(description, &error),
            _ => Error::Unavailable("the rows that match could not be read"),
        }))
    }
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
