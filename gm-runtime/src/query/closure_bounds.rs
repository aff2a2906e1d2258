//! The closures of `filter`, `exclude` and `order_by`.

/// The argument of `filter` and `exclude`: a closure from the handles `F` of the fields to the conditions `C`.
#[diagnostic::on_unimplemented(
    message = "expected a closure that returns conditions, found `{Self}`",
    label = "expected a closure such as `|p| p.name.eq(\"a\")`",
    note = "the closure receives the fields of the rows: `filter(|p| p.name.eq(\"a\") & p.status.eq(\"b\"))`"
)]
#[doc(hidden)]
pub trait Conditions<F, C>: FnOnce(F) -> C {}

#[diagnostic::do_not_recommend]
impl<F, C, T: FnOnce(F) -> C> Conditions<F, C> for T {}

/// The argument of `order_by`: a closure from the handles `F` of the fields to the order `O`.
#[diagnostic::on_unimplemented(
    message = "expected a closure that returns an order, found `{Self}`",
    label = "expected a closure such as `|p| p.name.desc()`",
    note = "the closure receives the fields of the rows: `order_by(|p| [p.name.asc(), p.id.desc()])`"
)]
#[doc(hidden)]
pub trait Ordering<F, O>: FnOnce(F) -> O {}

#[diagnostic::do_not_recommend]
impl<F, O, T: FnOnce(F) -> O> Ordering<F, O> for T {}
