//! An application's own storage.

use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use super::own_answers::{check_id, check_page};
use super::{
    Answer, BoxFuture, ErasedInterface, InFlight, Read, ReadLimits, Target, Updated, Write, Written,
};
use crate::change::{Action, Change, Topic};
use crate::detached::detached;
use crate::error::Error;
use crate::field::{FieldType, Value};
use crate::manager::{Description, Manager, Record, Records, Values};
use crate::protocol::via;
use crate::query::{Page, RecordPage, Select};

/// Where the rows of `M` live: an application's own storage. `#[manager(interface = Type)]` names its type;
/// [`GmBuilder::interface`](crate::GmBuilder::interface) gives the builder one, which storage with a [`Default`] needs
/// not.
///
/// What comes in is checked: fields exist, values fit them, defaults are filled in, permissions hold. With
/// `#[manager(validate)]` so is the row as a whole, of a change as [`get`](Self::get) gives it just before: two changes at
/// once may each be valid and their sum not. What it answers is checked too: a row of another id, a row twice, more rows than
/// a page has, or a total that is not that of the rows is [`Error::Storage`]. After a write
/// the framework publishes the change; storage that others change too must say so with
/// [`Gm::refresh`](crate::Gm::refresh).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no storage of `{M}`: it does not implement `Interface<{M}>`",
    label = "does not implement `Interface<{M}>`",
    note = "the rows of `{M}` live where `impl Interface<{M}> for ..` says how they are queried, created, updated and deleted"
)]
pub trait Interface<M: Manager>: Send + Sync + 'static {
    /// The rows that match. Without `page`: every row. With it, those at the positions from `(page - 1) * page_size` on, at most
    /// `page_size` of them; one `stream` asks for pages of several sizes, which overlap, and storage that ignores
    /// `page` ends it with [`QueryError::UnsteadyPages`](crate::error::QueryError::UnsteadyPages). `total_count` is wanted when
    /// [`Select::count`] is true, and must be that of the same state as the rows.
    ///
    /// # Errors
    /// [`Error::storage`] for what the storage can't do.
    fn query(&self, select: &Select) -> impl Future<Output = Result<Page<M>, Error>> + Send;

    /// The row of this id.
    ///
    /// # Errors
    /// [`Error::storage`] for what the storage can't do.
    fn get(&self, id: &M::Id) -> impl Future<Output = Result<Option<M>, Error>> + Send;

    /// Adds a row of these values and gives it back with its id.
    ///
    /// # Errors
    /// [`Error::Conflict`], or [`Error::storage`] for what the storage can't do.
    fn create(&self, values: &Values) -> impl Future<Output = Result<M, Error>> + Send;

    /// Gives these fields of the row new values; absent where there is no such row.
    ///
    /// # Errors
    /// [`Error::Conflict`], or [`Error::storage`] for what the storage can't do.
    fn update(
        &self,
        id: &M::Id,
        values: &Values,
    ) -> impl Future<Output = Result<Option<Updated<M>>, Error>> + Send;

    /// Removes the row; false where there is no such row.
    ///
    /// # Errors
    /// [`Error::Conflict`], or [`Error::storage`] for what the storage can't do.
    fn delete(&self, id: &M::Id) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Called in place of [`delete`](Self::delete), with the reason in the caller's words: for storage that keeps a history. Unless it is
    /// implemented, it leaves the reason out. Those of a create and an update are in the [`Values`].
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    fn delete_with_comment(
        &self,
        id: &M::Id,
        history_comment: Option<&str>,
    ) -> impl Future<Output = Result<bool, Error>> + Send {
        let _ = history_comment;
        self.delete(id)
    }
}

/// An [`Interface`] without its type.
pub(crate) struct OwnInterface<M, I> {
    interface: Arc<I>,
    topic: Arc<Topic>,
    limits: ReadLimits,
    brand: PhantomData<fn() -> M>,
}

impl<M: Manager, I: Interface<M>> OwnInterface<M, I> {
    pub(crate) fn new(interface: I, topic: Arc<Topic>, limits: ReadLimits) -> Self {
        Self {
            interface: Arc::new(interface),
            topic,
            limits,
            brand: PhantomData,
        }
    }

    async fn page(&self, select: &Select) -> Result<RecordPage, Error> {
        let page = self.interface.query(select).await?;
        let mut rows = Records::new(M::DESCRIPTION);
        for row in &page.rows {
            rows.push(record_of(row)?.into_values());
        }
        let page = RecordPage::new(rows, page.total_count).with_page_size(page.page_size);
        check_page(M::DESCRIPTION, select, &page)?;
        // The storage need not repeat the size that it was given.
        let page_size = page.page_size.or(select.page.and(select.page_size));
        Ok(page.with_page_size(page_size))
    }

    async fn row(&self, id: &Value) -> Result<Option<Record>, Error> {
        let row = self.interface.get(&id_of::<M>(id)?).await?;
        row.map(|row| row_of(&row, id)).transpose()
    }
}

fn record_of<M: Manager>(row: &M) -> Result<Record, Error> {
    M::DESCRIPTION.normalize_record(row.to_record())
}

/// The row, which is of this id.
fn row_of<M: Manager>(row: &M, id: &Value) -> Result<Record, Error> {
    let row = record_of(row)?;
    check_id(M::DESCRIPTION, &row, id)?;
    Ok(row)
}

fn id_of<M: Manager>(id: &Value) -> Result<M::Id, Error> {
    M::Id::from_value(id.clone()).map_err(|error| M::DESCRIPTION.invalid(M::DESCRIPTION.id_index(), error))
}

impl<M: Manager, I: Interface<M>> ErasedInterface for OwnInterface<M, I> {
    fn description(&self) -> &'static Description {
        M::DESCRIPTION
    }

    fn read<'a>(&'a self, read: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            match read.target {
                Target::Page(select) => {
                    let page = self.limits.page(M::DESCRIPTION, &select, self.page(&select));
                    read.representation.page(page.await?)
                }
                Target::Row(id) => {
                    let row = self.limits.row(self.row(id));
                    read.representation.row(row.await?)
                }
            }
        })
    }

    fn write(&self, write: Write, in_flight: InFlight) -> BoxFuture<'static, Result<Written, Error>> {
        let interface = Arc::clone(&self.interface);
        let topic = Arc::clone(&self.topic);
        Box::pin(uncancelled(async move {
            // What the storage does not tell is published as "anything may have changed".
            let mut outcome = PublishOnDrop {
                topic,
                change: Some(Change::refresh()),
                cut_off: Some(M::DESCRIPTION.name()),
                _in_flight: in_flight,
            };
            let written = carry_out::<M, I>(&interface, write, &mut outcome.change).await;
            outcome.cut_off = None;
            if written.as_ref().is_err_and(certainly_not_written) {
                outcome.change = None;
            }
            drop(outcome);
            written
        }))
    }

    /// The storage may be a gateway that the application wrote itself.
    fn sends_requests(&self) -> bool {
        cfg!(feature = "client")
    }
}

/// Publishes the change when the write has ended, in whichever way it did.
struct PublishOnDrop {
    topic: Arc<Topic>,
    change: Option<Change>,
    /// The manager of a write that has not come to its end.
    cut_off: Option<&'static str>,
    // In flight until the change is published.
    _in_flight: InFlight,
}

impl Drop for PublishOnDrop {
    fn drop(&mut self) {
        if let Some(manager) = self.cut_off {
            tracing::error!(
                manager,
                "a write was cut off: it panicked, or its runtime ended before it did"
            );
        }
        if let Some(change) = self.change.take() {
            self.topic.publish(&change);
        }
    }
}

fn certainly_not_written(error: &Error) -> bool {
    matches!(
        error,
        Error::Conflict { .. } | Error::Invalid { .. } | Error::Unavailable(_)
    )
}

async fn carry_out<M: Manager, I: Interface<M>>(
    interface: &I,
    write: Write,
    change: &mut Option<Change>,
) -> Result<Written, Error> {
    match write {
        Write::Create(values) => {
            M::DESCRIPTION.validate_new(&values)?;
            let row = record_of(&interface.create(&values).await?)?;
            let id_index = M::DESCRIPTION.id_index();
            if let Some(id) = values.get(id_index) {
                check_id(M::DESCRIPTION, &row, id)?;
            }
            *change = Some(Change::row(Action::Create, row.get(id_index).clone()));
            Ok(Written::Row(row))
        }
        Write::Update(id, values) => {
            let key = id_of::<M>(&id)?;
            // What the storage has done can't be undone, so the row is looked at before.
            if M::DESCRIPTION.validation().is_some()
                && let Some(row) = interface.get(&key).await?
            {
                M::DESCRIPTION.validate_changed(row_of(&row, &id)?, &values)?;
            }
            let updated = interface.update(&key, &values).await?;
            let Some(Updated { row, changed }) = updated else {
                *change = None;
                return Ok(Written::Missing);
            };
            let row = row_of(&row, &id)?;
            *change = changed.then(|| Change::row(Action::Update, id));
            Ok(Written::Row(row))
        }
        Write::Delete(id, comment) => {
            let key = id_of::<M>(&id)?;
            let deleted = interface.delete_with_comment(&key, comment.as_deref()).await?;
            *change = deleted.then(|| Change::row(Action::Delete, id));
            Ok(if deleted {
                Written::Deleted
            } else {
                Written::Missing
            })
        }
    }
}

/// Runs a write to its end, so that a caller who leaves does not stop it half-way.
async fn uncancelled(
    write: impl Future<Output = Result<Written, Error>> + Send + 'static,
) -> Result<Written, Error> {
    let panicked = || Error::storage(anyhow::anyhow!("the `Interface` panicked in a write"));
    detached(via::inherit(write))
        .await
        .unwrap_or_else(|| Err(panicked()))
}
