//! Rows that are judged in memory, for storage that does not apply the condition of the caller's rule.

use std::sync::Arc;

use super::Managed;
use crate::condition::ConditionTree;
use crate::error::{Error, QueryError};
use crate::interface::{Read, Representation, Target};
use crate::manager::bytes_of;
use crate::protocol::cursor;
use crate::query::{KnownRow, NextPage, RecordPage, Select};

impl Managed {
    /// The page of a select with the rows that meet the condition. Every row that matches is read, judged and counted here.
    pub(super) async fn judged_page(
        &self,
        mut select: Select,
        condition: Arc<ConditionTree>,
        fresh: bool,
    ) -> Result<RecordPage, Error> {
        let (description, limits) = (self.description, &self.limits);
        // The page is made here, so the size is this service's decision, also for another service's rows.
        select.fill_page(description.default_page_size());
        cursor::resolve(description, &mut select)?;
        let (read, judged) = self.judged_rows(select, condition, fresh).await?;
        let page = async { Ok(judged.records_of(description, KnownRow::each(&read.rows))) };
        let page = limits.reads.page(description, &judged, page).await?;
        let next = match self.interface.applies_cursors() {
            true => page.next.clone(),
            false => NextPage::Unknown,
        };
        Ok(page
            .with_page_size(judged.page.and(judged.page_size))
            .with_next(next))
    }

    /// Every stored row that may match, and the select that judges them.
    pub(super) async fn judged_rows(
        &self,
        select: Select,
        condition: Arc<ConditionTree>,
        fresh: bool,
    ) -> Result<(Arc<RecordPage>, Select), Error> {
        let (manager, limits) = (self.description.name(), &self.limits);
        select.check_patterns(self.description)?;
        let (stored, judged) = select.split(condition);
        let read = self.interface.read(Read {
            target: Target::Page(stored),
            representation: Representation::Records,
            fresh,
        });
        let read = limits
            .pages
            .with_time_limit(manager, read)
            .await?
            .shared_records()?;
        if read.rows.len() as u64 > limits.max_rows {
            let limit = limits.max_rows;
            return Err(QueryError::TooManyRows { manager, limit }.into());
        }
        limits
            .pages
            .check_bytes(manager, bytes_of(read.rows.values()) as u64)?;
        Ok((read, judged))
    }
}
