//! The storage that is tested, asked through the verbs.

use std::io;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{FutureExt as _, TryStreamExt as _};

use super::oracle::{Done, Ending};
use crate::change::{Change, Subscription};
use crate::error::Error;
use crate::field::{FieldType as _, Value};
use crate::gm::Gm;
use crate::interface::{ErasedInterface, Guard, Write, WriteRequest, Writes, Written};
use crate::manager::{Manager, Record, Values};
use crate::query::{Rows, Select};
use crate::verbs::{Draft, Query, ReadFuture, WriteFuture, WriteKind};

pub(super) struct Subject<M> {
    gm: Gm,
    interface: Arc<dyn ErasedInterface>,
    published: Arc<Mutex<Vec<Change>>>,
    _subscription: Subscription,
    brand: PhantomData<fn() -> M>,
}

/// What the verbs that read give of one query.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) rows: Vec<Record>,
    pub(super) total: Option<u64>,
    /// By `count`, which asks for one row of the first page.
    pub(super) count: u64,
    pub(super) first: Option<Record>,
    pub(super) exists: bool,
    /// By `stream`: the page that the query names, or pages of two rows.
    pub(super) streamed: Vec<Record>,
    /// By `after`, with the next cursor of the page that the query names.
    pub(super) behind: Option<Vec<Record>>,
}

impl<M: Manager> Subject<M> {
    /// Of this handle's rows of `M`.
    pub(super) fn new(gm: Gm) -> Result<Self, Error> {
        let published: Arc<Mutex<Vec<Change>>> = Arc::default();
        let hook = Arc::clone(&published);
        let subscription = gm.on_change::<M>(move |change| {
            let mut published = hook.lock().unwrap_or_else(PoisonError::into_inner);
            published.push(change.clone());
        })?;
        Ok(Self {
            interface: Arc::clone(gm.managed::<M>()?.interface()),
            gm,
            published,
            _subscription: subscription,
            brand: PhantomData,
        })
    }

    /// Reads the rows of a query with each verb. A panic of the storage is an error, so that the failure names the query.
    pub(super) async fn read(&self, select: &Select) -> Result<Read, Error> {
        let read = AssertUnwindSafe(self.read_with_verbs(select)).catch_unwind();
        read.await
            .unwrap_or_else(|_| Err(Error::storage(io::Error::other("the storage panicked"))))
    }

    async fn read_with_verbs(&self, select: &Select) -> Result<Read, Error> {
        let query = Query::<M>::of_select(select.clone());
        let rows = query.all(&self.gm).fresh().await?;
        let stream = match select.page {
            Some(_) => query.clone(),
            None => query.clone().page_size(2),
        };
        let stream = stream.stream(&self.gm).fresh();
        let streamed = stream.map_ok(|row| row.to_record()).try_collect().await?;
        let behind = match rows.next_cursor() {
            Some(cursor) => Some(query.clone().after(cursor).all(&self.gm).fresh().await?),
            None => None,
        };
        let records = |rows: &Rows<M>| rows.iter().map(Manager::to_record).collect();
        Ok(Read {
            behind: behind.as_ref().map(records),
            total: rows.total_count(),
            rows: records(&rows),
            count: query.count(&self.gm).fresh().await?,
            first: query.first(&self.gm).fresh().await?.map(|row| row.to_record()),
            exists: query.exists(&self.gm).fresh().await?,
            streamed,
        })
    }

    /// Whether pages are read by cursors.
    pub(super) fn applies_cursors(&self) -> bool {
        self.interface.applies_cursors()
    }

    pub(super) async fn get(&self, id: &Value) -> Ending {
        let id = match M::Id::from_value(id.clone()) {
            Ok(id) => id,
            Err(error) => return Ending::Failed(error.to_string()),
        };
        match ReadFuture::<M>::row(&self.gm, id).fresh().await {
            Ok(row) => Ending::Row(row.to_record()),
            Err(error) => Ending::of(&error),
        }
    }

    /// The storage without the verbs in front of it.
    pub(super) fn interface(&self) -> &Arc<dyn ErasedInterface> {
        &self.interface
    }

    /// Writes, by a caller with these rules if there are some, and says what was published meanwhile.
    pub(super) async fn write(&self, write: Write, guard: Option<&Guard>) -> Done {
        self.take_published();
        let ending = match guard {
            None => self.carry_out(write).await,
            Some(guard) => Ending::of_write(self.guarded(write, guard).await),
        };
        let published = self.take_published();
        Done { ending, published }
    }

    /// Writes, by a caller with these rules.
    pub(super) async fn guarded(&self, write: Write, guard: &Guard) -> Result<Written, Error> {
        let write = self.interface.judge(write.into())?;
        let request = WriteRequest {
            write,
            guard: Some(Box::new(guard.clone())),
            expected_version: None,
            counts_as_changed: false,
            key: None,
            in_flight: Arc::new(Writes::default()).begin()?,
        };
        self.interface.write(request).await
    }

    pub(super) async fn carry_out(&self, write: Write) -> Ending {
        let written = match write {
            Write::Create(values) => self.draft(Draft::insert(), values).await.map(Ending::Row),
            Write::Update(id, values) => self.draft(Draft::patch(id), values).await.map(Ending::Row),
            Write::Delete(id, comment) => match M::Id::from_value(id) {
                Ok(id) => {
                    let mut delete = WriteFuture::delete::<M>(&self.gm, &id);
                    if let Some(comment) = comment {
                        delete = delete.history_comment(comment);
                    }
                    delete.await.map(|()| Ending::Deleted)
                }
                Err(error) => return Ending::Failed(error.to_string()),
            },
        };
        written.unwrap_or_else(|error| Ending::of(&error))
    }

    async fn draft<K: WriteKind>(&self, mut draft: Draft<K>, values: Values) -> Result<Record, Error> {
        if let Some(comment) = values.history_comment() {
            draft = draft.history_comment(comment);
        }
        for (field, value) in values {
            draft = draft.set(field, value, |value| value);
        }
        let row = draft.exec::<M>(&self.gm).await?;
        Ok(row.to_record())
    }

    fn take_published(&self) -> Vec<Change> {
        let mut published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut published)
    }
}
