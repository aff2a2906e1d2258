//! The query without its manager's type.

use super::{Lookup, Operand, Operator, OrderBy, pattern};
use crate::error::{Error, QueryError};
use crate::field::{Value, ValueError};
use crate::manager::Description;

/// What to read, without the manager's type: what the server parses, what a database turns into SQL, and what the
/// cache is keyed by.
///
/// Lookups are kept sorted by field and operator, so that two queries that mean the same are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Select {
    /// Conditions that all hold.
    pub filters: Vec<Lookup>,
    /// Conditions that do not all hold; empty leaves nothing out.
    pub excludes: Vec<Lookup>,
    /// What to sort by, most significant first; ties are broken by the id, ascending.
    pub ordering: Vec<OrderBy>,
    /// The page, from 1. Absent: every row.
    pub page: Option<u64>,
    /// Rows a page; absent: the service's default. Without a page, how many rows are asked for at a time where every
    /// row can't be had at once.
    pub page_size: Option<u64>,
    /// Whether the number of matching rows is wanted.
    pub count: bool,
    /// Without a page: whether the first one is wanted, of the size that the owner chooses, and not every row. A gateway
    /// leaves to its owner what its callers leave open.
    pub(crate) first_page: bool,
    /// Whether the pages before had this size: rows would be left out behind them by a page of another one.
    pub(crate) same_size: bool,
}

impl Select {
    /// Every row, unordered.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sorts the lookups into the canonical order and drops exact repetitions.
    pub(crate) fn canonicalize(&mut self) {
        for lookups in [&mut self.filters, &mut self.excludes] {
            lookups.sort_by_key(|lookup| (lookup.field, lookup.operator));
            lookups.dedup();
        }
    }

    fn pattern_lookups(&self) -> impl Iterator<Item = &Lookup> {
        let lookups = self.filters.iter().chain(&self.excludes);
        lookups.filter(|lookup| lookup.operator.is_pattern())
    }

    pub(crate) fn has_patterns(&self) -> bool {
        self.pattern_lookups().next().is_some()
    }

    /// The patterns to be compiled.
    pub(crate) fn patterns(&self) -> Vec<pattern::Wanted> {
        let wanted = self.pattern_lookups().filter_map(|lookup| match &lookup.operand {
            Operand::Value(Value::Text(text)) => Some(pattern::Wanted {
                field: lookup.field,
                text: text.clone(),
                ignore_case: lookup.operator == Operator::IRegex,
            }),
            _ => None,
        });
        wanted.collect()
    }

    /// Refuses more patterns than a query may have, and all where the features have none.
    pub(crate) fn check_patterns(&self, description: &'static Description) -> Result<(), Error> {
        for (place, lookup) in self.pattern_lookups().enumerate() {
            if place == pattern::MAX_PATTERNS {
                let message = format!("expected at most {} patterns in a query", pattern::MAX_PATTERNS);
                return Err(description.invalid(lookup.field, ValueError::new(message)));
            }
            pattern::check().map_err(|error| description.invalid(lookup.field, error))?;
        }
        Ok(())
    }

    /// What the types could not rule out: a lookup given twice, nulls where there can be none, page 0.
    pub(crate) fn check(&self, description: &'static Description) -> Result<(), QueryError> {
        let manager = description.name();
        for lookups in [&self.filters, &self.excludes] {
            check_lookups(lookups, description)?;
            if let Some(lookup) = lookups.iter().find(|lookup| has_forbidden_null(lookup)) {
                return Err(QueryError::Null {
                    manager,
                    lookup: description.lookup_name(lookup),
                });
            }
        }
        for (place, order) in self.ordering.iter().enumerate() {
            if self
                .ordering
                .iter()
                .take(place)
                .any(|earlier| earlier.field == order.field)
            {
                let field = description.field(order.field).name();
                return Err(QueryError::RepeatedOrdering { manager, field });
            }
        }
        for (argument, value) in [("page", self.page), ("page_size", self.page_size)] {
            if value == Some(0) {
                return Err(QueryError::ZeroPage { manager, argument });
            }
        }
        Ok(())
    }
}

/// Whether the wire can hold these lookups, which are sorted: one value for each.
pub(crate) fn check_lookups(lookups: &[Lookup], description: &'static Description) -> Result<(), QueryError> {
    let twice =
        |(lookup, next): &(&Lookup, &Lookup)| lookup.field == next.field && lookup.operator == next.operator;
    match lookups.iter().zip(lookups.iter().skip(1)).find(twice) {
        None => Ok(()),
        Some((lookup, _)) => Err(QueryError::Conflict {
            manager: description.name(),
            lookup: description.lookup_name(lookup),
        }),
    }
}

fn has_forbidden_null(lookup: &Lookup) -> bool {
    match (&lookup.operand, lookup.operator) {
        (_, Operator::Exact | Operator::In) => false,
        (Operand::Value(value), _) => value.is_null(),
        (Operand::List(values), _) => values.iter().any(Value::is_null),
        (Operand::Flag(_) | Operand::Number(_), _) => false,
    }
}
