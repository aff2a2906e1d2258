//! The reads and locks of a session inside of a transaction.

use std::sync::Arc;

use super::error::ReadError;
use super::locked_query::LockedQuery;
use super::reads::Reads;
use super::session::Session;
use super::session_query::{Json, RowQuery, read_page};
use super::table::Table;
use crate::error::Error;
use crate::field::Value;
use crate::interface::{Answer, BoxFuture};
use crate::query::pattern::PatternTimeLimit;
use crate::query::{GroupBy, Select};

/// A read that a session carries out, perhaps twice.
pub(super) type AnswerRead =
    Arc<dyn Fn(Arc<Session>) -> BoxFuture<'static, Result<Answer, ReadError>> + Send + Sync>;

impl Reads {
    /// The query of at most this many rows that match a select, which are locked for a write.
    pub(super) async fn locked(
        &self,
        table: &Table,
        select: &Select,
        rows: u64,
        limit: PatternTimeLimit,
    ) -> Result<LockedQuery, Error> {
        let folding = self.folding_of(select, self.clock()).await?;
        LockedQuery::new(table.description(), table.name(), select, rows, limit, folding)
    }

    /// The read of the row of this id, for a session inside of a transaction.
    pub(super) fn row_read(&self, table: &Table, id: &Value, json: Json) -> Result<AnswerRead, Error> {
        let (description, query) = (table.description(), Arc::new(RowQuery::by_id(table, id)?));
        Ok(Arc::new(move |session| {
            let (query, json) = (Arc::clone(&query), json.clone());
            Box::pin(async move { query.read(description, &session, json).await })
        }))
    }

    /// Like [`row_read`](Self::row_read), of a select that one row matches at most.
    pub(super) async fn row_of_read(
        &self,
        table: &Table,
        select: &Select,
        json: Json,
        limit: PatternTimeLimit,
    ) -> Result<AnswerRead, Error> {
        let query = self.build(table, select, self.clock()).await?;
        let (description, query) = (table.description(), Arc::new(RowQuery::Built(query, limit)));
        Ok(Arc::new(move |session| {
            let (query, json) = (Arc::clone(&query), json.clone());
            Box::pin(async move { query.read(description, &session, json).await })
        }))
    }

    /// The read of the page of a select, for a session inside of a transaction.
    pub(super) async fn page_read(
        &self,
        table: &Table,
        mut select: Select,
        json: Json,
        limit: PatternTimeLimit,
    ) -> Result<AnswerRead, Error> {
        let query = self.build(table, &select, self.clock()).await?;
        let query = Arc::new(query.with_ordering(std::mem::take(&mut select.ordering)));
        let page_size = select.page.and(select.page_size);
        Ok(Arc::new(move |session| {
            let (query, json) = (Arc::clone(&query), json.clone());
            Box::pin(async move { read_page(&query, &session, json, limit, page_size).await })
        }))
    }

    /// The read of the numbers of rows by the values of a field, for a session inside of a transaction.
    pub(super) async fn groups_read(
        &self,
        table: &Table,
        select: &Select,
        by: GroupBy,
        limit: PatternTimeLimit,
    ) -> Result<AnswerRead, Error> {
        let query = Arc::new(self.build_groups(table, select, by, self.clock()).await?);
        Ok(Arc::new(move |session| {
            let query = Arc::clone(&query);
            Box::pin(async move { Ok(Answer::Groups(Arc::new(query.run(&session, limit).await?))) })
        }))
    }
}
