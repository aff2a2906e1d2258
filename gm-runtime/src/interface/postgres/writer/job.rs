//! A waiting write, and the channel for its answer.

use std::cmp::Ordering;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::super::table::Table;
use crate::error::Error;
use crate::field::Value;
use crate::interface::{Guard, IdempotencyKey, InFlight, KeyedRequest, Write, WriteRequest, Written};
use crate::manager::bytes_of;

/// A waiting write.
pub(super) struct WriteJob {
    pub(super) table: Arc<Table>,
    // The write is in flight until it is answered, even if the caller dropped its future.
    pub(super) request: WriteRequest,
    /// When the write was requested.
    pub(super) since: Instant,
    /// How often the write was carried out again, since the connection broke or the like.
    pub(super) repetitions: u8,
    /// Whether it was checked that the caller sees the row, for which the write has to wait.
    pub(super) sight_is_checked: bool,
    /// Whether nothing is written: the answer of a request that is refused is stored.
    pub(super) only_answer: bool,
    reply: oneshot::Sender<Result<Written, Error>>,
}

impl WriteJob {
    /// A write, and the receiver of its answer.
    pub(super) fn new(
        table: Arc<Table>,
        request: WriteRequest,
    ) -> (Self, oneshot::Receiver<Result<Written, Error>>) {
        let (reply, answer) = oneshot::channel();
        let job = Self {
            table,
            request,
            since: Instant::now(),
            repetitions: 0,
            sight_is_checked: false,
            only_answer: false,
            reply,
        };
        (job, answer)
    }

    /// A request that is refused, whose answer is stored.
    pub(super) fn remember(
        table: Arc<Table>,
        request: KeyedRequest,
        in_flight: InFlight,
    ) -> (Self, oneshot::Receiver<Result<Written, Error>>) {
        let (mut job, answer) = Self::new(
            table,
            WriteRequest {
                // Not carried out.
                write: Write::Delete(Value::Null, None),
                guard: None,
                expected_version: None,
                counts_as_changed: false,
                key: Some(IdempotencyKey::Request(Box::new(request))),
                in_flight,
            },
        );
        job.only_answer = true;
        (job, answer)
    }

    /// The request of the write, if it has an idempotency key.
    pub(super) fn keyed(&self) -> Option<&KeyedRequest> {
        self.request.key.as_ref().and_then(IdempotencyKey::request)
    }

    /// Answers the caller, if it still waits.
    pub(super) fn answer(self, answer: Result<Written, Error>) {
        drop(self.request.in_flight);
        let _ = self.reply.send(answer);
    }

    /// The id of the row that the write is about. `None` for a create whose id the database assigns.
    pub(super) fn id(&self) -> Option<&Value> {
        match &self.request.write {
            _ if self.only_answer => None,
            Write::Create(values) => values.get(self.table.description().id_index()),
            Write::Update(id, _) | Write::Delete(id, _) => Some(id),
        }
    }

    /// The row that the write is about.
    pub(super) fn row(&self) -> Option<RowKey> {
        self.id().map(|id| RowKey {
            table: self.table.name(),
            id: id.clone(),
        })
    }

    /// An estimate of the bytes of the write's values.
    pub(super) fn bytes(&self) -> usize {
        match &self.request.write {
            Write::Create(values) | Write::Update(_, values) => values
                .iter()
                .map(|(_, value)| bytes_of(std::slice::from_ref(value)))
                .fold(0, usize::saturating_add),
            Write::Delete(..) => 0,
        }
    }

    /// Whether the write must not wait for its row before it is known that its caller sees the row.
    pub(super) fn awaits_check_of_sight(&self) -> bool {
        let has_sight = |guard: &Guard| guard.sight.is_some();
        !self.sight_is_checked && !self.is_create() && self.request.guard.as_deref().is_some_and(has_sight)
    }

    pub(super) fn is_create(&self) -> bool {
        matches!(self.request.write, Write::Create(_))
    }

    /// The order in which writes lock their rows, the same in every process, so that two of them do not wait for each other.
    pub(super) fn lock_order(&self, other: &Self) -> Ordering {
        let tables = self.table.name().cmp(other.table.name());
        tables.then_with(|| match (self.id(), other.id()) {
            (Some(own), Some(other)) => order_of_ids(own, other),
            (own, other) => own.is_some().cmp(&other.is_some()),
        })
    }
}

/// A row of a table.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct RowKey {
    table: &'static str,
    id: Value,
}

fn order_of_ids(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Uuid(left), Value::Uuid(right)) => left.cmp(right),
        // The ids of a table have one type.
        _ => Ordering::Equal,
    }
}
