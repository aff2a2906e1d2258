//! The execution of a verb, without the type of its manager. Its code is compiled once and not for each manager.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::PendingWrite;
use super::bulk::PendingBulk;
use super::idempotency_key::check_key;
use super::related_read::RelatedRead;
use super::untyped_query::{QueryVerb, UntypedQuery};
use crate::error::Error;
use crate::field::Value;
use crate::gm::Gm;
use crate::interface::{Answer, IdempotencyKey, Proposal, Write, Written};
use crate::manager::Values;
use crate::query::ErasedManager;

/// The execution of a verb. It borrows only the handle.
pub(crate) enum Execution<'g> {
    Query(QueryVerb, Arc<UntypedQuery>, &'g Gm, &'static ErasedManager),
    Row(RowRead<'g>),
    Related(RelatedRead<'g>),
    Write(PendingWrite, &'g Gm, &'static ErasedManager),
    Bulk(Box<PendingBulk>, &'g Gm, &'static ErasedManager),
    /// A started execution. The cache is read before, so a hit allocates nothing.
    Started(Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'g>>),
}

/// A read of one row.
pub(crate) struct RowRead<'g> {
    gm: &'g Gm,
    vtable: &'static ErasedManager,
    id: Value,
    fresh: bool,
    optional: bool,
}

impl<'g> Execution<'g> {
    pub(super) fn row(gm: &'g Gm, vtable: &'static ErasedManager, id: Value) -> Self {
        Self::Row(RowRead {
            gm,
            vtable,
            id,
            fresh: false,
            optional: false,
        })
    }

    /// The answer without a row.
    pub(super) fn nothing() -> Self {
        Self::Started(Box::pin(std::future::ready(Ok(Answer::Nothing))))
    }

    /// Does not accept a cached answer.
    pub(super) fn fresh(mut self) -> Self {
        match &mut self {
            Self::Query(_, query, ..) => Arc::make_mut(query).fresh = true,
            Self::Row(row) => row.fresh = true,
            Self::Related(related) => related.fresh = true,
            Self::Write(..) | Self::Bulk(..) | Self::Started(_) => {}
        }
        self
    }

    /// Returns [`Answer::Nothing`] for a missing row, in place of an error.
    pub(super) fn optional(mut self) -> Self {
        match &mut self {
            Self::Query(verb, ..) => *verb = QueryVerb::OneOrNone,
            Self::Row(row) => row.optional = true,
            Self::Related(_) | Self::Write(..) | Self::Bulk(..) | Self::Started(_) => {}
        }
        self
    }

    /// Polls, and decodes the answer.
    pub(super) fn poll_as<T>(
        &mut self,
        decode: fn(&mut Answer) -> Result<T, Error>,
        context: &mut Context<'_>,
    ) -> Poll<Result<T, Error>> {
        // No closure, since this is compiled for the type of each verb's result. The answer is decoded where it is: a move of it
        // is a good part of a read from the cache.
        let mut answer = self.poll(context);
        if let Poll::Ready(Ok(answer)) = &mut answer {
            return Poll::Ready(decode(answer));
        }
        match answer {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Pending,
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Answer, Error>> {
        loop {
            *self = match self {
                Self::Started(future) => return future.as_mut().poll(context),
                Self::Query(verb, query, gm, vtable) => {
                    if matches!(verb, QueryVerb::All)
                        && let Some(rows) = query.cached(gm, vtable)
                    {
                        return Poll::Ready(Ok(rows));
                    }
                    Self::Started(Box::pin(Arc::clone(query).read(*verb, gm, vtable)))
                }
                Self::Row(row) => {
                    if let Some(row) = row.cached() {
                        return Poll::Ready(Ok(row));
                    }
                    Self::Started(Box::pin(row.take().read()))
                }
                Self::Related(related) => Self::Started(Box::pin(related.take().read())),
                Self::Write(write, gm, vtable) => {
                    let write = std::mem::replace(write, Write::Create(Values::new()).into());
                    Self::Started(Box::pin(run_write(write, gm, vtable)))
                }
                Self::Bulk(write, gm, vtable) => {
                    let write = std::mem::replace(&mut **write, PendingBulk::Create(Vec::new()));
                    Self::Started(Box::pin(write.run(gm, vtable)))
                }
            }
        }
    }
}

impl RowRead<'_> {
    /// The row, if it is cached and valid.
    fn cached(&self) -> Option<Answer> {
        if self.fresh {
            return None;
        }
        let managed = self.gm.managed_of(self.vtable).ok()?;
        managed.cached_row(&self.id, self.gm.principal(), self.vtable)
    }

    /// Takes the value out of `self`.
    fn take(&mut self) -> Self {
        Self {
            id: std::mem::take(&mut self.id),
            ..*self
        }
    }

    async fn read(self) -> Result<Answer, Error> {
        let managed = self.gm.managed_of(self.vtable)?;
        let read = managed.row(self.id, self.fresh, self.gm.principal(), self.vtable);
        match read.await {
            Err(error) if self.optional && error.is_not_found() => Ok(Answer::Nothing),
            answer => answer,
        }
    }
}

async fn run_write(pending: PendingWrite, gm: &Gm, vtable: &'static ErasedManager) -> Result<Answer, Error> {
    let manager = vtable.description.name();
    let managed = gm.managed_of(vtable)?;
    if let Some(key) = &pending.key {
        check_key(key, managed)?;
    }
    let unreadable = match pending.write {
        Write::Create(_) => Error::CreatedUnreadable { manager },
        Write::Update(..) | Write::Delete(..) => Error::UpdatedUnreadable { manager },
    };
    let proposal = Proposal {
        expected_version: pending.expected_version,
        key: pending.key.map(IdempotencyKey::Verb),
        ..Proposal::from(pending.write)
    };
    match managed.write(proposal, gm.principal()).await? {
        Written::Row(record) => Ok(Answer::Record(record)),
        Written::Deleted => Ok(Answer::Nothing),
        Written::Unreadable | Written::Missing | Written::Replay(_) => Err(unreadable),
    }
}
