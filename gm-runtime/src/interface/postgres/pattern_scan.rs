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
use crate::field::Value;
use crate::interface::sql::{DatabaseRow, Paging, RowSink, with_row_id};
use crate::manager::Description;
use crate::query::pattern::PatternTimeLimit;
use crate::query::{OrderBy, Position};

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
    /// The position of a cursor, if this process skips the rows before it.
    skipped: Option<Arc<Position>>,
}

impl PatternScan {
    /// A scan of the rows that this statement selects.
    pub(super) fn new(
        description: &'static Description,
        rows: Statement,
        lookups: LocalLookups,
        paging: Option<Paging>,
        counts: bool,
        skipped: Option<Arc<Position>>,
    ) -> Self {
        Self {
            description,
            rows,
            lookups: Arc::new(lookups),
            paging,
            counts,
            skipped,
        }
    }

    #[cfg(test)]
    pub(super) fn statement(&self) -> &Statement {
        &self.rows
    }

    /// Reads the rows of the page into the sink. Returns the number of rows read, which may be one more than the page has, and the
    /// number of matching rows if it was requested.
    pub(super) async fn run<S: RowSink + Send + 'static>(
        &self,
        session: &Session,
        limit: PatternTimeLimit,
        ordering: &[OrderBy],
        sink: S,
    ) -> Result<(S, u64, Option<u64>), ReadError> {
        let page = self.page(limit, ordering, sink).await?;
        let page = self.fetch(session, page).await?;
        // The cursor ends with its transaction.
        let end = match session.is_in_transaction() {
            true => "CLOSE gm_scan",
            false => "COMMIT",
        };
        session.batch(end).await?;
        Ok((page.sink, page.read, self.counts.then_some(page.matching)))
    }

    /// Reads the only row of a query for one id. Returns whether there is one.
    pub(super) async fn run_for_row<S: RowSink + Send + 'static>(
        &self,
        session: &Session,
        limit: PatternTimeLimit,
        sink: S,
    ) -> Result<(S, bool), ReadError> {
        let page = self.page(limit, &[], sink).await?;
        let rows: Vec<Row> = session.query(&self.rows).await?.try_collect().await?;
        let page = page.evaluate(rows).await?;
        Ok((page.sink, page.read > 0))
    }

    async fn page<S: RowSink + Send + 'static>(
        &self,
        limit: PatternTimeLimit,
        ordering: &[OrderBy],
        sink: S,
    ) -> Result<ScannedPage<S>, Error> {
        Ok(ScannedPage {
            description: self.description,
            judge: self.lookups.judge(limit).await?,
            paging: self.paging,
            counts: self.counts,
            skipped: self.skipped.clone(),
            ordering: ordering.to_vec(),
            sink,
            matching: 0,
            before: 0,
            read: 0,
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
            Some(paging) if !self.counts => paging.offset.saturating_add(paging.fetched()).min(FIRST_BATCH),
            _ => FIRST_BATCH,
        };
        // Sent at once, since the futures are polled in this order.
        let begin = session.batch(match self.counts || self.paging.is_none() {
            // The transaction of others goes on behind the query, with its own settings.
            _ if session.is_in_transaction() => "",
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
    skipped: Option<Arc<Position>>,
    ordering: Vec<OrderBy>,
    sink: S,
    /// The number of matching rows.
    matching: u64,
    /// The number of matching rows before the page.
    before: u64,
    /// The number of rows of the page that were read, and the one behind it.
    read: u64,
}

impl<S: RowSink + Send + 'static> ScannedPage<S> {
    /// Whether no further row is needed.
    fn is_complete(&self) -> bool {
        !self.counts && self.paging.is_some_and(|paging| self.read >= paging.fetched())
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
            skipped,
            ordering,
            sink,
            matching,
            before,
            read,
        } = self;
        judge.judge(rows, |row| {
            *matching += 1;
            let is_before_page = paging.is_some_and(|paging| *before < paging.offset)
                || skipped
                    .as_ref()
                    .is_some_and(|position| !is_behind(description, position, row));
            if is_before_page {
                *before += 1;
                return Ok(true);
            }
            let size = paging.map_or(u64::MAX, |paging| paging.limit);
            *read += 1;
            if *read <= size
                && let Err(error) = sink.push(description, row)
            {
                sink.omit(with_row_id(description, row, error))?;
            }
            if *read == size {
                sink.end_page(description, ordering, row);
            }
            Ok(*counts || paging.is_none_or(|paging| *read < paging.fetched()))
        })
    }
}

/// Whether a row is behind a position. A value that can't be decoded counts as null, so that the row is not passed over.
fn is_behind(description: &'static Description, position: &Position, row: &Row) -> bool {
    let mut values = vec![Value::Null; description.fields().len()];
    for (key, _) in position.keys() {
        if let (Some(slot), Ok(value)) = (
            values.get_mut(usize::from(key.field)),
            row.column(description, key.field),
        ) {
            *slot = value.into();
        }
    }
    position.is_before(&values)
}
