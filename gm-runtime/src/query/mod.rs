//! What to read: one form, which is the request body, the cache key and the SQL alike.

mod access;
mod check;
mod closure;
mod erased_manager;
mod evaluate;
mod filter;
mod handle;
mod key;
mod limits;
mod lookup;
mod missing;
mod order;
mod pagination;
pub(crate) mod pattern;
pub(crate) mod read_time;
mod rows;
mod select;

pub use access::{FilterAndOrder, FilterOnly, Filterable, NotQueryable, OrderOnly, Sortable};
#[doc(hidden)]
pub use closure::{Conditions, Ordering};
pub use filter::{Filter, IntoFilter};
pub use handle::Field;
pub use lookup::{Lookup, Operand, Operator};
pub use order::{Direction, IntoOrdering, Order, OrderBy};
pub use rows::{Page, Rows};
pub use select::Select;

pub(crate) use erased_manager::{ErasedManager, ErasedRow};
pub(crate) use key::{KeyMemo, Question, key};
pub(crate) use limits::PagesLimits;
pub(crate) use pagination::{PageRequest, Pagination, Rank, Ranks};
pub(crate) use read_time::ReadTime;
pub(crate) use rows::{ErasedPage, ErasedRows, RecordPage};
pub(crate) use select::check_lookups;
