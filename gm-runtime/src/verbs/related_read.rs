//! Reads the rows that other rows refer to.

use std::collections::HashMap;

use super::untyped_query::UntypedQuery;
use crate::error::Error;
use crate::field::Value;
use crate::gm::Gm;
use crate::interface::Answer;
use crate::manager::Manager;
use crate::query::{ErasedManager, sort_values};

/// The most ids of one request. An owner accepts as many members of a list by default.
const MOST_IDS: usize = 1_000;

/// The rows that other rows refer to, by their id. [`Rows::related`](crate::Rows::related) reads them.
#[derive(Clone, Debug)]
pub struct RelatedRows<R: Manager> {
    rows: HashMap<R::Id, R>,
}

impl<R: Manager> RelatedRows<R> {
    pub(super) fn of(answer: &mut Answer) -> Result<Self, Error> {
        let mut rows = HashMap::new();
        answer.each_row(&mut |row: &R| {
            rows.insert(row.id().clone(), row.clone());
        })?;
        Ok(Self { rows })
    }

    /// The row with this id: `related.get(&ticket.customer_id)`, or `related.get(ticket.customer_id.as_ref())` for a reference that
    /// may be null.
    ///
    /// `None` for null, for a row that does not exist, and for one that the handle's caller may not read.
    pub fn get<'i>(&self, id: impl Into<Option<&'i R::Id>>) -> Option<&R>
    where
        R::Id: 'i,
    {
        self.rows.get(id.into()?)
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &R> {
        self.rows.values()
    }

    /// The rows by their id.
    #[must_use]
    pub fn into_map(self) -> HashMap<R::Id, R> {
        self.rows
    }
}

/// A read of the rows with these ids.
pub(super) struct RelatedRead<'g> {
    ids: Vec<Value>,
    gm: &'g Gm,
    vtable: &'static ErasedManager,
    pub(super) fresh: bool,
}

impl<'g> RelatedRead<'g> {
    pub(super) fn new(mut ids: Vec<Value>, gm: &'g Gm, vtable: &'static ErasedManager) -> Self {
        ids.retain(|id| !id.is_null());
        // In a fixed order, so that equal ids are one key of the cache.
        sort_values(&mut ids);
        ids.dedup();
        Self {
            ids,
            gm,
            vtable,
            fresh: false,
        }
    }

    /// Takes the value out of `self`.
    pub(super) fn take(&mut self) -> Self {
        Self {
            ids: std::mem::take(&mut self.ids),
            ..*self
        }
    }

    pub(super) async fn read(self) -> Result<Answer, Error> {
        let mut answers = Vec::new();
        for ids in self.ids.chunks(MOST_IDS) {
            match self.cached_page(ids) {
                Some(page) => answers.push(page),
                None => self.read_missing(ids, &mut answers).await?,
            }
        }
        Ok(Answer::Several(answers))
    }

    /// The rows, if all of them are one cached answer.
    fn cached_page(&self, ids: &[Value]) -> Option<Answer> {
        if self.fresh {
            return None;
        }
        let query = |is_page| UntypedQuery::of_ids(self.vtable.description, ids, is_page);
        let cached = |is_page| query(is_page).cached(self.gm, self.vtable);
        cached(true).or_else(|| cached(false))
    }

    /// Reads the rows that are not cached alone.
    async fn read_missing(&self, ids: &[Value], answers: &mut Vec<Answer>) -> Result<(), Error> {
        let managed = self.gm.managed_of(self.vtable)?;
        let mut missing = Vec::new();
        for id in ids {
            let cached = || managed.cached_row(id, self.gm.principal(), self.vtable);
            match (!self.fresh).then(cached).flatten() {
                Some(row) => answers.push(row),
                None => missing.push(id.clone()),
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        answers.push(self.read_ids(&missing).await?);
        Ok(())
    }

    /// Reads the rows with these ids as one page, or as several if the owner refuses a page of this size.
    async fn read_ids(&self, ids: &[Value]) -> Result<Answer, Error> {
        let query = |is_page| {
            let mut query = UntypedQuery::of_ids(self.vtable.description, ids, is_page);
            query.fresh = self.fresh;
            query
        };
        match query(true).all(self.gm, self.vtable).await {
            Err(error) if is_refused_page(&error) => query(false).all(self.gm, self.vtable).await,
            answer => answer,
        }
    }
}

/// Whether the owner refuses the request, as it does for a page that is larger than its maximum.
fn is_refused_page(error: &Error) -> bool {
    matches!(error, Error::Remote(remote) if remote.status() == 400)
}
