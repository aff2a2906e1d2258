//! Reads that a caller is allowed.

use std::sync::Arc;

use super::Managed;
use crate::error::Error;
use crate::field::Value;
use crate::interface::{Answer, Read, Representation, Target};
use crate::manager::{Operation, Purpose, Records};
use crate::principal::Principal;
use crate::protocol::items::{Items, ItemsPage, RowWriter};
use crate::query::{ErasedManager, KeyMemo, Question, RecordPage, Select};

/// A page of rows as JSON.
pub(crate) struct JsonPage {
    pub(crate) page: ItemsPage,
    /// Whether the caller may read no row, so that the page is empty.
    pub(crate) denied: bool,
}

impl Managed {
    /// The rows that match and that the caller may read.
    pub(crate) async fn page(
        &self,
        mut select: Select,
        fresh: bool,
        principal: Option<&Principal>,
        vtable: &'static ErasedManager,
    ) -> Result<Answer, Error> {
        select.check(self.description)?;
        self.description.normalize_select(&mut select)?;
        self.require_rules(principal)?;
        let representation = Representation::Typed(vtable);
        if !self.allows(Operation::Filter, principal) {
            let rows = Records::new(self.description);
            return representation.page(RecordPage::new(rows, select.count.then_some(0)));
        }
        self.interface.fill_page(&mut select);
        self.read_page(select, fresh, representation).await
    }

    /// Every row that matches a query, with the number of them, where they are cached and the caller may read them. The
    /// query is not checked, since only a query that was checked has an answer.
    #[inline]
    pub(crate) fn cached_rows(
        &self,
        select: &Select,
        key: &KeyMemo,
        principal: Option<&Principal>,
        vtable: &'static ErasedManager,
    ) -> Option<Answer> {
        if !self.allows(Operation::Filter, principal) {
            return None;
        }
        let question = Question::list(select, true);
        self.interface
            .cached(&question, key, Representation::Typed(vtable))
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
        self.read_row(&id, fresh, principal, Representation::Typed(vtable))
            .await
    }

    /// The row of this id, where it is cached and the caller may read it.
    #[inline]
    pub(crate) fn cached_row(
        &self,
        id: &Value,
        principal: Option<&Principal>,
        vtable: &'static ErasedManager,
    ) -> Option<Answer> {
        if !self.allows(Operation::Detail, principal) {
            return None;
        }
        let representation = Representation::Typed(vtable);
        self.interface
            .cached(&Question::Row(id), &KeyMemo::default(), representation)
    }

    /// The rows that match and that the caller may read, as JSON.
    pub(crate) async fn json_page(
        &self,
        mut select: Select,
        writer: &Arc<RowWriter>,
        principal: &Principal,
    ) -> Result<JsonPage, Error> {
        self.interface.fill_page(&mut select);
        let (count, page_size) = (select.count, select.page_size);
        let read = match self.require(Operation::Filter, Some(principal)) {
            Ok(()) => {
                let representation = Representation::Json(writer);
                let question = Question::list(&select, count);
                match self
                    .interface
                    .cached(&question, &KeyMemo::default(), representation)
                {
                    Some(page) => Ok(page),
                    None => self.read_page(select, false, representation).await,
                }
            }
            Err(denied) => Err(denied),
        };
        match read {
            Ok(answer) => Ok(JsonPage {
                page: answer.json()?,
                denied: false,
            }),
            // A query leaves out the rows that the caller may not read, even if that is every row.
            Err(Error::PermissionDenied { .. }) => Ok(JsonPage {
                page: ItemsPage::without_rows(count, page_size),
                denied: true,
            }),
            Err(error) => Err(error),
        }
    }

    /// The row of this id, as JSON.
    pub(crate) async fn json_row(
        &self,
        id: &Value,
        writer: &Arc<RowWriter>,
        principal: &Principal,
    ) -> Result<Items, Error> {
        let representation = Representation::Json(writer);
        let cached = match self.allows(Operation::Detail, Some(principal)) {
            true => self
                .interface
                .cached(&Question::Row(id), &KeyMemo::default(), representation),
            false => None,
        };
        let row = match cached {
            Some(row) => row,
            None => self.read_row(id, false, Some(principal), representation).await?,
        };
        Ok(row.json()?.items)
    }

    async fn read_page(
        &self,
        select: Select,
        fresh: bool,
        representation: Representation<'_>,
    ) -> Result<Answer, Error> {
        let read = Read {
            target: Target::Page(select),
            representation,
            fresh,
        };
        self.interface.read(read).await
    }

    async fn read_row(
        &self,
        id: &Value,
        fresh: bool,
        principal: Option<&Principal>,
        representation: Representation<'_>,
    ) -> Result<Answer, Error> {
        if let Err(denied) = self.require(Operation::Detail, principal) {
            return Err(self.refusal(id, denied, false).await);
        }
        let read = Read {
            target: Target::row(id),
            representation,
            fresh,
        };
        match self.interface.read(read).await? {
            Answer::Nothing => Err(self.not_found(id)),
            row => Ok(row),
        }
    }
}
