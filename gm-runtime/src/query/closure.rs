//! The closures that queries are written with.

/// What `filter` and `exclude` take: a closure of the handles `F` of the fields, which gives the conditions `C`.
#[diagnostic::on_unimplemented(
    message = "conditions are written in a closure, which `{Self}` is not",
    label = "expected a closure such as `|p| p.name.eq(\"a\")`",
    note = "the closure is given the fields of the rows: `filter(|p| p.name.eq(\"a\") & p.status.eq(\"b\"))`"
)]
#[doc(hidden)]
pub trait Conditions<F, C>: FnOnce(F) -> C {}

#[diagnostic::do_not_recommend]
impl<F, C, T: FnOnce(F) -> C> Conditions<F, C> for T {}

/// What `order_by` takes: a closure of the handles `F` of the fields, which gives the order `O`.
#[diagnostic::on_unimplemented(
    message = "an order is written in a closure, which `{Self}` is not",
    label = "expected a closure such as `|p| p.name.desc()`",
    note = "the closure is given the fields of the rows: `order_by(|p| [p.name.asc(), p.id.desc()])`"
)]
#[doc(hidden)]
pub trait Ordering<F, O>: FnOnce(F) -> O {}

#[diagnostic::do_not_recommend]
impl<F, O, T: FnOnce(F) -> O> Ordering<F, O> for T {}
