//! The rows of a query of which this process evaluates a part.
//!
//! The server sends the rows that match the rest of the query, in order. This process evaluates its part on them, and makes the
//! page and the count. A cursor sends them in batches, so that a scan can end at a full page, and its memory holds a batch and the
//! page.

use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use futures_util::future::try_join3;
use tokio_postgres::{Row, RowStream};

use super::error::ReadError;
use super::local_lookups::{Judge, LocalLookups};
use super::session::Session;
use super::statement::Statement;
use crate::error::Error;
use crate::interface::sql::{Paging, RowSink, with_row_id};
use crate::manager::Description;
use crate::query::pattern::PatternTimeLimit;

/// The rows of the first batch of a scan that counts or reads all rows, and the most rows of a batch.
const FIRST_BATCH: u64 = 500;
const MAX_BATCH: u64 = 4_000;
/// The bytes of rows that are evaluated at once. A batch with more is evaluated in parts.
const MAX_BYTES: usize = 256 * 1024;

/// A query of which this process evaluates a part.
pub(super) struct PatternScan {
    description: &'static Description,
    rows: Statement,
    lookups: Arc<LocalLookups>,
    paging: Option<Paging>,
    counts: bool,
}

impl PatternScan {
    /// A scan of the rows that this statement selects.
    pub(super) fn new(
        description: &'static Description,
        rows: Statement,
        lookups: LocalLookups,
        paging: Option<Paging>,
        counts: bool,
    ) -> Self {
        Self {
            description,
            rows,
            lookups: Arc::new(lookups),
            paging,
            counts,
        }
    }

    #[cfg(test)]
    pub(super) fn statement(&self) -> &Statement {
        &self.rows
    }

    /// Reads the rows of the page into the sink, and returns the number of matching rows if it was requested.
    pub(super) async fn run<S: RowSink + Send + 'static>(
        &self,
        session: &Session,
        limit: PatternTimeLimit,
        sink: S,
    ) -> Result<(S, Option<u64>), ReadError> {
        let page = self.page(limit, sink).await?;
        let page = self.fetch(session, page).await?;
        // The cursor ends with its transaction.
        session.batch("COMMIT").await?;
        Ok((page.sink, self.counts.then_some(page.matching)))
    }

    /// Reads the only row of a query for one id. Returns whether there is one.
    pub(super) async fn run_for_row<S: RowSink + Send + 'static>(
        &self,
        session: &Session,
        limit: PatternTimeLimit,
        sink: S,
    ) -> Result<(S, bool), ReadError> {
        let page = self.page(limit, sink).await?;
        let rows: Vec<Row> = session.query(&self.rows).await?.try_collect().await?;
        let page = page.evaluate(rows).await?;
        Ok((page.sink, page.taken > 0))
    }

    async fn page<S: RowSink + Send + 'static>(
        &self,
        limit: PatternTimeLimit,
        sink: S,
    ) -> Result<ScannedPage<S>, Error> {
        Ok(ScannedPage {
            description: self.description,
            judge: self.lookups.judge(limit).await?,
            paging: self.paging,
            counts: self.counts,
            sink,
            matching: 0,
            taken: 0,
        })
    }

    async fn fetch<S: RowSink + Send + 'static>(
        &self,
        session: &Session,
        mut page: ScannedPage<S>,
    ) -> Result<ScannedPage<S>, ReadError> {
        let declare = Statement {
            text: format!("DECLARE gm_scan NO SCROLL CURSOR FOR {}", self.rows.text).into(),
            parameters: self.rows.parameters.clone(),
        };
        let mut size = match self.paging {
            Some(paging) if !self.counts => paging.offset.saturating_add(paging.limit).min(FIRST_BATCH),
            _ => FIRST_BATCH,
        };
        // Sent at once, since the futures are polled in this order.
        let begin = session.batch(match self.counts || self.paging.is_none() {
            // The plan that is best for all rows, and not for the first ones.
            true => "BEGIN TRANSACTION READ ONLY; SET LOCAL cursor_tuple_fraction = 1",
            false => "BEGIN TRANSACTION READ ONLY",
        });
        let (_, _, mut batch) = try_join3(begin, open(session, &declare), next(session, size)).await?;
        loop {
            let (fetched, evaluated) = evaluate(batch, page).await?;
            page = evaluated;
            if fetched < size || page.is_complete() {
                return Ok(page);
            }
            size = (size * 2).min(MAX_BATCH);
            batch = next(session, size).await?;
        }
    }
}

/// Opens the cursor.
async fn open(session: &Session, declare: &Statement) -> Result<(), tokio_postgres::Error> {
    let mut rows = pin!(session.query_unnamed(declare).await?);
    while rows.try_next().await?.is_some() {}
    Ok(())
}

/// The next rows of the cursor. The statement is not prepared, since its columns depend on the cursor.
async fn next(session: &Session, size: u64) -> Result<RowStream, tokio_postgres::Error> {
    let fetch = Statement::new(format!("FETCH {size} FROM gm_scan"));
    session.query_unnamed(&fetch).await
}

/// Evaluates the rows of a batch. Returns their number.
async fn evaluate<S: RowSink + Send + 'static>(
    batch: RowStream,
    mut page: ScannedPage<S>,
) -> Result<(u64, ScannedPage<S>), ReadError> {
    let mut batch = pin!(batch);
    let (mut rows, mut bytes, mut fetched) = (Vec::new(), 0, 0);
    while let Some(row) = batch.try_next().await? {
        fetched += 1;
        bytes += row.raw_size_bytes();
        rows.push(row);
        if bytes > MAX_BYTES {
            page = page.evaluate(std::mem::take(&mut rows)).await?;
            if page.is_complete() {
                return Ok((fetched, page));
            }
            bytes = 0;
        }
    }
    Ok((fetched, page.evaluate(rows).await?))
}

/// The page of a scan, as far as the rows are evaluated.
struct ScannedPage<S> {
    description: &'static Description,
    judge: Judge,
    paging: Option<Paging>,
    counts: bool,
    sink: S,
    /// The number of matching rows.
    matching: u64,
    /// The number of rows on the page.
    taken: u64,
}

impl<S: RowSink + Send + 'static> ScannedPage<S> {
    /// Whether no further row is needed.
    fn is_complete(&self) -> bool {
        !self.counts && self.paging.is_some_and(|paging| self.taken >= paging.limit)
    }

    /// Evaluates rows on a thread of their own, which nothing else waits for.
    async fn evaluate(mut self, rows: Vec<Row>) -> Result<Self, Error> {
        if rows.is_empty() {
            return Ok(self);
        }
        let evaluated = tokio::task::spawn_blocking(move || {
            self.evaluate_here(&rows)?;
            Ok(self)
        });
        // An error means that the runtime ends, or that the evaluation panicked.
        evaluated
            .await
            .unwrap_or(Err(Error::Unavailable("the evaluation of a query was ended")))
    }

    fn evaluate_here(&mut self, rows: &[Row]) -> Result<(), Error> {
        let Self {
            description,
            judge,
            paging,
            counts,
            sink,
            matching,
            taken,
        } = self;
        judge.judge(rows, |row| {
            let is_before_page = paging.is_some_and(|paging| *matching < paging.offset);
            let is_full = paging.is_some_and(|paging| *taken >= paging.limit);
            *matching += 1;
            if !is_before_page && !is_full {
                if let Err(error) = sink.push(description, row) {
                    sink.omit(with_row_id(description, row, error))?;
                }
                *taken += 1;
            }
            Ok(*counts || paging.is_none_or(|paging| *taken < paging.limit))
        })
    }
}
