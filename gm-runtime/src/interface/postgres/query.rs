//! A query as statements and parameters, and its rows.

use std::pin::pin;

use futures_util::TryStreamExt as _;
use tokio_postgres::Row;

use super::case_folding::CaseFolding;
use super::error::ReadError;
use super::expressions::PostgresExpressions;
use super::local_lookups::LocalLookups;
use super::pattern_scan::PatternScan;
use super::session::Session;
use super::statement::Statement;
use crate::error::Error;
use crate::interface::sql::{self, PageEnd, Paging, RowSink, with_row_id};
use crate::manager::Description;
use crate::query::pattern::PatternTimeLimit;
use crate::query::{NextPage, OrderBy, Select};

/// The most rows that memory is reserved for.
const MAX_EXPECTED_ROWS: u64 = 100;

/// A query as SQL. It is built on the caller's thread, and may run more than once.
pub(super) struct BuiltQuery {
    description: &'static Description,
    plan: Plan,
    paging: Option<Paging>,
    /// The ordering of the page, for its cursor.
    ordering: Vec<OrderBy>,
    expected_rows: usize,
}

/// How a query is read.
enum Plan {
    Rows {
        rows: Statement,
        /// Whether the number of rows is the total, since the query has no page.
        counts: bool,
    },
    /// Each row has the total and a marker as well.
    PageWithCount(Statement),
    /// This process evaluates a part.
    Scan(PatternScan),
}

impl BuiltQuery {
    /// The rows of a query. `folding` is needed if [`CaseFolding::is_needed`]. `is_pooled`: a pooler is before the server.
    pub(super) fn new(
        description: &'static Description,
        table: &'static str,
        select: &Select,
        folding: Option<&CaseFolding>,
        is_pooled: bool,
    ) -> Result<Self, Error> {
        let expressions = PostgresExpressions::new(folding, is_pooled);
        let paging = Paging::of(select);
        let plan = match (LocalLookups::split(description, select), paging) {
            (Some((mut stored, lookups)), _) => {
                // The total counts the rows before a cursor, too. This process skips them then.
                let position = select.position.clone();
                let skipped = position.filter(|_| select.count);
                if skipped.is_none() {
                    stored.position = select.position.clone();
                }
                let rows = sql::select_rows(description, table, &stored, None, &expressions)?;
                let rows = expressions.statement(&rows)?;
                let counts = select.count;
                Plan::Scan(PatternScan::new(
                    description,
                    rows,
                    lookups,
                    paging,
                    counts,
                    skipped,
                ))
            }
            (None, Some(paging)) if select.count => {
                let rows = sql::select_page_with_count(description, table, select, paging, &expressions)?;
                Plan::PageWithCount(expressions.statement(&rows)?)
            }
            (None, paging) => {
                let rows = sql::select_rows(description, table, select, paging, &expressions)?;
                Plan::Rows {
                    rows: expressions.statement(&rows)?,
                    counts: select.count,
                }
            }
        };
        Ok(Self {
            description,
            plan,
            paging,
            ordering: Vec::new(),
            expected_rows: paging.map_or(0, |paging| paging.limit.min(MAX_EXPECTED_ROWS) as usize),
        })
    }

    /// The ordering that the query was built with, from which cursors are made.
    pub(super) fn with_ordering(self, ordering: Vec<OrderBy>) -> Self {
        Self { ordering, ..self }
    }

    pub(super) fn description(&self) -> &'static Description {
        self.description
    }

    /// The number of rows to reserve memory for.
    pub(super) fn expected_rows(&self) -> usize {
        self.expected_rows
    }

    /// Whether this process evaluates a part of the query, which takes a connection of its own.
    pub(super) fn is_scan(&self) -> bool {
        matches!(self.plan, Plan::Scan(_))
    }

    /// The statement of a query that the server evaluates.
    #[cfg(test)]
    pub(super) fn statement(&self) -> &Statement {
        match &self.plan {
            Plan::Rows { rows, .. } | Plan::PageWithCount(rows) => rows,
            Plan::Scan(scan) => scan.statement(),
        }
    }

    /// Reads the rows into the sink, and returns the number of matching rows if it was requested. Both are from one snapshot.
    ///
    /// The session is used by this query alone. After an error, rows or a transaction may be left on it. The time limit of patterns
    /// starts now.
    pub(super) async fn run<S: RowSink + Send + 'static>(
        &self,
        session: &Session,
        limit: PatternTimeLimit,
        mut sink: S,
    ) -> Result<(S, PageEnd), ReadError> {
        let (statement, has_total) = match &self.plan {
            Plan::Scan(scan) => {
                let scanned = Box::pin(scan.run(session, limit, &self.ordering, sink));
                let (sink, read, total) = scanned.await?;
                return Ok((sink, PageEnd::of(self.paging, read, total)));
            }
            Plan::Rows { rows, .. } => (rows, false),
            Plan::PageWithCount(rows) => (rows, true),
        };
        let mut rows = pin!(session.query(statement).await?);
        let (mut read, mut total) = (0_u64, None);
        let page_size = self.paging.map_or(u64::MAX, |paging| paging.limit);
        while let Some(row) = rows.try_next().await? {
            if has_total {
                let (matching, is_row) = self.total_of(&row)?;
                total = Some(matching);
                if !is_row {
                    continue;
                }
            }
            read += 1;
            // The row behind the page only tells that there is one. The rest of the answer is taken, too.
            if read > page_size {
                continue;
            }
            if let Err(error) = sink.push(self.description, &row) {
                sink.omit(with_row_id(self.description, &row, error))?;
            }
            if read == page_size {
                sink.end_page(self.description, &self.ordering, &row);
            }
        }
        let total = match &self.plan {
            Plan::Rows { counts, .. } => counts.then_some(read),
            _ => total,
        };
        Ok((sink, PageEnd::of(self.paging, read, total)))
    }

    /// What follows the page.
    pub(super) fn next(&self, end: PageEnd) -> NextPage {
        end.next(self.ordering.clone())
    }

    /// The number of matching rows, and whether this is one. The two columns are behind those of the fields.
    fn total_of(&self, row: &Row) -> Result<(u64, bool), tokio_postgres::Error> {
        let place = self.description.fields().len();
        let total: i64 = row.try_get(place)?;
        let marker: Option<bool> = row.try_get(place + 1)?;
        Ok((total.unsigned_abs(), marker.is_some()))
    }

    /// Reads the only row of a query for one id. Returns whether there is one.
    ///
    /// Other statements may share the session, unless the query is a [scan](Self::is_scan).
    pub(super) async fn run_for_row<S: RowSink + Send + 'static>(
        &self,
        session: &Session,
        limit: PatternTimeLimit,
        mut sink: S,
    ) -> Result<(S, bool), ReadError> {
        match &self.plan {
            Plan::Scan(scan) => Box::pin(scan.run_for_row(session, limit, sink)).await,
            Plan::Rows { rows, .. } | Plan::PageWithCount(rows) => {
                let exists = read_row(self.description, session, rows, &mut sink).await?;
                Ok((sink, exists))
            }
        }
    }
}

/// Reads the only row of a statement into the sink. Returns whether there is one.
pub(super) async fn read_row(
    description: &'static Description,
    session: &Session,
    statement: &Statement,
    sink: &mut impl RowSink,
) -> Result<bool, ReadError> {
    let mut rows = pin!(session.query(statement).await?);
    match rows.try_next().await? {
        Some(row) => match sink.push(description, &row) {
            Ok(()) => Ok(true),
            Err(error) => Err(with_row_id(description, &row, error).into()),
        },
        None => Ok(false),
    }
}
