//! The rows of one manager in memory.

use std::sync::{Arc, PoisonError, RwLock};

use super::answers::Answers;
use super::table::Table;
use crate::change::Topic;
use crate::error::Error;
use crate::interface::{
    Answer, BoxFuture, BulkRequest, BulkRows, BulkWritten, ErasedInterface, IdempotencyKey, InFlight,
    KeyedRequest, Read, ReadLimits, Replay, Target, Transactions, WriteRequest, Written,
};
use crate::manager::{Description, Record};
use crate::query::{GroupCounter, KnownRow};

/// Rows in memory, for tests of an application ([`GmBuilder::in_memory`](crate::GmBuilder::in_memory)). They end with the
/// handle. Every query reads every row.
#[derive(Clone)]
pub(crate) struct MemoryInterface {
    description: &'static Description,
    topic: Arc<Topic>,
    table: Arc<RwLock<Table>>,
    limits: ReadLimits,
    storage: Arc<dyn Transactions>,
    /// Locked within the lock of the table.
    answers: Arc<Answers>,
}

impl MemoryInterface {
    /// A table of these rows.
    ///
    /// # Errors
    /// [`Error::Invalid`] and [`Error::Conflict`] for a row that does not fit the table.
    pub(super) fn new(
        description: &'static Description,
        topic: Arc<Topic>,
        limits: ReadLimits,
        storage: Arc<dyn Transactions>,
        answers: Arc<Answers>,
        rows: Vec<Record>,
    ) -> Result<Self, Error> {
        let mut table = Table::default();
        for row in rows {
            table.load(description, row)?;
        }
        Ok(Self {
            description,
            topic,
            table: Arc::new(RwLock::new(table)),
            limits,
            storage,
            answers,
        })
    }

    pub(super) fn table(&self) -> &Arc<RwLock<Table>> {
        &self.table
    }

    pub(super) fn topic(&self) -> &Arc<Topic> {
        &self.topic
    }

    pub(super) fn limits(&self) -> ReadLimits {
        self.limits
    }
}

/// A table that is locked for a read.
pub(super) trait LockedTable: Sync {
    fn with<T>(&self, work: impl FnOnce(&Table) -> T) -> T;
}

impl LockedTable for RwLock<Table> {
    fn with<T>(&self, work: impl FnOnce(&Table) -> T) -> T {
        work(&self.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Reads rows of a table.
pub(super) fn answer<'a>(
    description: &'static Description,
    limits: ReadLimits,
    read: Read<'a>,
    table: &'a impl LockedTable,
) -> BoxFuture<'a, Result<Answer, Error>> {
    match read.target {
        Target::Page(select) => Box::pin(async move {
            let page = async {
                let page =
                    table.with(|table| select.records_of(description, table.rows.iter().map(KnownRow::from)));
                Ok(page.with_page_size(select.page.and(select.page_size)))
            };
            let page = limits.page(description, &select, page).await?;
            read.representation.page(page)
        }),
        Target::Groups { select, by } => Box::pin(async move {
            let groups = async {
                let mut counter = GroupCounter::new(description, by);
                table.with(|table| {
                    let rows = table.rows.iter().map(KnownRow::from);
                    select.count_into(&mut counter, rows)
                })?;
                Ok(counter.finish())
            };
            let groups = limits.page(description, &select, groups).await?;
            Ok(Answer::Groups(Arc::new(groups)))
        }),
        Target::Row { id, condition } => Box::pin(async move {
            let is_in_sight =
                |row: &&Record| condition.as_ref().is_none_or(|condition| condition.accepts(row));
            let row = table.with(|table| table.row(description, id).filter(is_in_sight).cloned());
            read.representation.row(row)
        }),
    }
}

/// Writes when no transaction claims the table.
async fn unclaimed<T>(table: &RwLock<Table>, write: impl Fn(&mut Table) -> T) -> T {
    loop {
        let claim = {
            let mut table = table.write().unwrap_or_else(PoisonError::into_inner);
            match table.claimed() {
                None => return write(&mut table),
                Some(claim) => claim,
            }
        };
        claim.ended().await;
    }
}

impl ErasedInterface for MemoryInterface {
    fn description(&self) -> &'static Description {
        self.description
    }

    fn applies_conditions(&self) -> bool {
        true
    }

    fn transactions(&self) -> Option<Arc<dyn Transactions>> {
        Some(Arc::clone(&self.storage))
    }

    fn read<'a>(&'a self, read: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        answer(self.description, self.limits, read, &*self.table)
    }

    fn write(&self, request: WriteRequest) -> BoxFuture<'static, Result<Written, Error>> {
        let (description, topic, table) =
            (self.description, Arc::clone(&self.topic), Arc::clone(&self.table));
        let answers = request.key.is_some().then(|| Arc::clone(&self.answers));
        Box::pin(async move {
            let keyed = request.key.as_ref().and_then(IdempotencyKey::request);
            let write = |table: &mut Table| match answers.as_deref().zip(keyed) {
                Some((answers, keyed)) => answers.once(keyed, || table.write(description, &request)),
                None => table.write(description, &request),
            };
            let (written, change) = unclaimed(&table, write).await?;
            if let Some(change) = change {
                topic.publish(&change);
            }
            Ok(written)
        })
    }

    fn write_many(&self, request: BulkRequest) -> BoxFuture<'static, Result<BulkWritten, Error>> {
        let (description, topic, table) =
            (self.description, Arc::clone(&self.topic), Arc::clone(&self.table));
        let limits = self.limits;
        Box::pin(async move {
            let write = unclaimed(&table, |table| table.write_many(description, &request));
            let (written, changes) = match &request.rows {
                BulkRows::New(_) => write.await?,
                BulkRows::Matching(select) => limits.page(description, select, write).await?,
            };
            for change in changes.iter() {
                topic.publish(change);
            }
            Ok(written)
        })
    }

    fn stores_answers(&self) -> bool {
        self.answers.are_stored()
    }

    fn remember(
        &self,
        request: KeyedRequest,
        _: InFlight,
    ) -> BoxFuture<'static, Result<Option<Replay>, Error>> {
        let replay = self.answers.remember(&request);
        Box::pin(std::future::ready(Ok(replay)))
    }
}
