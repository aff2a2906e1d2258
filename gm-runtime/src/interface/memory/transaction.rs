//! A transaction of rows in memory.

use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};

use super::answers::Answers;
use super::claim::Claim;
use super::rows::{LockedTable, MemoryInterface, answer};
use super::table::Table;
use crate::change::{Change, Images, Topic};
use crate::error::{Error, TransactionError};
use crate::interface::{
    Answer, BoxFuture, BulkRequest, BulkRows, BulkWritten, ErasedInterface, InFlight, Read, Replay,
    RequestIdentity, SavepointCommand, StoredAnswer, Transaction, TransactionChanges, TransactionTimeLimit,
    WriteRequest, Written,
};
use crate::manager::Description;
use crate::time_limit::Alarm;

/// A transaction of rows in memory. It writes to copies of the tables, which the commit puts in their places.
pub(super) struct MemoryTransaction {
    claim: Arc<Claim>,
    limit: TransactionTimeLimit,
    answers: Arc<Answers>,
    state: Mutex<State>,
    /// Ends the claim at the time limit.
    _alarm: Option<Alarm>,
}

#[derive(Default)]
struct State {
    tables: Vec<ClaimedTable>,
    changes: TransactionChanges<Arc<Topic>>,
    /// The answer that the commit stores.
    answer: Option<(RequestIdentity, StoredAnswer)>,
    savepoint: Option<SavedState>,
}

/// The state at a savepoint.
struct SavedState {
    /// Of the tables that were claimed.
    changed: Vec<Option<Table>>,
    changes: TransactionChanges<Arc<Topic>>,
}

/// A table that no other write changes.
struct ClaimedTable {
    shared: Arc<RwLock<Table>>,
    /// The rows as the transaction sees them. `None` before its first write.
    changed: Option<Table>,
}

impl MemoryTransaction {
    pub(super) fn new(
        claim: Arc<Claim>,
        limit: TransactionTimeLimit,
        answers: Arc<Answers>,
        in_flight: InFlight,
    ) -> Self {
        Self {
            _alarm: claim.begin(limit.0, in_flight),
            claim,
            limit,
            answers,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_late(&self) -> Error {
        TransactionError::TimeLimit { limit: self.limit.0 }.into()
    }

    /// Claims a table, unless that is done.
    fn claim(&self, shared: &Arc<RwLock<Table>>) -> Result<(), Error> {
        let mut state = self.state();
        if state
            .tables
            .iter()
            .any(|table| Arc::ptr_eq(&table.shared, shared))
        {
            return Ok(());
        }
        if !lock(shared).claim(&self.claim) {
            return Err(self.is_late());
        }
        state.tables.push(ClaimedTable {
            shared: Arc::clone(shared),
            changed: None,
        });
        Ok(())
    }
}

fn lock(table: &RwLock<Table>) -> RwLockWriteGuard<'_, Table> {
    table.write().unwrap_or_else(PoisonError::into_inner)
}

impl Transaction for MemoryTransaction {
    fn interface(self: Arc<Self>, outside: &dyn ErasedInterface) -> Result<Arc<dyn ErasedInterface>, Error> {
        let outside: &dyn Any = outside;
        let Some(outside) = outside.downcast_ref::<MemoryInterface>() else {
            return Err(TransactionError::Ended.into());
        };
        self.claim(outside.table())?;
        Ok(Arc::new(Inside {
            transaction: self,
            outside: outside.clone(),
        }))
    }

    /// Transactions take turns, so no other one claims the key meanwhile.
    fn claim_key(
        self: Arc<Self>,
        request: RequestIdentity,
    ) -> BoxFuture<'static, Result<Option<Replay>, Error>> {
        Box::pin(std::future::ready(Ok(self.answers.find(&request))))
    }

    fn store_answer(
        self: Arc<Self>,
        request: RequestIdentity,
        answer: StoredAnswer,
    ) -> BoxFuture<'static, Result<(), Error>> {
        self.state().answer = Some((request, answer));
        Box::pin(std::future::ready(Ok(())))
    }

    fn savepoint(self: Arc<Self>, command: SavepointCommand) -> BoxFuture<'static, Result<(), Error>> {
        let mut state = self.state();
        match command {
            SavepointCommand::Set => {
                let changed = state.tables.iter().map(|table| table.changed.clone());
                state.savepoint = Some(SavedState {
                    changed: changed.collect(),
                    changes: state.changes.clone(),
                });
            }
            SavepointCommand::Release => state.savepoint = None,
            SavepointCommand::RollBack => {
                if let Some(saved) = state.savepoint.take() {
                    // A table that was claimed later had no changes.
                    let mut changed = saved.changed.into_iter();
                    for table in &mut state.tables {
                        table.changed = changed.next().flatten();
                    }
                    state.changes = saved.changes;
                }
            }
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn commit(self: Arc<Self>) -> BoxFuture<'static, Result<(), Error>> {
        Box::pin(async move {
            if !self.claim.begin_commit() {
                return Err(self.is_late());
            }
            let State {
                tables,
                changes,
                answer,
                savepoint: _,
            } = std::mem::take(&mut *self.state());
            let changed = tables
                .iter()
                .filter_map(|table| Some((&table.shared, table.changed.as_ref()?)));
            // All of them before the first one changes, so that no reader sees a part.
            let locked: Vec<_> = changed.map(|(shared, changed)| (lock(shared), changed)).collect();
            for (mut shared, changed) in locked {
                shared.clone_from(changed);
            }
            if let Some((request, answer)) = answer {
                self.answers.store(&request, answer);
            }
            for (topic, change) in changes.iter() {
                topic.publish(change);
            }
            self.claim.end();
            Ok(())
        })
    }

    fn roll_back(self: Arc<Self>) -> BoxFuture<'static, ()> {
        self.claim.end();
        Box::pin(std::future::ready(()))
    }
}

impl Drop for MemoryTransaction {
    fn drop(&mut self) {
        self.claim.end();
    }
}

/// The rows of a manager inside the transaction.
struct Inside {
    transaction: Arc<MemoryTransaction>,
    outside: MemoryInterface,
}

impl LockedTable for Inside {
    fn with<T>(&self, work: impl FnOnce(&Table) -> T) -> T {
        let shared = self.outside.table();
        let state = self.transaction.state();
        let mut tables = state.tables.iter();
        match tables.find(|table| Arc::ptr_eq(&table.shared, shared)) {
            Some(ClaimedTable {
                changed: Some(changed),
                ..
            }) => work(changed),
            _ => shared.with(work),
        }
    }
}

impl Inside {
    fn write_now(&self, request: &WriteRequest) -> Result<Written, Error> {
        self.change(|table| table.write(self.description(), request))
    }

    fn write_many_now(&self, request: &BulkRequest) -> Result<BulkWritten, Error> {
        self.change(|table| table.write_many(self.description(), request))
    }

    /// Writes to the transaction's copy of the table.
    fn change<T, C: IntoIterator<Item = Change>>(
        &self,
        write: impl FnOnce(&mut Table) -> Result<(T, C), Error>,
    ) -> Result<T, Error> {
        let shared = self.outside.table();
        let mut state = self.transaction.state();
        let State { tables, changes, .. } = &mut *state;
        let mut tables = tables.iter_mut();
        let Some(table) = tables.find(|table| Arc::ptr_eq(&table.shared, shared)) else {
            return Err(TransactionError::Ended.into());
        };
        let changed = table
            .changed
            .get_or_insert_with(|| table.shared.with(Table::clone));
        let (written, added) = write(changed)?;
        let description = self.description();
        for change in added {
            let join = |manager: &'static Description, earlier: &Change| {
                let is_own = std::ptr::eq(manager, description);
                is_own.then(|| earlier.join(&change, description)).flatten()
            };
            if changes.join(join) {
                continue;
            }
            let topic = || Arc::clone(self.outside.topic());
            let is_refresh = change.id().is_none();
            changes.add(description, topic, (change, is_refresh), |one, other| {
                Images::fold(&one, &other, description)
            });
        }
        Ok(written)
    }
}

impl ErasedInterface for Inside {
    fn description(&self) -> &'static Description {
        self.outside.description()
    }

    fn read<'a>(&'a self, read: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        answer(self.description(), self.outside.limits(), read, self)
    }

    fn write(&self, request: WriteRequest) -> BoxFuture<'static, Result<Written, Error>> {
        Box::pin(std::future::ready(self.write_now(&request)))
    }

    fn write_many(&self, request: BulkRequest) -> BoxFuture<'static, Result<BulkWritten, Error>> {
        let (transaction, outside) = (Arc::clone(&self.transaction), self.outside.clone());
        Box::pin(async move {
            let inside = Self { transaction, outside };
            let limits = inside.outside.limits();
            let write = async { inside.write_many_now(&request) };
            match &request.rows {
                BulkRows::New(_) => write.await,
                BulkRows::Matching(select) => limits.page(inside.description(), select, write).await,
            }
        })
    }
}
