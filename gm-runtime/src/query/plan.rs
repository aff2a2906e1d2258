//! A query without its manager's type, and the reading of it: compiled once, whatever the number of managers.

use super::{Lookup, OrderBy, QueryError, Select};
use crate::error::Error;
use crate::gm::Gm;
use crate::manager::{Answer, Kind};

/// What a [`Query`](super::Query) asks for. Each of its readings is given the kind of the manager whose rows they are.
pub(crate) struct Plan {
    pub(super) select: Select,
    excluded: bool,
    fresh: bool,
    problem: Option<QueryError>,
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
    pub(super) fn change(&mut self) -> &mut Select {
        #[cfg(feature = "client")]
        {
            self.asked = crate::client::Asked::default();
        }
        &mut self.select
    }

    pub(super) fn filter(&mut self, lookups: Vec<Lookup>) {
        let select = self.change();
        if select.filters.is_empty() {
            select.filters = lookups;
        } else {
            select.filters.extend(lookups);
        }
        select.canonicalize();
    }

    pub(super) fn exclude(&mut self, lookups: Vec<Lookup>, manager: &'static str) {
        if self.excluded {
            self.problem.get_or_insert(QueryError::SecondExclude { manager });
        }
        self.excluded = true;
        let select = self.change();
        select.excludes.extend(lookups);
        select.canonicalize();
    }

    pub(super) fn order_by(&mut self, ordering: Vec<OrderBy>) {
        self.change().ordering.extend(ordering);
    }

    pub(super) fn refresh(&mut self) {
        self.fresh = true;
    }

    async fn run(&self, gm: &Gm, kind: &'static Kind, select: Select) -> Result<Answer, Error> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone().into());
        }
        gm.managed_of(kind)?
            .page(select, self.fresh, gm.principal(), kind.page)
            .await
    }

    /// What the cache has of [`all`](Self::all), where it is still true: without a copy of the query, which is what it
    /// costs to ask for it. A query that can't be sent was never answered.
    #[cfg(feature = "client")]
    fn recall(&self, gm: &Gm, kind: &'static Kind) -> Option<Answer> {
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

    pub(crate) async fn all(&self, gm: &Gm, kind: &'static Kind) -> Result<Answer, Error> {
        #[cfg(feature = "client")]
        if let Some(rows) = self.recall(gm, kind) {
            return Ok(rows);
        }
        let select = Select {
            count: true,
            ..self.select.clone()
        };
        self.run(gm, kind, select).await
    }

    pub(crate) async fn count(&self, gm: &Gm, kind: &'static Kind) -> Result<u64, Error> {
        let head = Select {
            ordering: Vec::new(),
            page: Some(1),
            page_size: Some(1),
            count: true,
            ..self.select.clone()
        };
        let head = self.run(gm, kind, head).await?;
        match (kind.extent)(&head).total_count {
            Some(count) => Ok(count),
            // A server may leave the total out; then the rows are counted.
            None => {
                let all = Select {
                    page: None,
                    page_size: None,
                    ..self.select.clone()
                };
                let all = self.run(gm, kind, all).await?;
                Ok((kind.extent)(&all).rows)
            }
        }
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

    pub(super) async fn exists(&self, gm: &Gm, kind: &'static Kind) -> Result<bool, Error> {
        let head = self.head(gm, kind, 1).await?;
        Ok((kind.extent)(&head).rows > 0)
    }

    /// The rows of this page, of this size or of the service's default.
    pub(super) async fn page_of(
        &self,
        gm: &Gm,
        kind: &'static Kind,
        page: u64,
        page_size: Option<u64>,
    ) -> Result<Answer, Error> {
        let select = Select {
            page: Some(page),
            page_size,
            ..self.select.clone()
        };
        self.run(gm, kind, select).await
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
