//! Writes of many rows that refer to others, or that others refer to.
//!
//! Reasons: `docs/design/access.md`, "Foreign keys".

use super::cascade_search::CascadeSearch;
use super::referring_write::Known;
use super::stored_pages::StoredPages;
use super::{Caller, Managed};
use crate::error::Error;
use crate::interface::{BulkRequest, BulkRows, BulkWritten, Write, WriteRequest, at_place, of_id};
use crate::manager::Values;
use crate::query::{KnownRow, Select};

impl Managed {
    /// Carries out a write of many rows that concerns foreign keys, in a transaction if it takes more than one step of the storage.
    pub(super) async fn carry_out_referring_bulk(
        &self,
        request: BulkRequest,
        caller: Option<&Caller<'_>>,
    ) -> Result<BulkWritten, Error> {
        let has_steps = match &request.row.write {
            Write::Create(_) | Write::Update(..) => !self.interface.enforces_references(),
            Write::Delete(..) => true,
        };
        if !has_steps {
            return self.carry_out_bulk_steps(request, caller).await;
        }
        let BulkRequest {
            row,
            rows,
            filled,
            limits,
        } = request;
        let WriteRequest {
            write,
            guard,
            counts_as_changed,
            in_flight: _in_flight,
            ..
        } = row;
        self.in_steps(|inside| {
            let (write, guard) = (write.clone(), guard.clone());
            let (rows, filled) = (rows.clone(), filled.clone());
            async move {
                let row = WriteRequest {
                    counts_as_changed,
                    ..inside.request(write.into(), guard)?
                };
                let request = BulkRequest {
                    row,
                    rows,
                    filled,
                    limits,
                };
                inside.carry_out_bulk_steps(request, caller).await
            }
        })
        .await
    }

    async fn carry_out_bulk_steps(
        &self,
        request: BulkRequest,
        caller: Option<&Caller<'_>>,
    ) -> Result<BulkWritten, Error> {
        match (&request.rows, &request.row.write) {
            (BulkRows::New(rows), _) => self.check_new_references(rows, caller).await?,
            (BulkRows::Matching(_), Write::Create(values) | Write::Update(_, values)) => {
                let mut known = Known::new();
                let missing = self.without_referred_row(values, caller, &mut known).await?;
                if let Some(field) = missing.first() {
                    return Err(self.nothing_referred(*field));
                }
            }
            (BulkRows::Matching(select), Write::Delete(..)) => {
                let select = select.clone();
                return self.delete_referred_rows(select, request, caller).await;
            }
        }
        self.carry_out_bulk_alone(request, caller).await
    }

    async fn check_new_references(&self, rows: &[Values], caller: Option<&Caller<'_>>) -> Result<(), Error> {
        let mut known = Known::new();
        // Rows that are created together may refer to each other.
        let own = self.foreign_keys().map_or(&[][..], |keys| &keys.own);
        let to_itself = own
            .iter()
            .filter(|key| std::ptr::eq(key.reference.description(), self.description))
            .map(|key| key.field);
        for field in to_itself {
            let ids = rows
                .iter()
                .filter_map(|values| values.get(self.description.id_index()));
            known.extend(ids.map(|id| ((field, id.clone()), true)));
        }
        for (place, values) in rows.iter().enumerate() {
            if let Some(field) = self
                .without_referred_row(values, caller, &mut known)
                .await?
                .first()
            {
                return Err(at_place(self.description, place)(self.nothing_referred(*field)));
            }
        }
        Ok(())
    }

    /// Deletes the rows that match and that others may refer to, with what their deletion does to these.
    async fn delete_referred_rows(
        &self,
        select: Select,
        request: BulkRequest,
        caller: Option<&Caller<'_>>,
    ) -> Result<BulkWritten, Error> {
        let description = self.description;
        let mut search = CascadeSearch::of(self)?;
        let mut pages = StoredPages::all(self, select);
        while let Some(page) = pages.next().await? {
            for row in page.rows.iter() {
                if let Some(guard) = &request.row.guard {
                    let known = KnownRow { row, unknown: &[] };
                    let id = row.get(usize::from(description.id_index()));
                    let id = id.cloned().unwrap_or_default();
                    guard.judge_stored(known).map_err(of_id(description, &id))?;
                }
                search.add(row)?;
            }
        }
        let rows = search.requested() as u64;
        let cascade = search.find(caller).await?;
        if cascade.is_empty() {
            return self.carry_out_bulk_alone(request, caller).await;
        }
        self.set_savepoint().await?;
        cascade.carry_out(self, caller).await?;
        Ok(BulkWritten {
            rows,
            ..BulkWritten::default()
        })
    }
}
