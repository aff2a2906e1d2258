//! A batch that is not sent yet.

use std::sync::atomic::{AtomicU64, Ordering};

use super::draft::IntoBatch;
use super::operation::{Operation, UntypedDraft};
use super::result::BatchResult;
use super::results::BatchResults;
use super::{local, remote};
use crate::error::Error;
use crate::field::{FieldType as _, Value};
use crate::gm::Gm;
use crate::interface::Write;
use crate::interface::batch_error::BatchError;
use crate::manager::{Deletes, Manager};
use crate::query::ErasedManager;
use crate::verbs::idempotency_key::check_key;
use crate::verbs::{AtVersion, ById, PendingWrite};

/// Several writes that are carried out together or not at all, from [`Gm::batch`].
///
/// Rows of another service are written with one request, and rows of this service in one
/// [transaction](Gm::transaction). Nothing is written before [`send`](Self::send).
///
/// The operations are carried out in the order in which they were added, and later ones may refer to the results of earlier ones.
/// Permissions, rules and events are those of the single writes.
///
/// ```
/// # use gm_runtime::{GeneralManager, Gm};
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "projects")]
/// # pub struct Project { #[field(id)] pub id: i64, pub name: String, pub status: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gm_runtime::Error> {
/// # let gm = Gm::builder().in_memory::<Project>().build().await?;
/// # for name in ["Beta", "Gamma"] { Project::create(ProjectCreate { name: name.into(), status: "active".into() }).exec(&gm).await?; }
/// let mut batch = gm.batch();
/// let alpha = batch.add(Project::create(ProjectCreate { name: "Alpha".into(), status: "active".into() }));
/// batch.add(Project::by_id(1).update().status("done"));
/// batch.delete(Project::by_id(2));
/// let results = batch.send().await?;
/// assert_eq!(results.row(alpha)?.name, "Alpha");
/// assert_eq!(Project::count(&gm).await?, 2);
/// # Ok(()) }
/// ```
///
/// # Limits
/// All rows are of one storage with transactions: of SQLite, of PostgreSQL or in memory, in this service or in another one. The
/// resources of another service have one base path. An owner accepts 1,000 operations by default
/// (`GmBuilder::max_batch_operations`), and its limits of a request's body and of the time of a transaction hold for the batch.
#[derive(Clone, Debug)]
#[must_use = "nothing is written until `send` is called and awaited"]
pub struct Batch {
    gm: Gm,
    number: u64,
    operations: Vec<Operation>,
    /// The place of the first operation that refers to the result of another batch.
    misplaced: Option<usize>,
    /// The idempotency key that the application gives.
    key: Option<String>,
}

/// A row that a batch deletes: [`ById`], [`AtVersion`] if it must have a version, or a row that was read.
#[derive(Clone, Debug)]
pub struct RowToDelete<M: Manager>(ById<M>, Option<i64>);

impl<M: Manager> From<ById<M>> for RowToDelete<M> {
    fn from(row: ById<M>) -> Self {
        Self(row, None)
    }
}

impl<M: Manager> From<&M> for RowToDelete<M> {
    /// The row, which must have the version that was read, if the manager has versions.
    fn from(row: &M) -> Self {
        let version = M::DESCRIPTION.version_index();
        let version = version.and_then(|field| match row.to_record().get(field) {
            Value::Integer(version) => Some(*version),
            _ => None,
        });
        Self(ById::new(row.id().clone()), version)
    }
}

impl<M: Manager> From<AtVersion<M>> for RowToDelete<M> {
    fn from(row: AtVersion<M>) -> Self {
        Self(ById::new(row.id().clone()), Some(row.version()))
    }
}

/// The number of the next batch of the process.
static NEXT: AtomicU64 = AtomicU64::new(0);

impl Gm {
    /// Starts a batch: several writes that are carried out together or not at all.
    pub fn batch(&self) -> Batch {
        Batch {
            gm: self.clone(),
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            operations: Vec::new(),
            misplaced: None,
            key: None,
        }
    }
}

impl Batch {
    /// Adds a write: the draft of a `create` or an `update`, or a [`BatchDraft`](super::BatchDraft).
    ///
    /// Returns its result, to which later operations of this batch may refer.
    pub fn add<D: IntoBatch<Manager: Manager>>(&mut self, draft: D) -> BatchResult<D::Manager> {
        let draft = draft.into_batch().into_untyped();
        BatchResult::new(self.number, self.push(draft, ErasedManager::of::<D::Manager>()))
    }

    /// Adds the delete of a row: `Project::by_id(8)`, `Project::by_id(8).if_version(3)`, or `&project` for a row that was read. The
    /// last one expects the version that was read, as `project.delete(&gm)` does.
    pub fn delete<M>(&mut self, row: impl Into<RowToDelete<M>>)
    where
        M: Manager + for<'x> Deletes<'x>,
    {
        let RowToDelete(row, expected_version) = row.into();
        let pending = PendingWrite {
            expected_version,
            ..PendingWrite::from(Write::Delete(row.id().to_value(), None))
        };
        self.push(pending.into(), ErasedManager::of::<M>());
    }

    fn push(&mut self, draft: UntypedDraft, vtable: &'static ErasedManager) -> usize {
        let place = self.operations.len();
        match draft.in_batch(self.number) {
            Some(batched) => self.operations.push(Operation { vtable, batched }),
            None => {
                self.misplaced.get_or_insert(place);
            }
        }
        place
    }

    /// The number of operations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether there is no operation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Gives the batch an idempotency key: the owner carries it out once, however often it is sent with this key.
    ///
    /// Each batch to another service has a random key by itself, for its retries, as each write has. A key of the application's own is
    /// for a batch that is sent again later: see [`WriteFuture::idempotency_key`](crate::verbs::WriteFuture::idempotency_key).
    ///
    /// [`send`](Self::send) fails with [`Error::Invalid`] for a key of other than 1 to 255 printable ASCII characters, and with
    /// [`Error::Unsupported`] if the owner does not announce the extension, and for rows of this service. Nothing is sent in both cases.
    pub fn idempotency_key(&mut self, key: impl Into<String>) {
        self.key = Some(key.into());
    }

    /// Carries out the operations, all or none. Without operations it does nothing.
    ///
    /// # Errors
    /// The error of the first operation that fails, with its [place](BatchError::operation). [`Error::Transaction`] for managers
    /// whose rows can't be written together, and [`Error::Unsupported`] if the other service has no batches, before anything is
    /// sent.
    pub async fn send(self) -> Result<BatchResults, BatchError> {
        let Self {
            gm,
            number,
            operations,
            misplaced,
            key,
        } = self;
        if let Some(place) = misplaced {
            let error = Error::Configuration(
                "the operation refers to the result of another batch: a result is known in its own batch only, and \
                 `BatchResults::row` has its values once that batch is carried out"
                    .to_owned(),
            );
            return Err(BatchError::of_operation(place, error));
        }
        for (place, operation) in operations.iter().enumerate() {
            operation
                .check_id()
                .map_err(|error| BatchError::of_operation(place, error))?;
        }
        if let (Some(key), Some(first)) = (&key, operations.first()) {
            check_key(key, gm.managed_of(first.vtable)?)?;
        }
        let written = match operations.first() {
            None => Vec::new(),
            Some(first) if remote::is_remote(&gm, first)? => remote::send(&gm, operations, key).await?,
            Some(_) => local::carry_out(&gm, &operations).await?,
        };
        Ok(BatchResults {
            batch: number,
            written,
        })
    }
}
