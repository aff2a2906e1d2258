//! Cursors: positions in the ordered rows of a query.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::compare::compare_in;
use super::evaluate_condition::value_of;
use super::{Direction, OrderBy};
use crate::field::Value;
use crate::manager::Description;

/// The position behind the last row of a page, as text. [`Rows::next_cursor`](crate::query::Rows::next_cursor) gives it, and
/// [`Query::after`](crate::Query::after) takes it.
///
/// The text can be stored and sent: it stays valid after a restart, and on every replica. It names a position and no snapshot.
/// The rows behind the position are those that are there when they are read. Rows that did not change are neither left out
/// nor read twice, however many other rows were added, removed or moved in between. A row that was moved behind the
/// position comes again.
///
/// A cursor belongs to the ordering of its query, and fits any filters. It is no secret. It contains the id and the ordering
/// values of a row that its caller may read. It grants nothing, and any caller may use it.
///
/// # Limits
/// A text of 1 to 16,384 printable ASCII characters. A longer one is not made. A page has no next cursor if its last row has
/// texts of more than about 12,000 bytes in the fields of the ordering.
///
/// # Errors
/// [`FromStr`] refuses a text outside of these limits with [`ParseCursorError`]. A verb refuses a cursor that is unreadable or
/// of another ordering with [`QueryError::Cursor`](crate::error::QueryError::Cursor).
///
/// ```
/// # use gm_runtime::{GeneralManager, Gm};
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "projects")]
/// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
/// use gm_runtime::query::Cursor;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let gm = Gm::builder().in_memory::<Project>().build().await?;
/// # for name in ["c", "a", "b"] {
/// #     Project::create(ProjectCreate { name: name.into() }).exec(&gm).await?;
/// # }
/// let by_name = Project::query().order_by(|p| p.name.asc()).page_size(2);
/// let page = by_name.clone().page(1).all(&gm).await?;
/// let text = page.next_cursor().ok_or("one row follows")?.to_string();
///
/// // Later, perhaps in another process.
/// let cursor: Cursor = text.parse()?;
/// let next = by_name.after(&cursor).all(&gm).await?;
/// assert_eq!(next[0].name, "c");
/// assert_eq!(next.next_cursor(), None);
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Cursor(Arc<str>);

/// The error of a text that can't be a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a cursor is a text of 1 to {} printable ASCII characters without spaces",
    Cursor::MAX_BYTES
)]
pub struct ParseCursorError;

impl Cursor {
    /// The most bytes of a cursor.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Cursor {
    type Err = ParseCursorError;

    fn from_str(text: &str) -> Result<Self, ParseCursorError> {
        let fits =
            (1..=Self::MAX_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.into())).ok_or(ParseCursorError)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Without the text, since it contains values of a row.
impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cursor").finish_non_exhaustive()
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The position of a [`Cursor`]: the fields that the rows are ordered by, up to the id, each with the value of the row before
/// the position.
///
/// Storage of an application's own that [applies cursors](crate::interface::Interface::applies_cursors) finds it in
/// [`Select::position`](crate::query::Select::position).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    keys: Vec<(OrderBy, Value)>,
}

impl Position {
    /// The position of these values, one for each of the [`sort_keys`].
    pub(crate) fn new(keys: Vec<(OrderBy, Value)>) -> Self {
        Self { keys }
    }

    /// The position behind this row.
    pub(crate) fn behind_row(description: &Description, ordering: &[OrderBy], row: &[Value]) -> Self {
        let keys = sort_keys(description, ordering);
        Self::new(keys.map(|key| (key, value_of(row, key.field).clone())).collect())
    }

    /// The fields of the ordering, most significant first, with their values. The last one is the id, which is ascending unless
    /// the query orders by it.
    ///
    /// A row is behind the position if it has a later value in the first of these fields in which it differs. Null is later than
    /// every value, in both directions.
    #[must_use]
    pub fn keys(&self) -> &[(OrderBy, Value)] {
        &self.keys
    }

    /// Whether the row is behind the position.
    pub(crate) fn is_before(&self, row: &[Value]) -> bool {
        let order =
            |(key, value): &(OrderBy, Value)| compare_in(key.direction, value, value_of(row, key.field));
        self.keys.iter().map(order).find(|order| order.is_ne()) == Some(Ordering::Less)
    }
}

/// The fields that decide the order of two rows: those of the ordering up to the id, and the id.
pub(crate) fn sort_keys(description: &Description, ordering: &[OrderBy]) -> impl Iterator<Item = OrderBy> {
    let id = description.id_index();
    let place = ordering.iter().position(|order| order.field == id);
    let up_to_id = place.map_or(ordering.len(), |place| place.saturating_add(1));
    let tie_breaker = place.is_none().then_some(OrderBy {
        field: id,
        direction: Direction::Ascending,
    });
    ordering.iter().copied().take(up_to_id).chain(tie_breaker)
}
