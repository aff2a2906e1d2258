//! A query without its manager's type, and the reading of it: compiled once, whatever the number of managers.

use std::sync::Arc;

use crate::error::{Error, QueryError};
use crate::gm::Gm;
use crate::interface::Answer;
use crate::manager::Description;
use crate::query::{ErasedManager, ErasedPage, KeyMemo, Lookup, OrderBy, PageRequest, Select};

/// What a verb wants of a query.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    All,
    First,
    One,
    OneOrNone,
    Count,
    Exists,
}

/// What a [`Query`](super::Query) asks for, shared by its clones and its readings. Each function gets the vtable of the manager.
pub(crate) struct Plan {
    pub(super) select: Select,
    excluded: bool,
    /// Whether it is read past the cache.
    pub(crate) fresh: bool,
    problem: Option<Box<QueryError>>,
    key: KeyMemo,
}

impl Plan {
    pub(super) fn new() -> Self {
        Self {
            select: Select::new(),
            excluded: false,
            fresh: false,
            problem: None,
            key: KeyMemo::default(),
        }
    }

    /// The query that this says.
    #[cfg(feature = "testing")]
    pub(super) fn of(select: Select) -> Self {
        Self {
            select,
            ..Self::new()
        }
    }

    /// To be changed, which makes it another question. Copied where another query or a reading has it.
    fn change(self: &mut Arc<Self>) -> &mut Select {
        let plan = Arc::make_mut(self);
        plan.key = KeyMemo::default();
        &mut plan.select
    }

    // By value, like the builder's methods, which are compiled for each manager: what keeps the plan across a call is code
    // to drop it.
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
        let plan = Arc::make_mut(&mut self);
        if plan.excluded {
            let manager = description.name();
            plan.problem
                .get_or_insert_with(|| Box::new(QueryError::SecondExclude { manager }));
        }
        plan.excluded = true;
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
        self.change().page = Some(page);
        self
    }

    pub(super) fn page_size(mut self: Arc<Self>, rows: u64) -> Arc<Self> {
        self.change().page_size = Some(rows);
        self
    }

    async fn run(&self, gm: &Gm, vtable: &'static ErasedManager, select: Select) -> Result<Answer, Error> {
        self.run_as(gm, vtable, select, self.fresh).await
    }

    async fn run_as(
        &self,
        gm: &Gm,
        vtable: &'static ErasedManager,
        select: Select,
        fresh: bool,
    ) -> Result<Answer, Error> {
        if let Some(problem) = &self.problem {
            return Err(QueryError::clone(problem).into());
        }
        gm.managed_of(vtable)?
            .page(select, fresh, gm.principal(), vtable)
            .await
    }

    /// The cached rows, where they are still true. Copies neither the query nor a row. A query that can't be sent was never
    /// answered.
    pub(crate) fn cached(&self, gm: &Gm, vtable: &'static ErasedManager) -> Option<Answer> {
        if self.fresh || self.problem.is_some() {
            return None;
        }
        let managed = gm.managed_of(vtable).ok()?;
        managed.cached_rows(&self.select, &self.key, gm.principal(), vtable)
    }

    /// Reads it, where the cache has been asked for all.
    pub(crate) async fn read(
        self: Arc<Self>,
        wanted: Wanted,
        gm: &Gm,
        vtable: &'static ErasedManager,
    ) -> Result<Answer, Error> {
        match wanted {
            Wanted::All => self.all(gm, vtable).await,
            Wanted::First => self.head(gm, vtable, 1).await,
            Wanted::One => self.one(gm, vtable).await,
            Wanted::OneOrNone => match self.one(gm, vtable).await {
                Err(Error::NoMatch { .. }) => Ok(Answer::Nothing),
                one => one,
            },
            Wanted::Count => self.count(gm, vtable).await,
            Wanted::Exists => self.exists(gm, vtable).await,
        }
    }

    /// Every row, or those of the query's own page.
    async fn all(&self, gm: &Gm, vtable: &'static ErasedManager) -> Result<Answer, Error> {
        let select = Select {
            count: true,
            ..self.select.clone()
        };
        self.run(gm, vtable, select).await
    }

    async fn count(&self, gm: &Gm, vtable: &'static ErasedManager) -> Result<Answer, Error> {
        let head = Select {
            ordering: Vec::new(),
            page: Some(1),
            page_size: Some(1),
            count: true,
            ..self.select.clone()
        };
        let head = self.run(gm, vtable, head).await?.page()?;
        if let Some(count) = head.total_count {
            return Ok(Answer::Count(count));
        }
        // A server may leave the total out; then the rows are counted.
        let all = Select {
            page: None,
            page_size: None,
            ..self.select.clone()
        };
        let all = self.run(gm, vtable, all).await?.page()?;
        Ok(Answer::Count(all.count))
    }

    /// The first rows of all, or the query's own page.
    async fn head(&self, gm: &Gm, vtable: &'static ErasedManager, rows: u64) -> Result<Answer, Error> {
        let mut select = self.select.clone();
        if select.page.is_none() {
            select.page = Some(1);
            select.page_size = Some(rows);
        }
        self.run(gm, vtable, select).await
    }

    /// The one row, as a page.
    async fn one(&self, gm: &Gm, vtable: &'static ErasedManager) -> Result<Answer, Error> {
        let manager = vtable.description.name();
        let page = self.head(gm, vtable, 2).await?.page()?;
        match page.count {
            0 => Err(Error::NoMatch { manager }),
            1 => Ok(Answer::Page(page)),
            _ => Err(Error::SeveralMatch { manager }),
        }
    }

    /// How many rows the head has, which is some or none.
    async fn exists(&self, gm: &Gm, vtable: &'static ErasedManager) -> Result<Answer, Error> {
        let head = self.head(gm, vtable, 1).await?.page()?;
        Ok(Answer::Count(head.count))
    }

    /// The first page of all, or the query's own.
    pub(super) async fn first_page(
        &self,
        gm: &Gm,
        vtable: &'static ErasedManager,
    ) -> Result<Arc<ErasedPage>, Error> {
        let select = Select {
            page: self.select.page.or(Some(1)),
            ..self.select.clone()
        };
        self.run(gm, vtable, select).await?.page()
    }

    /// A page behind the first one.
    pub(super) async fn later_page(
        &self,
        gm: &Gm,
        vtable: &'static ErasedManager,
        page: PageRequest,
    ) -> Result<Arc<ErasedPage>, Error> {
        let select = Select {
            page: Some(page.number),
            page_size: Some(page.size),
            exact_page_size: true,
            ..self.select.clone()
        };
        self.run_as(gm, vtable, select, self.fresh || page.fresh)
            .await?
            .page()
    }
}

impl Clone for Plan {
    fn clone(&self) -> Self {
        Self {
            select: self.select.clone(),
            excluded: self.excluded,
            fresh: self.fresh,
            problem: self.problem.clone(),
            key: KeyMemo::default(),
        }
    }
}
