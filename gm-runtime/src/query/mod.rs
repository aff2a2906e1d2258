//! What to read: one form, which is the request body, the cache key and the SQL alike.

mod builder;
mod closure;
mod evaluate;
mod filter;
#[cfg(feature = "client")]
mod key;
mod limits;
mod lookup;
mod missing;
mod order;
mod pagination;
pub(crate) mod pattern;
mod plan;
pub(crate) mod read_time;
mod rows;
mod select;
mod stream;
mod watch;

pub use builder::Query;
#[doc(hidden)]
pub use closure::{Conditions, Ordering};
pub use filter::{Filter, IntoFilter};
pub use lookup::{Lookup, Operand, Operator};
pub use order::{Direction, IntoOrdering, Order};
pub use rows::{Page, Rows};
pub use select::{OrderBy, QueryError, Select};
pub use stream::RowStream;
pub use watch::Watch;

#[cfg(feature = "client")]
pub(crate) use key::{Question, key};
pub(crate) use limits::PagesLimits;
pub(crate) use pagination::{PageRequest, Pagination, Rank, Ranks};
pub(crate) use plan::{Plan, Wanted};
pub(crate) use read_time::ReadTime;
pub(crate) use rows::{ErasedPage, ErasedRows, RecordPage};
#[cfg(feature = "client")]
pub(crate) use select::check_lookups;
