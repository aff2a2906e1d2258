//! The clock of one resource, by which an answer is still true or not.

use super::sync::{AtomicU64, Ordering, SLOTS};

/// The value of `open` that no stamp reaches.
const NOT_LIVE: u64 = u64::MAX;

/// What an answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Any row of the resource.
    List,
    /// The row whose id has this hash.
    Row(u64),
}

/// The clock of one resource. It counts invalidations; an answer's stamp is the time on it before the request left.
///
/// # Memory ordering
/// What has to be seen is what *happened before* a read began: an event that was handled, a write that returned.
/// A load never gives an older value than one that happened before it, so `valid` needs no more than that. `pass`
/// releases and `valid` acquires, so that who sees a pass also sees what led to it. A stamp that is older than the
/// clock is safe, since it only makes an answer sooner untrue; one that counts a pass acquires it, so the request
/// that leaves afterwards leaves after the event arrived, and its answer holds the change. Between the clock's step
/// and the marks that follow it the pass has not returned, and nothing is guaranteed of it yet.
pub(crate) struct Validity {
    clock: AtomicU64,
    /// The last pass of any row.
    any: AtomicU64,
    /// The last pass of everything.
    wiped: AtomicU64,
    /// The stamp from which answers count: when the subscription became live.
    open: AtomicU64,
    /// The last pass of the rows of each slot.
    rows: Box<[AtomicU64]>,
    at_rest: u64,
}

impl Validity {
    /// A validity without a subscription. Until it is [opened](Self::open), answers are valid only where they are kept
    /// `unsubscribed`, on the word of a time-to-live.
    pub(crate) fn new(unsubscribed: bool) -> Self {
        let at_rest = if unsubscribed { 0 } else { NOT_LIVE };
        Self {
            clock: AtomicU64::new(0),
            any: AtomicU64::new(0),
            wiped: AtomicU64::new(0),
            open: AtomicU64::new(at_rest),
            rows: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            at_rest,
        }
    }

    /// The time, to be read before a request leaves.
    pub(crate) fn epoch(&self) -> u64 {
        self.clock.load(Ordering::Acquire)
    }

    /// What was answered about the row of this hash, and any list, is no longer true.
    pub(crate) fn invalidate(&self, row: u64) {
        let now = self.step();
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

    /// Nothing that was answered is true any more.
    pub(crate) fn invalidate_all(&self) {
        let now = self.step();
        guard!(
            "a refresh invalidates all",
            self.wiped.fetch_max(now, Ordering::Release),
            0
        );
    }

    /// The subscription is live from now on, and everything before is passed.
    pub(crate) fn open(&self) {
        let now = self.step();
        self.open
            .store(guard!("connecting invalidates all", now, 0), Ordering::Release);
    }

    /// The subscription is live no more.
    pub(crate) fn close(&self) {
        guard!(
            "disconnecting closes",
            self.open.store(self.at_rest, Ordering::Release),
            ()
        );
    }

    /// Whether a subscription says what changes.
    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire) != NOT_LIVE
    }

    /// Whether an answer of this stamp is still true.
    pub(crate) fn is_valid(&self, reach: Reach, stamp: u64) -> bool {
        let passed = match reach {
            Reach::List => &self.any,
            Reach::Row(row) => self.row(row),
        };
        [&self.open, &self.wiped, passed]
            .iter()
            .all(|from| stamp >= from.load(Ordering::Acquire))
    }

    fn step(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::AcqRel).wrapping_add(1)
    }

    fn row(&self, row: u64) -> &AtomicU64 {
        // A remainder of the number of slots is always one of them.
        self.rows
            .get(usize::try_from(row % SLOTS).unwrap_or_default())
            .unwrap_or(&self.wiped)
    }
}
