//! An owner, a websocket and a consumer under a controlled scheduler, and the check of each read.

mod references;
mod subscription;
mod writes;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::{Pin, pin};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use futures_util::poll;
use shuttle::future::{block_on, yield_now};
use shuttle::sync::Mutex;
use shuttle::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use shuttle::sync::mpsc::{Receiver, Sender};

use crate::recompiled::events::invalidate_then_notify;
use crate::recompiled::flights::SendHook;
use crate::recompiled::identity;
use crate::recompiled::keys::{Keys, Scope};
use crate::recompiled::writes::Invalidate;
use crate::recompiled::{Clock, Lease, Live, Reach, Reads, RecentEntry, Store, Validity};

pub(crate) const MAX_STALENESS: Duration = Duration::from_secs(20);
pub(crate) const MAX_AGE: Duration = Duration::from_secs(30);
const TICK: Duration = Duration::from_nanos(1);

const ROW: u64 = 7;
const CHANGES: u64 = 2;
const READS: usize = 2;
/// The distance between the answers for different callers.
const CALLER: u64 = 1000;

type Answers = Reads<u64, ()>;
/// An answer and its bytes.
type Fetched = Pin<Box<dyn Future<Output = Result<(u64, u32), ()>> + Send>>;

/// One store for all worlds, since creating one takes longer than a schedule. Each world has its own keys, and nothing is evicted.
static STORE: LazyLock<Store<u64>> = LazyLock::new(|| Store::new(u64::MAX));
static WORLDS: AtomicUsize = AtomicUsize::new(0);

/// An event of the owner's websocket: the row has this `rev`. `refresh`: the event invalidates all rows.
#[derive(Clone, Copy)]
struct Event {
    rev: u64,
    refresh: bool,
}

/// A clock that the scenario moves.
#[derive(Default)]
pub(crate) struct MovedClock(AtomicU64);

impl MovedClock {
    pub(crate) fn advance(&self, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap();
        self.0.fetch_add(nanoseconds, Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::SeqCst))
    }
}

/// One row of an owner, and one consumer of it.
pub(crate) struct World {
    number: usize,
    clock: Arc<MovedClock>,
    reads: Arc<Answers>,
    /// The cache of another resource, whose lists look through a reference to the row. Few scenarios need it.
    referring: OnceLock<Arc<Answers>>,
    /// The first-level entry of one query, which all threads share.
    recent: Arc<RecentEntry<u64>>,
    invalidated: Arc<InvalidateReads>,
    /// The committed `rev` of the row, which each write raises.
    rev: Arc<AtomicU64>,
    requests: Arc<AtomicUsize>,
    /// The owner's end of the websocket while a subscriber is attached.
    attached: Mutex<Option<Sender<Event>>>,
    /// The identity of that subscriber. It receives no events about rows of another identity.
    subscribed_as: AtomicU64,
    has_websocket: bool,
    /// Whether the scenario changes the identity. Elsewhere each step more would hide others from the scheduler.
    has_identities: bool,
    /// The identity of the credential that requests use.
    credential: Arc<Mutex<u64>>,
    /// The same, which changes before the credential does.
    identity: Arc<AtomicU64>,
    socket: Mutex<Option<Receiver<Event>>>,
    live: Mutex<Option<Live<u64, ()>>>,
    /// The least `rev` for a read that begins now.
    required: AtomicU64,
    /// Whether the subscription is down.
    down: AtomicBool,
    watched: AtomicBool,
}

struct InvalidateReads(Arc<Answers>);

impl Invalidate for InvalidateReads {
    type Id = u64;

    fn invalidate(&self, row: Option<&u64>) {
        match row {
            Some(row) => self.0.validity.invalidate(*row),
            None => self.0.validity.invalidate_all(),
        }
    }
}

impl World {
    fn new(max_age: Option<Duration>, has_websocket: bool, has_identities: bool) -> Arc<Self> {
        let clock = Arc::new(MovedClock::default());
        let (validity, lease) = (Validity::new(!has_websocket), Lease::new(MAX_STALENESS));
        let reads = Reads::new(validity, lease, clock.clone(), STORE.clone());
        let world = Arc::new(Self {
            number: WORLDS.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
            invalidated: Arc::new(InvalidateReads(Arc::clone(&reads))),
            reads,
            referring: OnceLock::new(),
            recent: Arc::default(),
            clock,
            rev: Arc::new(AtomicU64::new(1)),
            requests: Arc::default(),
            attached: Mutex::new(None),
            subscribed_as: AtomicU64::new(0),
            has_websocket,
            has_identities,
            credential: Arc::new(Mutex::new(0)),
            identity: Arc::new(AtomicU64::new(0)),
            socket: Mutex::new(None),
            live: Mutex::new(None),
            required: AtomicU64::new(1),
            down: AtomicBool::new(has_websocket),
            watched: AtomicBool::new(false),
        });
        if has_websocket {
            world.connect(max_age);
        }
        world
    }

    /// Subscribed to an owner that guarantees its events.
    pub(crate) fn live() -> Arc<Self> {
        Self::new(None, true, false)
    }

    /// Subscribed to an owner that answers pings and does not guarantee its events.
    pub(crate) fn best_effort() -> Arc<Self> {
        let world = Self::new(Some(MAX_AGE), true, false);
        world
            .live
            .lock()
            .unwrap()
            .as_ref()
            .unwrap()
            .ping_answered(2 * MAX_AGE);
        world
    }

    /// Subscribed, with a websocket that has been dead for longer than the lease.
    pub(crate) fn dead() -> Arc<Self> {
        let world = Self::live();
        world.cache_stale_answers(MAX_STALENESS);
        world
    }

    /// Subscribed, and the identity may change.
    pub(crate) fn live_with_identities() -> Arc<Self> {
        Self::new(None, true, true)
    }

    /// Without a websocket. A time to live alone bounds the age of answers.
    pub(crate) fn without_a_websocket() -> Arc<Self> {
        Self::new(None, false, true)
    }

    /// Subscribed, with a credential that has ended.
    pub(crate) fn with_an_ended_credential() -> Arc<Self> {
        let world = Self::live();
        let life = MAX_STALENESS / 2;
        world.reads.lease.end_with_credential(Some(life));
        world.cache_stale_answers(life);
        world
    }

    /// Caches answers, and lets more than this time pass after a change whose event is lost.
    pub(crate) fn cache_stale_answers(&self, age: Duration) {
        self.read_and_check(Reach::Row(ROW), 0);
        self.read_and_check(Reach::List, 0);
        self.read_through_and_check();
        self.change();
        self.clock.advance(age + TICK);
        self.require_committed();
    }

    /// Runs each function in a thread. Afterwards, a read must return the committed row.
    pub(crate) fn run(self: &Arc<Self>, threads: &[fn(&Self)]) {
        let threads: Vec<_> = threads
            .iter()
            .map(|thread| {
                let (world, thread) = (Arc::clone(self), *thread);
                shuttle::thread::spawn(move || thread(&world))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        self.handle_pending_events();
        self.require_committed();
        self.read_and_check(Reach::Row(ROW), 0);
        self.read_and_check(Reach::List, 0);
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// From now on a read must see the rows that are committed now.
    pub(crate) fn require_committed(&self) {
        self.require(self.rev.load(Ordering::SeqCst));
    }

    fn require(&self, rev: u64) {
        self.required.fetch_max(rev, Ordering::SeqCst);
    }

    /// Another process changes the row, and the owner sends an event.
    pub(crate) fn change(&self) {
        self.commit_and_publish(false);
    }

    pub(crate) fn change_in_bulk(&self) {
        self.commit_and_publish(true);
    }

    fn commit_and_publish(&self, refresh: bool) {
        for _ in 0..CHANGES {
            let rev = self.rev.fetch_add(1, Ordering::SeqCst) + 1;
            let identity = self.present_identity();
            if let Some(events) = &*self.attached.lock().unwrap()
                && self.is_subscribed_as(identity)
            {
                // The subscriber may have disconnected.
                let _ = events.send(Event { rev, refresh });
            }
        }
    }

    /// Handles every event of [`change`](Self::change).
    pub(crate) fn handle_events(&self) {
        let socket = self.socket.lock().unwrap().take().unwrap();
        for _ in 0..CHANGES {
            self.handle(socket.recv().unwrap());
        }
    }

    pub(crate) fn handle_events_and_read(&self) {
        self.handle_events();
        self.read_row();
    }

    fn handle_pending_events(&self) {
        let socket = self.socket.lock().unwrap().take();
        while let Some(Ok(event)) = socket.as_ref().map(Receiver::try_recv) {
            self.handle(event);
        }
        *self.socket.lock().unwrap() = socket;
    }

    fn handle(&self, event: Event) {
        let invalidate = || {
            if event.refresh {
                self.reads.validity.invalidate_all();
            } else {
                self.reads.validity.invalidate(ROW);
            }
        };
        let notify = || {
            if self.watched.load(Ordering::SeqCst) {
                let seen = self.read_and_check(Reach::Row(ROW), 0);
                assert!(seen >= event.rev, "notified of {}, but saw {seen}", event.rev);
            }
        };
        invalidate_then_notify(invalidate, notify);
        self.require(event.rev);
    }

    /// Reads after each notification.
    pub(crate) fn watch(&self) {
        self.watched.store(true, Ordering::SeqCst);
    }

    fn present_identity(&self) -> u64 {
        present(self.has_identities, &self.credential)
    }

    fn is_subscribed_as(&self, identity: u64) -> bool {
        !self.has_identities || !self.has_websocket || self.subscribed_as.load(Ordering::SeqCst) == identity
    }

    /// The credentials stand for another identity from now on.
    pub(crate) fn change_identity(&self) {
        let mut credential = self.credential.lock().unwrap();
        let identity = self.identity.fetch_add(1, Ordering::SeqCst) + 1;
        identity::change_identity(&self.reads, identity);
        *credential = identity;
    }

    pub(crate) fn change_identity_and_rows(&self) {
        self.change_identity();
        self.change();
    }

    pub(crate) fn read_row(&self) {
        for _ in 0..READS {
            self.read_and_check(Reach::Row(ROW), 0);
        }
    }

    pub(crate) fn read_list(&self) {
        for _ in 0..READS {
            self.read_and_check(Reach::List, 0);
        }
    }

    pub(crate) fn read_as_another_caller(&self) {
        self.read_and_check(Reach::Row(ROW), 1);
    }

    /// Begins a read, and cancels it.
    pub(crate) fn read_and_cancel(&self) {
        let read = self.read(Reach::Row(ROW), 0);
        block_on(async {
            let _ = poll!(pin!(read));
            yield_now().await;
        });
    }

    /// Reads, and checks the answer.
    fn read_and_check(&self, reach: Reach, caller: u64) -> u64 {
        self.check(caller, || self.read(reach, caller))
    }

    fn check<F: Future<Output = Result<u64, ()>>>(&self, caller: u64, read: impl FnOnce() -> F) -> u64 {
        // The order matters: the read must see commits from before the subscription was seen to be down.
        let committed = self.rev.load(Ordering::SeqCst);
        let mut floor = self.required.load(Ordering::SeqCst);
        let identity = self.present_identity();
        let is_subscribed = !self.down.load(Ordering::SeqCst) && self.is_subscribed_as(identity);
        if !is_subscribed {
            floor = floor.max(committed);
        }
        let answer = block_on(read()).unwrap();
        let (shown_to, seen) = (answer / CALLER, answer % CALLER);
        let present = self.present_identity();
        assert!(
            (caller + identity..=caller + present).contains(&shown_to),
            "an answer for another caller"
        );
        assert!(seen >= floor, "saw {seen}, but must see {floor}");
        seen
    }

    fn read(&self, reach: Reach, caller: u64) -> impl Future<Output = Result<u64, ()>> {
        let question = match reach {
            Reach::List => 0,
            Reach::Row(row) => row,
        };
        let key = self.key(caller, &question);
        let fetch = self.fetch(caller);
        let (reads, recent) = (Arc::clone(&self.reads), Arc::clone(&self.recent));
        async move {
            match reads.recall(Some(&recent), key, reach) {
                Some(answer) => Ok(answer),
                None => reads.read((key, 0), reach, false, fetch).await,
            }
        }
    }

    fn key(&self, caller: u64, question: &impl Hash) -> u128 {
        let keys = Keys::new(hash(&Scope::new(self.number as u64, caller.into())));
        keys.key(hash(question))
    }

    /// The request for the row, in whatever list it is.
    fn fetch(&self, caller: u64) -> impl FnOnce(Arc<dyn SendHook>) -> Fetched + Send + use<> {
        let (rev, requests) = (Arc::clone(&self.rev), Arc::clone(&self.requests));
        let has_identities = self.has_identities;
        let (credential, identity) = (Arc::clone(&self.credential), Arc::clone(&self.identity));
        move |send_hook| {
            Box::pin(async move {
                loop {
                    let used = present(has_identities, &credential);
                    if has_identities {
                        yield_now().await;
                    }
                    send_hook.sending();
                    requests.fetch_add(1, Ordering::SeqCst);
                    yield_now().await;
                    let answer = rev.load(Ordering::SeqCst) + CALLER * (caller + used);
                    yield_now().await;
                    // The client sends the request again if the identity has changed.
                    if !has_identities || identity.load(Ordering::SeqCst) == used {
                        return Ok((answer, 1));
                    }
                }
            })
        }
    }
}

/// The identity of the credential that requests use.
fn present(has_identities: bool, credential: &Mutex<u64>) -> u64 {
    if has_identities {
        *credential.lock().unwrap()
    } else {
        0
    }
}

fn hash(value: &impl Hash) -> u128 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish().into()
}
