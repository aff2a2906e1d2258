//! Lists of another resource that look through a reference to the row.

use super::guard::Guard;
use super::state::*;

impl Cache {
    /// The epoch for the key, if each change of the row is known until it advances.
    fn epoch_behind(&self, state: &State) -> Option<u8> {
        let is_reliable = (!self.has(Guard::OpenBehindAReference) || state.open != NOT_LIVE)
            && (!self.has(Guard::LeaseBehindAReference) || state.time - state.renewed <= MAX_STALENESS)
            && (!self.has(Guard::EndOfTheCredentialBehindAReference) || state.time < state.credential_ends);
        is_reliable.then_some(match self.has(Guard::EpochBehindAReferenceInTheKey) {
            true => state.epoch,
            false => 0,
        })
    }

    pub(super) fn read_through(&self, state: &mut State) {
        let (floor, caller) = (Self::floor(state), state.identity);
        let behind = self.epoch_behind(state);
        let fresh = behind.is_none() && self.has(Guard::FreshWithoutAnEpoch);
        if let Some(seen) = state.lists_through.get(&behind).copied().filter(|_| !fresh) {
            state.hit = true;
            let bound = Self::floor_of_cached(state);
            state.broken_promise |= state.time >= state.credential_ends;
            return Self::answer(state, (seen, caller), (floor.max(bound), caller));
        }
        let is_same = |flight: &Flight| flight.key == Key::Through && flight.behind == behind;
        let joined = state
            .flights
            .iter_mut()
            .find(|flight| is_same(flight) && flight.listed && (!flight.sent || !fresh));
        if let Some(flight) = joined {
            flight.waiters.push((floor, caller));
            return;
        }
        for flight in state.flights.iter_mut().filter(|flight| is_same(flight)) {
            flight.listed = false;
        }
        state.flights.push(Flight {
            key: Key::Through,
            epoch: state.epoch,
            behind,
            identity: caller,
            // The transport may have no connection yet.
            sent: false,
            reply: None,
            waiters: vec![(floor, caller)],
            listed: true,
        });
    }

    pub(super) fn cache_through(&self, state: &mut State, behind: Option<u8>, reply: u8) {
        let behind = match self.has(Guard::EpochBehindAReferenceBeforeSending) {
            true => behind,
            false => self.epoch_behind(state),
        };
        state.lists_through.insert(behind, reply);
    }

    /// Whether no list is served that lacks a change.
    pub(super) fn is_current_through(&self, state: &State) -> bool {
        let behind = self.epoch_behind(state);
        let is_served = behind.is_some() || !self.has(Guard::FreshWithoutAnEpoch);
        let served = state.lists_through.get(&behind).filter(|_| is_served);
        served.is_none_or(|seen| *seen == state.rev)
    }
}
