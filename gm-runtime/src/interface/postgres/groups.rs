//! Counts rows by the values of a field.

use std::pin::pin;

use futures_util::TryStreamExt as _;

use super::case_folding::CaseFolding;
use super::error::ReadError;
use super::expressions::PostgresExpressions;
use super::local_lookups::LocalLookups;
use super::query::BuiltQuery;
use super::session::Session;
use super::statement::Statement;
use crate::error::Error;
use crate::interface::sql;
use crate::manager::Description;
use crate::query::pattern::PatternTimeLimit;
use crate::query::{GroupBy, GroupCounter, Groups, Select};

/// A query for the numbers of rows by the values of a field.
pub(super) struct GroupsQuery {
    description: &'static Description,
    by: GroupBy,
    plan: Plan,
}

enum Plan {
    /// The server counts.
    Counted(Statement),
    /// This process evaluates a part of the lookups, and counts.
    Rows(BuiltQuery),
}

impl GroupsQuery {
    pub(super) fn new(
        (description, table): (&'static Description, &'static str),
        select: &Select,
        by: GroupBy,
        folding: Option<&CaseFolding>,
        is_pooled: bool,
    ) -> Result<Self, Error> {
        let plan = match LocalLookups::split(description, select) {
            Some(_) => Plan::Rows(BuiltQuery::new(description, table, select, folding, is_pooled)?),
            None => {
                let expressions = PostgresExpressions::new(folding, is_pooled);
                let groups = sql::select_groups(description, table, select, by, &expressions)?;
                Plan::Counted(expressions.statement(&groups)?)
            }
        };
        Ok(Self {
            description,
            by,
            plan,
        })
    }

    /// Whether this process evaluates a part of the query, which takes a connection of its own.
    pub(super) fn is_scan(&self) -> bool {
        matches!(self.plan, Plan::Rows(_))
    }

    pub(super) async fn run(&self, session: &Session, limit: PatternTimeLimit) -> Result<Groups, ReadError> {
        let mut counter = GroupCounter::new(self.description, self.by);
        match &self.plan {
            Plan::Rows(query) => counter = query.run(session, limit, counter).await?.0,
            Plan::Counted(statement) => {
                let mut groups = pin!(session.query(statement).await?);
                while let Some(group) = groups.try_next().await? {
                    let rows: i64 = group.try_get(1)?;
                    counter.add_group(self.description, &group, rows.unsigned_abs())?;
                }
            }
        }
        Ok(counter.finish())
    }
}
