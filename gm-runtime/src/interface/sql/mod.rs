//! What databases share: SQL as statements of sea-query, and the SQL of the managers' tables. What databases say
//! differently is asked of a [`Dialect`].

mod dialect;
mod expressions;
mod lookup;
mod paging;
pub(crate) mod schema;
mod select;
mod write;

pub use dialect::SqlDialect;
pub(crate) use expressions::Dialect;
pub(crate) use paging::Paging;
pub(crate) use select::{all_by, by_id, count};
pub(crate) use write::{delete, insert, update};
