//! Decides which cached answers of a resource are still valid.

use super::sync::{AtomicU64, Ordering, SLOTS};

/// The value of `open` that no epoch reaches.
const NOT_LIVE: u64 = u64::MAX;

/// The rows on which an answer depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Any row of the resource.
    List,
    /// The one row whose id has this hash.
    Row(u64),
}

/// The logical clock of a resource, which counts its invalidations, and the epoch of the last invalidation of each row.
///
/// An answer is valid if its request was sent in the epoch of the last invalidation that concerns it, or later.
/// `docs/design/cache.md` explains the memory ordering.
pub(crate) struct Validity {
    epoch: AtomicU64,
    /// The last invalidation of any single row.
    any: AtomicU64,
    /// The last invalidation of all rows.
    all: AtomicU64,
    /// When the subscription became live.
    open: AtomicU64,
    /// The last invalidation of a row, by the slot of its hash.
    rows: Box<[AtomicU64]>,
    /// The value of `open` without a subscription.
    closed: u64,
}

impl Validity {
    /// Without a subscription. Until [`open`](Self::open), answers are valid only if `unsubscribed` is set: a time to live alone
    /// bounds them then.
    pub(crate) fn new(unsubscribed: bool) -> Self {
        let closed = if unsubscribed { 0 } else { NOT_LIVE };
        Self {
            epoch: AtomicU64::new(0),
            any: AtomicU64::new(0),
            all: AtomicU64::new(0),
            open: AtomicU64::new(closed),
            rows: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            closed,
        }
    }

    /// The current epoch, which is read before a request is sent.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Invalidates the answers about the row of this hash, and all lists.
    #[inline]
    pub(crate) fn invalidate(&self, row: u64) {
        let now = self.advance();
        guard!(
            "a row event invalidates its row",
            self.row(row).fetch_max(now, Ordering::Release),
            0
        );
        guard!(
            "a row event invalidates the lists",
            self.any.fetch_max(now, Ordering::Release),
            0
        );
    }

    /// Invalidates all answers.
    #[inline]
    pub(crate) fn invalidate_all(&self) {
        let now = self.advance();
        guard!(
            "a refresh invalidates all",
            self.all.fetch_max(now, Ordering::Release),
            0
        );
    }

    /// The subscription becomes live. Invalidates all answers.
    pub(crate) fn open(&self) {
        let now = self.advance();
        self.open
            .store(guard!("connecting invalidates all", now, 0), Ordering::Release);
    }

    /// The subscription ends.
    pub(crate) fn close(&self) {
        guard!(
            "disconnecting closes",
            self.open.store(self.closed, Ordering::Release),
            ()
        );
    }

    /// Whether answers can be valid: a subscription is live, or none is needed.
    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire) != NOT_LIVE
    }

    /// The current epoch, if answers can be valid. It is not that of an earlier subscription.
    pub(crate) fn epoch_while_open(&self) -> Option<u64> {
        let is_open = || guard!("open behind a reference", self.is_open(), true);
        guard!(
            "epoch after open behind a reference",
            is_open().then(|| self.epoch()),
            Some(self.epoch()).filter(|_| is_open())
        )
    }

    /// Whether an answer whose request was sent in this epoch is still valid.
    #[inline]
    pub(crate) fn is_valid(&self, reach: Reach, epoch: u64) -> bool {
        let invalidated = match reach {
            Reach::List => &self.any,
            Reach::Row(row) => self.row(row),
        };
        [&self.open, &self.all, invalidated]
            .iter()
            .all(|since| epoch >= since.load(Ordering::Acquire))
    }

    /// The epochs of the last invalidations of an answer: when the subscription became live, of all rows, and of its own.
    pub(crate) fn invalidations(&self, reach: Reach) -> [u64; 3] {
        let own = match reach {
            Reach::List => &self.any,
            Reach::Row(row) => self.row(row),
        };
        [&self.open, &self.all, own].map(|since| since.load(Ordering::Acquire))
    }

    fn advance(&self) -> u64 {
        self.epoch.fetch_add(1, Ordering::AcqRel).wrapping_add(1)
    }

    fn row(&self, row: u64) -> &AtomicU64 {
        // The remainder is always a valid index.
        self.rows
            .get(usize::try_from(row % SLOTS).unwrap_or_default())
            .unwrap_or(&self.all)
    }
}
