//! The writes that wait, and which of them are carried out next.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::job::{RowKey, WriteJob};
use super::transaction::Attempt;

/// The most writes that share a transaction. With more, the first write would wait long for the last.
pub(super) const MAX_WRITES: usize = 256;

/// The most bytes of their values, without those of the first write. A transaction holds them several times: as values, as a message,
/// and in the server's reply.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The number of transactions with savepoints after a write failed among others.
const SAVEPOINT_TRANSACTIONS: u8 = 64;

/// How long a statement of a shared transaction waits for a lock.
pub(super) const LOCK_TIMEOUT: Duration = Duration::from_millis(100);

/// The same for a write that has found a lock before.
const SHORT_LOCK_TIMEOUT: Duration = Duration::from_millis(10);

/// The same for the other writes of its table. Many of them may find a lock, such as that of a row that all refer to.
const SUSPECT_LOCK_TIMEOUT: Duration = Duration::from_millis(2);

/// How much longer than a vain wait for a lock the other writes have the connection, before the next one.
const PAUSE: u32 = 4;

/// The writes that wait, in the order in which they were requested.
///
/// A write of a row waits for the earlier writes of that row. A write that found a lock is *blocked*: it is repeated alone, for short
/// times, so that a lock of another program does not stop the writes of other rows. The other writes of its table are *suspect*:
/// they are carried out apart, too, since the lock may be one of the whole table.
pub(super) struct Waiting {
    jobs: VecDeque<WriteJob>,
    /// The most writes that wait here.
    most: usize,
    /// The blocked writes. The one at the front is repeated next.
    blocked: VecDeque<WriteJob>,
    /// The tables in which a write found a lock, until others find none.
    suspects: HashSet<&'static str>,
    /// The table of the last suspect writes that were carried out.
    last_suspect: Option<&'static str>,
    /// Until then, no blocked write is repeated.
    blocked_pause: Option<Instant>,
    /// Until then, no other write of their tables is carried out.
    suspect_pause: Option<Instant>,
    /// What was carried out last.
    last: Kind,
    /// Whether a write of the last batch found a lock.
    found_lock: bool,
    /// The number of further transactions with savepoints.
    savepoints: u8,
}

/// What a batch is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// Writes of tables in which none found a lock.
    #[default]
    Usual,
    /// Writes of a table in which another one found a lock.
    Suspect,
    /// A blocked write.
    Blocked,
}

/// Writes that are carried out together.
pub(super) struct Batch {
    pub(super) jobs: Vec<WriteJob>,
    pub(super) attempt: Attempt,
    pub(super) kind: Kind,
}

impl Batch {
    fn of(jobs: Vec<WriteJob>, attempt: Attempt, kind: Kind) -> Option<Self> {
        (!jobs.is_empty()).then_some(Self { jobs, attempt, kind })
    }

    /// A batch that is carried out once more.
    pub(super) fn again(jobs: Vec<WriteJob>, attempt: Attempt) -> Self {
        Self {
            jobs,
            attempt,
            kind: Kind::Usual,
        }
    }
}

impl Waiting {
    /// Room for so many writes, or for those of one transaction.
    pub(super) fn new(most: usize) -> Self {
        Self {
            jobs: VecDeque::new(),
            most: most.max(MAX_WRITES),
            blocked: VecDeque::new(),
            suspects: HashSet::new(),
            last_suspect: None,
            blocked_pause: None,
            suspect_pause: None,
            last: Kind::Usual,
            found_lock: false,
            savepoints: 0,
        }
    }

    pub(super) fn add(&mut self, job: WriteJob) {
        self.jobs.push_back(job);
    }

    /// Whether more writes may be added. Others stay in the queue, which is bounded.
    ///
    /// There is room for more than a transaction holds, since those of one row, or of a locked table, must not keep out the others.
    pub(super) fn has_room(&self) -> bool {
        self.jobs.len().saturating_add(self.blocked.len()) < self.most
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.blocked.is_empty()
    }

    /// Adds a write that found a lock.
    pub(super) fn add_blocked(&mut self, job: WriteJob) {
        self.blocked.push_back(job);
    }

    /// Takes the writes behind a blocked one whose callers may not see the row, with their places, the first one first.
    pub(super) fn take_unchecked(&mut self) -> Vec<(usize, WriteJob)> {
        if self.blocked.is_empty() {
            return Vec::new();
        }
        let rows: HashSet<RowKey> = self.blocked.iter().filter_map(WriteJob::row).collect();
        let is_unchecked =
            |job: &WriteJob| job.awaits_check_of_sight() && job.row().is_some_and(|row| rows.contains(&row));
        let (mut unchecked, mut left) = (Vec::new(), VecDeque::new());
        for (place, job) in self.jobs.drain(..).enumerate() {
            if is_unchecked(&job) {
                unchecked.push((place, job));
            } else {
                left.push_back(job);
            }
        }
        self.jobs = left;
        unchecked
    }

    /// Puts a write back that was taken from this place.
    pub(super) fn put_back(&mut self, place: usize, job: WriteJob) {
        self.jobs.insert(place.min(self.jobs.len()), job);
    }

    /// Notes that a write of this table found a lock.
    pub(super) fn found_lock(&mut self, table: &'static str) {
        self.found_lock = true;
        self.suspects.insert(table);
    }

    /// Adds writes that were taken, before all others.
    pub(super) fn put_first(&mut self, jobs: Vec<WriteJob>) {
        for job in jobs.into_iter().rev() {
            self.jobs.push_front(job);
        }
    }

    /// Takes the blocked writes that were requested so long ago.
    pub(super) fn take_late(&mut self, limit: Duration) -> Vec<WriteJob> {
        let is_late = |job: &WriteJob| job.since.elapsed() >= limit;
        if !self.blocked.iter().any(is_late) {
            return Vec::new();
        }
        let (late, rest): (Vec<_>, Vec<_>) = self.blocked.drain(..).partition(is_late);
        self.blocked = rest.into();
        late
    }

    /// Gives the next transactions savepoints, after a write failed among others.
    ///
    /// Most writes succeed, so usually there is none. With them, a caller whose writes fail does not make the writes of others run
    /// twice each time.
    pub(super) fn use_savepoints(&mut self) {
        self.savepoints = SAVEPOINT_TRANSACTIONS;
    }

    /// Notes how long a batch took, so that vain waits for locks leave the other writes most of the time.
    pub(super) fn finished(&mut self, kind: Kind, time: Duration) {
        self.last = kind;
        if std::mem::take(&mut self.found_lock) {
            let pause = Some(Instant::now() + time.saturating_mul(PAUSE));
            match kind {
                Kind::Usual => {}
                Kind::Suspect => self.suspect_pause = pause,
                Kind::Blocked => self.blocked_pause = pause,
            }
        } else if kind == Kind::Suspect
            && let Some(table) = self.last_suspect
        {
            self.suspects.remove(table);
        }
    }

    /// When something waits that [`next`](Self::next) does not give yet.
    pub(super) fn due(&self) -> Option<Instant> {
        let now = Instant::now();
        let pauses = [self.blocked_pause, self.suspect_pause].into_iter().flatten();
        let next = pauses.filter(|pause| *pause > now).min();
        (!self.is_empty()).then(|| next.unwrap_or(now))
    }

    /// The writes to carry out next. The kinds of batches alternate.
    pub(super) fn next(&mut self) -> Option<Batch> {
        let now = Instant::now();
        let is_over = |pause: Option<Instant>| pause.is_none_or(|pause| pause <= now);
        let suspects = self.suspect_tables();
        if suspects.is_empty() {
            return self.next_usual(&suspects);
        }
        let (blocked, suspect) = (is_over(self.blocked_pause), is_over(self.suspect_pause));
        let kinds = match self.last {
            Kind::Usual => [Kind::Blocked, Kind::Suspect, Kind::Usual],
            Kind::Blocked => [Kind::Suspect, Kind::Usual, Kind::Blocked],
            Kind::Suspect => [Kind::Usual, Kind::Blocked, Kind::Suspect],
        };
        kinds.into_iter().find_map(|kind| match kind {
            Kind::Usual => self.next_usual(&suspects),
            Kind::Suspect if suspect => self.next_suspect(&suspects),
            Kind::Blocked if blocked => self.next_blocked(),
            Kind::Suspect | Kind::Blocked => None,
        })
    }

    fn next_usual(&mut self, suspects: &HashSet<&'static str>) -> Option<Batch> {
        let jobs = self.take(|table| !suspects.contains(table));
        let has_savepoints = jobs.len() > 1 && self.savepoints > 0;
        if jobs.len() > 1 {
            self.savepoints = self.savepoints.saturating_sub(1);
        }
        let attempt = Attempt {
            has_savepoints,
            skips_locked: false,
            needs_transaction: false,
            lock_timeout: LOCK_TIMEOUT,
        };
        Batch::of(jobs, attempt, Kind::Usual)
    }

    /// The suspect writes of one table. The tables take turns.
    fn next_suspect(&mut self, suspects: &HashSet<&'static str>) -> Option<Batch> {
        let tables = self.jobs.iter().map(|job| job.table.name());
        let mut tables = tables.filter(|table| suspects.contains(table)).peekable();
        let first = tables.peek().copied();
        let next = tables.find(|table| Some(*table) != self.last_suspect).or(first);
        let Some(table) = next else {
            self.suspects.clear();
            return None;
        };
        self.last_suspect = Some(table);
        let jobs = self.take(|other| other == table);
        let attempt = Attempt {
            has_savepoints: jobs.len() > 1,
            skips_locked: true,
            needs_transaction: true,
            lock_timeout: SUSPECT_LOCK_TIMEOUT,
        };
        Batch::of(jobs, attempt, Kind::Suspect)
    }

    fn next_blocked(&mut self) -> Option<Batch> {
        let attempt = Attempt {
            has_savepoints: false,
            skips_locked: false,
            needs_transaction: true,
            lock_timeout: SHORT_LOCK_TIMEOUT,
        };
        Batch::of(
            self.blocked.pop_front().into_iter().collect(),
            attempt,
            Kind::Blocked,
        )
    }

    /// Whether the writes of a table are suspect.
    pub(super) fn is_suspect(&self, table: &str) -> bool {
        self.suspects.contains(table) || self.blocked.iter().any(|job| job.table.name() == table)
    }

    fn suspect_tables(&self) -> HashSet<&'static str> {
        let blocked = self.blocked.iter().map(|job| job.table.name());
        blocked.chain(self.suspects.iter().copied()).collect()
    }

    /// Takes writes of these tables, at most one of a row and one with an idempotency key, in the order in which they lock their rows.
    fn take(&mut self, is_wanted: impl Fn(&'static str) -> bool) -> Vec<WriteJob> {
        let mut rows: HashSet<RowKey> = self.blocked.iter().filter_map(WriteJob::row).collect();
        let (mut taken, mut left) = (Vec::new(), VecDeque::new());
        let mut keys: HashSet<String> = self.blocked.iter().filter_map(key_of).collect();
        let mut bytes_left = MAX_BYTES;
        for job in self.jobs.drain(..) {
            // A row stays in the set if its write is left, so that the writes behind it are left, too. So does a key.
            let is_first = job.row().is_none_or(|row| rows.insert(row))
                & key_of(&job).is_none_or(|key| keys.insert(key));
            let bytes = if taken.is_empty() { 0 } else { job.bytes() };
            if is_first && taken.len() < MAX_WRITES && bytes <= bytes_left && is_wanted(job.table.name()) {
                bytes_left = bytes_left.saturating_sub(bytes);
                taken.push(job);
            } else {
                left.push_back(job);
            }
        }
        self.jobs = left;
        taken.sort_by(WriteJob::lock_order);
        taken
    }
}

/// The idempotency key of a write.
fn key_of(job: &WriteJob) -> Option<String> {
    job.keyed().map(|request| request.id.key.clone())
}
