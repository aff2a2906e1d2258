//! A query without its manager's type, and the reading of it: compiled once, whatever the number of managers.

use std::sync::Arc;

use super::{ErasedPage, Lookup, OrderBy, QueryError, Select};
use crate::error::Error;
use crate::gm::Gm;
use crate::manager::{Answer, Description, Kind, page_of};

/// What a [`Query`](super::Query) asks for. Each of its readings is given the kind of the manager whose rows they are.
pub(crate) struct Plan {
    pub(super) select: Select,
    excluded: bool,
    fresh: bool,
    problem: Option<Box<QueryError>>,
    #[cfg(feature = "client")]
    asked: crate::client::Asked,
}

impl Plan {
    pub(super) fn new() -> Self {
        Self {
            select: Select::new(),
            excluded: false,
            fresh: false,
            problem: None,
            #[cfg(feature = "client")]
            asked: crate::client::Asked::default(),
        }
    }

    /// To be changed, which makes it another question.
    fn change(&mut self) -> &mut Select {
        #[cfg(feature = "client")]
        {
            self.asked = crate::client::Asked::default();
        }
        &mut self.select
    }

    // By value, like the builder's methods, which are compiled for each manager: what keeps the plan across a call is code
    // to drop it. Inline, so that it is not moved for that.
    #[inline]
    pub(super) fn filter(mut self, lookups: Vec<Lookup>) -> Self {
        self.add_filters(lookups);
        self
    }

    fn add_filters(&mut self, lookups: Vec<Lookup>) {
        let select = self.change();
        if select.filters.is_empty() {
            select.filters = lookups;
        } else {
            select.filters.extend(lookups);
        }
        select.canonicalize();
    }

    fn add_excludes(&mut self, lookups: Vec<Lookup>) {
        let select = self.change();
        select.excludes.extend(lookups);
        select.canonicalize();
    }

    #[inline]
    pub(super) fn exclude(mut self, lookups: Vec<Lookup>, description: &'static Description) -> Self {
        if self.excluded {
            let manager = description.name();
            self.problem
                .get_or_insert_with(|| Box::new(QueryError::SecondExclude { manager }));
        }
        self.excluded = true;
        self.add_excludes(lookups);
        self
    }

    #[inline]
    pub(super) fn order_by(mut self, ordering: Vec<OrderBy>) -> Self {
        self.change().ordering.extend(ordering);
        self
    }

    #[inline]
    pub(super) fn page(mut self, page: u64) -> Self {
        self.change().page = Some(page);
        self
    }

    #[inline]
    pub(super) fn page_size(mut self, rows: u64) -> Self {
        self.change().page_size = Some(rows);
        self
    }

    #[inline]
    pub(super) fn fresh(mut self) -> Self {
        self.fresh = true;
        self
    }

    async fn run(&self, gm: &Gm, kind: &'static Kind, select: Select) -> Result<Answer, Error> {
        if let Some(problem) = &self.problem {
            return Err(QueryError::clone(problem).into());
        }
        gm.managed_of(kind)?
            .page(select, self.fresh, gm.principal(), kind)
            .await
    }

    /// What the cache has of [`all`](Self::all), where it is still true: without a copy of the query, which is what it
    /// costs to ask for it. A query that can't be sent was never answered.
    #[cfg(feature = "client")]
    pub(crate) fn recall(&self, gm: &Gm, kind: &'static Kind) -> Option<Answer> {
        if self.fresh || self.problem.is_some() {
            return None;
        }
        let managed = gm.managed_of(kind).ok()?;
        let cache = managed.cache()?;
        if !managed.allows(crate::manager::Operation::Filter, gm.principal()) {
            return None;
        }
        cache.recall(&self.asked, &self.select)
    }

    /// Every row, or those of the query's own page.
    pub(crate) async fn all(&self, gm: &Gm, kind: &'static Kind) -> Result<Answer, Error> {
        #[cfg(feature = "client")]
        if let Some(rows) = self.recall(gm, kind) {
            return Ok(rows);
        }
        self.read_all(gm, kind).await
    }

    /// The same where the cache has been asked.
    pub(crate) async fn read_all(&self, gm: &Gm, kind: &'static Kind) -> Result<Answer, Error> {
        let select = Select {
            count: true,
            ..self.select.clone()
        };
        self.run(gm, kind, select).await
    }

    pub(crate) async fn count(&self, gm: &Gm, kind: &'static Kind) -> Result<Answer, Error> {
        let head = Select {
            ordering: Vec::new(),
            page: Some(1),
            page_size: Some(1),
            count: true,
            ..self.select.clone()
        };
        let head = page_of(&mut self.run(gm, kind, head).await?)?;
        if let Some(count) = head.total_count {
            return Ok(Answer::Count(count));
        }
        // A server may leave the total out; then the rows are counted.
        let all = Select {
            page: None,
            page_size: None,
            ..self.select.clone()
        };
        let all = page_of(&mut self.run(gm, kind, all).await?)?;
        Ok(Answer::Count(all.count))
    }

    /// The first rows of all, or the query's own page.
    pub(super) async fn head(&self, gm: &Gm, kind: &'static Kind, rows: u64) -> Result<Answer, Error> {
        let mut select = self.select.clone();
        if select.page.is_none() {
            select.page = Some(1);
            select.page_size = Some(rows);
        }
        self.run(gm, kind, select).await
    }

    /// The one row, as a page.
    pub(super) async fn one(&self, gm: &Gm, kind: &'static Kind) -> Result<Answer, Error> {
        let manager = kind.description.name();
        let page = page_of(&mut self.head(gm, kind, 2).await?)?;
        match page.count {
            0 => Err(Error::NoMatch { manager }),
            1 => Ok(Answer::Page(page)),
            _ => Err(Error::SeveralMatch { manager }),
        }
    }

    /// How many rows the head has, which is some or none.
    pub(super) async fn exists(&self, gm: &Gm, kind: &'static Kind) -> Result<Answer, Error> {
        let head = page_of(&mut self.head(gm, kind, 1).await?)?;
        Ok(Answer::Count(head.count))
    }

    /// The rows of this page. `next_to`: the size of the pages before it, which this one must have too.
    pub(super) async fn page_of(
        &self,
        gm: &Gm,
        kind: &'static Kind,
        page: u64,
        next_to: Option<u64>,
    ) -> Result<Arc<ErasedPage>, Error> {
        let select = Select {
            page: Some(page),
            page_size: next_to.or(self.select.page_size),
            same_size: next_to.is_some(),
            ..self.select.clone()
        };
        page_of(&mut self.run(gm, kind, select).await?)
    }
}

impl Clone for Plan {
    fn clone(&self) -> Self {
        Self {
            select: self.select.clone(),
            excluded: self.excluded,
            fresh: self.fresh,
            problem: self.problem.clone(),
            #[cfg(feature = "client")]
            asked: crate::client::Asked::default(),
        }
    }
}
