//! The interface to another service's rows, behind their cache.

use std::sync::Arc;

use tracing::debug_span;

use super::ResourceCache;
use super::cache::BatchCaches;
use super::remote::{RemoteInterface, RemoteOperation, send_batch};
use super::remote_write::RemoteWrite;
use crate::change::{Change, Topic};
use crate::error::Error;
use crate::field::Value;
use crate::interface::batch_error::BatchError;
use crate::interface::{
    Answer, BatchedWrite, BoxFuture, ErasedInterface, InFlight, Proposal, Read, Representation, RowLocks,
    Target, Write, WriteRequest, Written,
};
use crate::manager::Description;
use crate::protocol::features::Features;
use crate::query::{KeyMemo, Question, Select};
use crate::schema::Difference;
use crate::trace::Traced;

/// The rows of another service, behind their cache.
pub(crate) struct CachedRemote {
    description: &'static Description,
    cache: Arc<ResourceCache>,
    remote: Arc<RemoteInterface>,
    /// The locks of the rows that are written now, if a rule of the manager depends on the row.
    locks: Option<Arc<RowLocks>>,
}

impl CachedRemote {
    pub(super) fn new(
        description: &'static Description,
        cache: Arc<ResourceCache>,
        remote: RemoteInterface,
    ) -> Self {
        Self {
            description,
            cache,
            remote: Arc::new(remote),
            locks: RowLocks::of(description),
        }
    }

    pub(crate) fn cache(&self) -> &Arc<ResourceCache> {
        &self.cache
    }

    fn remote_write(&self, request: WriteRequest) -> RemoteWrite {
        RemoteWrite {
            description: self.description,
            cache: Arc::clone(&self.cache),
            remote: Arc::clone(&self.remote),
            request,
        }
    }

    /// The differences of the struct from the schema that the owner has now.
    ///
    /// # Errors
    /// Those of [`RemoteInterface::compare_schema`].
    pub(crate) async fn compare_schema(&self) -> Result<Vec<Difference>, Error> {
        self.remote.compare_schema().await
    }

    /// Sends the writes of a batch in one request, with the idempotency key of the application if it gives one. `in_flight` is held until it has ended, even if its caller is cancelled.
    ///
    /// # Errors
    /// Those of [`send_batch`], and those of the values.
    pub(crate) fn send_batch(
        batch: Vec<(&Self, BatchedWrite)>,
        key: Option<String>,
        in_flight: InFlight,
    ) -> BoxFuture<'static, Result<Vec<Written>, BatchError>> {
        let (mut caches, mut rows) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
        let mut operations = Vec::with_capacity(batch.len());
        for (this, batched) in batch {
            rows.push(match &batched.write {
                Write::Create(values) => values.get(this.description.id_index()).cloned(),
                Write::Update(id, _) | Write::Delete(id, _) => {
                    Some(id.clone()).filter(|_| batched.id.is_none())
                }
            });
            caches.push(Arc::clone(&this.cache));
            operations.push(RemoteOperation {
                remote: Arc::clone(&this.remote),
                batched,
            });
        }
        let sending = async move {
            let _in_flight = in_flight;
            send_batch(operations, key).await
        };
        Box::pin(BatchCaches(caches).write(rows, sending))
    }
}

impl CachedRemote {
    /// Reads through the cache.
    fn read_now<'a>(&'a self, read: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        let (remote, fresh) = (Arc::clone(&self.remote), read.fresh);
        let encoding = self.cache.encoding(read.representation);
        match read.target {
            Target::Page(select) => Box::pin(async move {
                let query = |select| async move { remote.query(&select).await };
                let page = self.cache.page(select, fresh, encoding, query).await?;
                Ok(page.into())
            }),
            Target::Groups { select, by } => Box::pin(async move {
                let count = |select| async move { remote.groups(&select, by.field).await };
                let groups = self.cache.groups(select, by.field, fresh, count).await?;
                Ok(groups.into())
            }),
            Target::Row { id, .. } => Box::pin(async move {
                let get = |id| async move { remote.row(&id).await };
                let row = self.cache.row(id, fresh, encoding, get).await?;
                Ok(row.into())
            }),
        }
    }
}

impl ErasedInterface for CachedRemote {
    fn description(&self) -> &'static Description {
        self.description
    }

    fn features(&self) -> Features {
        self.remote.features()
    }

    /// The owner applies its own defaults, and reads its own cursors.
    fn fill_page(&self, _: &mut Select) -> Result<(), Error> {
        Ok(())
    }

    fn cached(
        &self,
        question: &Question<'_>,
        key: &KeyMemo,
        representation: Representation<'_>,
    ) -> Option<Answer> {
        self.cache.cached(question, key, representation).map(Answer::from)
    }

    fn read<'a>(&'a self, read: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        let span = debug_span!(
            target: "gm::trace",
            "cache",
            otel.name = format!("read {}", self.cache.resource_name()),
            gm.resource = self.cache.resource_name(),
        );
        let traced = Traced::here(span);
        match traced.is_off() {
            true => self.read_now(read),
            false => Box::pin(traced.run(self.read_now(read))),
        }
    }

    fn judge(&self, proposal: Proposal) -> Result<Write, Error> {
        proposal.forward(self.description)
    }

    fn write(&self, request: WriteRequest) -> BoxFuture<'static, Result<Written, Error>> {
        let write = self.remote_write(request);
        if self.locks.is_none() && write.request.guard.is_none() {
            return Box::pin(write.send());
        }
        let locks = self.locks.clone().unwrap_or_default();
        Box::pin(write.judge_and_send(locks))
    }

    fn find_replay(&self, request: WriteRequest) -> BoxFuture<'static, Result<Option<Written>, Error>> {
        Box::pin(self.remote_write(request).find_replay())
    }

    /// Asks the owner, if the caller may write. Without a response, the row may exist.
    fn is_missing<'a>(&'a self, id: &'a Value, permitted_caller: bool) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move {
            Ok(permitted_caller && self.remote.row(id).await.is_err_and(|error| error.is_not_found()))
        })
    }

    /// Each struct of the resource has a cache and a topic. Each cache invalidates its answers, and then publishes the change.
    fn publish(&self, change: &Change, _: &Topic) {
        for sibling in self.cache.siblings() {
            sibling.publish(change);
        }
    }

    fn sends_requests(&self) -> bool {
        true
    }
}
