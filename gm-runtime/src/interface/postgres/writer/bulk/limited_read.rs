//! Reads of the rows that a write of many rows matches.

use futures_util::TryStreamExt as _;
use tokio_postgres::Row;

use super::super::super::session::Session;
use super::super::super::statement::Statement;
use super::super::failure::Failure;
use super::super::pipeline::RequestError;
use super::requests::Stop;
use crate::interface::BulkLimits;

/// Reads the rows of a statement within the limit of bytes. Rows beyond the limit are not held.
pub(crate) async fn read_limited(
    session: &Session,
    statement: &Statement,
    manager: &'static str,
    limits: &BulkLimits,
) -> Result<Vec<Row>, Stop> {
    let failed = |error| Stop::Failed(Failure::of(RequestError::Postgres(error), false));
    let stream = session.query_unnamed(statement).await;
    let mut stream = std::pin::pin!(stream.map_err(failed)?);
    let (mut rows, mut bytes) = (Vec::new(), 0_u64);
    // To the end, although the rows beyond the limit are dropped: the next statement comes behind them.
    while let Some(row) = stream.try_next().await.map_err(failed)? {
        bytes = bytes.saturating_add(row.raw_size_bytes() as u64);
        if bytes <= limits.bytes {
            rows.push(row);
        }
    }
    limits.check_bytes(manager, bytes)?;
    Ok(rows)
}
