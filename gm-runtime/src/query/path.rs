//! The way from a row of a query to the row of a field.

use std::marker::PhantomData;

use super::{Lookup, Operand, Operator, RelatedLookup};

/// The way from a row of the query's manager to the row that a field belongs to.
pub trait Path: 'static {
    /// The number of references on the way.
    #[doc(hidden)]
    const REFERENCES: usize;

    /// The lookups on a row of the query's manager, for lookups on the row at the end of the way.
    #[doc(hidden)]
    fn through(lookups: Vec<Lookup>) -> Vec<Lookup>;
}

/// The way to the row itself: the field is one of the query's manager.
#[derive(Clone, Copy, Debug)]
pub struct Direct;

/// The way `P`, and from its end through the reference of the field with this index.
pub struct Through<P, const FIELD: u16> {
    brand: PhantomData<fn() -> P>,
}

impl<P, const FIELD: u16> std::fmt::Debug for Through<P, FIELD> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Through({FIELD})")
    }
}

/// A way to a field by which a query may order or count its rows.
#[diagnostic::on_unimplemented(
    message = "a query can't order or count its rows by a field of another manager",
    label = "this field belongs to a row that is referred to",
    note = "use a field of the rows themselves, such as the id of the other row, or sort or count the rows that were read"
)]
pub trait OfOwnRow {}

impl OfOwnRow for Direct {}

/// The most references on the way of a lookup.
pub(crate) const MAX_REFERENCES: usize = 3;

impl Path for Direct {
    const REFERENCES: usize = 0;

    #[inline]
    fn through(lookups: Vec<Lookup>) -> Vec<Lookup> {
        lookups
    }
}

impl<P: Path, const FIELD: u16> Path for Through<P, FIELD> {
    const REFERENCES: usize = P::REFERENCES + 1;

    fn through(lookups: Vec<Lookup>) -> Vec<Lookup> {
        const {
            assert!(
                Self::REFERENCES <= MAX_REFERENCES,
                "a lookup goes through at most three references: read the ids of the rows behind them first"
            );
        }
        P::through(related(FIELD, lookups))
    }
}

/// The lookups on a row whose field holds the id of the row that these are on.
fn related(field: u16, lookups: Vec<Lookup>) -> Vec<Lookup> {
    let lookup = |lookup| Lookup {
        field,
        operator: Operator::Related,
        operand: Operand::Related(Box::new(RelatedLookup::new(lookup))),
    };
    lookups.into_iter().map(lookup).collect()
}
