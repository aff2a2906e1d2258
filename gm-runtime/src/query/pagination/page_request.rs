//! The request for one page, and the choice of its number and size.

/// How many page sizes are tried for a page.
const MAX_TRIED_SIZES: u64 = 1024;

/// The request for one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageRequest {
    /// The number of the page, from 1.
    pub(crate) number: u64,
    /// The rows of a page. The page begins at the position `(number - 1) * size`.
    pub(crate) size: u64,
    /// Whether the page may be the last one, so that its total is useful.
    pub(crate) counted: bool,
    /// Whether an unchanged total has to stand in for an overlap, since the owner refuses larger pages.
    pub(crate) needs_total: bool,
    /// Whether rows have moved, so that a cached page is useless.
    pub(crate) fresh: bool,
}

impl PageRequest {
    /// The first page, whose size is known after it was read.
    pub(crate) fn first(size: u64) -> Self {
        Self {
            number: 1,
            size,
            counted: true,
            needs_total: false,
            fresh: false,
        }
    }

    /// The position behind the page.
    pub(super) fn end(self) -> u64 {
        self.number.saturating_mul(self.size)
    }
}

/// The number and size of the page that reaches furthest behind a position, among the pages of at most `size` rows that hold
/// the row before the position and the row at it. `None` if there is no such page: a page of two rows never holds both if the
/// position is even.
pub(super) fn overlapping_page(position: u64, size: u64) -> Option<(u64, u64)> {
    let sizes = (size / 2).max(size.saturating_sub(MAX_TRIED_SIZES)).max(2)..=size;
    let pages = sizes.filter_map(|size| page_of_size(position, size));
    pages.max_by_key(|(number, size)| number.saturating_mul(*size))
}

/// The number and size of the smallest page of more than `size` rows that holds the row before the position and the row at it.
pub(super) fn larger_overlapping_page(position: u64, size: u64) -> Option<(u64, u64)> {
    (size.saturating_add(1)..=size.saturating_add(MAX_TRIED_SIZES))
        .find_map(|size| page_of_size(position, size))
}

fn page_of_size(position: u64, size: u64) -> Option<(u64, u64)> {
    let before = position.checked_sub(1)?.checked_div(size)?;
    let number = before.checked_add(1)?;
    (number.checked_mul(size)? > position).then_some((number, size))
}
