//! The query without its manager's type.

use std::sync::Arc;

use super::normalize_condition::lookups;
use super::{ConditionTree, Cursor, Lookup, Operand, Operator, OrderBy, Position, pattern};
use crate::error::{Error, QueryError};
use crate::field::{Value, ValueError};
use crate::manager::Description;

/// A query without the type of its manager. The server parses it from a request, a database translates it to SQL, and the cache
/// hashes it.
///
/// The lookups are sorted by field and operator, so that equivalent queries are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Select {
    /// The conditions that must all hold.
    pub filters: Vec<Lookup>,
    /// The conditions that must not all hold. An empty list excludes nothing.
    pub excludes: Vec<Lookup>,
    /// The fields to sort by, most significant first. Ties are broken by the id, ascending.
    pub ordering: Vec<OrderBy>,
    /// The number of the page, from 1. `None` for all rows.
    pub page: Option<u64>,
    /// The number of rows of a page. `None` for the default of the owner. Without `page`, the number of rows for each request,
    /// if all rows need several requests.
    pub page_size: Option<u64>,
    /// The cursor behind which the page begins, as the caller gave it. Such a page has no number.
    ///
    /// Storage in this process uses its [`position`](Self::position).
    pub after: Option<Cursor>,
    /// Whether the number of matching rows is requested. Those before a cursor count, too.
    pub count: bool,
    /// Without `page`: whether the first page is requested, with the owner's page size, and not all rows. A gateway sends this
    /// to its owner if its caller requested no page.
    pub(crate) first_page: bool,
    /// The condition of the caller's rule. It is no part of a request to another service.
    pub(crate) condition: Option<Arc<ConditionTree>>,
    /// The position behind which the page begins: that of the cursor, or of a row of the page before.
    pub(crate) position: Option<Arc<Position>>,
    /// The changes so far of the managers that the lookups look through, for the key of a cached answer.
    pub(crate) related_epochs: Vec<u64>,
    /// Whether the page must have this size. After other pages of this size, a page of another size would skip rows.
    pub(crate) exact_page_size: bool,
}

impl Select {
    /// All rows, ordered by id.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The condition of the caller's rule, which each row of the answer must meet besides the filters and excludes. `None` if
    /// the caller may read every row.
    ///
    /// Storage of an application's own sees one only if it says that it
    /// [applies conditions](crate::interface::Interface::applies_conditions). [`matches`](Self::matches) and
    /// [`page_of`](Self::page_of) apply it.
    #[must_use]
    pub fn condition(&self) -> Option<&ConditionTree> {
        self.condition.as_deref()
    }

    /// The position of the cursor: the page has the first rows behind it, at most [`page_size`](Self::page_size) of them. `None`
    /// for a query without a cursor.
    ///
    /// Storage of an application's own sees one only if it says that it
    /// [applies cursors](crate::interface::Interface::applies_cursors). [`is_behind_cursor`](Self::is_behind_cursor) and
    /// [`page_of`](Self::page_of) apply it.
    #[must_use]
    pub fn position(&self) -> Option<&Position> {
        self.position.as_deref()
    }

    /// Whether a page is requested, and not all rows.
    pub(crate) fn is_page(&self) -> bool {
        self.page.is_some() || self.is_behind_position()
    }

    /// Whether a page behind a cursor is requested.
    pub(crate) fn is_behind_position(&self) -> bool {
        self.after.is_some() || self.position.is_some()
    }

    /// Sorts the lookups into the canonical order, and removes duplicates.
    pub(crate) fn canonicalize(&mut self) {
        for lookups in [&mut self.filters, &mut self.excludes] {
            lookups.sort_by(Lookup::compare_keys);
            lookups.dedup();
        }
    }

    fn pattern_lookups(&self) -> impl Iterator<Item = &Lookup> {
        let lookups = self.filters.iter().chain(&self.excludes);
        lookups.filter(|lookup| lookup.innermost().operator.is_pattern())
    }

    /// Whether a lookup of the query looks through a reference.
    #[inline]
    pub(crate) fn looks_through(&self) -> bool {
        let mut lookups = self.filters.iter().chain(&self.excludes);
        lookups.any(|lookup| lookup.operator == Operator::Related)
    }

    pub(crate) fn condition_lookups(&self) -> impl Iterator<Item = &Lookup> {
        self.condition().into_iter().flat_map(lookups)
    }

    /// The lookups of the query, and of the caller's rule.
    pub(crate) fn lookups(&self) -> impl Iterator<Item = &Lookup> {
        let lookups = self.filters.iter().chain(&self.excludes);
        lookups.chain(self.condition_lookups())
    }

    /// Whether one of the lookups is such a one: those of the query, of the caller's rule, and of the rows behind references.
    pub(crate) fn any_lookup(&self, is_such: &dyn Fn(&Lookup) -> bool) -> bool {
        self.lookups().any(|lookup| any_behind(lookup, is_such))
    }

    /// Whether a lookup of the query, or of the caller's rule, has a pattern.
    pub(crate) fn has_patterns(&self) -> bool {
        self.lookups().any(|lookup| lookup.operator.is_pattern())
    }

    /// The patterns of the lookups, and of those of the caller's rule.
    pub(crate) fn patterns(&self) -> Vec<pattern::QueryPattern> {
        self.lookups().filter_map(pattern::QueryPattern::of).collect()
    }

    /// Refuses more patterns than a caller's query may have. Without the feature `regex` every pattern is refused.
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

    /// Checks what the types can't: duplicate lookups with different values, forbidden nulls, page 0, and a page with a cursor.
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
        if self.page.is_some() && self.is_behind_position() {
            return Err(QueryError::PageWithCursor { manager });
        }
        Ok(())
    }
}

/// Whether the lookup, or one of those on the row behind its reference, is such a one.
fn any_behind(lookup: &Lookup, is_such: &dyn Fn(&Lookup) -> bool) -> bool {
    let Operand::Related(related) = &lookup.operand else {
        return is_such(lookup);
    };
    let mut sight = related.sight.iter().flat_map(|sight| lookups(sight));
    any_behind(&related.lookup, is_such) || sight.any(is_such)
}

/// Checks that each lookup has one value, since a request contains one for each. The lookups are sorted.
pub(crate) fn check_lookups(lookups: &[Lookup], description: &'static Description) -> Result<(), QueryError> {
    let twice = |(lookup, next): &(&Lookup, &Lookup)| lookup.compare_keys(next).is_eq();
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
        (Operand::Related(related), _) => has_forbidden_null(&related.lookup),
    }
}
