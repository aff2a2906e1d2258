//! Typed reads, for the verbs.

use super::{Access, Caller, Managed, is_audited};
use crate::error::Error;
use crate::field::Value;
use crate::interface::{Answer, Read, Representation, Target};
use crate::manager::{Operation, Purpose};
use crate::principal::Principal;
use crate::query::{ErasedManager, KeyMemo, Question, Select};

/// How many rows a page has, and how many match.
pub(crate) struct PageCounts {
    pub(crate) rows: u64,
    /// `None` if the storage left it out.
    pub(crate) total: Option<u64>,
}

impl Managed {
    /// The rows that match and that the caller may read.
    pub(crate) async fn page(
        &self,
        mut select: Select,
        mut fresh: bool,
        principal: Option<&Principal>,
        vtable: &'static ErasedManager,
    ) -> Result<Answer, Error> {
        let representation = Representation::Typed(vtable);
        self.check_select(&mut select, principal)?;
        let Some(principal) = principal else {
            if select.looks_through() {
                Box::pin(self.look_through(&mut select, &mut fresh, None)).await?;
            }
            self.interface.fill_page(&mut select)?;
            return self.read_page(select, fresh, representation).await;
        };
        let caller = self.caller(principal, None);
        let checked = self.check_query(&caller, &select);
        let checked = checked.and_then(|()| self.check_type(&caller, Operation::Filter));
        self.audit_query(&checked, &caller);
        checked?;
        if select.looks_through() {
            Box::pin(self.look_through(&mut select, &mut fresh, Some(principal))).await?;
        }
        let page = self.page_of(&caller, select, fresh, representation);
        // In a box, so that the future of a read without a caller stays small.
        Box::pin(page)
            .await
            .map_err(|error| self.conceal(error, &caller, &[]))
    }

    /// The number of rows of a page that the caller may read, and the number of rows that match. It needs no field, so a
    /// caller may count rows whose type it can't read.
    pub(crate) async fn counts(
        &self,
        mut select: Select,
        mut fresh: bool,
        principal: Option<&Principal>,
        vtable: &'static ErasedManager,
    ) -> Result<PageCounts, Error> {
        let caller = principal.map(|principal| self.caller(principal, None));
        let Some(caller) = caller.filter(|caller| !caller.fields.is_all()) else {
            let page = self.page(select, fresh, principal, vtable).await?.page()?;
            return Ok(PageCounts {
                rows: page.count,
                total: page.total_count,
            });
        };
        self.check_select(&mut select, principal)?;
        let checked = self.check_query(&caller, &select);
        self.audit_query(&checked, &caller);
        checked?;
        self.look_through(&mut select, &mut fresh, principal).await?;
        let page = self.page_of(&caller, select, fresh, Representation::Records);
        let page = page.await.map_err(|error| self.conceal(error, &caller, &[]))?;
        let page = page.shared_records()?;
        Ok(PageCounts {
            rows: page.rows.len() as u64,
            total: page.total_count,
        })
    }

    /// Records a query that is refused, also by an empty page.
    pub(super) fn audit_query(&self, checked: &Result<(), Error>, caller: &Caller<'_>) {
        let denied = self.denied(Operation::Filter);
        let refused = match checked {
            Err(error) => Some(error),
            Ok(()) => (caller.rows == Access::Never).then_some(&denied),
        };
        if let Some(error) = refused
            && is_audited()
        {
            self.audit_refusal(Operation::Filter, None, error, caller);
        }
    }

    /// Records the read of a row that is refused, or that may be out of sight.
    fn audit_read<T>(&self, read: &Result<T, Error>, id: &Value, caller: &Caller<'_>) {
        if let Err(error) = read
            && (!error.is_not_found() || self.description.has_row_rule())
            && (error.is_not_found() || is_denial(error))
            && is_audited()
        {
            self.audit_refusal(Operation::Detail, Some(id), error, caller);
        }
    }

    pub(super) fn check_select(
        &self,
        select: &mut Select,
        principal: Option<&Principal>,
    ) -> Result<(), Error> {
        select.check(self.description)?;
        self.description.normalize_select(select)?;
        self.require_rules(principal)
    }

    /// Every row that matches a query, where they are cached and the caller may read everything. With the number of them if `count`
    /// is true. The query is not checked, since only a query that was checked has an answer.
    #[inline]
    pub(crate) fn cached_rows(
        &self,
        select: &Select,
        count: bool,
        key: &KeyMemo,
        principal: Option<&Principal>,
        vtable: &'static ErasedManager,
    ) -> Option<Answer> {
        if !self.lets_read_everything(principal) {
            return None;
        }
        let representation = Representation::Typed(vtable);
        if select.looks_through() {
            let select = self.cacheable_through(select, principal)?;
            let question = Question::list(&select, count);
            return self
                .interface
                .cached(&question, &KeyMemo::default(), representation);
        }
        let question = Question::list(select, count);
        self.interface.cached(&question, key, representation)
    }

    /// The row of this id, where it exists and the caller may read it.
    pub(crate) async fn row(
        &self,
        id: Value,
        fresh: bool,
        principal: Option<&Principal>,
        vtable: &'static ErasedManager,
    ) -> Result<Answer, Error> {
        self.require_rules(principal)?;
        let id = self
            .description
            .id_field()
            .normalize(id, Purpose::Compare)
            .map_err(|error| self.description.invalid(self.description.id_index(), error))?;
        let representation = Representation::Typed(vtable);
        if let Some(principal) = principal {
            let caller = self.caller(principal, None);
            let checked = self.check_type(&caller, Operation::Detail);
            self.audit_read(&checked, &id, &caller);
            checked?;
            let row = Box::pin(self.row_of(&caller, &id, fresh, representation)).await;
            self.audit_read(&row, &id, &caller);
            return row.map_err(|error| self.conceal(error, &caller, &[]));
        }
        let read = Read {
            target: Target::row(&id),
            representation,
            fresh,
        };
        match self.interface.read(read).await? {
            Answer::Nothing => Err(self.not_found(&id)),
            row => Ok(row),
        }
    }

    /// The row of this id, where it is cached and the caller may read everything.
    #[inline]
    pub(crate) fn cached_row(
        &self,
        id: &Value,
        principal: Option<&Principal>,
        vtable: &'static ErasedManager,
    ) -> Option<Answer> {
        if !self.lets_read_everything(principal) {
            return None;
        }
        let representation = Representation::Typed(vtable);
        self.interface
            .cached(&Question::Row(id), &KeyMemo::default(), representation)
    }

    #[inline]
    fn lets_read_everything(&self, principal: Option<&Principal>) -> bool {
        principal.is_none_or(|principal| {
            self.access(Operation::Filter, Some(principal)) == Access::Always
                && self.readable_fields(principal).is_all()
        })
    }
}

fn is_denial(error: &Error) -> bool {
    error.is_permission_denied() || matches!(error, Error::FieldDenied { .. })
}
