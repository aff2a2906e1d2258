//! The transaction of a write of many rows.

use std::sync::Arc;

use super::super::super::locked_query::LockedQuery;
use super::super::super::notification::{CHANNEL, SideEffects, refresh_of_updates};
use super::super::super::parameter::Parameter;
use super::super::super::statement::Statement;
use super::super::pipeline::send_all;
use super::super::requests::milliseconds;
use super::super::transaction::{COMMIT, End, Isolation, end_of_commit};
use super::chunk::{Chunk, MAX_ROWS};
use super::judged::{JudgedRow, judge_new_rows, judge_stored_rows};
use super::limited_read::read_limited;
use super::requests::{Requests, Stop};
use super::statements::BulkStatements;
use crate::change::{Action, MAX_SINGLE_CHANGES};
use crate::interface::sql::OldRow;
use crate::interface::{BulkClock, BulkRows, BulkWritten, Write};
use crate::manager::FieldDescription;

/// The transaction of a write of many rows.
pub(crate) struct BulkTransaction<'w> {
    pub(crate) requests: Requests<'w>,
    pub(crate) query: Option<&'w LockedQuery>,
    pub(crate) isolation: Isolation,
    pub(crate) clock: BulkClock,
    /// The id of the transaction in the server, once it has written.
    pub(crate) id: Option<String>,
}

/// The id of the transaction.
const TRANSACTION: &str = "SELECT pg_catalog.pg_current_xact_id()::pg_catalog.text";

impl BulkTransaction<'_> {
    /// Begins the transaction, and executes everything before its commit.
    pub(super) async fn execute(&mut self) -> Result<BulkWritten, Stop> {
        let left = milliseconds(self.clock.left());
        // This process judges the rows meanwhile, for which the server must wait.
        let begin = format!(
            "{};SET LOCAL statement_timeout={left};SET LOCAL idle_in_transaction_session_timeout={left}",
            self.requests.transaction.begin(self.isolation)
        );
        self.requests.batch(&begin).await?;
        let (request, description) = (self.requests.request, self.requests.table.description());
        let (rows, counted) = match &request.rows {
            BulkRows::New(rows) => (judge_new_rows(description, request, rows)?, 0),
            BulkRows::Matching(_) => self.matching().await?,
        };
        let mut written = self.write(&rows).await?;
        written.rows = written.rows.saturating_add(counted);
        Ok(written)
    }

    /// Commits the transaction.
    pub(super) async fn commit(&self) -> End {
        let patience = self.requests.transaction.patience();
        let requests = vec![
            self.requests.transaction.batch(&patience),
            self.requests.transaction.batch(COMMIT),
        ];
        let mut replies = send_all(requests, self.requests.transaction.reply_limit)
            .await
            .into_iter();
        let mut error = || replies.next().and_then(|reply| reply.error);
        end_of_commit(error(), error(), &[])
    }

    /// What records the side effects of the write, if it can have some.
    pub(crate) fn side_effects(&self) -> Option<Arc<SideEffects>> {
        self.requests.table.relation().side_effects(self.action())
    }

    fn action(&self) -> Action {
        match self.requests.request.row.write {
            Write::Create(_) => Action::Create,
            Write::Update(..) => Action::Update,
            Write::Delete(..) => Action::Delete,
        }
    }

    /// Locks the rows that match, judges them, and returns those that are written, and the number of those that only count as changed.
    async fn matching(&self) -> Result<(Vec<JudgedRow>, u64), Stop> {
        let Some(query) = self.query else {
            return Ok((Vec::new(), 0));
        };
        let statement = match self.isolation {
            Isolation::Statement => &query.locking,
            Isolation::Transaction | Isolation::Serializable => &query.reading,
        };
        let (description, limits) = (self.requests.table.description(), &self.requests.request.limits);
        let session = self.requests.transaction.session;
        let stored = read_limited(session, statement, description.name(), limits).await?;
        let stored: Vec<OldRow> = query.matching(stored).await?;
        limits.check_rows(description.name(), stored.len() as u64)?;
        Ok(judge_stored_rows(description, self.requests.request, stored).await?)
    }

    /// Writes rows that are judged, and notifies the replicas at the commit.
    pub(crate) async fn write(&mut self, rows: &[JudgedRow]) -> Result<BulkWritten, Stop> {
        let mut written = BulkWritten {
            rows: rows.len() as u64,
            ids: Vec::new(),
        };
        if rows.is_empty() {
            return Ok(written);
        }
        let effects = self.side_effects();
        if let Some(effects) = &effects {
            self.requests.batch(effects.before()).await?;
        }
        let is_single = rows.len() <= MAX_SINGLE_CHANGES;
        let mut statements = BulkStatements::new(self.requests.table, self.requests.request, is_single);
        let mut executed = 0_u64;
        for rows in rows.chunks(MAX_ROWS) {
            self.clock.check()?;
            let chunk = Chunk {
                requests: &self.requests,
                rows,
                is_single,
            };
            let ids = chunk.write(&mut statements).await?;
            if effects.is_some() {
                chunk.judge_again(&ids).await?;
            }
            executed = executed.saturating_add(ids.len() as u64);
            if self.action() == Action::Create {
                written.ids.extend(ids);
            }
        }
        if let Some(effects) = &effects {
            let oid = self.requests.table.relation().oid();
            let after = effects.after(oid.map(|oid| (oid, executed)));
            self.requests.batch(&after).await?;
        }
        if !is_single && let Some(oid) = self.requests.table.relation().oid() {
            let unchanged = match effects {
                // A trigger may change any column.
                Some(_) => Vec::new(),
                None => self.unchanged_columns(),
            };
            let payload = refresh_of_updates(oid, &unchanged);
            let notify = Statement {
                text: format!("SELECT pg_catalog.pg_notify('{CHANNEL}', $1)").into(),
                parameters: vec![Parameter::text(payload)],
            };
            self.requests.one(&notify).await?;
        }
        self.id = self.transaction_id().await?;
        Ok(written)
    }

    /// The columns of the manager that an update leaves as they are. The event of a manager of the table that has no other ones would
    /// tell when values change that are not for its subscribers.
    fn unchanged_columns(&self) -> Vec<&'static str> {
        let Some(values) = self.requests.request.values() else {
            return Vec::new();
        };
        let fields = (0_u16..).zip(self.requests.table.description().fields());
        let is_unchanged =
            |index: u16, field: &FieldDescription| values.get(index).is_none() && field.kept().is_none();
        fields
            .filter(|(index, field)| is_unchanged(*index, field))
            .map(|(_, field)| field.column())
            .collect()
    }

    async fn transaction_id(&self) -> Result<Option<String>, Stop> {
        let reply = self.requests.one(&Statement::new(TRANSACTION)).await?;
        Ok(reply.rows.first().and_then(|row| row.try_get(0).ok()))
    }
}
