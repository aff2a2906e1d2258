//! The query without its manager's type.

use std::time::Duration;

use super::{Direction, Lookup, Operand, Operator, pattern, read_time};
use crate::error::Error;
use crate::field::{Value, ValueError};
use crate::manager::Description;

/// A field to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OrderBy {
    /// The field's place in its manager's description.
    pub field: u16,
    /// Which end first.
    pub direction: Direction,
}

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

/// A query that can't be sent, or whose answer is more than may be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The same lookup twice with different values; the wire holds one value a lookup.
    #[error(
        "`{manager}`: the lookup `{lookup}` is given two different values; a query holds one value a lookup"
    )]
    Conflict {
        /// The struct's name.
        manager: &'static str,
        /// The lookup as the wire spells it.
        lookup: String,
    },
    /// The owner takes a page without a size for every row.
    #[cfg(feature = "client")]
    #[error("`{manager}`: the owner has no size of its own for a page: give `page_size` beside `page`")]
    UnsizedPage {
        /// The struct's name.
        manager: &'static str,
    },
    /// `exclude` twice; the wire holds one NOT (a AND b).
    #[error(
        "`{manager}`: `exclude` is called twice; a query leaves out one set of rows, so join the conditions with `&`"
    )]
    SecondExclude {
        /// The struct's name.
        manager: &'static str,
    },
    /// The same field twice in the ordering.
    #[error("`{manager}`: the query is ordered by `{field}` twice; name a field once")]
    RepeatedOrdering {
        /// The struct's name.
        manager: &'static str,
        /// The field's name.
        field: &'static str,
    },
    /// A lookup that has no meaning for null was given `None`.
    #[error("`{manager}`: the lookup `{lookup}` can't be given `None`; use `is_null`")]
    Null {
        /// The struct's name.
        manager: &'static str,
        /// The lookup as the wire spells it.
        lookup: String,
    },
    /// A page or a page size of zero.
    #[error("`{manager}`: `{argument}` is 0; pages are counted from 1, and have one row at least")]
    ZeroPage {
        /// The struct's name.
        manager: &'static str,
        /// `page` or `page_size`.
        argument: &'static str,
    },
    /// The patterns of the query took longer than
    #[cfg_attr(
        feature = "regex",
        doc = "[`pattern_time_limit`](crate::GmBuilder::pattern_time_limit)"
    )]
    #[cfg_attr(not(feature = "regex"), doc = "`GmBuilder::pattern_time_limit`")]
    /// allows.
    #[error("`{manager}`: {}", pattern::takes_too_long(.limit))]
    PatternTime {
        /// The struct's name.
        manager: &'static str,
        /// How long they may take.
        limit: Duration,
    },
    /// The pages of the query brought nothing new although more rows were said to follow: rows are moved or removed
    /// faster than they are read, or where they come from `page` is ignored. The former is worth another try.
    #[error(
        "`{manager}`: page {page} of {page_size} rows brought no row that the pages before it had not, and more are said to \
         follow: rows are moved faster than they are read, or `page` is ignored where they are kept; read them again, with \
         a larger `page_size`"
    )]
    UnsteadyPages {
        /// The struct's name.
        manager: &'static str,
        /// The page that was read last.
        page: u64,
        /// Its size.
        page_size: u64,
    },
    /// `all` or `stream` would hold more bytes than [`max_pages_bytes`](crate::GmBuilder::max_pages_bytes) allows.
    #[error(
        "`{manager}`: the rows take more than {limit} bytes; read fewer of them, or raise `GmBuilder::max_pages_bytes`"
    )]
    TooManyBytes {
        /// The struct's name.
        manager: &'static str,
        /// The most bytes that are held.
        limit: u64,
    },
    /// `all`, or the next row of a `stream`, took longer than
    /// [`pages_time_limit`](crate::GmBuilder::pages_time_limit) allows.
    #[error(
        "`{manager}`: the pages were not read within {limit:?}; read fewer rows, or raise `GmBuilder::pages_time_limit`"
    )]
    PagesTime {
        /// The struct's name.
        manager: &'static str,
        /// How long reading may take.
        limit: Duration,
    },
    /// Reading the rows took longer than [`read_time_limit`](crate::GmBuilder::read_time_limit) allows.
    #[error("`{manager}`: {}", read_time::takes_too_long(.limit))]
    ReadTime {
        /// The struct's name.
        manager: &'static str,
        /// How long a read may take.
        limit: Duration,
    },
    /// The answer to a caller would be larger than [`max_answer_bytes`](crate::GmBuilder::max_answer_bytes) allows.
    #[cfg(feature = "server")]
    #[error("`{manager}`: {}", crate::protocol::reply::too_large(.limit, .rows))]
    AnswerSize {
        /// The struct's name.
        manager: &'static str,
        /// The most bytes of an answer.
        limit: usize,
        /// How many of the rows fit.
        rows: usize,
    },
    /// `all` would read more rows from another service than [`max_rows`](crate::GmBuilder::max_rows) allows.
    #[cfg(feature = "client")]
    #[error(
        "`{manager}`: more than {limit} rows match; read them with `stream`, or raise `GmBuilder::max_rows`"
    )]
    TooManyRows {
        /// The struct's name.
        manager: &'static str,
        /// The most rows that are read.
        limit: u64,
    },
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
