//! The requests of a transaction of a write of many rows.

use std::sync::Arc;

use super::super::super::parameter::Parameter;
use super::super::super::statement::Statement;
use super::super::super::table::Table;
use super::super::failure::Failure;
use super::super::pipeline::{Reply, send_all};
use super::super::transaction::Transaction;
use crate::error::Error;
use crate::field::Value;
use crate::interface::BulkRequest;

/// Why a transaction is rolled back.
pub(crate) enum Stop {
    /// The answer to the caller.
    Refused(Error),
    /// The failure of a statement, which is no fault of one row.
    Failed(Failure),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// The requests of a transaction.
pub(crate) struct Requests<'w> {
    pub(crate) transaction: Transaction<'w>,
    pub(crate) table: &'w Arc<Table>,
    pub(crate) request: &'w BulkRequest,
}

impl Requests<'_> {
    /// Carries out statements without parameters and results.
    pub(super) async fn batch(&self, text: &str) -> Result<(), Stop> {
        let request = self.transaction.batch(text);
        let replies = send_all(vec![request], self.transaction.reply_limit).await;
        first_reply(replies).map(drop)
    }

    /// Carries out a statement.
    pub(super) async fn one(&self, statement: &Statement) -> Result<Reply, Stop> {
        let request = self.transaction.rows(statement);
        let replies = send_all(vec![request], self.transaction.reply_limit).await;
        first_reply(replies)
    }

    /// The id as a parameter.
    pub(super) fn ids<'v>(&self, ids: impl Iterator<Item = &'v Value>) -> Result<Parameter, Error> {
        let (description, ids) = (self.table.description(), ids.collect::<Vec<_>>());
        let list = Parameter::list(description.id_field(), &ids);
        list.map_err(|error| description.invalid(description.id_index(), error))
    }
}

fn first_reply(replies: Vec<Reply>) -> Result<Reply, Stop> {
    let mut reply = replies.into_iter().next().unwrap_or_default();
    match reply.error.take() {
        Some(error) => Err(Stop::Failed(Failure::of(error, false))),
        None => Ok(reply),
    }
}
