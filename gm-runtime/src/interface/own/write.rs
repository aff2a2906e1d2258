//! Writes to own storage.

use std::sync::Arc;

use super::checks::check_id;
use super::interface::Interface;
use super::judge::{Judged, id_of_write, is_seen, judged};
use super::records::{id_of, record_of, row_of};
use crate::change::{Action, Change, Images, Topic};
use crate::detached::detached;
use crate::error::Error;
use crate::interface::{InFlight, RowLocks, Updated, Write, WriteRequest, Written};
use crate::manager::{Manager, Record};
use crate::protocol::loop_detection;

/// The storage of a manager, with what its writes need.
pub(super) struct OwnRows<I> {
    pub(super) interface: I,
    pub(super) topic: Arc<Topic>,
    /// The locks of the rows that are written now, if a write is judged with the stored row.
    pub(super) locks: Option<Arc<RowLocks>>,
}

/// Carries out a write and publishes its change. The write goes on when the caller is cancelled.
pub(super) async fn write<M: Manager, I: Interface<M>>(
    rows: Arc<OwnRows<I>>,
    request: WriteRequest,
) -> Result<Written, Error> {
    let write = async move {
        // Until the row is written and its change is published, so that no other write comes between.
        let _lock = match (&rows.locks, id_of_write(&request.write)) {
            (Some(locks), Some(id)) => {
                let is_seen = || is_seen::<M, I>(&rows.interface, id, request.guard.as_deref());
                let Some(lock) = locks.lock(id, is_seen).await? else {
                    return Ok(Written::Missing);
                };
                Some(lock)
            }
            _ => None,
        };
        let (before, kept) = match judged::<M, I>(&rows.interface, &request).await? {
            Judged::Allowed { before, kept } => (before, kept),
            Judged::Unchanged(row) => return Ok(Written::Row(row)),
            Judged::Missing => return Ok(Written::Missing),
        };
        let WriteRequest {
            mut write,
            guard,
            counts_as_changed,
            in_flight,
            ..
        } = request;
        if let (Write::Update(_, values), Some(kept)) = (&mut write, kept) {
            *values = kept;
        }
        // Without a known outcome, any row may have changed.
        let mut outcome = PublishOnDrop {
            topic: Arc::clone(&rows.topic),
            change: Some(Change::refresh()),
            cut_off: Some(M::DESCRIPTION.name()),
            _in_flight: in_flight,
        };
        let carried_out = carry_out::<M, I>(
            &rows.interface,
            write,
            before,
            counts_as_changed,
            &mut outcome.change,
        );
        let written = carried_out.await;
        let written = written.map_err(|error| match &guard {
            Some(guard) => guard.without_conflict(error),
            None => error,
        });
        outcome.cut_off = None;
        if written.as_ref().is_err_and(certainly_not_written) {
            outcome.change = None;
        }
        drop(outcome);
        written
    };
    let panicked = || Error::storage(anyhow::anyhow!("the `Interface` panicked in a write"));
    detached(loop_detection::inherit(write))
        .await
        .unwrap_or_else(|| Err(panicked()))
}

/// Publishes the change when the write ends, also by a panic.
struct PublishOnDrop {
    topic: Arc<Topic>,
    change: Option<Change>,
    /// The manager, until the write has returned.
    cut_off: Option<&'static str>,
    // The write is in flight until its change is published.
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
        Error::Conflict { .. } | Error::Invalid { .. } | Error::Stale { .. } | Error::Unavailable(_)
    )
}

async fn carry_out<M: Manager, I: Interface<M>>(
    interface: &I,
    write: Write,
    before: Option<Record>,
    counts_as_changed: bool,
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
            let created = Change::row(Action::Create, row.get(id_index).clone());
            *change = Some(Images::add(created, M::DESCRIPTION, None, Some(&row)));
            Ok(Written::Row(row))
        }
        Write::Update(id, values) => {
            let key = id_of::<M>(&id)?;
            // The storage can't undo the update, so the row is judged before it.
            if M::DESCRIPTION.validation().is_some() {
                let row = match &before {
                    Some(row) => Some(row.clone()),
                    None => interface
                        .get(&key)
                        .await?
                        .map(|row| row_of(&row, &id))
                        .transpose()?,
                };
                match row {
                    Some(row) if counts_as_changed => M::DESCRIPTION.validate(&values.updated(&row))?,
                    Some(row) => M::DESCRIPTION.validate_changed(&row, &values)?,
                    None => {}
                }
            }
            let updated = interface.update(&key, &values).await?;
            let Some(Updated { row, changed }) = updated else {
                *change = None;
                return Ok(Written::Missing);
            };
            let row = row_of(&row, &id)?;
            *change = changed.then(|| {
                let updated = Change::row(Action::Update, id);
                Images::add(updated, M::DESCRIPTION, before.as_ref(), Some(&row))
            });
            Ok(Written::Row(row))
        }
        Write::Delete(id, comment) => {
            let key = id_of::<M>(&id)?;
            let deleted = interface.delete_with_comment(&key, comment.as_deref()).await?;
            *change = deleted.then(|| {
                let deleted = Change::row(Action::Delete, id);
                Images::add(deleted, M::DESCRIPTION, before.as_ref(), None)
            });
            Ok(if deleted {
                Written::Deleted
            } else {
                Written::Missing
            })
        }
    }
}
