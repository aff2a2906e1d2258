//! Pagination: every row of a query that is read page by page, with none lost between two pages.
//!
//! Pages are counted by position, so a row that is deleted, or moved to another place of the order, shifts those behind
//! it: a row that nobody touched may be on no page at the time when it is read. So each page overlaps the rows that are
//! known. A page that holds a known row at the rank that it had continues from it: every row that nobody touched and
//! that comes behind the known one is on the page, or behind it. A page without one is not used, and an earlier one is
//! read. The first page needs no known row.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::OrderBy;
use crate::error::{Error, QueryError};
use crate::field::Value;

/// How many pages in a row may bring no new row, though more are said to follow. A row that is added in front of those
/// known makes such a page; so does storage, or a service, that ignores which page is asked for.
const IDLE_PAGES: u32 = 3;

/// How many sizes of a page are compared with each other.
const SIZES: u64 = 1024;

/// A page to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageRequest {
    /// Counted from 1.
    pub(crate) number: u64,
    /// How many rows it holds, so that it begins at `(number - 1) * size`.
    pub(crate) size: u64,
    /// Whether it may be the last one, so that the total is worth asking for.
    pub(crate) counted: bool,
    /// Whether rows have moved, so that no page which was kept from before will do.
    pub(crate) fresh: bool,
}

impl PageRequest {
    /// The page that was read first, which is of this size.
    pub(crate) fn first(size: u64) -> Self {
        Self {
            number: 1,
            size,
            counted: true,
            fresh: false,
        }
    }

    fn end(self) -> u64 {
        self.number.saturating_mul(self.size)
    }
}

/// The rank of a row: its id, and a hash of what the query is ordered by. A row of the same rank is at the same place
/// among those that nobody touched.
pub(crate) type Rank = (Value, u64);

/// Makes ranks of the rows of one query.
#[derive(Clone, Debug)]
pub(crate) struct Ranks {
    ordering: Vec<u16>,
    hasher: RandomState,
}

impl Ranks {
    pub(crate) fn new(ordering: &[OrderBy]) -> Self {
        Self {
            ordering: ordering.iter().map(|order| order.field).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Whether a rank is more than an id.
    pub(crate) fn is_ordered(&self) -> bool {
        !self.ordering.is_empty()
    }

    /// The rank of the row of this id. Its values are looked at where the query is ordered.
    pub(crate) fn rank(&self, id: Value, values: &[Value]) -> Rank {
        let ordered_by = |field: &u16| values.get(usize::from(*field));
        let by: Vec<_> = self.ordering.iter().map(ordered_by).collect();
        (
            id,
            if by.is_empty() {
                0
            } else {
                self.hasher.hash_one(by)
            },
        )
    }
}

/// The pages of one query, from the first to the last.
#[derive(Debug)]
pub(crate) struct Pagination {
    manager: &'static str,
    /// The size of the first page.
    size: u64,
    /// Every row before this position is known, but for those that were moved.
    known_to: u64,
    /// By how many positions the next page begins earlier than that, since the page before it did not overlap.
    back: u64,
    /// The total that was said last.
    total: Option<u64>,
    /// How many pages in a row brought no new row.
    idle: u32,
    /// The ranks of the rows that are known, by id.
    ranks: HashMap<Value, u64>,
    bytes: u64,
    /// Whether a page of more rows than the first one was refused.
    narrow: bool,
    short: bool,
    is_complete: bool,
}

impl Pagination {
    /// The pages of a query whose first page has this size.
    pub(crate) fn new(manager: &'static str, size: u64) -> Self {
        Self {
            manager,
            size: size.max(1),
            known_to: 0,
            back: 0,
            total: None,
            idle: 0,
            ranks: HashMap::new(),
            bytes: 0,
            narrow: false,
            short: false,
            is_complete: false,
        }
    }

    /// The page to ask for next; absent once every row is known.
    pub(crate) fn next(&self) -> Option<PageRequest> {
        if self.is_complete {
            return None;
        }
        let (number, size) = match self.known_to.saturating_sub(self.back) {
            0 => (1, self.size),
            from => across(from, self.size)
                .or_else(|| wider(from, self.size).filter(|_| !self.narrow))
                .unwrap_or((
                    from.checked_div(self.size).unwrap_or(0).saturating_add(1),
                    self.size,
                )),
        };
        let end = number.saturating_mul(size);
        Some(PageRequest {
            number,
            size,
            counted: self.short
                || self.back > 0
                || self.narrow
                || self.total.is_none_or(|total| end >= total),
            fresh: self.back > 0 || self.idle > 0,
        })
    }

    /// Takes in the rows of a page, and gives the places on it of those that were not known.
    ///
    /// # Errors
    /// [`QueryError::UnsteadyPages`] where pages bring nothing new although there are more.
    pub(crate) fn take(
        &mut self,
        page: PageRequest,
        rows: impl Iterator<Item = Rank>,
        total: Option<u64>,
    ) -> Result<Vec<usize>, QueryError> {
        let rows: Vec<Rank> = rows.collect();
        if !self.overlaps(page, &rows, total) {
            // The further back, the surer: rows may have been removed by the thousand.
            self.back = self.back.saturating_mul(2).max(1);
            self.total = total.or(self.total);
            return Ok(Vec::new());
        }
        self.back = 0;
        self.known_to = page.end();
        self.total = total.or(self.total);
        self.short = (rows.len() as u64) < page.size;
        self.is_complete = match total {
            Some(total) => page.end() >= total || (rows.is_empty() && page.number == 1),
            // A short page is not the end of more rows than it leaves room for.
            None => rows.is_empty() || (self.short && self.total.is_none_or(|total| page.end() >= total)),
        };
        let mut new = Vec::new();
        for (place, (id, rank)) in rows.into_iter().enumerate() {
            let bytes = bytes_of(&id);
            if self.ranks.insert(id, rank).is_none() {
                self.bytes = self.bytes.saturating_add(bytes);
                new.push(place);
            }
        }
        self.idle = if new.is_empty() {
            self.idle.saturating_add(1)
        } else {
            0
        };
        if self.idle > IDLE_PAGES && !self.is_complete {
            return Err(self.unsteady(page));
        }
        Ok(new)
    }

    /// Whether no row that nobody touched can be between those that are known and this page.
    fn overlaps(&self, page: PageRequest, rows: &[Rank], total: Option<u64>) -> bool {
        page.number == 1
            || rows.iter().any(|(id, rank)| self.ranks.get(id) == Some(rank))
            // Where no page is wide enough to overlap, an unchanged total has to do.
            || (self.is_unsure(page) && total.is_some() && total == self.total)
    }

    fn is_unsure(&self, page: PageRequest) -> bool {
        self.narrow && page.size == self.size && page.end() == self.known_to.saturating_add(self.size)
    }

    /// Whether the error may be that of a page of more rows than the first one has, which some owners refuse. No such page
    /// is asked for again.
    pub(crate) fn stays_narrow(&mut self, page: PageRequest, error: &Error) -> bool {
        let may_be = match error {
            // They answered with a page of another size.
            Error::Decode(_) => true,
            error => error.is_invalid(),
        };
        let stays = page.size > self.size && may_be;
        self.narrow |= stays;
        stays
    }

    /// The error of pages that bring nothing new.
    pub(crate) fn unsteady(&self, page: PageRequest) -> QueryError {
        QueryError::UnsteadyPages {
            manager: self.manager,
            page: page.number,
            page_size: page.size,
        }
    }

    /// An estimate of the bytes that are held to tell rows apart.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// The page that holds the row before this position, the row at it, and as many as possible of those behind. Absent
/// where no page of at most this size does: such as of two rows, where the position is even.
fn across(position: u64, size: u64) -> Option<(u64, u64)> {
    let sizes = (size / 2).max(size.saturating_sub(SIZES)).max(2)..=size;
    let pages = sizes.filter_map(|size| page_across(position, size));
    pages.max_by_key(|(number, size)| number.saturating_mul(*size))
}

/// The smallest page of more rows than this that does.
fn wider(position: u64, size: u64) -> Option<(u64, u64)> {
    (size.saturating_add(1)..=size.saturating_add(SIZES)).find_map(|size| page_across(position, size))
}

fn page_across(position: u64, size: u64) -> Option<(u64, u64)> {
    let before = position.checked_sub(1)?.checked_div(size)?;
    let number = before.checked_add(1)?;
    (number.checked_mul(size)? > position).then_some((number, size))
}

fn bytes_of(id: &Value) -> u64 {
    // The table is full by half at worst.
    let entry = 2 * size_of::<(Value, u64)>() as u64;
    match id {
        Value::Text(text) => entry.saturating_add(text.len() as u64),
        _ => entry,
    }
}
