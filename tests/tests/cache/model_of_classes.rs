//! A model of events by class: an owner with a rule for reading, two callers of different classes, and their caches. With
//! all guards, no cache is stale, and no caller learns of a row that is out of its sight. Without any one of them there is a
//! counterexample.
//!
//! Requests and events are single steps here. `model` covers what happens within them.

use stateright::{Checker, HasDiscoveries, Model, Property};

/// The guards of `docs/design/server.md`, "Classes".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Guard {
    JudgeTheRowBefore,
    JudgeTheRowAfter,
    ComingInSightIsACreate,
    LeavingTheSightIsADelete,
    OutOfSightIsNothing,
    WithoutImagesNoIdIsSent,
    WithoutImagesARefreshIsSent,
    ClassesAreOfEqualSight,
    ChangedGrantsDiscardTheLog,
    ChangedGrantsCauseARefresh,
    AttachBeforeTheRefresh,
    OutdatedSightIsEvaluatedAgain,
}

const GUARDS: [Guard; 12] = [
    Guard::JudgeTheRowBefore,
    Guard::JudgeTheRowAfter,
    Guard::ComingInSightIsACreate,
    Guard::LeavingTheSightIsADelete,
    Guard::OutOfSightIsNothing,
    Guard::WithoutImagesNoIdIsSent,
    Guard::WithoutImagesARefreshIsSent,
    Guard::ClassesAreOfEqualSight,
    Guard::ChangedGrantsDiscardTheLog,
    Guard::ChangedGrantsCauseARefresh,
    Guard::AttachBeforeTheRefresh,
    Guard::OutdatedSightIsEvaluatedAgain,
];

/// The places of the only row, which a caller sees or does not see. `None`: the row does not exist.
type Place = Option<u8>;

/// The rows that a caller sees: those of its own place, and those of place 2 as long as this is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Sight {
    caller: u8,
    granted: bool,
}

impl Sight {
    fn sees(self, place: Place) -> bool {
        place.is_some_and(|place| place == self.caller || (place == 2 && self.granted))
    }
}

/// What a read gives: the row's revision, if the row is in sight.
type Answer = Option<u8>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Create,
    Update,
    Delete,
}

/// An event in the log of a class, which its socket has not sent yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Frame {
    /// An event with the row's id. `is_right`: whether it says what the sight of its receiver did.
    Row {
        is_right: bool,
    },
    Refresh,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Socket {
    /// The rule is to be evaluated.
    Down,
    /// The rule was evaluated, at this number of changes of the grants.
    Evaluated(Sight, u8),
    /// In a class.
    Live(Sight),
    /// Without a class, after the refresh was sent. Only without `AttachBeforeTheRefresh`.
    Detached,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Consumer {
    socket: Socket,
    /// Whether the socket has to enter its class anew.
    is_retired: bool,
    frames: Vec<Frame>,
    cached: Option<Answer>,
    /// Whether it received the id of a row that was out of sight, or the wrong kind of event.
    learned_too_much: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    place: Place,
    revision: u8,
    granted: bool,
    /// The number of changes of the grants.
    grants: u8,
    consumers: [Consumer; 2],
    writes_left: u8,
    grants_left: u8,
    reads_left: u8,
    hit: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Write {
        to: Place,
        has_images: bool,
    },
    Grant,
    Evaluate(usize),
    Enter(usize),
    /// The socket sends its next frame, and the consumer handles it.
    Send(usize),
    Read(usize),
}

struct Classes {
    removed: Option<Guard>,
}

impl Classes {
    fn has(&self, guard: Guard) -> bool {
        self.removed != Some(guard)
    }

    fn sight(state: &State, caller: usize) -> Sight {
        Sight {
            caller: u8::try_from(caller).unwrap(),
            granted: state.granted,
        }
    }

    fn answer(state: &State, caller: usize) -> Answer {
        Self::sight(state, caller)
            .sees(state.place)
            .then_some(state.revision)
    }

    /// The frame that a class receives.
    fn judge(
        &self,
        class: Sight,
        receiver: Sight,
        before: Place,
        after: Place,
        has_images: bool,
    ) -> Option<Frame> {
        let kind = match (before, after) {
            (None, _) => Kind::Create,
            (_, None) => Kind::Delete,
            _ => Kind::Update,
        };
        // What the receiver can see of the change.
        let right = match (receiver.sees(before), receiver.sees(after)) {
            (false, false) => None,
            (false, true) => Some(Kind::Create),
            (true, false) => Some(Kind::Delete),
            (true, true) => Some(Kind::Update),
        };
        let row = |sent: Kind| {
            Some(Frame::Row {
                is_right: right == Some(sent),
            })
        };
        if !has_images {
            return match self.removed {
                Some(Guard::WithoutImagesNoIdIsSent) => row(kind),
                Some(Guard::WithoutImagesARefreshIsSent) => None,
                _ => Some(Frame::Refresh),
            };
        }
        let sees_before = class.sees(before) && self.has(Guard::JudgeTheRowBefore);
        let sees_after = class.sees(after) && self.has(Guard::JudgeTheRowAfter);
        match (sees_before, sees_after) {
            (true, true) => row(kind),
            (false, true) if self.has(Guard::ComingInSightIsACreate) => row(Kind::Create),
            (true, false) if self.has(Guard::LeavingTheSightIsADelete) => row(Kind::Delete),
            (false, false) if self.has(Guard::OutOfSightIsNothing) => None,
            _ => row(kind),
        }
    }

    fn write(&self, state: &mut State, to: Place, has_images: bool) {
        let before = std::mem::replace(&mut state.place, to);
        state.revision += 1;
        let sights: Vec<_> = (0..2).map(|caller| Self::sight(state, caller)).collect();
        let first = state.consumers.iter().find_map(|consumer| match consumer.socket {
            Socket::Live(class) => Some(class),
            _ => None,
        });
        for (consumer, sight) in state.consumers.iter_mut().zip(sights) {
            let Socket::Live(own) = consumer.socket else {
                continue;
            };
            // A socket that is to enter anew has no class.
            if consumer.is_retired && self.has(Guard::ChangedGrantsDiscardTheLog) {
                continue;
            }
            let class = if self.has(Guard::ClassesAreOfEqualSight) {
                own
            } else {
                first.unwrap_or(own)
            };
            consumer
                .frames
                .extend(self.judge(class, sight, before, to, has_images));
        }
    }

    fn grant(&self, state: &mut State) {
        state.granted = !state.granted;
        state.grants += 1;
        for consumer in &mut state.consumers {
            if let Socket::Live(_) = consumer.socket {
                consumer.is_retired = true;
                if self.has(Guard::ChangedGrantsDiscardTheLog) {
                    consumer.frames.clear();
                } else {
                    // They were right when they were judged, and are sent under other grants.
                    for frame in &mut consumer.frames {
                        if let Frame::Row { is_right } = frame {
                            *is_right = false;
                        }
                    }
                }
            }
        }
    }

    fn send(&self, state: &mut State, caller: usize) {
        let sight = Self::sight(state, caller);
        let consumer = &mut state.consumers[caller];
        if consumer.is_retired && (consumer.frames.is_empty() || self.has(Guard::ChangedGrantsDiscardTheLog))
        {
            consumer.is_retired = false;
            consumer.socket = if self.has(Guard::AttachBeforeTheRefresh) {
                Socket::Live(sight)
            } else {
                Socket::Detached
            };
            if self.has(Guard::ChangedGrantsCauseARefresh) {
                consumer.cached = None;
            }
            return;
        }
        let frame = consumer.frames.remove(0);
        consumer.learned_too_much |= frame == (Frame::Row { is_right: false });
        consumer.cached = None;
    }
}

impl Model for Classes {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let consumer = Consumer {
            socket: Socket::Down,
            is_retired: false,
            frames: Vec::new(),
            cached: None,
            learned_too_much: false,
        };
        vec![State {
            place: Some(0),
            revision: 0,
            granted: false,
            grants: 0,
            consumers: [consumer.clone(), consumer],
            writes_left: 2,
            grants_left: 2,
            reads_left: 3,
            hit: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.writes_left > 0 {
            for to in [None, Some(0), Some(1), Some(2)] {
                // A row that does not exist is not deleted.
                if to.is_some() || state.place.is_some() {
                    actions.extend([true, false].map(|has_images| Action::Write { to, has_images }));
                }
            }
        }
        if state.grants_left > 0 {
            actions.push(Action::Grant);
        }
        for (caller, consumer) in state.consumers.iter().enumerate() {
            match consumer.socket {
                Socket::Down => actions.push(Action::Evaluate(caller)),
                Socket::Evaluated(..) | Socket::Detached => actions.push(Action::Enter(caller)),
                Socket::Live(_) if consumer.is_retired || !consumer.frames.is_empty() => {
                    actions.push(Action::Send(caller));
                }
                Socket::Live(_) => {}
            }
            if state.reads_left > 0 {
                actions.push(Action::Read(caller));
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Write { to, has_images } => {
                state.writes_left -= 1;
                self.write(&mut state, to, has_images);
            }
            Action::Grant => {
                state.grants_left -= 1;
                self.grant(&mut state);
            }
            Action::Evaluate(caller) => {
                let sight = Self::sight(&state, caller);
                state.consumers[caller].socket = Socket::Evaluated(sight, state.grants);
            }
            Action::Enter(caller) => {
                let now = Self::sight(&state, caller);
                let is_current =
                    |grants| grants == state.grants || !self.has(Guard::OutdatedSightIsEvaluatedAgain);
                let consumer = &mut state.consumers[caller];
                match consumer.socket {
                    Socket::Evaluated(sight, grants) => {
                        consumer.socket = Socket::Live(if is_current(grants) { sight } else { now });
                        // A consumer's cache is empty when its subscription becomes live.
                        consumer.cached = None;
                    }
                    _ => consumer.socket = Socket::Live(now),
                }
            }
            Action::Send(caller) => self.send(&mut state, caller),
            Action::Read(caller) => {
                state.reads_left -= 1;
                let answer = Self::answer(&state, caller);
                let consumer = &mut state.consumers[caller];
                // Without a subscription nothing is cached.
                if matches!(consumer.socket, Socket::Live(_) | Socket::Detached) {
                    state.hit |= consumer.cached.is_some();
                    consumer.cached.get_or_insert(answer);
                }
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("a calm system serves nothing stale", |_, state: &State| {
                state.consumers.iter().enumerate().all(|(caller, consumer)| {
                    let is_calm = matches!(consumer.socket, Socket::Live(_))
                        && !consumer.is_retired
                        && consumer.frames.is_empty();
                    let is_current = |cached| cached == Self::answer(state, caller);
                    !is_calm || consumer.cached.is_none_or(is_current)
                })
            }),
            Property::always("a caller learns what its sight did", |_, state: &State| {
                state.consumers.iter().all(|consumer| !consumer.learned_too_much)
            }),
            Property::sometimes("a read is served from the cache", |_, state: &State| state.hit),
        ]
    }
}

#[test]
fn with_every_guard_no_cache_is_stale_and_no_caller_learns_too_much() {
    let checker = Classes { removed: None }.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    assert!(checker.unique_state_count() > 10_000);
}

#[test]
fn without_any_one_guard_of_the_classes_there_is_a_counterexample() {
    for guard in GUARDS {
        let checker = Classes { removed: Some(guard) }.checker();
        let checker = checker
            .finish_when(HasDiscoveries::AnyFailures)
            .spawn_bfs()
            .join();
        let found = checker.discoveries();
        let failed = |name: &&str| !name.starts_with("a read is served");
        assert!(found.keys().any(failed), "the model does not need {guard:?}");
    }
}
