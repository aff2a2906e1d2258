//! What is awaited before it is carried out, so that the compiler says what to call.

use std::task::Poll;

use crate::error::Error;

/// Makes a future of a draft that becomes an `M`: it holds for none, so that the compiler says what carries one out.
#[diagnostic::on_unimplemented(
    message = "a write is not awaited itself: `exec` carries it out",
    label = "call `.exec(&gm)` before `.await`"
)]
#[doc(hidden)]
pub trait Awaited<M> {
    /// What the future would give.
    fn poll() -> Poll<Result<M, Error>>;
}
