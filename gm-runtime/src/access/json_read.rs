//! Reads in JSON, for the replies of the server.

use super::{Access, Caller, Managed};
use crate::error::Error;
use crate::field::Value;
use crate::interface::Representation;
use crate::manager::Operation;
use crate::protocol::items::{Items, ItemsPage};
use crate::protocol::row_writers::RowWriters;
use crate::query::{KeyMemo, Question, Select};

/// A page of rows as JSON.
pub(crate) struct JsonPage {
    pub(crate) page: ItemsPage,
    /// Whether the caller may read no row, so that the page is empty.
    pub(crate) denied: bool,
}

impl Managed {
    /// The rows that match and that the caller may read, as JSON.
    pub(crate) async fn json_page(
        &self,
        mut select: Select,
        writers: &RowWriters,
        caller: &Caller<'_>,
    ) -> Result<JsonPage, Error> {
        self.require_rules(Some(caller.principal))?;
        let mut fresh = false;
        if select.looks_through() {
            let looked = Box::pin(self.look_through(&mut select, &mut fresh, Some(caller.principal)));
            looked.await.map_err(|error| self.conceal(error, caller, &[]))?;
        }
        let filled = self.interface.fill_page(&mut select);
        filled.map_err(|error| self.conceal(error, caller, &[]))?;
        let (count, page_size) = (select.count, select.page_size);
        // A query leaves out the rows that the caller may not read, even if that is every row.
        let denied = || JsonPage {
            page: ItemsPage::without_rows(count, page_size),
            denied: true,
        };
        if caller.rows == Access::Never {
            self.log_refusal(Operation::Filter, caller);
            return Ok(denied());
        }
        let mut slot = None;
        let representation = Representation::Json(writers.of(&caller.fields, &mut slot));
        let question = Question::list(&select, count);
        let cached = (caller.reads_everything() && !fresh).then(|| {
            self.interface
                .cached(&question, &KeyMemo::default(), representation)
        });
        let read = match cached.flatten() {
            Some(page) => Ok(page),
            None => self.page_of(caller, select, fresh, representation).await,
        };
        match read {
            Ok(answer) => Ok(JsonPage {
                page: answer.json()?,
                denied: false,
            }),
            Err(Error::PermissionDenied { .. }) => Ok(denied()),
            Err(error) => Err(self.conceal(error, caller, &[])),
        }
    }

    /// The row of this id, as JSON.
    pub(crate) async fn json_row(
        &self,
        id: &Value,
        writers: &RowWriters,
        caller: &Caller<'_>,
    ) -> Result<Items, Error> {
        self.require_rules(Some(caller.principal))?;
        let mut slot = None;
        let representation = Representation::Json(writers.of(&caller.fields, &mut slot));
        let cached = caller.reads_everything().then(|| {
            self.interface
                .cached(&Question::Row(id), &KeyMemo::default(), representation)
        });
        let row = match cached.flatten() {
            Some(row) => row,
            None => {
                let row = self.row_of(caller, id, false, representation).await;
                row.map_err(|error| self.conceal(error, caller, &[]))?
            }
        };
        Ok(row.json()?.items)
    }
}
