//! An operation of a batch, without the type of its manager.

use crate::error::Error;
use crate::interface::{BatchedWrite, ResultPlace, Write};
use crate::query::ErasedManager;
use crate::verbs::PendingWrite;

/// An operation that is in no batch yet.
#[derive(Clone, Debug)]
pub(super) struct UntypedDraft {
    pub(super) write: Write,
    pub(super) expected_version: Option<i64>,
    /// The result that has the id of the row.
    pub(super) id: Option<ResultReference>,
    /// The fields whose values are those of earlier results.
    pub(super) references: Vec<(u16, ResultReference)>,
}

/// A field of the result of an operation, and the batch of the operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct ResultReference {
    pub(super) batch: u64,
    pub(super) place: ResultPlace,
}

/// An operation of a batch.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) vtable: &'static ErasedManager,
    pub(super) batched: BatchedWrite,
}

impl Operation {
    /// Refuses a value for an id that the storage assigns, and for the id of a stored row. No other draft has a place for them.
    pub(super) fn check_id(&self) -> Result<(), Error> {
        let Self { vtable, batched } = self;
        let (Write::Create(values) | Write::Update(_, values)) = &batched.write else {
            return Ok(());
        };
        let id = vtable.description.id_index();
        let refers = batched.references.iter().any(|(field, _)| *field == id);
        if values.get(id).is_none() && !refers {
            return Ok(());
        }
        let message = match &batched.write {
            Write::Create(_) if vtable.description.id_assigned() => {
                "the storage assigns the id, so it can't be given"
            }
            Write::Update(..) => "the id of a row can't be changed",
            _ => return Ok(()),
        };
        let field = vtable.description.field(id).name();
        Err(Error::invalid(vtable.description.name(), field, message))
    }
}

impl From<PendingWrite> for UntypedDraft {
    fn from(pending: PendingWrite) -> Self {
        Self {
            write: pending.write,
            expected_version: pending.expected_version,
            id: None,
            references: Vec::new(),
        }
    }
}

impl UntypedDraft {
    /// Sets the field to the field of a result, in place of a value.
    pub(super) fn refer(&mut self, field: u16, reference: ResultReference) {
        self.references.retain(|(known, _)| *known != field);
        self.references.push((field, reference));
    }

    /// The write. `None` if it refers to the result of another batch.
    pub(super) fn in_batch(self, batch: u64) -> Option<BatchedWrite> {
        let place = |reference: ResultReference| (reference.batch == batch).then_some(reference.place);
        let Self {
            write,
            expected_version,
            id,
            references,
        } = self;
        let references = references.into_iter();
        Some(BatchedWrite {
            write,
            expected_version,
            id: match id {
                Some(reference) => Some(place(reference)?),
                None => None,
            },
            references: references
                .map(|(field, reference)| Some((field, place(reference)?)))
                .collect::<Option<_>>()?,
        })
    }
}
