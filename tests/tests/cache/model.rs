//! A model of an owner, its websocket and a consumer's cache, explored exhaustively for small bounds. With all guards the
//! promise holds. Without any one of them there is a counterexample.

use stateright::{Checker, HasDiscoveries, Model, Property};

/// The guards of `docs/design/cache.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Guard {
    ValidateAtLookup,
    StampBeforeSending,
    JoinWhileValid,
    RowEventInvalidatesItsRow,
    RowEventInvalidatesTheLists,
    RefreshInvalidatesAll,
    ConnectingInvalidatesAll,
    DisconnectingCloses,
    Lease,
    InvalidateWhenTheWriteEnds,
    InvalidateWhenTheCallerIsCancelled,
    DrainBeforeSwitching,
    EndOfTheCredential,
    IdentityChangeEndsTheSubscription,
    SubscriptionOfTheSameIdentity,
    AnswerOfThePresentIdentity,
    // On the owner's side.
    AttachBeforeAccepting,
    PublishAfterTheCommit,
    FullQueueBecomesARefresh,
    PongBehindTheEvents,
}

/// Each guard, and a world in which it is needed.
const GUARDS: [(Guard, World); 21] = [
    (Guard::ValidateAtLookup, World::Events),
    (Guard::StampBeforeSending, World::Events),
    (Guard::JoinWhileValid, World::Events),
    (Guard::RowEventInvalidatesItsRow, World::Events),
    (Guard::RowEventInvalidatesTheLists, World::Events),
    (Guard::RefreshInvalidatesAll, World::Events),
    (Guard::ConnectingInvalidatesAll, World::Breaks),
    (Guard::DisconnectingCloses, World::Breaks),
    (Guard::Lease, World::Time),
    (Guard::InvalidateWhenTheWriteEnds, World::Writes),
    (Guard::InvalidateWhenTheCallerIsCancelled, World::Writes),
    (Guard::DrainBeforeSwitching, World::Renewals),
    (Guard::EndOfTheCredential, World::Ends),
    (Guard::IdentityChangeEndsTheSubscription, World::Identities),
    (Guard::SubscriptionOfTheSameIdentity, World::Identities),
    (Guard::AnswerOfThePresentIdentity, World::Identities),
    (Guard::AttachBeforeAccepting, World::Breaks),
    (Guard::AttachBeforeAccepting, World::Renewals),
    (Guard::PublishAfterTheCommit, World::Events),
    (Guard::FullQueueBecomesARefresh, World::Events),
    (Guard::PongBehindTheEvents, World::Time),
];

/// The bounds of the model.
#[derive(Clone, Debug)]
struct Cache {
    removed: Option<Guard>,
    changes: u8,
    reads: u8,
    writes: u8,
    breaks: u8,
    ticks: u8,
    renewals: u8,
    identities: u8,
    /// Whether credentials end.
    ends: bool,
    /// How many events the owner's queue holds.
    queue: usize,
}

const NOT_LIVE: u8 = u8::MAX;
/// In ticks.
const MAX_STALENESS: u8 = 1;
/// The life of a credential, in ticks.
const LIFE: u8 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    List,
    Row,
}

/// A frame that the owner's websocket has not delivered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Frame {
    Row(u8),
    Refresh(u8),
    /// The answer to the ping that was sent at this time.
    Pong(u8),
    /// The answer to the ping that was sent once the next websocket was accepted.
    Drained,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Flight {
    key: Key,
    epoch: u8,
    /// The identity of the request's credential.
    identity: u8,
    /// Whether the request is sent. Until then, every caller can join.
    sent: bool,
    /// The owner's response.
    reply: Option<u8>,
    /// The least `rev` for each caller, and the identity when it came.
    waiters: Vec<(u8, u8)>,
    /// Whether other callers can join.
    listed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Write {
    Sent,
    Committed(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Socket {
    /// There is no websocket, and the consumer knows.
    Down,
    /// Connecting since this time. `attached`: whether the owner has attached the subscriber.
    Connecting { began: u8, attached: bool },
    /// Accepted.
    Live { attached: bool },
    /// Broken, but the consumer does not know.
    Broken,
}

/// A websocket with a new credential, which is opened while the former one is live.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Next {
    attached: bool,
    accepted: bool,
    began: u8,
    frames: Vec<Frame>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    /// The committed `rev` now, and at the beginning of each tick.
    rev: u8,
    rev_at: Vec<u8>,
    /// Without `PublishAfterTheCommit`: whether a change is published and not committed yet.
    announced: bool,
    frames: Vec<Frame>,
    socket: Socket,
    /// The identity of the websocket, live or connecting.
    subscribed_as: u8,
    next: Option<Next>,
    /// The identity of the credentials, and when the present one ends.
    identity: u8,
    credential_ends: u8,
    time: u8,
    renewed: u8,
    // `Validity`.
    epoch: u8,
    row: u8,
    any: u8,
    all: u8,
    open: u8,
    /// The epoch, the `rev` and the identity of each answer.
    cached: [Option<(u8, u8, u8)>; 2],
    flights: Vec<Flight>,
    write: Option<(Write, bool)>,
    /// The least `rev` for a read that begins now.
    known: u8,
    left: [u8; 7],
    broken_promise: bool,
    hit: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// Another process changes the row.
    Change,
    /// The published change is committed.
    Commit,
    /// Another process changes rows in bulk.
    Bulk,
    Handle,
    Read(Key),
    Send(usize),
    Reply(usize),
    Finish(usize),
    SendWrite,
    CommitWrite,
    EndWrite,
    CancelWrite,
    Break,
    Notice,
    Connect,
    Attach,
    Accept,
    Ping,
    Tick,
    /// The credential is renewed, and the next websocket is being opened with it.
    Renew,
    AttachNext,
    AcceptNext,
    HandleNext,
    ChangeIdentity,
}

const CHANGES: usize = 0;
const READS: usize = 1;
const WRITES: usize = 2;
const BREAKS: usize = 3;
const TICKS: usize = 4;
const RENEWALS: usize = 5;
const IDENTITIES: usize = 6;

impl Cache {
    fn has(&self, guard: Guard) -> bool {
        self.removed != Some(guard)
    }

    fn advance(state: &mut State) -> u8 {
        state.epoch += 1;
        state.epoch
    }

    fn invalidate(&self, state: &mut State) {
        let now = Self::advance(state);
        if self.has(Guard::RowEventInvalidatesItsRow) {
            state.row = now;
        }
        if self.has(Guard::RowEventInvalidatesTheLists) {
            state.any = now;
        }
    }

    fn is_valid(&self, state: &State, key: Key, epoch: u8) -> bool {
        let invalidated = match key {
            Key::List => state.any,
            Key::Row => state.row,
        };
        epoch >= state.open
            && epoch >= state.all
            && epoch >= invalidated
            && (!self.has(Guard::Lease) || state.time - state.renewed <= MAX_STALENESS)
            && (!self.has(Guard::EndOfTheCredential) || state.time < state.credential_ends)
    }

    /// Queues a frame for each attached websocket. A full queue becomes one refresh.
    fn send(&self, state: &mut State, frame: Frame) {
        // The owner announces no rows to an identity that may not read them.
        if state.subscribed_as != state.identity {
            return;
        }
        let is_attached = matches!(
            state.socket,
            Socket::Live { attached: true } | Socket::Connecting { attached: true, .. }
        );
        let rev = state.rev;
        if is_attached {
            self.queue(&mut state.frames, frame, rev);
        }
        if let Some(next) = state.next.as_mut().filter(|next| next.attached) {
            self.queue(&mut next.frames, frame, rev);
        }
    }

    fn queue(&self, frames: &mut Vec<Frame>, frame: Frame, rev: u8) {
        let is_event = |frame: &Frame| matches!(frame, Frame::Row(_) | Frame::Refresh(_));
        let events = frames.iter().filter(|frame| is_event(frame)).count();
        if events < self.queue {
            frames.push(frame);
            return;
        }
        frames.retain(|frame| !is_event(frame));
        if self.has(Guard::FullQueueBecomesARefresh) {
            frames.insert(0, Frame::Refresh(rev));
        }
    }

    fn answer(state: &mut State, (seen, shown_to): (u8, u8), (floor, identity): (u8, u8)) {
        state.broken_promise |= seen < floor || shown_to < identity;
    }

    fn read(&self, state: &mut State, key: Key) {
        let floor = match state.socket {
            _ if state.subscribed_as != state.identity => state.rev,
            // Without a subscription a read is as new as its beginning.
            Socket::Down | Socket::Connecting { .. } => state.rev,
            Socket::Live { .. } | Socket::Broken => state.known,
        };
        let caller = state.identity;
        if let Some((epoch, seen, shown_to)) = state.cached[key as usize]
            && (self.is_valid(state, key, epoch) || !self.has(Guard::ValidateAtLookup))
        {
            state.hit = true;
            // The lease limits the age of the answer, too.
            let bound = state.rev_at[usize::from(state.time.saturating_sub(MAX_STALENESS))];
            state.broken_promise |= state.time >= state.credential_ends;
            return Self::answer(state, (seen, shown_to), (floor.max(bound), caller));
        }
        let joined = state.flights.iter().position(|flight| {
            flight.key == key
                && flight.listed
                && (!flight.sent
                    || self.is_valid(state, key, flight.epoch)
                    || !self.has(Guard::JoinWhileValid))
        });
        if let Some(index) = joined {
            state.flights[index].waiters.push((floor, caller));
            return;
        }
        for flight in state.flights.iter_mut().filter(|flight| flight.key == key) {
            flight.listed = false;
        }
        state.flights.push(Flight {
            key,
            epoch: state.epoch,
            identity: caller,
            // Elsewhere the request is sent in the same step.
            sent: self.identities == 0,
            reply: None,
            waiters: vec![(floor, caller)],
            listed: true,
        });
    }

    fn finish(&self, state: &mut State, index: usize) {
        let flight = &mut state.flights[index];
        if flight.identity != state.identity && self.has(Guard::AnswerOfThePresentIdentity) {
            // It is sent again.
            (flight.identity, flight.reply) = (state.identity, None);
            return;
        }
        let flight = state.flights.remove(index);
        let Some(reply) = flight.reply else { return };
        for waiter in flight.waiters {
            Self::answer(state, (reply, flight.identity), waiter);
        }
        let epoch = if self.has(Guard::StampBeforeSending) {
            flight.epoch
        } else {
            state.epoch
        };
        let cached = &state.cached[flight.key as usize];
        if self.is_valid(state, flight.key, epoch) && cached.is_none_or(|(cached, ..)| cached <= epoch) {
            state.cached[flight.key as usize] = Some((epoch, reply, flight.identity));
        }
    }

    /// The next websocket replaces the former one. The cache stays as it is.
    fn switch(state: &mut State) {
        let Some(next) = state.next.take() else { return };
        state.socket = Socket::Live {
            attached: next.attached,
        };
        state.frames = next.frames;
    }

    /// The websocket ends, and the consumer notices.
    fn close(&self, state: &mut State) {
        if self.has(Guard::DisconnectingCloses) {
            state.open = NOT_LIVE;
        }
        state.frames.clear();
        state.socket = Socket::Down;
    }

    fn handle(&self, state: &mut State, frame: Frame) {
        match frame {
            Frame::Row(rev) => {
                self.invalidate(state);
                state.known = state.known.max(rev);
            }
            Frame::Refresh(rev) => {
                let now = Self::advance(state);
                if self.has(Guard::RefreshInvalidatesAll) {
                    state.all = now;
                }
                state.known = state.known.max(rev);
            }
            Frame::Pong(sent) => state.renewed = state.renewed.max(sent),
            Frame::Drained => Self::switch(state),
        }
    }

    fn accept(&self, state: &mut State, began: u8, attached: bool) {
        let now = Self::advance(state);
        state.open = if self.has(Guard::ConnectingInvalidatesAll) {
            now
        } else {
            0
        };
        state.renewed = began;
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
            subscribed_as: 0,
            next: None,
            identity: 0,
            credential_ends: if self.ends { LIFE } else { u8::MAX },
            time: 0,
            renewed: 0,
            epoch: 1,
            row: 0,
            any: 0,
            all: 0,
            open: 1,
            cached: [None; 2],
            flights: Vec::new(),
            write: None,
            known: 0,
            left: [
                self.changes,
                self.reads,
                self.writes,
                self.breaks,
                self.ticks,
                self.renewals,
                self.identities,
            ],
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
        for (index, flight) in state.flights.iter().enumerate() {
            actions.push(match flight.reply {
                None if !flight.sent => Action::Send(index),
                None => Action::Reply(index),
                Some(_) => Action::Finish(index),
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
                    actions.push(Action::CancelWrite);
                }
            }
        }
        if state.left[TICKS] > 0 {
            actions.push(Action::Tick);
        }
        if state.left[IDENTITIES] > 0 {
            actions.push(Action::ChangeIdentity);
        }
        match &state.next {
            None if state.left[RENEWALS] > 0 && matches!(state.socket, Socket::Live { .. }) => {
                actions.push(Action::Renew);
            }
            None => {}
            Some(next) => {
                if !next.attached {
                    actions.push(Action::AttachNext);
                }
                if !next.accepted && (next.attached || !self.has(Guard::AttachBeforeAccepting)) {
                    actions.push(Action::AcceptNext);
                }
                if next.accepted && !next.frames.is_empty() {
                    actions.push(Action::HandleNext);
                }
            }
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
                    actions.push(Action::Handle);
                }
                if state.renewed < state.time && !state.frames.contains(&Frame::Pong(state.time)) {
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
                // The event precedes the commit.
                let rev = state.rev;
                self.send(&mut state, Frame::Row(rev));
            }
            Action::Commit => {
                state.announced = false;
                state.rev += 1;
            }
            Action::Change => {
                state.left[CHANGES] -= 1;
                state.rev += 1;
                let rev = state.rev;
                self.send(&mut state, Frame::Row(rev));
            }
            Action::Bulk => {
                state.left[CHANGES] -= 1;
                state.rev += 1;
                let rev = state.rev;
                self.send(&mut state, Frame::Refresh(rev));
            }
            Action::Handle => {
                let frame = state.frames.remove(0);
                self.handle(&mut state, frame);
            }
            Action::Renew => {
                state.left[RENEWALS] -= 1;
                if self.ends {
                    state.credential_ends = state.time + LIFE;
                }
                state.next = Some(Next {
                    attached: false,
                    accepted: false,
                    began: state.time,
                    frames: Vec::new(),
                });
            }
            Action::AttachNext => state.next.as_mut()?.attached = true,
            Action::AcceptNext => {
                let next = state.next.as_mut()?;
                next.accepted = true;
                match state.socket {
                    // The pong is sent behind the events.
                    Socket::Live { .. } if self.has(Guard::DrainBeforeSwitching) => {
                        state.frames.push(Frame::Drained);
                    }
                    Socket::Live { .. } => Self::switch(&mut state),
                    // The former one is broken: see `Notice`.
                    _ => {}
                }
            }
            Action::HandleNext => {
                let frame = state.next.as_mut()?.frames.remove(0);
                self.handle(&mut state, frame);
            }
            Action::ChangeIdentity => {
                state.left[IDENTITIES] -= 1;
                state.identity += 1;
                if self.has(Guard::IdentityChangeEndsTheSubscription) {
                    state.next = None;
                    if matches!(state.socket, Socket::Live { .. } | Socket::Broken) {
                        self.close(&mut state);
                    }
                }
                state.all = Self::advance(&mut state);
            }
            Action::Read(key) => {
                state.left[READS] -= 1;
                self.read(&mut state, key);
            }
            Action::Send(index) => {
                let epoch = state.epoch;
                let flight = &mut state.flights[index];
                (flight.sent, flight.epoch) = (true, epoch);
            }
            Action::Reply(index) => state.flights[index].reply = Some(state.rev),
            Action::Finish(index) => self.finish(&mut state, index),
            Action::SendWrite => {
                state.left[WRITES] -= 1;
                state.write = Some((Write::Sent, true));
            }
            Action::CommitWrite => {
                state.rev += 1;
                let rev = state.rev;
                self.send(&mut state, Frame::Row(rev));
                state.write = state.write.map(|(_, caller)| (Write::Committed(rev), caller));
            }
            Action::EndWrite => {
                if self.has(Guard::InvalidateWhenTheWriteEnds) {
                    self.invalidate(&mut state);
                }
                if let Some((Write::Committed(rev), true)) = state.write {
                    state.known = state.known.max(rev);
                }
                state.write = None;
            }
            Action::CancelWrite => {
                if self.has(Guard::InvalidateWhenTheCallerIsCancelled) {
                    self.invalidate(&mut state);
                }
                // An unknown outcome counts if the write was committed.
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
                self.close(&mut state);
                // A next websocket that is accepted replaces the broken one, and the cache starts anew.
                if let Some(next) = state.next.take().filter(|next| next.accepted) {
                    state.frames = next.frames;
                    self.accept(&mut state, next.began, next.attached);
                }
            }
            Action::Connect => {
                state.subscribed_as = state.identity;
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
                if state.subscribed_as != state.identity && self.has(Guard::SubscriptionOfTheSameIdentity) {
                    self.close(&mut state);
                } else {
                    self.accept(&mut state, began, attached);
                }
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
            Property::always("a read is as new as promised", |_, state: &State| {
                !state.broken_promise
            }),
            Property::always("a calm system serves nothing stale", |model, state: &State| {
                let is_calm = state.socket == Socket::Live { attached: true }
                    && state.frames.is_empty()
                    && state.flights.is_empty()
                    && state.write.is_none()
                    && state.next.is_none()
                    && !state.announced;
                let is_current = |key: Key| match state.cached[key as usize] {
                    Some((epoch, seen, shown_to)) => {
                        !model.is_valid(state, key, epoch)
                            || (seen == state.rev && shown_to == state.identity)
                    }
                    None => true,
                };
                !is_calm || (is_current(Key::List) && is_current(Key::Row))
            }),
            Property::sometimes("a read is served from the cache", |_, state: &State| state.hit),
        ]
    }
}

/// Small worlds, each for one part of the protocol.
#[derive(Clone, Copy, Debug)]
enum World {
    /// Events and readers, and a queue that overflows.
    Events,
    /// A write of this process, and a change by another one.
    Writes,
    /// A websocket that breaks and reconnects.
    Breaks,
    /// Time, pings, and a dead websocket.
    Time,
    /// A credential that is renewed, and a websocket that may break meanwhile.
    Renewals,
    /// A credential that ends, and may be renewed before.
    Ends,
    /// Credentials of another identity.
    Identities,
}

impl World {
    fn without(self, removed: Option<Guard>) -> Cache {
        let [changes, reads, writes, breaks, ticks, renewals, identities] = match self {
            Self::Events => [3, 2, 0, 0, 0, 0, 0],
            Self::Writes => [1, 3, 1, 0, 0, 0, 0],
            Self::Breaks => [2, 2, 0, 1, 0, 0, 0],
            Self::Time => [1, 2, 0, 1, 3, 0, 0],
            Self::Renewals => [1, 2, 0, 1, 0, 1, 0],
            Self::Ends => [0, 2, 0, 0, 3, 1, 0],
            Self::Identities => [1, 2, 0, 0, 0, 0, 2],
        };
        Cache {
            removed,
            changes,
            reads,
            writes,
            breaks,
            ticks,
            renewals,
            identities,
            ends: matches!(self, Self::Ends),
            queue: 1,
        }
    }
}

#[test]
fn with_every_guard_the_promise_holds() {
    for world in [
        World::Events,
        World::Writes,
        World::Breaks,
        World::Time,
        World::Renewals,
        World::Ends,
        World::Identities,
    ] {
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
        assert!(found.keys().any(failed), "the world does not need {guard:?}");
    }
}
