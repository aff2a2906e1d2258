//! What the consumer, its websocket and the owner do in a step.

use super::guard::Guard;
use super::state::*;

impl Cache {
    pub(super) fn has(&self, guard: Guard) -> bool {
        self.removed != Some(guard)
    }

    pub(super) fn advance(state: &mut State) -> u8 {
        state.epoch += 1;
        state.epoch
    }

    pub(super) fn invalidate(&self, state: &mut State) {
        let now = Self::advance(state);
        if self.has(Guard::RowEventInvalidatesItsRow) {
            state.row = now;
        }
        if self.has(Guard::RowEventInvalidatesTheLists) {
            state.any = now;
        }
    }

    pub(super) fn is_valid(&self, state: &State, key: Key, epoch: u8) -> bool {
        let invalidated = match key {
            Key::List => state.any,
            Key::Row => state.row,
            // Its own rows never change, and its subscription is live.
            Key::Through => return true,
        };
        epoch >= state.open
            && epoch >= state.all
            && epoch >= invalidated
            && (!self.has(Guard::Lease) || state.time - state.renewed <= MAX_STALENESS)
            && (!self.has(Guard::EndOfTheCredential) || state.time < state.credential_ends)
    }

    /// Queues a frame for each attached websocket. A full queue becomes one refresh.
    pub(super) fn send(&self, state: &mut State, frame: Frame) {
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

    pub(super) fn queue(&self, frames: &mut Vec<Frame>, frame: Frame, rev: u8) {
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

    pub(super) fn answer(state: &mut State, (seen, shown_to): (u8, u8), (floor, identity): (u8, u8)) {
        state.broken_promise |= seen < floor || shown_to < identity;
    }

    /// The least `rev` for a read that begins now.
    pub(super) fn floor(state: &State) -> u8 {
        match state.socket {
            _ if state.subscribed_as != state.identity => state.rev,
            // Without a subscription a read is as new as its beginning.
            Socket::Down | Socket::Connecting { .. } => state.rev,
            Socket::Live { .. } | Socket::Broken => state.known,
        }
    }

    /// The least `rev` for a cached answer: the lease limits its age, too.
    pub(super) fn floor_of_cached(state: &State) -> u8 {
        state.rev_at[usize::from(state.time.saturating_sub(MAX_STALENESS))]
    }

    pub(super) fn read(&self, state: &mut State, key: Key) {
        let floor = Self::floor(state);
        let caller = state.identity;
        if let Some((epoch, seen, shown_to)) = state.cached[key as usize]
            && (self.is_valid(state, key, epoch) || !self.has(Guard::ValidateAtLookup))
        {
            state.hit = true;
            let bound = Self::floor_of_cached(state);
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
            behind: None,
            identity: caller,
            // Elsewhere the request is sent in the same step.
            sent: self.identities == 0,
            reply: None,
            waiters: vec![(floor, caller)],
            listed: true,
        });
    }

    pub(super) fn finish(&self, state: &mut State, index: usize) {
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
        if flight.key == Key::Through {
            return self.cache_through(state, flight.behind, reply);
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
    pub(super) fn switch(state: &mut State) {
        let Some(next) = state.next.take() else { return };
        state.socket = Socket::Live {
            attached: next.attached,
        };
        state.frames = next.frames;
    }

    /// The websocket ends, and the consumer notices.
    pub(super) fn close(&self, state: &mut State) {
        if self.has(Guard::DisconnectingCloses) {
            state.open = NOT_LIVE;
        }
        state.frames.clear();
        state.socket = Socket::Down;
    }

    pub(super) fn handle(&self, state: &mut State, frame: Frame) {
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

    pub(super) fn accept(&self, state: &mut State, began: u8, attached: bool) {
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
