//! Rows in memory, for tests of applications.

mod table;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use self::table::Table;
use super::{Answer, BoxFuture, ErasedInterface, Read, ReadLimits, Target, WriteRequest, Written};
use crate::change::Topic;
use crate::error::Error;
use crate::manager::{Description, Record};

/// Rows in memory, for tests of an application ([`GmBuilder::in_memory`](crate::GmBuilder::in_memory)). They end with the
/// handle. Every query reads every row.
pub(crate) struct MemoryInterface {
    description: &'static Description,
    topic: Arc<Topic>,
    table: Arc<RwLock<Table>>,
    limits: ReadLimits,
}

impl MemoryInterface {
    /// A table of these rows.
    ///
    /// # Errors
    /// [`Error::Invalid`] and [`Error::Conflict`] for a row that does not fit the table.
    pub(crate) fn new(
        description: &'static Description,
        topic: Arc<Topic>,
        limits: ReadLimits,
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
        })
    }

    fn rows(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ErasedInterface for MemoryInterface {
    fn description(&self) -> &'static Description {
        self.description
    }

    fn applies_conditions(&self) -> bool {
        true
    }

    fn read<'a>(&'a self, read: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        match read.target {
            Target::Page(select) => Box::pin(async move {
                let page = async {
                    let table = self.rows();
                    let rows = table.rows.iter().map(Record::values);
                    let page = select.records_of(self.description, rows);
                    Ok(page.with_page_size(select.page.and(select.page_size)))
                };
                let page = self.limits.page(self.description, &select, page).await?;
                read.representation.page(page)
            }),
            Target::Row { id, condition } => Box::pin(async move {
                let table = self.rows();
                let is_in_sight =
                    |row: &&Record| condition.as_ref().is_none_or(|condition| condition.accepts(row));
                let row = table.row(self.description, id).filter(is_in_sight).cloned();
                drop(table);
                read.representation.row(row)
            }),
        }
    }

    fn write(&self, request: WriteRequest) -> BoxFuture<'static, Result<Written, Error>> {
        let (description, topic, table) =
            (self.description, Arc::clone(&self.topic), Arc::clone(&self.table));
        Box::pin(async move {
            let (written, change) = {
                let mut table = table.write().unwrap_or_else(PoisonError::into_inner);
                table.write(description, &request)?
            };
            if let Some(change) = change {
                topic.publish(&change);
            }
            Ok(written)
        })
    }
}
