//! Queries: their conditions, order and page. One form is the source of the request body, the cache key and the SQL.

mod access;
mod check;
mod closure_bounds;
mod compare;
mod condition;
mod cursor;
mod erased_manager;
mod evaluate;
mod evaluate_condition;
mod filter;
mod groups;
mod handle;
mod key;
mod missing;
mod missing_reference;
mod next_page;
mod normalize_condition;
mod order;
mod pagination;
mod path;
pub(crate) mod pattern;
mod preparation;
mod read_time_limit;
mod reference;
mod rows;
mod select;

pub use crate::condition::{ConditionTree, Lookup, Operand, Operator, RelatedLookup};
pub use access::{FilterAndOrder, FilterOnly, Filterable, NotQueryable, OrderOnly, Sortable};
#[doc(hidden)]
pub use closure_bounds::{Conditions, Ordering};
#[doc(hidden)]
pub use condition::condition;
pub use condition::{Condition, IntoCondition};
pub use cursor::{Cursor, ParseCursorError, Position};
pub use filter::{Filter, IntoFilter};
pub use handle::Field;
pub use order::{Direction, IntoOrdering, Order, OrderBy};
pub(crate) use path::MAX_REFERENCES;
pub use path::{Direct, OfOwnRow, Path, Through};
pub use reference::{DirectReference, Reference};
pub use rows::{Page, Rows};
pub use select::Select;

pub(crate) use compare::sort_values;
pub(crate) use cursor::sort_keys;
pub(crate) use erased_manager::{ErasedManager, ErasedRow};
pub(crate) use evaluate_condition::KnownRow;
pub(crate) use groups::{GroupBy, GroupCounter, Groups, MAX_GROUPS};
pub(crate) use key::{KeyMemo, Question, key};
pub(crate) use next_page::NextPage;
pub(crate) use normalize_condition::lookups;
pub(crate) use pagination::{
    CursorPages, Fingerprint, Fingerprints, PageRequest, Pagination, PaginationLimits,
};
pub(crate) use read_time_limit::{ReadTimeLimit, with_read_time_limit};
pub(crate) use rows::{ErasedPage, ErasedRows, RecordPage};
pub(crate) use select::check_lookups;
