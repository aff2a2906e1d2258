//! The protocol between an owner, its websocket and a consumer's cache as a model, explored exhaustively for small
//! bounds: with every guard the promise holds, and without any one of them there is a counterexample.

use stateright::{Checker, HasDiscoveries, Model, Property};

/// What keeps the promise. The names are those of `docs/design/cache.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Guard {
    CompareAtLookup,
    StampBeforeDeparture,
    JoinWhileTrue,
    RowPassesItsDetail,
    RowPassesTheLists,
    RefreshPassesAll,
    GoingLivePassesAll,
    GoingDownCloses,
    Lease,
    PassWhenTheWriteEnds,
    PassWhenTheCallerLeaves,
    // The owner's.
    AttachBeforeAccepting,
    PublishAfterTheCommit,
    FullQueueBecomesARefresh,
    PongBehindTheEvents,
}

/// Each guard, and the world that shows what it is for.
const GUARDS: [(Guard, World); 15] = [
    (Guard::CompareAtLookup, World::Events),
    (Guard::StampBeforeDeparture, World::Events),
    (Guard::JoinWhileTrue, World::Events),
    (Guard::RowPassesItsDetail, World::Events),
    (Guard::RowPassesTheLists, World::Events),
    (Guard::RefreshPassesAll, World::Events),
    (Guard::GoingLivePassesAll, World::Breaks),
    (Guard::GoingDownCloses, World::Breaks),
    (Guard::Lease, World::Time),
    (Guard::PassWhenTheWriteEnds, World::Writes),
    (Guard::PassWhenTheCallerLeaves, World::Writes),
    (Guard::AttachBeforeAccepting, World::Breaks),
    (Guard::PublishAfterTheCommit, World::Events),
    (Guard::FullQueueBecomesARefresh, World::Events),
    (Guard::PongBehindTheEvents, World::Time),
];

/// How much may happen.
#[derive(Clone, Debug)]
struct Cache {
    removed: Option<Guard>,
    changes: u8,
    reads: u8,
    writes: u8,
    breaks: u8,
    ticks: u8,
    /// How many events the owner's queue holds.
    queue: usize,
}

const NOT_LIVE: u8 = u8::MAX;
/// In ticks.
const MAX_STALENESS: u8 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    List,
    Row,
}

/// What the owner's websocket has still to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Frame {
    Row(u8),
    Refresh(u8),
    /// The answer to the ping that was sent at this time.
    Pong(u8),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Flight {
    key: Key,
    stamp: u8,
    /// What the owner answered.
    reply: Option<u8>,
    /// What each caller has to see.
    waiters: Vec<u8>,
    /// Whether others find it.
    listed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Write {
    Sent,
    Committed(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Socket {
    /// The consumer knows that there is none.
    Down,
    /// Connecting, since this time; whether the owner has attached the subscriber.
    Connecting { began: u8, attached: bool },
    /// Accepted; whether the subscriber is attached.
    Live { attached: bool },
    /// Broken, and the consumer does not know.
    Broken,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    /// What is committed, and what was when each tick began.
    rev: u8,
    rev_at: Vec<u8>,
    /// A change that is made known before it is committed, where that guard is missing.
    announced: bool,
    frames: Vec<Frame>,
    socket: Socket,
    time: u8,
    heard: u8,
    // The fence.
    clock: u8,
    row: u8,
    any: u8,
    wiped: u8,
    open: u8,
    kept: [Option<(u8, u8)>; 2],
    flights: Vec<Flight>,
    write: Option<(Write, bool)>,
    /// What a read that begins now has to see.
    known: u8,
    left: [u8; 5],
    broken_promise: bool,
    hit: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// Someone changes the row at the owner.
    Change,
    /// The change that was announced is committed.
    Commit,
    /// Someone changes rows at the owner in bulk.
    Bulk,
    Hear,
    Read(Key),
    Reply(usize),
    Land(usize),
    SendWrite,
    CommitWrite,
    EndWrite,
    LeaveWrite,
    Break,
    Notice,
    Connect,
    Attach,
    Accept,
    Ping,
    Tick,
}

const CHANGES: usize = 0;
const READS: usize = 1;
const WRITES: usize = 2;
const BREAKS: usize = 3;
const TICKS: usize = 4;

impl Cache {
    fn has(&self, guard: Guard) -> bool {
        self.removed != Some(guard)
    }

    fn step(state: &mut State) -> u8 {
        state.clock += 1;
        state.clock
    }

    fn pass(&self, state: &mut State) {
        let now = Self::step(state);
        if self.has(Guard::RowPassesItsDetail) {
            state.row = now;
        }
        if self.has(Guard::RowPassesTheLists) {
            state.any = now;
        }
    }

    fn is_true(&self, state: &State, key: Key, stamp: u8) -> bool {
        let passed = match key {
            Key::List => state.any,
            Key::Row => state.row,
        };
        stamp >= state.open
            && stamp >= state.wiped
            && stamp >= passed
            && (!self.has(Guard::Lease) || state.time - state.heard <= MAX_STALENESS)
    }

    /// A subscriber's queue is full: it is cleared into one refresh.
    fn tell(&self, state: &mut State, frame: Frame) {
        let is_attached = matches!(
            state.socket,
            Socket::Live { attached: true } | Socket::Connecting { attached: true, .. }
        );
        if !is_attached {
            return;
        }
        let events = state
            .frames
            .iter()
            .filter(|frame| !matches!(frame, Frame::Pong(_)))
            .count();
        if events < self.queue {
            state.frames.push(frame);
            return;
        }
        state.frames.retain(|frame| matches!(frame, Frame::Pong(_)));
        if self.has(Guard::FullQueueBecomesARefresh) {
            state.frames.insert(0, Frame::Refresh(state.rev));
        }
    }

    fn answer(state: &mut State, seen: u8, floor: u8) {
        state.broken_promise |= seen < floor;
    }

    fn read(&self, state: &mut State, key: Key) {
        let floor = match state.socket {
            // A read is as new as its beginning.
            Socket::Down | Socket::Connecting { .. } => state.rev,
            Socket::Live { .. } | Socket::Broken => state.known,
        };
        if let Some((stamp, seen)) = state.kept[key as usize]
            && (self.is_true(state, key, stamp) || !self.has(Guard::CompareAtLookup))
        {
            state.hit = true;
            // And no older than the lease allows.
            let bound = state.rev_at[usize::from(state.time.saturating_sub(MAX_STALENESS))];
            return Self::answer(state, seen, floor.max(bound));
        }
        let joined = state.flights.iter().position(|flight| {
            flight.key == key
                && flight.listed
                && (self.is_true(state, key, flight.stamp) || !self.has(Guard::JoinWhileTrue))
        });
        if let Some(place) = joined {
            state.flights[place].waiters.push(floor);
            return;
        }
        for flight in state.flights.iter_mut().filter(|flight| flight.key == key) {
            flight.listed = false;
        }
        state.flights.push(Flight {
            key,
            stamp: state.clock,
            reply: None,
            waiters: vec![floor],
            listed: true,
        });
    }

    fn land(&self, state: &mut State, place: usize) {
        let flight = state.flights.remove(place);
        let Some(reply) = flight.reply else { return };
        for floor in flight.waiters {
            Self::answer(state, reply, floor);
        }
        let stamp = if self.has(Guard::StampBeforeDeparture) {
            flight.stamp
        } else {
            state.clock
        };
        let kept = &state.kept[flight.key as usize];
        if self.is_true(state, flight.key, stamp) && kept.is_none_or(|(kept, _)| kept <= stamp) {
            state.kept[flight.key as usize] = Some((stamp, reply));
        }
    }

    fn hear(&self, state: &mut State) {
        match state.frames.remove(0) {
            Frame::Row(rev) => {
                self.pass(state);
                state.known = state.known.max(rev);
            }
            Frame::Refresh(rev) => {
                let now = Self::step(state);
                if self.has(Guard::RefreshPassesAll) {
                    state.wiped = now;
                }
                state.known = state.known.max(rev);
            }
            Frame::Pong(sent) => state.heard = state.heard.max(sent),
        }
    }

    fn accept(&self, state: &mut State, began: u8, attached: bool) {
        let now = Self::step(state);
        state.open = if self.has(Guard::GoingLivePassesAll) {
            now
        } else {
            0
        };
        state.heard = began;
        // Becoming live counts as an invalidation of everything.
        state.known = state.known.max(state.rev);
        state.socket = Socket::Live { attached };
    }
}

impl Model for Cache {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            rev: 0,
            rev_at: vec![0],
            announced: false,
            frames: Vec::new(),
            socket: Socket::Live { attached: true },
            time: 0,
            heard: 0,
            clock: 1,
            row: 0,
            any: 0,
            wiped: 0,
            open: 1,
            kept: [None; 2],
            flights: Vec::new(),
            write: None,
            known: 0,
            left: [self.changes, self.reads, self.writes, self.breaks, self.ticks],
            broken_promise: false,
            hit: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.left[CHANGES] > 0 {
            actions.extend([Action::Change, Action::Bulk]);
        }
        if state.announced {
            actions.push(Action::Commit);
        }
        if state.left[READS] > 0 {
            actions.extend([Action::Read(Key::List), Action::Read(Key::Row)]);
        }
        for (place, flight) in state.flights.iter().enumerate() {
            actions.push(match flight.reply {
                None => Action::Reply(place),
                Some(_) => Action::Land(place),
            });
        }
        match state.write {
            None if state.left[WRITES] > 0 => actions.push(Action::SendWrite),
            None => {}
            Some((write, caller)) => {
                actions.push(match write {
                    Write::Sent => Action::CommitWrite,
                    Write::Committed(_) => Action::EndWrite,
                });
                if caller {
                    actions.push(Action::LeaveWrite);
                }
            }
        }
        if state.left[TICKS] > 0 {
            actions.push(Action::Tick);
        }
        match state.socket {
            Socket::Down => actions.push(Action::Connect),
            Socket::Connecting { attached, .. } => {
                if !attached {
                    actions.push(Action::Attach);
                }
                if attached || !self.has(Guard::AttachBeforeAccepting) {
                    actions.push(Action::Accept);
                }
            }
            Socket::Live { attached } => {
                if !attached {
                    actions.push(Action::Attach);
                }
                if !state.frames.is_empty() {
                    actions.push(Action::Hear);
                }
                if state.heard < state.time && !state.frames.contains(&Frame::Pong(state.time)) {
                    actions.push(Action::Ping);
                }
                if state.left[BREAKS] > 0 {
                    actions.push(Action::Break);
                }
            }
            Socket::Broken => actions.push(Action::Notice),
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Change if !self.has(Guard::PublishAfterTheCommit) => {
                state.left[CHANGES] -= 1;
                state.announced = true;
                // It says what the row will be, when it is heard.
                let rev = state.rev;
                self.tell(&mut state, Frame::Row(rev));
            }
            Action::Commit => {
                state.announced = false;
                state.rev += 1;
            }
            Action::Change => {
                state.left[CHANGES] -= 1;
                state.rev += 1;
                let rev = state.rev;
                self.tell(&mut state, Frame::Row(rev));
            }
            Action::Bulk => {
                state.left[CHANGES] -= 1;
                state.rev += 1;
                let rev = state.rev;
                self.tell(&mut state, Frame::Refresh(rev));
            }
            Action::Hear => self.hear(&mut state),
            Action::Read(key) => {
                state.left[READS] -= 1;
                self.read(&mut state, key);
            }
            Action::Reply(place) => state.flights[place].reply = Some(state.rev),
            Action::Land(place) => self.land(&mut state, place),
            Action::SendWrite => {
                state.left[WRITES] -= 1;
                state.write = Some((Write::Sent, true));
            }
            Action::CommitWrite => {
                state.rev += 1;
                let rev = state.rev;
                self.tell(&mut state, Frame::Row(rev));
                state.write = state.write.map(|(_, caller)| (Write::Committed(rev), caller));
            }
            Action::EndWrite => {
                if self.has(Guard::PassWhenTheWriteEnds) {
                    self.pass(&mut state);
                }
                if let Some((Write::Committed(rev), true)) = state.write {
                    state.known = state.known.max(rev);
                }
                state.write = None;
            }
            Action::LeaveWrite => {
                if self.has(Guard::PassWhenTheCallerLeaves) {
                    self.pass(&mut state);
                }
                // An unknown outcome counts where it was committed.
                if let Some((Write::Committed(rev), _)) = state.write {
                    state.known = state.known.max(rev);
                }
                state.write = state.write.map(|(write, _)| (write, false));
            }
            Action::Break => {
                state.left[BREAKS] -= 1;
                state.frames.clear();
                state.socket = Socket::Broken;
            }
            Action::Notice => {
                if self.has(Guard::GoingDownCloses) {
                    state.open = NOT_LIVE;
                }
                state.socket = Socket::Down;
            }
            Action::Connect => {
                state.socket = Socket::Connecting {
                    began: state.time,
                    attached: false,
                };
            }
            Action::Attach => {
                state.socket = match state.socket {
                    Socket::Connecting { began, .. } => Socket::Connecting {
                        began,
                        attached: true,
                    },
                    _ => Socket::Live { attached: true },
                };
            }
            Action::Accept => {
                let Socket::Connecting { began, attached } = state.socket else {
                    return None;
                };
                self.accept(&mut state, began, attached);
            }
            Action::Ping => {
                let pong = Frame::Pong(state.time);
                if self.has(Guard::PongBehindTheEvents) {
                    state.frames.push(pong);
                } else {
                    state.frames.insert(0, pong);
                }
            }
            Action::Tick => {
                state.left[TICKS] -= 1;
                state.time += 1;
                state.rev_at.push(state.rev);
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("a read sees what it must", |_, state: &State| {
                !state.broken_promise
            }),
            Property::always("once it is calm nothing old is served", |model, state: &State| {
                let is_calm = state.socket == Socket::Live { attached: true }
                    && state.frames.is_empty()
                    && state.flights.is_empty()
                    && state.write.is_none()
                    && !state.announced;
                let is_current = |key: Key| match state.kept[key as usize] {
                    Some((stamp, seen)) => !model.is_true(state, key, stamp) || seen == state.rev,
                    None => true,
                };
                !is_calm || (is_current(Key::List) && is_current(Key::Row))
            }),
            Property::sometimes("a read is served from the cache", |_, state: &State| state.hit),
        ]
    }
}

/// Small worlds, each of which shows another part.
#[derive(Clone, Copy, Debug)]
enum World {
    /// Events and readers, and a queue that overflows.
    Events,
    /// A write of one's own, and a change by others.
    Writes,
    /// A websocket that breaks and comes back.
    Breaks,
    /// Time, pings, and a websocket that is dead.
    Time,
}

impl World {
    fn without(self, removed: Option<Guard>) -> Cache {
        let [changes, reads, writes, breaks, ticks] = match self {
            Self::Events => [3, 2, 0, 0, 0],
            Self::Writes => [1, 3, 1, 0, 0],
            Self::Breaks => [2, 2, 0, 1, 0],
            Self::Time => [1, 2, 0, 1, 3],
        };
        Cache {
            removed,
            changes,
            reads,
            writes,
            breaks,
            ticks,
            queue: 1,
        }
    }
}

#[test]
fn with_every_guard_the_promise_holds() {
    for world in [World::Events, World::Writes, World::Breaks, World::Time] {
        let checker = world.without(None).checker().threads(2).spawn_bfs().join();
        checker.assert_properties();
        assert!(checker.unique_state_count() > 10_000, "{world:?} is too small");
    }
}

#[test]
fn without_any_one_guard_there_is_a_counterexample() {
    for (guard, world) in GUARDS {
        let checker = world.without(Some(guard)).checker();
        let checker = checker
            .finish_when(HasDiscoveries::AnyFailures)
            .spawn_bfs()
            .join();
        let found = checker.discoveries();
        let failed = |name: &&str| !name.starts_with("a read is served");
        assert!(found.keys().any(failed), "nothing shows what {guard:?} is for");
    }
}
