//! The execution of the verbs that write many rows.

use std::sync::Arc;

use super::untyped_query::UntypedQuery;
use crate::access::BulkProposal;
use crate::error::Error;
use crate::gm::Gm;
use crate::interface::Answer;
use crate::manager::Values;
use crate::query::ErasedManager;

/// A write of many rows that is not sent yet.
#[derive(Clone)]
pub(crate) enum PendingBulk {
    /// Adds rows of these values.
    Create(Vec<Values>),
    /// Gives these fields of all rows that match new values.
    Update(Arc<UntypedQuery>, Values),
    /// Removes all rows that match.
    Delete(Arc<UntypedQuery>),
}

impl PendingBulk {
    /// Writes the rows. The answer to a create has their ids, and any other answer has their number.
    pub(super) async fn run(self, gm: &Gm, vtable: &'static ErasedManager) -> Result<Answer, Error> {
        let manager = vtable.description.name();
        let (proposal, is_create) = match self {
            Self::Create(rows) => (BulkProposal::Create(rows), true),
            Self::Update(query, values) => (BulkProposal::Update(query.every_row(manager)?, values), false),
            Self::Delete(query) => (BulkProposal::Delete(query.every_row(manager)?), false),
        };
        let managed = gm.managed_of(vtable)?;
        let written = managed.write_many(proposal, gm.principal()).await?;
        Ok(match is_create {
            true => Answer::Ids(written.ids),
            false => Answer::Count(written.rows),
        })
    }
}
