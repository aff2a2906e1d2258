//! The rows that the storage should have: storage in memory, which says what each write does.

use std::sync::{Arc, Mutex, PoisonError};

use crate::change::{Change, Hook, Topic};
use crate::error::Error;
use crate::field::Value;
use crate::interface::{
    ErasedInterface as _, Guard, MemoryStorage, ReadLimits, Write, WriteRequest, Writes, Written,
};
use crate::manager::{Description, Record};
use crate::query::{KnownRow, Select};

pub(super) struct Oracle {
    description: &'static Description,
    /// In the order of their creation.
    rows: Vec<Record>,
    writes: Arc<Writes>,
}

/// What a write did, and what it published.
pub(super) struct Done {
    pub(super) ending: Ending,
    pub(super) published: Vec<Change>,
}

/// How a write or a read of one row ended. It distinguishes the kinds of errors, not their words.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ending {
    Row(Record),
    Deleted,
    Missing,
    Conflict,
    /// The rules of the caller do not allow it.
    Denied,
    Invalid,
    Failed(String),
}

impl Ending {
    /// What happened, without the row.
    pub(super) fn words(&self) -> &str {
        match self {
            Self::Row(_) => "done",
            Self::Deleted => "deleted",
            Self::Missing => "there is no such row",
            Self::Conflict => "a conflict",
            Self::Denied => "denied by the rules of the caller",
            Self::Invalid => "an invalid row",
            Self::Failed(error) => error,
        }
    }

    pub(super) fn of_write(written: Result<Written, Error>) -> Self {
        match written {
            Ok(Written::Row(row)) => Self::Row(row),
            Ok(Written::Deleted) => Self::Deleted,
            Ok(Written::Missing) => Self::Missing,
            Ok(Written::Replay(_)) => Self::Failed("the write has an idempotency key".to_owned()),
            Ok(Written::Unreadable) => Self::Failed("the row can't be read".to_owned()),
            Err(error) => Self::of(&error),
        }
    }

    pub(super) fn of(error: &Error) -> Self {
        match error {
            error if error.is_not_found() => Self::Missing,
            error if error.is_conflict() => Self::Conflict,
            error if error.is_permission_denied() => Self::Denied,
            error if error.is_invalid() => Self::Invalid,
            error => Self::Failed(error.to_string()),
        }
    }
}

impl Oracle {
    pub(super) fn new(description: &'static Description) -> Self {
        Self {
            description,
            rows: Vec::new(),
            writes: Arc::default(),
        }
    }

    /// The row of this id.
    pub(super) fn row(&self, id: &Value) -> Option<&Record> {
        let index = self.description.id_index();
        self.rows.iter().find(|row| row.get(index) == id)
    }

    /// The rows of the page, and the number of those that match.
    pub(super) fn answer(&self, select: &Select) -> (Vec<Record>, Option<u64>) {
        let page = select.records_of(self.description, self.rows.iter().map(KnownRow::from));
        let rows = page.rows.iter().map(|values| Record::new(values.to_vec()));
        (rows.collect(), page.total_count)
    }

    /// What the write does, by a caller with these rules; the rows stay as they are.
    pub(super) async fn judge(&self, write: Write, guard: Option<&Guard>) -> Done {
        let topic = Arc::new(Topic::default());
        let published: Arc<Mutex<Vec<Change>>> = Arc::default();
        let hook = Arc::clone(&published);
        let subscription = topic.subscribe(Arc::new(Hook(move |change: &Change| {
            let mut published = hook.lock().unwrap_or_else(PoisonError::into_inner);
            published.push(change.clone());
        })));
        let ending = Ending::of_write(self.write(Arc::clone(&topic), write, guard).await);
        drop(subscription);
        let published = published.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Done { ending, published }
    }

    async fn write(&self, topic: Arc<Topic>, write: Write, guard: Option<&Guard>) -> Result<Written, Error> {
        let storage = Arc::new(MemoryStorage::default());
        let memory = storage.rows(self.description, topic, ReadLimits::default(), self.rows.clone())?;
        let guard = guard.cloned().map(Box::new);
        let request = WriteRequest {
            write,
            guard,
            expected_version: None,
            counts_as_changed: false,
            key: None,
            in_flight: self.writes.begin()?,
        };
        memory.write(request).await
    }

    /// The row is there, as it is now.
    pub(super) fn put(&mut self, row: Record) {
        let index = self.description.id_index();
        match self
            .rows
            .iter_mut()
            .find(|known| known.get(index) == row.get(index))
        {
            Some(known) => *known = row,
            None => self.rows.push(row),
        }
    }

    /// The row of this id is gone.
    pub(super) fn remove(&mut self, id: &Value) {
        let index = self.description.id_index();
        self.rows.retain(|row| row.get(index) != id);
    }
}
