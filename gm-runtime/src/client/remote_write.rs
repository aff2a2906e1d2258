//! A write to another service, judged by the rules of this service where a rule depends on the row.

use std::sync::Arc;

use super::ResourceCache;
use super::remote::RemoteInterface;
use crate::detached::detached;
use crate::error::{Error, TransportError, TransportErrorKind};
use crate::field::Value;
use crate::interface::{Guard, RowLocks, Write, WriteRequest, Written, leaves_no_row_to_judge};
use crate::manager::Description;
use crate::protocol::loop_detection;
use crate::query::KnownRow;

/// A write to another service.
pub(super) struct RemoteWrite {
    pub(super) description: &'static Description,
    pub(super) cache: Arc<ResourceCache>,
    pub(super) remote: Arc<RemoteInterface>,
    pub(super) request: WriteRequest,
}

impl RemoteWrite {
    /// Sends the write.
    pub(super) async fn send(self) -> Result<Written, Error> {
        let Self {
            description,
            cache,
            remote,
            request,
        } = self;
        let WriteRequest {
            write,
            expected_version,
            key,
            in_flight,
            ..
        } = request;
        let row = match &write {
            Write::Create(values) => values.get(description.id_index()).cloned(),
            Write::Update(id, _) | Write::Delete(id, _) => Some(id.clone()),
        };
        let sending = async move {
            let _in_flight = in_flight;
            remote.write(write, expected_version, key).await
        };
        cache.write(row, sending).await
    }

    /// Sends the write, if the rules of this service allow it for the row as its owner has it now.
    ///
    /// The lock of the row is held meanwhile, also after the caller was cancelled, so that no other write of this service
    /// comes between. Other services may write to the owner at the same time.
    pub(super) async fn judge_and_send(mut self, locks: Arc<RowLocks>) -> Result<Written, Error> {
        let sending = async move {
            let _lock = match &self.request.write {
                Write::Create(_) => None,
                Write::Update(id, _) | Write::Delete(id, _) => {
                    let is_seen = || is_seen(&self.remote, id, self.request.guard.as_deref());
                    let Some(lock) = locks.lock(id, is_seen).await? else {
                        return Ok(Written::Missing);
                    };
                    Some(lock)
                }
            };
            let Some(guard) = self.request.guard.take() else {
                return self.send().await;
            };
            match is_allowed(&self.remote, &self.request.write, &guard).await? {
                Allowed::Yes => {}
                // The owner knows whether an earlier request with this key has deleted it.
                Allowed::NoRow if self.request.key.is_some() => {}
                Allowed::NoRow | Allowed::OutOfSight => return Ok(Written::Missing),
            }
            let written = self.send().await;
            written.map_err(|error| guard.without_conflict(error))
        };
        detached(loop_detection::inherit(sending))
            .await
            .unwrap_or_else(|| {
                let stopped = TransportError::new(TransportErrorKind::Stopped);
                Err(Error::Transport(Arc::new(stopped)))
            })
    }
}

/// Whether the caller of a write sees the row of this id, as its owner has it now. The service's own code sees each row.
async fn is_seen(remote: &RemoteInterface, id: &Value, guard: Option<&Guard>) -> Result<bool, Error> {
    let Some(guard) = guard.filter(|guard| guard.sight.is_some()) else {
        return Ok(true);
    };
    match remote.row(id).await {
        Ok(row) => Ok(guard.sees(&row)),
        Err(error) if leaves_no_row_to_judge(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a write may be sent.
enum Allowed {
    Yes,
    /// There is no such row.
    NoRow,
    /// The caller does not see the row.
    OutOfSight,
}

/// Judges a write with the row that its owner has now.
async fn is_allowed(remote: &RemoteInterface, write: &Write, guard: &Guard) -> Result<Allowed, Error> {
    let description = guard.description;
    let row = match write {
        Write::Create(values) => {
            // The owner has the defaults of the other fields.
            let fields = (0..).take(description.fields().len());
            let unknown: Vec<u16> = fields.filter(|field| values.get(*field).is_none()).collect();
            let row = &values.clone().into_record(description.fields().len());
            let known = KnownRow {
                row: row.values(),
                unknown: &unknown,
            };
            return guard.judge_create(known).map(|()| Allowed::Yes);
        }
        Write::Update(id, _) | Write::Delete(id, _) => match remote.row(id).await {
            Ok(row) => row,
            // As for a row that is out of sight, so that the two look alike.
            Err(error) if error.is_not_found() => return Ok(Allowed::NoRow),
            Err(error) if guard.sight.is_some() && leaves_no_row_to_judge(&error) => {
                return Ok(Allowed::OutOfSight);
            }
            Err(error) => return Err(error),
        },
    };
    if !guard.sees(&row) {
        return Ok(Allowed::OutOfSight);
    }
    match write {
        Write::Update(_, values) => guard.judge_update(&row, &values.updated(&row))?,
        Write::Create(_) | Write::Delete(..) => guard.judge_stored(&row)?,
    }
    Ok(Allowed::Yes)
}
