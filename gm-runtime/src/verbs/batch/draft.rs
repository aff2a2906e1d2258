//! A write of a batch, with values and with fields of earlier results.

use std::marker::PhantomData;

use super::operation::UntypedDraft;
use super::result::{BatchResult, FieldSource, Source};
use crate::field::{FieldType as _, Value};
use crate::interface::Write;
use crate::manager::{Creates, Manager, Updates, Values};
use crate::query::{Direct, Field};
use crate::verbs::{ById, PendingWrite};

/// A write of a row of `M` that may refer to earlier results of its [`Batch`](super::Batch).
///
/// A draft of `create` or `update` can be added to a batch as it is. A `BatchDraft` is for a draft whose fields refer to
/// results, because the struct of a create has no place for them.
///
/// ```
/// # use gm_runtime::{GeneralManager, Gm};
/// use gm_runtime::verbs::BatchDraft;
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "customers")]
/// # pub struct Customer { #[field(id)] pub id: i64, pub name: String }
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "tickets")]
/// # pub struct Ticket { #[field(id)] pub id: i64, pub title: String, pub customer_id: i64 }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gm_runtime::Error> {
/// # let gm = Gm::builder().in_memory::<Customer>().in_memory::<Ticket>().build().await?;
/// let mut batch = gm.batch();
/// let customer = batch.add(Customer::create(CustomerCreate { name: "Ada".into() }));
/// let ticket = batch.add(
///     BatchDraft::<Ticket>::create()
///         .set(|t| t.title, "The printer is on fire")
///         .set(|t| t.customer_id, customer.id()),
/// );
/// let results = batch.send().await?;
/// assert_eq!(results.row(ticket)?.customer_id, results.row(customer)?.id);
/// # Ok(()) }
/// ```
pub struct BatchDraft<M> {
    draft: UntypedDraft,
    brand: PhantomData<fn() -> M>,
}

/// What [`Batch::add`](super::Batch::add) accepts: the drafts of `create` and `update`, and a [`BatchDraft`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no write of a batch",
    label = "expected the draft of a `create` or an `update`, or a `BatchDraft`",
    note = "the batch sends its writes, so a draft is added without `exec`: `batch.add(Project::create(..))`",
    note = "`batch.delete(&project)` or `batch.delete(Project::by_id(7))` adds a delete"
)]
pub trait IntoBatch {
    /// The manager of the row.
    type Manager;

    /// The write as a part of a batch.
    fn into_batch(self) -> BatchDraft<Self::Manager>;
}

impl<M: Manager> BatchDraft<M> {
    /// A new row, all of whose fields are set by [`set`](Self::set). Missing ones are an error when the batch is carried out.
    #[must_use]
    pub fn create() -> Self
    where
        for<'x> M: Creates<'x>,
    {
        PendingWrite::from(Write::Create(Values::new())).into()
    }

    /// An update of the row with this id.
    #[must_use]
    pub fn update(row: &ById<M>) -> Self
    where
        for<'x> M: Updates<'x>,
    {
        PendingWrite::from(Write::Update(row.id().to_value(), Values::new())).into()
    }

    /// An update of the row that an earlier operation writes.
    #[must_use]
    pub fn update_result(row: BatchResult<M>) -> Self
    where
        for<'x> M: Updates<'x>,
    {
        let mut draft = Self::from(PendingWrite::from(Write::Update(Value::Null, Values::new())));
        draft.draft.id = Some(row.id().reference());
        draft
    }

    /// The draft of a `create` or an `update`, some of whose fields refer to results.
    #[must_use]
    pub fn of(draft: impl IntoBatch<Manager = M>) -> Self {
        draft.into_batch()
    }

    /// Sets a field to a value, or to a field of an earlier result.
    #[must_use]
    pub fn set<T, A, S>(
        mut self,
        field: impl FnOnce(M::Fields) -> Field<M, T, Direct, A>,
        value: impl FieldSource<T, S>,
    ) -> Self {
        self.draft.set(field(M::FIELDS).index(), value.into_source());
        self
    }
}

impl UntypedDraft {
    fn set(&mut self, field: u16, source: Source) {
        let (Write::Create(values) | Write::Update(_, values)) = &mut self.write else {
            return;
        };
        match source {
            Source(Ok(value)) => {
                values.set(field, value);
                self.references.retain(|(known, _)| *known != field);
            }
            Source(Err(reference)) => {
                values.remove(field);
                self.refer(field, reference);
            }
        }
    }
}

impl<M> From<PendingWrite> for BatchDraft<M> {
    fn from(write: PendingWrite) -> Self {
        Self {
            draft: write.into(),
            brand: PhantomData,
        }
    }
}

impl<M> BatchDraft<M> {
    pub(super) fn into_untyped(self) -> UntypedDraft {
        self.draft
    }
}

impl<M: Manager> IntoBatch for BatchDraft<M> {
    type Manager = M;

    fn into_batch(self) -> Self {
        self
    }
}

impl<M> Clone for BatchDraft<M> {
    fn clone(&self) -> Self {
        Self {
            draft: self.draft.clone(),
            brand: PhantomData,
        }
    }
}

impl<M> std::fmt::Debug for BatchDraft<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("BatchDraft").field(&self.draft).finish()
    }
}
