//! The reads of a database: of one row, and of lists.

use std::sync::Arc;

use super::background::Background;
use super::case_folding::CaseFolding;
use super::case_folding_search::CaseFoldingSearch;
use super::connector::Connector;
use super::groups::GroupsQuery;
use super::list_reads::ListReads;
use super::point_reads::PointReads;
use super::query::BuiltQuery;
use super::read_clock::ReadClock;
use super::session::Session;
use super::session_query::{Json, RowQuery, read_page};
use super::table::Table;
use super::thread_slots::ThreadRead;
use crate::error::Error;
use crate::field::Value;
use crate::interface::Answer;
use crate::query::pattern::PatternTimeLimit;
use crate::query::{GroupBy, Groups, Select};

/// The reads of a database. All its managers share them.
pub(super) struct Reads {
    connector: Arc<Connector>,
    point: PointReads,
    lists: ListReads,
    folding: CaseFoldingSearch,
}

impl Reads {
    pub(super) fn start(connector: &Arc<Connector>, background: &Background) -> Self {
        Self {
            connector: Arc::clone(connector),
            point: PointReads::new(Arc::clone(connector), background.runtime()),
            lists: ListReads::start(connector, background),
            folding: CaseFoldingSearch::new(Arc::clone(connector), background.runtime()),
        }
    }

    /// The reads in the queue.
    pub(super) fn waiting(&self) -> usize {
        self.lists.waiting()
    }

    /// The row of this id: [`Answer::Json`] or [`Answer::Record`], or nothing.
    pub(super) async fn row(&self, table: &Table, id: &Value, json: Json) -> Result<Answer, Error> {
        self.read_row(table, RowQuery::by_id(table, id)?, json).await
    }

    /// The row of a select that one row matches at most.
    pub(super) async fn row_of(
        &self,
        table: &Table,
        select: &Select,
        json: Json,
        limit: PatternTimeLimit,
    ) -> Result<Answer, Error> {
        let query = self.build(table, select, self.clock()).await?;
        self.read_row(table, RowQuery::Built(query, limit), json).await
    }

    async fn read_row(&self, table: &Table, query: RowQuery, json: Json) -> Result<Answer, Error> {
        let (description, clock) = (table.description(), self.clock());
        // A read of a view may take long, since the view may compute much.
        if !query.is_scan() && table.relation().is_table() {
            let read = |session: Arc<Session>| {
                let (query, json) = (&query, json.clone());
                async move { query.read(description, &session, json).await }
            };
            if let ThreadRead::Done(row) = self.point.read(description, &clock, read).await? {
                return Ok(row);
            }
        }
        // Boxed, so that the future of the usual read is small.
        Box::pin(self.read_row_elsewhere(table, query, json, clock)).await
    }

    /// Reads a row as lists are read.
    async fn read_row_elsewhere(
        &self,
        table: &Table,
        query: RowQuery,
        json: Json,
        clock: ReadClock,
    ) -> Result<Answer, Error> {
        let description = table.description();
        let is_of_view = !query.is_scan() && !table.relation().is_table();
        let query = Arc::new(query);
        let read = move |session: Arc<Session>| {
            let (query, json) = (Arc::clone(&query), json.clone());
            async move { query.read(description, &session, json).await }
        };
        match is_of_view {
            true => self.lists.read(description, clock, read).await,
            false => self.lists.read_alone(description, clock, read).await,
        }
    }

    /// The page of a select: [`Answer::Json`] or [`Answer::Records`].
    pub(super) async fn page(
        &self,
        table: &Table,
        mut select: Select,
        json: Json,
        limit: PatternTimeLimit,
    ) -> Result<Answer, Error> {
        let (description, clock) = (table.description(), self.clock());
        let query = self.build(table, &select, clock).await?;
        let query = Arc::new(query.with_ordering(std::mem::take(&mut select.ordering)));
        let page_size = select.page.and(select.page_size);
        let is_scan = query.is_scan();
        let read = move |session: Arc<Session>| {
            let (query, json) = (Arc::clone(&query), json.clone());
            async move { read_page(&query, &session, json, limit, page_size).await }
        };
        match is_scan {
            true => self.lists.read_alone(description, clock, read).await,
            false => self.lists.read(description, clock, read).await,
        }
    }

    /// The numbers of rows by the values of a field.
    pub(super) async fn groups(
        &self,
        table: &Table,
        select: Select,
        by: GroupBy,
        limit: PatternTimeLimit,
    ) -> Result<Groups, Error> {
        let (description, clock) = (table.description(), self.clock());
        let query = self.build_groups(table, &select, by, clock).await?;
        let is_scan = query.is_scan();
        let query = Arc::new(query);
        let read = move |session: Arc<Session>| {
            let query = Arc::clone(&query);
            async move { query.run(&session, limit).await }
        };
        match is_scan {
            true => self.lists.read_alone(description, clock, read).await,
            false => self.lists.read(description, clock, read).await,
        }
    }

    /// Builds the SQL of a select. The first one that ignores case finds out how the server does so.
    pub(super) async fn build(
        &self,
        table: &Table,
        select: &Select,
        clock: ReadClock,
    ) -> Result<BuiltQuery, Error> {
        let folding = self.folding_of(select, clock).await?;
        let is_pooled = self.connector.is_pooled();
        BuiltQuery::new(table.description(), table.name(), select, folding, is_pooled)
    }

    /// Builds the SQL of the numbers of rows by the values of a field.
    pub(super) async fn build_groups(
        &self,
        table: &Table,
        select: &Select,
        by: GroupBy,
        clock: ReadClock,
    ) -> Result<GroupsQuery, Error> {
        let folding = self.folding_of(select, clock).await?;
        let relation = (table.description(), table.name());
        GroupsQuery::new(relation, select, by, folding, self.connector.is_pooled())
    }

    /// How the server ignores case, if the select needs it.
    pub(super) async fn folding_of(
        &self,
        select: &Select,
        clock: ReadClock,
    ) -> Result<Option<&CaseFolding>, Error> {
        Ok(match CaseFolding::is_needed(select) {
            true => Some(Box::pin(self.folding.get(&clock)).await?),
            false => None,
        })
    }

    /// The clock of a read that is requested now.
    pub(super) fn clock(&self) -> ReadClock {
        ReadClock::start(self.connector.read_time())
    }

    /// Refuses further reads, and waits until the others are done.
    pub(super) async fn close(&self) {
        self.point.close();
        self.lists.close().await;
    }
}
