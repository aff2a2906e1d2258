//! The steps that are possible in a state, and the promise.

use std::collections::BTreeMap;

use stateright::{Model, Property};

use super::guard::Guard;
use super::state::*;

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
            lists_through: BTreeMap::new(),
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
            actions.extend(match self.through {
                true => vec![Action::Read(Key::Through)],
                false => vec![Action::Read(Key::List), Action::Read(Key::Row)],
            });
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
                match key {
                    Key::Through => self.read_through(&mut state),
                    Key::List | Key::Row => self.read(&mut state, key),
                }
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
                let are_current =
                    || is_current(Key::List) && is_current(Key::Row) && model.is_current_through(state);
                !is_calm || are_current()
            }),
            Property::sometimes("a read is served from the cache", |_, state: &State| state.hit),
        ]
    }
}
