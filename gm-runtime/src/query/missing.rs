//! What people look for on a query, so that the compiler says what it is called here.

use super::Query;
use crate::manager::Manager;

/// Holds for nothing. The lifetime delays it to the call (rust-lang/rust#48214).
#[diagnostic::on_unimplemented(
    message = "a query has no `limit`: its rows come in pages",
    label = "write `.page(1).page_size(..)`",
    note = "`first` reads one row, and `all` without `page` every row, whatever the size of a page"
)]
pub trait Limit<'x> {}

impl<M: Manager> Query<M> {
    #[doc(hidden)]
    pub fn limit(self, _: u64) -> Self
    where
        for<'x> Self: Limit<'x>,
    {
        self
    }
}
