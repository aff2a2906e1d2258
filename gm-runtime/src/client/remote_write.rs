//! A write to another service, judged by the rules of this service where a rule depends on the row.

use std::sync::Arc;

use super::ResourceCache;
use super::remote::RemoteInterface;
use crate::detached::detached;
use crate::error::{Error, TransportError, TransportErrorKind};
use crate::field::Value;
use crate::interface::{Guard, RowLocks, Write, WriteRequest, Written, leaves_no_row_to_judge};
use crate::manager::Description;
use crate::protocol::{entity_tag, loop_detection};

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
            if !is_allowed(&self.remote, &self.request.write, &guard).await? {
                return Ok(self.find_replay().await?.unwrap_or(Written::Missing));
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

impl RemoteWrite {
    /// The answer of an earlier request with the key of an update or a deletion that is refused here. That request may have deleted the row,
    /// or moved it or another row out of sight, and the owner has the answer then.
    ///
    /// The write is not allowed, and a row of this id may be created in the meantime. So it expects the version that no row has, with which
    /// an owner only looks the key up. It is sent for a hidden row as for a missing one.
    pub(super) async fn find_replay(mut self) -> Result<Option<Written>, Error> {
        let is_new = matches!(self.request.write, Write::Create(_));
        if is_new || self.request.key.is_none() || self.description.version_index().is_none() {
            return Ok(None);
        }
        self.request.expected_version = Some(entity_tag::NO_VERSION);
        match self.send().await {
            Ok(replay @ Written::Replay(_)) => Ok(Some(replay)),
            Ok(_) => Ok(None),
            Err(error) if depends_on_row(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether an owner may refuse a write like this for a row that exists, and not for a missing one, or the other way round. It may be the
/// refusal of an earlier request with the same key, which was about the row as it was then.
fn depends_on_row(error: &Error) -> bool {
    let is_denied = matches!(error, Error::Remote(remote) if remote.status() == 403);
    is_denied || error.is_stale() || error.is_not_found() || error.is_invalid() || error.is_conflict()
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

/// Judges a write with the row that its owner has now. Returns false if there is no such row in the caller's sight.
async fn is_allowed(remote: &RemoteInterface, write: &Write, guard: &Guard) -> Result<bool, Error> {
    let row = match write {
        Write::Create(values) => return guard.judge_sent(values).map(|()| true),
        Write::Update(id, _) | Write::Delete(id, _) => match remote.row(id).await {
            Ok(row) => row,
            // As for a row that is out of sight, so that the two look alike.
            Err(error) if error.is_not_found() => return Ok(false),
            Err(error) if guard.sight.is_some() && leaves_no_row_to_judge(&error) => return Ok(false),
            Err(error) => return Err(error),
        },
    };
    if !guard.sees(&row) {
        return Ok(false);
    }
    match write {
        Write::Update(_, values) => guard.judge_update(&row, &values.updated(&row))?,
        Write::Create(_) | Write::Delete(..) => guard.judge_stored(&row)?,
    }
    Ok(true)
}
