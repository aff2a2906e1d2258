//! Verbs that are carried out, without their managers' types, so that this is compiled once.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::plan::{Plan, Wanted};
use crate::error::Error;
use crate::field::Value;
use crate::gm::Gm;
use crate::interface::{Answer, Write, Written};
use crate::manager::Values;
use crate::query::ErasedManager;

/// What reads or writes. It borrows the handle alone.
pub(crate) enum Run<'g> {
    Query(Wanted, Arc<Plan>, &'g Gm, &'static ErasedManager),
    Row(Row<'g>),
    Write(Write, &'g Gm, &'static ErasedManager),
    /// One of these that has begun. The cache is asked before: nothing is allocated for what it answers.
    Begun(Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send + 'g>>),
}

/// Which row is read, and how.
pub(crate) struct Row<'g> {
    gm: &'g Gm,
    vtable: &'static ErasedManager,
    id: Value,
    fresh: bool,
    optional: bool,
}

impl<'g> Run<'g> {
    pub(super) fn row(gm: &'g Gm, vtable: &'static ErasedManager, id: Value) -> Self {
        Self::Row(Row {
            gm,
            vtable,
            id,
            fresh: false,
            optional: false,
        })
    }

    /// Past the cache.
    pub(super) fn fresh(mut self) -> Self {
        match &mut self {
            Self::Query(_, plan, ..) => Arc::make_mut(plan).fresh = true,
            Self::Row(row) => row.fresh = true,
            Self::Write(..) | Self::Begun(_) => {}
        }
        self
    }

    /// With nothing as the answer where there is no row.
    pub(super) fn optional(mut self) -> Self {
        match &mut self {
            Self::Query(wanted, ..) => *wanted = Wanted::OneOrNone,
            Self::Row(row) => row.optional = true,
            Self::Write(..) | Self::Begun(_) => {}
        }
        self
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Answer, Error>> {
        loop {
            *self = match self {
                Self::Begun(future) => return future.as_mut().poll(context),
                Self::Query(wanted, plan, gm, vtable) => {
                    if matches!(wanted, Wanted::All)
                        && let Some(rows) = plan.cached(gm, vtable)
                    {
                        return Poll::Ready(Ok(rows));
                    }
                    Self::Begun(Box::pin(Arc::clone(plan).read(*wanted, gm, vtable)))
                }
                Self::Row(row) => {
                    if let Some(row) = row.cached() {
                        return Poll::Ready(Ok(row));
                    }
                    Self::Begun(Box::pin(row.take().read()))
                }
                Self::Write(write, gm, vtable) => {
                    let write = std::mem::replace(write, Write::Create(Values::new()));
                    Self::Begun(Box::pin(carry_out(write, gm, vtable)))
                }
            }
        }
    }
}

impl Row<'_> {
    /// The cached row, where it is still true.
    fn cached(&self) -> Option<Answer> {
        if self.fresh {
            return None;
        }
        let managed = self.gm.managed_of(self.vtable).ok()?;
        managed.cached_row(&self.id, self.gm.principal(), self.vtable)
    }

    /// Itself, to be read.
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

async fn carry_out(write: Write, gm: &Gm, vtable: &'static ErasedManager) -> Result<Answer, Error> {
    let manager = vtable.description.name();
    let unreadable = match write {
        Write::Create(_) => Error::CreatedUnreadable { manager },
        Write::Update(..) | Write::Delete(..) => Error::UpdatedUnreadable { manager },
    };
    match gm.managed_of(vtable)?.write(write, gm.principal()).await? {
        Written::Row(record) => Ok(Answer::Record(record)),
        Written::Deleted => Ok(Answer::Nothing),
        Written::Unreadable | Written::Missing => Err(unreadable),
    }
}
