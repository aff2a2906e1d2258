//! Postgres as an interface: the rows of one manager.

use std::any::Any;
use std::sync::Arc;

use futures_util::FutureExt as _;

use super::local_lookups::LocalLookups;
use super::reads::Reads;
use super::session_query::Json;
use super::table::Table;
use super::writer::{BulkWriter, InteractivePool, PostgresTransaction, Writer};
use crate::change::{Change, Topic};
use crate::error::{Error, Operation};
use crate::field::{Value, ValueType};
use crate::interface::storage_span::{statement, traced};
use crate::interface::{
    Answer, BoxFuture, BulkRequest, BulkRows, BulkWritten, ErasedInterface, InFlight, KeyedRequest, Read,
    Replay, Representation, Target, Transactions, WriteRequest, Written,
};
use crate::manager::Description;
use crate::query::pattern::PatternTimeLimit;
use crate::query::{ConditionTree, Lookup, Operand, Operator, Select};

/// The rows of one manager in Postgres.
pub(super) struct PostgresRows {
    pub(super) table: Arc<Table>,
    pub(super) reads: Arc<Reads>,
    pub(super) writer: Arc<Writer>,
    pub(super) transactions: Arc<InteractivePool>,
    /// The transaction that the rows are read and written in.
    pub(super) transaction: Option<Arc<PostgresTransaction>>,
    pub(super) bulk: Arc<BulkWriter>,
    pub(super) pattern_time: PatternTimeLimit,
    pub(super) stores_answers: bool,
}

impl PostgresRows {
    /// The row of this id, if the condition accepts it.
    async fn row_in_sight(
        &self,
        id: &Value,
        condition: Arc<ConditionTree>,
        json: Json,
    ) -> Result<Answer, Error> {
        let select = self.select_of(id, condition);
        self.reads
            .row_of(&self.table, &select, json, self.pattern_time)
            .await
    }

    fn select_of(&self, id: &Value, condition: Arc<ConditionTree>) -> Select {
        let mut select = Select::new();
        select.filters.push(Lookup {
            field: self.table.description().id_index(),
            operator: Operator::Exact,
            operand: Operand::Value(id.clone()),
        });
        select.condition = Some(condition);
        select
    }

    /// The same rows inside of a transaction.
    pub(super) fn within(&self, transaction: Arc<PostgresTransaction>) -> Self {
        Self {
            table: Arc::clone(&self.table),
            reads: Arc::clone(&self.reads),
            writer: Arc::clone(&self.writer),
            bulk: Arc::clone(&self.bulk),
            transactions: Arc::clone(&self.transactions),
            transaction: Some(transaction),
            pattern_time: self.pattern_time,
            stores_answers: self.stores_answers,
        }
    }

    /// Reads as the transaction sees the rows.
    async fn read_inside(&self, transaction: &PostgresTransaction, read: Read<'_>) -> Result<Answer, Error> {
        let representation = read.representation;
        let (json, limit) = (json_of(representation), self.pattern_time);
        let clock = self.reads.clock();
        let inside = match read.target {
            Target::Row { id, condition: None } => self.reads.row_read(&self.table, id, json)?,
            Target::Row {
                id,
                condition: Some(condition),
            } => {
                let select = self.select_of(id, condition);
                self.reads.row_of_read(&self.table, &select, json, limit).await?
            }
            Target::Page(select) => {
                if select.has_patterns() {
                    select.check_patterns(self.table.description())?;
                }
                self.reads.page_read(&self.table, select, json, limit).await?
            }
            Target::Groups { select, by } => {
                if select.has_patterns() {
                    select.check_patterns(self.table.description())?;
                }
                self.reads.groups_read(&self.table, &select, by, limit).await?
            }
        };
        match transaction.read(self.table.description(), clock, inside).await? {
            Answer::Records(page) => representation.page(page),
            answer => Ok(answer),
        }
    }

    async fn page(&self, select: Select, representation: Representation<'_>) -> Result<Answer, Error> {
        if select.has_patterns() {
            select.check_patterns(self.table.description())?;
        }
        let json = json_of(representation);
        let page = self
            .reads
            .page(&self.table, select, json, self.pattern_time)
            .await?;
        match page {
            Answer::Records(page) => representation.page(page),
            page => Ok(page),
        }
    }
}

fn json_of(representation: Representation<'_>) -> Json {
    match representation {
        Representation::Json(writer) => Some(Arc::clone(writer)),
        Representation::Typed(_) | Representation::Records => None,
    }
}

impl PostgresRows {
    fn read_now<'a>(&'a self, read: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        let timed = self.table.metrics.begin(Some(Operation::Filter));
        // A box for each kind of read, since the future of a page is larger than that of a row.
        if let Some(transaction) = &self.transaction {
            return Box::pin(self.read_inside(transaction, read).map(timed));
        }
        let representation = read.representation;
        match read.target {
            Target::Row { id, condition: None } => {
                let row = self.reads.row(&self.table, id, json_of(representation));
                Box::pin(row.map(timed))
            }
            Target::Row {
                id,
                condition: Some(condition),
            } => Box::pin(
                self.row_in_sight(id, condition, json_of(representation))
                    .map(timed),
            ),
            Target::Page(select) => {
                Box::pin(async move { self.page(select, representation).await }.map(timed))
            }
            Target::Groups { select, by } => Box::pin(
                async move {
                    if select.has_patterns() {
                        select.check_patterns(self.table.description())?;
                    }
                    let groups = self.reads.groups(&self.table, select, by, self.pattern_time);
                    Ok(Answer::Groups(Arc::new(groups.await?)))
                }
                .map(timed),
            ),
        }
    }
}

impl ErasedInterface for PostgresRows {
    fn description(&self) -> &'static Description {
        self.table.description()
    }

    fn applies_conditions(&self) -> bool {
        true
    }

    fn joins(&self, other: &dyn ErasedInterface, rows: &Select, context: &Select) -> bool {
        let other: &dyn Any = other;
        let is_evaluated_here = LocalLookups::has_excludes(self.table.description(), context);
        let is_joined = |other: &Self| {
            // Texts of two columns may have different collations, which Postgres does not compare.
            let is_text = other.table.description().id_field().value_type() == ValueType::Text;
            Arc::ptr_eq(&self.reads, &other.reads)
                && !is_text
                && !LocalLookups::needs(rows)
                && !is_evaluated_here
        };
        other.downcast_ref().is_some_and(is_joined)
    }

    fn read<'a>(&'a self, read: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        traced("postgresql", self.table.name(), "SELECT", self.read_now(read))
    }

    fn enforces_references(&self) -> bool {
        true
    }

    fn transactions(&self) -> Option<Arc<dyn Transactions>> {
        match self.transaction {
            None => Some(Arc::clone(&self.transactions) as _),
            Some(_) => None,
        }
    }

    /// Reaches every replica, after everything that was committed before.
    fn publish(&self, change: &Change, _: &Topic) {
        self.table.relation().publish(change);
    }

    fn grants_changed(&self, _: &Topic) {
        self.table.relation().grants_changed();
    }

    fn write(&self, request: WriteRequest) -> BoxFuture<'static, Result<Written, Error>> {
        let table = Arc::clone(&self.table);
        let operation = request.write.operation();
        let timed = table.metrics.begin(Some(operation));
        let (name, statement) = (table.name(), statement(operation));
        let written: BoxFuture<'static, _> = if let Some(transaction) = &self.transaction {
            let transaction = Arc::clone(transaction);
            Box::pin(async move { transaction.write(table, request).await }.map(timed))
        } else {
            let writer = Arc::clone(&self.writer);
            Box::pin(async move { writer.write(table, request).await }.map(timed))
        };
        traced("postgresql", name, statement, written)
    }

    fn write_many(&self, request: BulkRequest) -> BoxFuture<'static, Result<BulkWritten, Error>> {
        let (table, reads) = (Arc::clone(&self.table), Arc::clone(&self.reads));
        let (bulk, pattern_time) = (Arc::clone(&self.bulk), self.pattern_time);
        let transaction = self.transaction.clone();
        let timed = table.metrics.begin(None);
        let table_name = table.name();
        let written = async move {
            let query = match &request.rows {
                BulkRows::New(_) => None,
                BulkRows::Matching(select) => {
                    select.check_patterns(table.description())?;
                    let rows = request.limits.rows;
                    Some(reads.locked(&table, select, rows, pattern_time).await?)
                }
            };
            match transaction {
                Some(transaction) => transaction.write_many(table, request, query).await,
                None => bulk.write(table, request, query).await,
            }
        };
        traced("postgresql", table_name, "BATCH", Box::pin(written.map(timed)))
    }

    fn stores_answers(&self) -> bool {
        self.stores_answers
    }

    fn remember(
        &self,
        request: KeyedRequest,
        in_flight: InFlight,
    ) -> BoxFuture<'static, Result<Option<Replay>, Error>> {
        let (table, writer) = (Arc::clone(&self.table), Arc::clone(&self.writer));
        Box::pin(async move { writer.remember(table, request, in_flight).await })
    }
}
