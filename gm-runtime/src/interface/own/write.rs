//! Writes to own storage.

use std::sync::Arc;

use super::checks::check_id;
use super::interface::Interface;
use super::records::{id_of, record_of, row_of};
use crate::change::{Action, Change, Topic};
use crate::detached::detached;
use crate::error::Error;
use crate::interface::{InFlight, Updated, Write, Written};
use crate::manager::Manager;
use crate::protocol::loop_detection;

/// Carries out a write and publishes its change. The write goes on when the caller is cancelled.
pub(super) async fn write<M: Manager, I: Interface<M>>(
    interface: Arc<I>,
    topic: Arc<Topic>,
    write: Write,
    in_flight: InFlight,
) -> Result<Written, Error> {
    let write = async move {
        // Without a known outcome, any row may have changed.
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
            // The storage can't undo the update, so the row is judged before it.
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
