//! A query without the type of its manager. Its code is compiled once and not for each manager.

use std::sync::Arc;

use crate::access::PageCounts;
use crate::error::{Error, QueryError};
use crate::field::Value;
use crate::gm::Gm;
use crate::interface::Answer;
use crate::manager::Description;
use crate::query::{Cursor, ErasedManager, KeyMemo, Lookup, Operand, Operator, OrderBy, Select};

/// A verb on a query.
#[derive(Clone, Copy, Debug)]
pub(crate) enum QueryVerb {
    All,
    First,
    One,
    OneOrNone,
    Count,
    /// By the values of the field with this index.
    CountBy(u16),
    Exists,
}

/// A query without the type of its manager. The clones and the futures of a [`Query`](super::Query) share it.
pub(crate) struct UntypedQuery {
    pub(super) select: Select,
    has_exclude: bool,
    /// Whether a cached answer is not accepted.
    pub(crate) fresh: bool,
    /// Whether the total of a page is not requested.
    uncounted: bool,
    /// The first error of the builder. The verbs return it.
    error: Option<Box<QueryError>>,
    key: KeyMemo,
}

impl UntypedQuery {
    pub(super) fn new() -> Self {
        Self {
            select: Select::new(),
            has_exclude: false,
            fresh: false,
            uncounted: false,
            error: None,
            key: KeyMemo::default(),
        }
    }

    /// The query of this select.
    #[cfg(feature = "testing")]
    pub(super) fn of(select: Select) -> Self {
        Self {
            select,
            ..Self::new()
        }
    }

    /// The rows with these ids: one page of as many rows, or all pages.
    pub(super) fn of_ids(description: &Description, ids: &[Value], is_page: bool) -> Self {
        let ids = ids.to_vec();
        let page_size = is_page.then_some(ids.len() as u64);
        let select = Select {
            filters: vec![Lookup {
                field: description.id_index(),
                operator: Operator::In,
                operand: Operand::List(ids),
            }],
            page: page_size.map(|_| 1),
            page_size,
            ..Select::new()
        };
        Self {
            select,
            uncounted: true,
            ..Self::new()
        }
    }

    /// The select, to be changed. The query is copied if it is shared.
    fn change(self: &mut Arc<Self>) -> &mut Select {
        let query = Arc::make_mut(self);
        query.key = KeyMemo::default();
        &mut query.select
    }

    // By value, since the methods of the builder are compiled for each manager. With a reference they would need code that drops
    // the query.
    pub(super) fn filter(mut self: Arc<Self>, lookups: Vec<Lookup>) -> Arc<Self> {
        let select = self.change();
        if select.filters.is_empty() {
            select.filters = lookups;
        } else {
            select.filters.extend(lookups);
        }
        select.canonicalize();
        self
    }

    pub(super) fn exclude(
        mut self: Arc<Self>,
        lookups: Vec<Lookup>,
        description: &'static Description,
    ) -> Arc<Self> {
        let query = Arc::make_mut(&mut self);
        if query.has_exclude {
            let manager = description.name();
            query
                .error
                .get_or_insert_with(|| Box::new(QueryError::SecondExclude { manager }));
        }
        query.has_exclude = true;
        let select = self.change();
        select.excludes.extend(lookups);
        select.canonicalize();
        self
    }

    pub(super) fn order_by(mut self: Arc<Self>, ordering: Vec<OrderBy>) -> Arc<Self> {
        self.change().ordering.extend(ordering);
        self
    }

    pub(super) fn page(mut self: Arc<Self>, page: u64) -> Arc<Self> {
        let select = self.change();
        (select.page, select.after) = (Some(page), None);
        self
    }

    /// The page behind a cursor, or the first one.
    pub(super) fn after(mut self: Arc<Self>, cursor: Option<&Cursor>) -> Arc<Self> {
        let select = self.change();
        select.page = cursor.is_none().then_some(1);
        select.after = cursor.cloned();
        self
    }

    pub(super) fn without_count(mut self: Arc<Self>) -> Arc<Self> {
        Arc::make_mut(&mut self).uncounted = true;
        self
    }

    /// Whether `all` requests the total. That of all rows is their number.
    fn wants_total(&self) -> bool {
        !(self.uncounted && self.select.is_page())
    }

    pub(super) fn page_size(mut self: Arc<Self>, rows: u64) -> Arc<Self> {
        self.change().page_size = Some(rows);
        self
    }

    /// Reads a page, with the freshness of the query.
    pub(super) async fn fetch(
        &self,
        gm: &Gm,
        vtable: &'static ErasedManager,
        select: Select,
    ) -> Result<Answer, Error> {
        self.fetch_with(gm, vtable, select, self.fresh).await
    }

    /// Reads a page, if the query has no error.
    pub(super) async fn fetch_with(
        &self,
        gm: &Gm,
        vtable: &'static ErasedManager,
        select: Select,
        fresh: bool,
    ) -> Result<Answer, Error> {
        self.check()?;
        gm.managed_of(vtable)?
            .page(select, fresh, gm.principal(), vtable)
            .await
    }

    /// The number of rows of a page, and of all rows that match.
    async fn counts(
        &self,
        gm: &Gm,
        vtable: &'static ErasedManager,
        select: Select,
    ) -> Result<PageCounts, Error> {
        self.check()?;
        gm.managed_of(vtable)?
            .counts(select, self.fresh, gm.principal(), vtable)
            .await
    }

    /// The select of every row that matches.
    ///
    /// # Errors
    /// The error of the builder, and [`QueryError::BulkPage`].
    pub(super) fn every_row(&self, manager: &'static str) -> Result<Select, Error> {
        self.check()?;
        if self.select.is_page() || self.select.page_size.is_some() {
            return Err(QueryError::BulkPage { manager }.into());
        }
        Ok(Select {
            ordering: Vec::new(),
            ..self.select.clone()
        })
    }

    fn check(&self) -> Result<(), Error> {
        match &self.error {
            Some(error) => Err(QueryError::clone(error).into()),
            None => Ok(()),
        }
    }

    /// The rows, if they are cached and valid. Copies neither the query nor a row.
    pub(crate) fn cached(&self, gm: &Gm, vtable: &'static ErasedManager) -> Option<Answer> {
        if self.fresh || self.error.is_some() {
            return None;
        }
        let managed = gm.managed_of(vtable).ok()?;
        managed.cached_rows(
            &self.select,
            self.wants_total(),
            &self.key,
            gm.principal(),
            vtable,
        )
    }

    /// Executes a verb. For `all`, [`cached`](Self::cached) comes first.
    pub(crate) async fn read(
        self: Arc<Self>,
        verb: QueryVerb,
        gm: &Gm,
        vtable: &'static ErasedManager,
    ) -> Result<Answer, Error> {
        match verb {
            QueryVerb::All => self.all(gm, vtable).await,
            QueryVerb::First => self.head(gm, vtable, 1).await,
            QueryVerb::One => self.one(gm, vtable).await,
            QueryVerb::OneOrNone => match self.one(gm, vtable).await {
                Err(Error::NoMatch { .. }) => Ok(Answer::Nothing),
                one => one,
            },
            QueryVerb::Count => self.count(gm, vtable).await,
            QueryVerb::CountBy(field) => self.count_by(gm, vtable, field).await,
            QueryVerb::Exists => self.exists(gm, vtable).await,
        }
    }

    /// All rows, or the rows of the query's page.
    pub(super) async fn all(&self, gm: &Gm, vtable: &'static ErasedManager) -> Result<Answer, Error> {
        let select = Select {
            count: self.wants_total(),
            ..self.select.clone()
        };
        self.fetch(gm, vtable, select).await
    }

    async fn count(&self, gm: &Gm, vtable: &'static ErasedManager) -> Result<Answer, Error> {
        let head = Select {
            ordering: Vec::new(),
            page: Some(1),
            page_size: Some(1),
            after: None,
            count: true,
            ..self.select.clone()
        };
        if let Some(count) = self.counts(gm, vtable, head).await?.total {
            return Ok(Answer::Count(count));
        }
        // Storage may leave out the total. All rows are read and counted then.
        let all = Select {
            page: None,
            page_size: None,
            after: None,
            ..self.select.clone()
        };
        Ok(Answer::Count(self.counts(gm, vtable, all).await?.rows))
    }

    async fn count_by(&self, gm: &Gm, vtable: &'static ErasedManager, field: u16) -> Result<Answer, Error> {
        self.check()?;
        gm.managed_of(vtable)?
            .groups(self.select.clone(), field, self.fresh, gm.principal())
            .await
    }

    /// The first rows, or the query's page.
    async fn head(&self, gm: &Gm, vtable: &'static ErasedManager, rows: u64) -> Result<Answer, Error> {
        self.fetch(gm, vtable, self.head_of(rows)).await
    }

    fn head_of(&self, rows: u64) -> Select {
        let mut select = self.select.clone();
        if select.after.is_some() {
            select.page_size = Some(select.page_size.unwrap_or(rows).min(rows));
        } else if select.page.is_none() {
            select.page = Some(1);
            select.page_size = Some(rows);
        }
        select
    }

    /// A page with the only row.
    async fn one(&self, gm: &Gm, vtable: &'static ErasedManager) -> Result<Answer, Error> {
        let manager = vtable.description.name();
        let page = self.head(gm, vtable, 2).await?.page()?;
        match page.count {
            0 => Err(Error::NoMatch { manager }),
            1 => Ok(Answer::Page(page)),
            _ => Err(Error::SeveralMatch { manager }),
        }
    }

    /// The number of rows, of which at most one is read.
    async fn exists(&self, gm: &Gm, vtable: &'static ErasedManager) -> Result<Answer, Error> {
        let head = self.counts(gm, vtable, self.head_of(1)).await?;
        Ok(Answer::Count(head.rows))
    }
}

impl Clone for UntypedQuery {
    fn clone(&self) -> Self {
        Self {
            select: self.select.clone(),
            has_exclude: self.has_exclude,
            fresh: self.fresh,
            uncounted: self.uncounted,
            error: self.error.clone(),
            key: KeyMemo::default(),
        }
    }
}
