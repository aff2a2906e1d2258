//! The reads of a database: of one row, and of lists.

use std::sync::Arc;

use super::background::Background;
use super::case_folding::CaseFolding;
use super::case_folding_search::CaseFoldingSearch;
use super::connector::Connector;
use super::error::ReadError;
use super::groups::GroupsQuery;
use super::list_reads::ListReads;
use super::locked_query::LockedQuery;
use super::parameter::Parameter;
use super::point_reads::PointReads;
use super::query::{BuiltQuery, read_row};
use super::read_clock::ReadClock;
use super::session::Session;
use super::statement::Statement;
use super::table::Table;
use super::thread_slots::ThreadRead;
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::JsonRows;
use crate::interface::{Answer, BoxFuture};
use crate::manager::{Description, Records};
use crate::protocol::items::RowWriter;
use crate::query::pattern::PatternTimeLimit;
use crate::query::{GroupBy, Groups, RecordPage, Select};

/// The reads of a database. All its managers share them.
pub(super) struct Reads {
    connector: Arc<Connector>,
    point: PointReads,
    lists: ListReads,
    folding: CaseFoldingSearch,
}

/// The writer of JSON, for an answer in that form. Without one, an answer has records.
pub(super) type Json = Option<Arc<RowWriter>>;

/// A read that a session carries out, perhaps twice.
pub(super) type AnswerRead =
    Arc<dyn Fn(Arc<Session>) -> BoxFuture<'static, Result<Answer, ReadError>> + Send + Sync>;

impl Reads {
    pub(super) fn start(connector: &Arc<Connector>, background: &Background) -> Self {
        Self {
            connector: Arc::clone(connector),
            point: PointReads::new(Arc::clone(connector), background.runtime()),
            lists: ListReads::start(connector, background),
            folding: CaseFoldingSearch::new(Arc::clone(connector), background.runtime()),
        }
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
        let folding = self.folding_of(&select, clock).await?;
        let query = GroupsQuery::new(
            (description, table.name()),
            &select,
            by,
            folding,
            self.connector.is_pooled(),
        )?;
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
    async fn build(&self, table: &Table, select: &Select, clock: ReadClock) -> Result<BuiltQuery, Error> {
        let folding = self.folding_of(select, clock).await?;
        let is_pooled = self.connector.is_pooled();
        BuiltQuery::new(table.description(), table.name(), select, folding, is_pooled)
    }

    /// How the server ignores case, if the select needs it.
    async fn folding_of(&self, select: &Select, clock: ReadClock) -> Result<Option<&CaseFolding>, Error> {
        Ok(match CaseFolding::is_needed(select) {
            true => Some(Box::pin(self.folding.get(&clock)).await?),
            false => None,
        })
    }

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
        let folding = self.folding_of(select, self.clock()).await?;
        let is_pooled = self.connector.is_pooled();
        let query = GroupsQuery::new(
            (table.description(), table.name()),
            select,
            by,
            folding,
            is_pooled,
        )?;
        let query = Arc::new(query);
        Ok(Arc::new(move |session| {
            let query = Arc::clone(&query);
            Box::pin(async move { Ok(Answer::Groups(Arc::new(query.run(&session, limit).await?))) })
        }))
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

/// A query for one row.
enum RowQuery {
    ById(Statement),
    Built(BuiltQuery, PatternTimeLimit),
}

impl RowQuery {
    fn by_id(table: &Table, id: &Value) -> Result<Self, Error> {
        let description = table.description();
        let index = description.id_index();
        let id =
            Parameter::of(description.field(index), id).map_err(|error| description.invalid(index, error))?;
        Ok(Self::ById(Statement {
            text: Arc::clone(&table.get),
            parameters: vec![id],
        }))
    }

    fn is_scan(&self) -> bool {
        matches!(self, Self::Built(query, _) if query.is_scan())
    }

    async fn read(
        &self,
        description: &'static Description,
        session: &Session,
        json: Json,
    ) -> Result<Answer, ReadError> {
        let Some(writer) = json else {
            let mut rows = Records::new(description);
            match self {
                Self::ById(statement) => {
                    read_row(description, session, statement, &mut rows).await?;
                }
                Self::Built(query, limit) => rows = query.run_for_row(session, *limit, rows).await?.0,
            }
            return Ok(rows.into_first().map_or(Answer::Nothing, Answer::Record));
        };
        let mut rows = JsonRows::new(writer, 1);
        let exists = match self {
            Self::ById(statement) => read_row(description, session, statement, &mut rows).await?,
            Self::Built(query, limit) => {
                let (read, exists) = query.run_for_row(session, *limit, rows).await?;
                rows = read;
                exists
            }
        };
        Ok(match exists {
            true => Answer::Json(rows.into_items().into()),
            false => Answer::Nothing,
        })
    }
}

async fn read_page(
    query: &BuiltQuery,
    session: &Session,
    json: Json,
    limit: PatternTimeLimit,
    page_size: Option<u64>,
) -> Result<Answer, ReadError> {
    let Some(writer) = json else {
        let (rows, end) = query
            .run(session, limit, Records::new(query.description()))
            .await?;
        return Ok(Answer::Records(
            RecordPage::new(rows, end.total)
                .with_page_size(page_size)
                .with_next(query.next(end)),
        ));
    };
    let rows = JsonRows::new(writer, query.expected_rows());
    let (rows, end) = query.run(session, limit, rows).await?;
    Ok(Answer::Json(rows.into_page(end, page_size)?))
}
