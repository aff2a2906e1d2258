//! The lookups of a query that this process evaluates, and not the server.
//!
//! Patterns are matched by this process's engine, since the server's has another syntax and takes exponential time. A long text is
//! searched here too, since the server's search takes the product of both lengths in one step that can't be cancelled
//! (`docs/design/postgres.md`, section "Lookups in this process"). JSON with many doubles is compared here, since each of them may be
//! stored in two spellings.

use std::sync::Arc;

use tokio_postgres::Row;

use super::json_equality;
use crate::condition::ConditionTree;
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::{DatabaseRow, depends_on_length, with_row_id};
use crate::manager::Description;
use crate::query::pattern::{self, Deadline, PatternTimeLimit, Patterns, QueryPattern};
use crate::query::{KnownRow, Lookup, Operand, Operator, Select};

/// The longest text in bytes that the server searches for in another one. The worst search of this length takes a tenth of a
/// second for each megabyte.
const MAX_SEARCHED: usize = 128;

/// The lookups of a query that this process evaluates.
#[derive(Debug)]
pub(super) struct LocalLookups {
    description: &'static Description,
    condition: Option<Arc<ConditionTree>>,
    filters: Vec<Lookup>,
    excludes: Vec<Lookup>,
    patterns: Vec<QueryPattern>,
    /// The fields that these lookups read.
    fields: Vec<u16>,
}

impl LocalLookups {
    /// Divides a query in two: what the server answers, without a page, and what is evaluated on that answer here. `None` if the
    /// server evaluates all of it.
    ///
    /// No lookup of the caller whose time depends on the text of a row is evaluated on a row that the caller may not see. So if
    /// this process evaluates the condition, it evaluates those lookups too.
    pub(super) fn split(description: &'static Description, select: &Select) -> Option<(Select, Self)> {
        if !select.lookups().any(is_local) {
            return None;
        }
        let condition = select
            .condition
            .as_ref()
            .filter(|condition| crate::query::lookups(condition).any(is_local));
        let is_here = |lookup: &Lookup| {
            is_local(lookup) || (condition.is_some() && depends_on_length(description, lookup))
        };
        let (filters, stored_filters) = select.filters.iter().cloned().partition(is_here);
        // An exclude is one conjunction, which can't be evaluated in two places.
        let (excludes, stored_excludes) = match Self::has_excludes(description, select) {
            true => (select.excludes.clone(), Vec::new()),
            false => (Vec::new(), select.excludes.clone()),
        };
        let mut stored = Select {
            filters: stored_filters,
            excludes: stored_excludes,
            ordering: select.ordering.clone(),
            ..Select::new()
        };
        stored.condition = match condition {
            Some(condition) => Some(Arc::new(widened(condition, true))),
            None => select.condition.clone(),
        };
        Some((
            stored,
            Self::new(description, condition.cloned(), filters, excludes),
        ))
    }

    /// Whether this process evaluates the excludes of a query.
    pub(super) fn has_excludes(description: &'static Description, select: &Select) -> bool {
        let has_condition = select.condition_lookups().any(is_local);
        let mut excludes = select.excludes.iter();
        excludes.any(|lookup| is_local(lookup) || (has_condition && depends_on_length(description, lookup)))
    }

    /// Whether this process evaluates a lookup of the query.
    pub(super) fn needs(select: &Select) -> bool {
        select.lookups().any(is_local)
    }

    fn new(
        description: &'static Description,
        condition: Option<Arc<ConditionTree>>,
        filters: Vec<Lookup>,
        excludes: Vec<Lookup>,
    ) -> Self {
        let of_condition = condition
            .iter()
            .flat_map(|condition| crate::query::lookups(condition));
        let all: Vec<&Lookup> = filters.iter().chain(&excludes).chain(of_condition).collect();
        let patterns = all.iter().copied().filter_map(QueryPattern::of).collect();
        let mut fields: Vec<u16> = all.iter().map(|lookup| lookup.field).collect();
        fields.sort_unstable();
        fields.dedup();
        Self {
            description,
            condition,
            filters,
            excludes,
            patterns,
            fields,
        }
    }

    /// Compiles the patterns. Their time limit starts then.
    pub(super) async fn judge(self: &Arc<Self>, limit: PatternTimeLimit) -> Result<Judge, Error> {
        let patterns = match self.patterns.is_empty() {
            true => Patterns::default(),
            false => pattern::compile(limit, self.description, self.patterns.clone()).await?,
        };
        Ok(Judge {
            lookups: Arc::clone(self),
            patterns,
            deadline: limit.deadline(),
            values: vec![Value::Null; self.description.fields().len()],
            unknown: Vec::new(),
        })
    }
}

/// Whether this process evaluates the lookup.
fn is_local(lookup: &Lookup) -> bool {
    match (&lookup.operand, lookup.operator) {
        (Operand::Value(Value::Text(text)), Operator::Contains | Operator::IContains) => {
            text.len() > MAX_SEARCHED
        }
        (operand, Operator::Exact | Operator::In) => json_equality::has_many_spellings(operand),
        (_, operator) => operator.is_pattern(),
    }
}

/// The condition without lookups that are evaluated here. It accepts at least the rows that the condition accepts, or at most
/// those if `is_wider` is false.
fn widened(tree: &ConditionTree, is_wider: bool) -> ConditionTree {
    let each = |parts: &[ConditionTree]| {
        parts
            .iter()
            .map(|part| widened(part, is_wider))
            .collect::<Vec<_>>()
    };
    match tree {
        ConditionTree::Lookup(lookup) if is_local(lookup) => ConditionTree::Constant(is_wider),
        ConditionTree::All(parts) => ConditionTree::All(each(parts)),
        ConditionTree::Any(parts) => ConditionTree::Any(each(parts)),
        ConditionTree::Not(condition) => !widened(condition, !is_wider),
        leaf @ (ConditionTree::Constant(_) | ConditionTree::Lookup(_) | ConditionTree::Changed(_)) => {
            leaf.clone()
        }
    }
}

/// Evaluates the lookups on rows, until the deadline of their patterns.
pub(super) struct Judge {
    lookups: Arc<LocalLookups>,
    patterns: Patterns,
    deadline: Deadline,
    /// The values of the row that is judged, as far as the lookups read them.
    values: Vec<Value>,
    /// The fields of this row that can't be decoded.
    unknown: Vec<u16>,
}

impl Judge {
    /// Calls `accepted` with each row that matches, in order, while it returns true.
    ///
    /// A match of a pattern takes up to its whole limit, so that this must not run on a thread that others wait for.
    pub(super) fn judge(
        &mut self,
        rows: &[Row],
        mut accepted: impl FnMut(&Row) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let Self {
            lookups,
            patterns,
            deadline,
            values,
            unknown,
        } = self;
        let judge_all = || {
            for row in rows {
                lookups.decode(row, values, unknown)?;
                if lookups.accept(KnownRow { row: values, unknown }) && !accepted(row)? {
                    break;
                }
            }
            Ok(())
        };
        pattern::with_deadline(*deadline, || pattern::with_patterns(patterns, judge_all))
            .unwrap_or_else(|exceeded| Err(exceeded.error(lookups.description.name())))
    }
}

impl LocalLookups {
    fn decode(&self, row: &Row, values: &mut [Value], unknown: &mut Vec<u16>) -> Result<(), Error> {
        unknown.clear();
        for field in &self.fields {
            let value = match row.column(self.description, *field) {
                Ok(value) => value.into(),
                Err(Error::Record { .. }) => {
                    unknown.push(*field);
                    Value::Null
                }
                Err(error) => return Err(with_row_id(self.description, row, error)),
            };
            if let Some(slot) = values.get_mut(usize::from(*field)) {
                *slot = value;
            }
        }
        Ok(())
    }

    /// Whether the row matches. The condition comes first, so that no lookup of the caller is evaluated on a hidden row. A value
    /// that can't be decoded matches no lookup of the caller.
    fn accept(&self, row: KnownRow<'_>) -> bool {
        let holds = |lookup: &Lookup| row.get(lookup.field).is_some_and(|value| lookup.matches(value));
        self.condition
            .as_ref()
            .is_none_or(|condition| condition.accepts_update(row, row))
            && self.filters.iter().all(holds)
            && (self.excludes.is_empty() || !self.excludes.iter().all(holds))
    }
}
