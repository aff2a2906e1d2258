//! The typed handle of a reference.

use std::marker::PhantomData;
use std::ops::Deref;

use super::{Direct, Through};
use crate::manager::{Handles, Manager};

/// The handle of the row of `R` whose id a field of `M` holds. `P` is the [way](super::Through) to it.
///
/// It derefs to the handles of the row's fields, so that a query of `M` may filter by them: `t.customer.name.eq("Ada")`. A row of `M`
/// without the other row meets no such lookup. [`Rows::related`](crate::Rows::related) takes a handle, too.
pub struct Reference<M, R, P> {
    brand: PhantomData<fn() -> (M, R)>,
    path: PhantomData<fn() -> P>,
}

impl<M, R, P> Reference<M, R, P> {
    /// The handle. The derive calls it.
    #[doc(hidden)]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            brand: PhantomData,
            path: PhantomData,
        }
    }
}

impl<M: 'static, R: Manager, P: 'static> Deref for Reference<M, R, P> {
    type Target = R::FieldsThrough<M, P>;

    fn deref(&self) -> &Self::Target {
        <R::FieldsThrough<M, P> as Handles>::ALL
    }
}

/// A reference of the rows of `M` themselves, which [`Rows::related`](crate::Rows::related) takes.
#[diagnostic::on_unimplemented(
    message = "expected a reference of `{M}`, found `{Self}`",
    label = "expected the name without `_id`, such as `|t| t.customer`",
    note = "a field with `#[field(references = ..)]` has a reference, whose name is that of the field without `_id`"
)]
pub trait DirectReference<M> {
    /// The manager of the other rows.
    type Row: Manager;

    /// The index of the field that holds their ids.
    #[doc(hidden)]
    const FIELD: u16;
}

impl<M, R: Manager, const FIELD: u16> DirectReference<M> for Reference<M, R, Through<Direct, FIELD>> {
    type Row = R;
    const FIELD: u16 = FIELD;
}

impl<M, R, P> Clone for Reference<M, R, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, R, P> Copy for Reference<M, R, P> {}

impl<M, R, P> std::fmt::Debug for Reference<M, R, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reference")
    }
}
