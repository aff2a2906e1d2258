//! The query of the rows that a write of many rows matches, which are locked.

use std::sync::Arc;

use tokio_postgres::Row;

use super::case_folding::CaseFolding;
use super::expressions::PostgresExpressions;
use super::local_lookups::LocalLookups;
use super::statement::Statement;
use crate::error::Error;
use crate::interface::sql::{self, OldRow, Paging};
use crate::manager::Description;
use crate::query::Select;
use crate::query::pattern::PatternTimeLimit;

/// The query of the rows that a write of many rows matches, ordered by id. It may run more than once.
pub(super) struct LockedQuery {
    description: &'static Description,
    /// Locks the rows until the end of the transaction.
    pub(super) locking: Statement,
    /// Reads the rows, for views whose rows can't be locked.
    pub(super) reading: Statement,
    /// The part that this process evaluates.
    lookups: Option<Arc<LocalLookups>>,
    limit: PatternTimeLimit,
}

impl LockedQuery {
    /// The query of at most this many rows and one more, which tells that there are too many.
    pub(super) fn new(
        description: &'static Description,
        table: &'static str,
        select: &Select,
        rows: u64,
        limit: PatternTimeLimit,
        folding: Option<&CaseFolding>,
    ) -> Result<Self, Error> {
        // Its statement is not prepared, as through a pooler.
        let expressions = PostgresExpressions::new(folding, true);
        let (select, lookups) = match LocalLookups::split(description, select) {
            Some((stored, lookups)) => (stored, Some(Arc::new(lookups))),
            None => {
                let page = Select {
                    page: Some(1),
                    page_size: Some(rows),
                    ..select.clone()
                };
                (page, None)
            }
        };
        let paging = Paging::of(&select);
        let rows = sql::select_rows(description, table, &select, paging, &expressions)?;
        let reading = expressions.statement(&rows)?;
        Ok(Self {
            description,
            locking: Statement {
                text: format!("{} FOR UPDATE", reading.text).into(),
                parameters: reading.parameters.clone(),
            },
            reading,
            lookups,
            limit,
        })
    }

    /// The rows that match, of those that the statement returned.
    pub(super) async fn matching(&self, rows: Vec<Row>) -> Result<Vec<OldRow>, Error> {
        let description = self.description;
        let Some(lookups) = &self.lookups else {
            return rows.iter().map(|row| OldRow::decode(description, row)).collect();
        };
        let mut judge = lookups.judge(self.limit).await?;
        let judged = tokio::task::spawn_blocking(move || {
            let mut matching = Vec::new();
            judge.judge(&rows, |row| {
                matching.push(OldRow::decode(description, row)?);
                Ok(true)
            })?;
            Ok(matching)
        });
        // An error means that the runtime ends, or that the evaluation panicked.
        judged
            .await
            .unwrap_or(Err(Error::Unavailable("the evaluation of a query was ended")))
    }
}
