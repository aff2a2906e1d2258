//! What a draft does not have: the setters of some fields, and a result without `exec`.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::Awaitable;
use crate::error::Error;
use crate::manager::Manager;
use crate::verbs::CreateMany;

/// The bound of the setters of fields that are not written. No draft has it, so that the compile error says why.
#[diagnostic::on_unimplemented(
    message = "this field can't be set: its owner fills it",
    label = "remove this call",
    note = "the owner keeps it (`version`, `created`, `updated`, `computed`), or a consumer's struct says that it is `read_only` or has a `preset`"
)]
#[doc(hidden)]
pub trait SetsKeptFields {}

// The drafts of one row have such an impl from the derive.
#[doc(hidden)]
impl<M: Manager> Future for CreateMany<M>
where
    &'static Self: Awaitable<Vec<M::Id>>,
{
    type Output = Result<Vec<M::Id>, Error>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        <&'static Self as Awaitable<_>>::poll()
    }
}
