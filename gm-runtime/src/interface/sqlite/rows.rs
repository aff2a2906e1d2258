//! SQLite as an interface: the rows of one manager.

use std::any::Any;
use std::sync::Arc;

use futures_util::FutureExt as _;
use rusqlite::Connection;

use super::query::BuiltQuery;
use super::rows_access::RowsAccess;
use super::stored_answers::StoredAnswers;
use super::table::Table;
use super::transaction::SqliteTransaction;
use crate::change::{Change, Topic};
use crate::error::{Error, Operation};
use crate::field::Value;
use crate::interface::sql::JsonRows;
use crate::interface::storage_span::{statement, traced};
use crate::interface::{
    Answer, BoxFuture, BulkRequest, BulkRows, BulkWritten, ErasedInterface, InFlight, KeyedRequest, Read,
    Replay, Representation, Target, Transactions, WriteRequest, Written,
};
use crate::manager::{Description, Records};
use crate::protocol::items::RowWriter;
use crate::query::pattern::{self, Deadline, PatternTimeLimit, Patterns};
use crate::query::{GroupBy, RecordPage, Select};

/// The rows of one manager in SQLite, outside of a transaction or inside of one.
pub(super) struct SqliteRows {
    pub(super) table: Arc<Table>,
    pub(super) access: RowsAccess,
    pub(super) pattern_time: PatternTimeLimit,
    pub(super) answers: Arc<StoredAnswers>,
}

impl SqliteRows {
    /// The same rows inside of a transaction.
    pub(super) fn within(&self, transaction: Arc<SqliteTransaction>) -> Self {
        Self {
            table: Arc::clone(&self.table),
            access: RowsAccess::Transaction(transaction),
            pattern_time: self.pattern_time,
            answers: Arc::clone(&self.answers),
        }
    }

    fn name(&self) -> &'static str {
        self.table.description().name()
    }

    /// The page of a query. A reading thread writes JSON directly from the statement.
    async fn page(&self, mut select: Select, representation: Representation<'_>) -> Result<Answer, Error> {
        let deadline = pattern::current_deadline();
        let query = self
            .table
            .build(&select)?
            .with_ordering(std::mem::take(&mut select.ordering));
        let page_size = select.page.and(select.page_size);
        if let Representation::Json(writer) = representation {
            let mut rows = JsonRows::new(Arc::clone(writer), query.expected_rows());
            let page = self.access.read(self.name(), move |connection| {
                let end = query.run_with_deadline(deadline, connection, &mut rows)?;
                rows.into_page(end, page_size)
            });
            return page.await.map(Answer::Json);
        }
        let page = self.access.read(self.name(), move |connection| {
            let mut records = Records::new(query.description());
            let end = query.run_with_deadline(deadline, connection, &mut records)?;
            Ok(RecordPage::new(records, end.total)
                .with_page_size(page_size)
                .with_next(query.into_next(end)))
        });
        representation.page(page.await?)
    }

    /// The numbers of rows by the values of a field.
    async fn groups(&self, select: &Select, by: GroupBy) -> Result<Answer, Error> {
        let deadline = pattern::current_deadline();
        let query = self.table.build_groups(select, by)?;
        let groups = self.access.read(self.name(), move |connection| {
            query.count_groups(deadline, connection, by)
        });
        Ok(Answer::Groups(Arc::new(groups.await?)))
    }

    /// The row of this id, by an inline read if it is in a table and a connection is free.
    async fn row(&self, id: &Value, representation: Representation<'_>) -> Result<Answer, Error> {
        if let Representation::Json(writer) = representation {
            let inline = |connection: &Connection| json_row(&self.table, connection, id, writer);
            if self.table.topic().is_table()
                && let Some(row) = self.access.read_inline(inline)
            {
                return row;
            }
            let (table, id, writer) = (Arc::clone(&self.table), id.clone(), Arc::clone(writer));
            return self
                .access
                .read(self.name(), move |connection| {
                    json_row(&table, connection, &id, &writer)
                })
                .await;
        }
        let inline = |connection: &Connection| self.table.get(connection, id);
        if self.table.topic().is_table()
            && let Some(row) = self.access.read_inline(inline)
        {
            return representation.row(row?);
        }
        let (table, id) = (Arc::clone(&self.table), id.clone());
        let row = self
            .access
            .read(self.name(), move |connection| table.get(connection, &id));
        representation.row(row.await?)
    }

    /// The row of a query for one id, by an inline read as [`row`](Self::row). A pattern is matched on the reading threads,
    /// since that takes one instruction of any length.
    async fn row_in_sight(
        &self,
        query: BuiltQuery,
        representation: Representation<'_>,
    ) -> Result<Answer, Error> {
        let deadline = pattern::current_deadline();
        let writer = match representation {
            Representation::Json(writer) => Some(writer),
            Representation::Typed(_) | Representation::Records => None,
        };
        let inline = |connection: &Connection| row_of(&query, deadline, connection, writer);
        if self.table.topic().is_table()
            && !query.has_patterns()
            && let Some(row) = self.access.read_inline(inline)
        {
            return row;
        }
        let writer = writer.cloned();
        self.access
            .read(self.name(), move |connection| {
                row_of(&query, deadline, connection, writer.as_ref())
            })
            .await
    }
}

/// Reads the row of a query for one id.
fn row_of(
    query: &BuiltQuery,
    deadline: Deadline,
    connection: &Connection,
    writer: Option<&Arc<RowWriter>>,
) -> Result<Answer, Error> {
    let Some(writer) = writer else {
        let mut rows = Records::new(query.description());
        query.read_row(deadline, connection, &mut rows)?;
        return Ok(rows.into_first().map_or(Answer::Nothing, Answer::Record));
    };
    let mut rows = JsonRows::new(Arc::clone(writer), 1);
    Ok(if query.read_row(deadline, connection, &mut rows)? {
        Answer::Json(rows.into_items().into())
    } else {
        Answer::Nothing
    })
}

/// Reads one row as JSON.
fn json_row(
    table: &Table,
    connection: &Connection,
    id: &Value,
    writer: &Arc<RowWriter>,
) -> Result<Answer, Error> {
    let mut rows = JsonRows::new(Arc::clone(writer), 1);
    let exists = table.get_into(connection, id, &mut rows)?;
    Ok(if exists {
        Answer::Json(rows.into_items().into())
    } else {
        Answer::Nothing
    })
}

impl SqliteRows {
    fn read_now<'a>(&'a self, read: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        // A box for each kind of read, since the future of a page is three times as large as that of a row.
        let representation = read.representation;
        let timed = self.table.metrics.begin(Some(Operation::Filter));
        match read.target {
            Target::Row { id, condition: None } => Box::pin(self.row(id, representation).map(timed)),
            Target::Row {
                id,
                condition: Some(condition),
            } => Box::pin(
                async move {
                    let query = self.table.build_row(id, condition)?;
                    let has_patterns = query.has_patterns();
                    let row = self.row_in_sight(query, representation);
                    if has_patterns {
                        pattern::with_time_limit(self.pattern_time, self.name(), Patterns::default(), row)
                            .await
                    } else {
                        row.await
                    }
                }
                .map(timed),
            ),
            Target::Page(select) if select.has_patterns() => Box::pin(
                async move {
                    select.check_patterns(self.table.description())?;
                    let page = self.page(select, representation);
                    // The reading threads compile the patterns.
                    pattern::with_time_limit(self.pattern_time, self.name(), Patterns::default(), page).await
                }
                .map(timed),
            ),
            Target::Page(select) => Box::pin(self.page(select, representation).map(timed)),
            Target::Groups { select, by } if select.has_patterns() => Box::pin(
                async move {
                    select.check_patterns(self.table.description())?;
                    let groups = self.groups(&select, by);
                    pattern::with_time_limit(self.pattern_time, self.name(), Patterns::default(), groups)
                        .await
                }
                .map(timed),
            ),
            Target::Groups { select, by } => {
                Box::pin(async move { self.groups(&select, by).await }.map(timed))
            }
        }
    }
}

impl ErasedInterface for SqliteRows {
    fn description(&self) -> &'static Description {
        self.table.description()
    }

    fn applies_conditions(&self) -> bool {
        true
    }

    fn joins(&self, other: &dyn ErasedInterface, rows: &Select, _: &Select) -> bool {
        let other: &dyn Any = other;
        let is_here = |other: &Self| self.access.is_same(&other.access);
        // The patterns of a query are those of its own fields.
        other.downcast_ref().is_some_and(is_here) && !rows.has_patterns()
    }

    fn read<'a>(&'a self, read: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        traced("sqlite", self.table.name(), "SELECT", self.read_now(read))
    }

    fn enforces_references(&self) -> bool {
        true
    }

    fn transactions(&self) -> Option<Arc<dyn Transactions>> {
        match &self.access {
            RowsAccess::Queues(queues) => Some(Arc::clone(queues) as _),
            RowsAccess::Transaction(_) => None,
        }
    }

    /// Reaches the managers that show the row in another way too, as the same change by a write does. The topic is the table's.
    fn publish(&self, change: &Change, _: &Topic) {
        self.table.topic().publish_foreign(change);
    }

    fn write(&self, request: WriteRequest) -> BoxFuture<'static, Result<Written, Error>> {
        let table = Arc::clone(&self.table);
        let operation = request.write.operation();
        let timed = table.metrics.begin(Some(operation));
        let (name, statement) = (table.name(), statement(operation));
        let written: BoxFuture<'static, _> = match &self.access {
            RowsAccess::Queues(queues) => {
                let queues = Arc::clone(queues);
                Box::pin(async move { queues.write(table, request).await }.map(timed))
            }
            RowsAccess::Transaction(transaction) => {
                let transaction = Arc::clone(transaction);
                Box::pin(async move { transaction.write(table, request).await }.map(timed))
            }
        };
        traced("sqlite", name, statement, written)
    }

    fn write_many(&self, request: BulkRequest) -> BoxFuture<'static, Result<BulkWritten, Error>> {
        let (table, access) = (Arc::clone(&self.table), self.access.clone());
        let (pattern_time, name) = (self.pattern_time, self.name());
        let timed = table.metrics.begin(None);
        let table_name = table.name();
        let written = async move {
            let BulkRows::Matching(select) = &request.rows else {
                return access.write_many(table, request, None).await;
            };
            // One page, behind which a row tells that there are too many.
            let page = Select {
                page: Some(1),
                page_size: Some(request.limits.rows),
                ..select.clone()
            };
            page.check_patterns(table.description())?;
            let query = table.build(&page)?;
            let has_patterns = query.has_patterns();
            let write = async {
                let query = (query, pattern::current_deadline());
                access.write_many(table, request, Some(query)).await
            };
            match has_patterns {
                true => pattern::with_time_limit(pattern_time, name, Patterns::default(), write).await,
                false => write.await,
            }
        };
        traced("sqlite", table_name, "BATCH", Box::pin(written.map(timed)))
    }

    fn stores_answers(&self) -> bool {
        self.answers.are_stored()
    }

    fn remember(
        &self,
        request: KeyedRequest,
        in_flight: InFlight,
    ) -> BoxFuture<'static, Result<Option<Replay>, Error>> {
        let RowsAccess::Queues(queues) = &self.access else {
            return Box::pin(std::future::ready(Ok(None)));
        };
        let (queues, answers) = (Arc::clone(queues), Arc::clone(&self.answers));
        Box::pin(async move {
            let remembered = queues.on_writer(move |connection| {
                let _in_flight = in_flight;
                answers.remember(connection, &request)
            });
            remembered.await
        })
    }
}
