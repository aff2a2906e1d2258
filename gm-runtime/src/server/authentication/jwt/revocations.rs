//! The callers whose earlier tokens are refused.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The most names that are known one by one.
const MAX_NAMES: usize = 10_000;

/// The revocations of a handle: the tokens of a name that were issued up to then are refused.
#[derive(Default)]
pub(super) struct Revocations(Mutex<State>);

#[derive(Default)]
struct State {
    /// The seconds since 1970 of the last revocation of each name.
    names: HashMap<String, f64>,
    /// The names in the order of their revocation. A name that was revoked again occurs again.
    order: VecDeque<(String, f64)>,
    /// The tokens of every caller that were issued up to here are refused.
    floor: Option<f64>,
}

impl Revocations {
    /// Refuses the tokens of this name that were issued up to now.
    ///
    /// Only a limited number of names is known. The oldest revocation then becomes one of all names, so that no revoked
    /// token is ever accepted.
    pub(super) fn add(&self, name: &str) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.add(name, now.as_secs_f64());
    }

    /// Whether a token of this name, issued at this time, is refused. `iat` has whole seconds in most tokens. One that was
    /// issued in the second of the revocation is refused, and so is one without `iat`, or with one that is later than now
    /// by more than the leeway.
    pub(super) fn refuses(&self, name: &str, issued_at: Option<f64>, leeway: Duration) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let revoked = state.names.get(name).copied();
        let latest = match (revoked, state.floor) {
            (Some(one), Some(other)) => one.max(other),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return false,
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let plausible = now.saturating_add(leeway).as_secs_f64();
        issued_at.is_none_or(|issued_at| issued_at <= latest || issued_at > plausible)
    }
}

impl State {
    /// Refuses the tokens of this name that were issued up to this time. A clock that was set back takes no revocation
    /// back.
    fn add(&mut self, name: &str, time: f64) {
        let time = self.names.get(name).map_or(time, |last| last.max(time));
        self.names.insert(name.to_owned(), time);
        self.order.push_back((name.to_owned(), time));
        while self.order.len() > MAX_NAMES {
            let Some((oldest, time)) = self.order.pop_front() else {
                break;
            };
            if self.names.get(&oldest) == Some(&time) {
                self.names.remove(&oldest);
                self.floor = Some(self.floor.map_or(time, |floor| floor.max(time)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEEWAY: Duration = Duration::from_secs(30);

    /// A time after the revocations of a test, within the leeway.
    fn soon() -> f64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        now.as_secs_f64() + 10.0
    }

    #[test]
    fn a_token_of_a_revoked_name_is_refused_if_it_is_older_or_has_no_time() {
        let revocations = Revocations::default();
        assert!(!revocations.refuses("ada", None, LEEWAY));
        revocations.add("ada");
        assert!(revocations.refuses("ada", None, LEEWAY));
        assert!(revocations.refuses("ada", Some(1.0), LEEWAY));
        assert!(!revocations.refuses("ada", Some(soon()), LEEWAY));
        assert!(!revocations.refuses("grace", Some(1.0), LEEWAY));
    }

    #[test]
    fn a_token_from_the_future_does_not_outlive_a_revocation() {
        let revocations = Revocations::default();
        assert!(!revocations.refuses("ada", Some(f64::MAX), LEEWAY));
        revocations.add("ada");
        assert!(revocations.refuses("ada", Some(f64::MAX), LEEWAY));
        assert!(revocations.refuses("ada", Some(soon() + 3600.0), LEEWAY));
    }

    #[test]
    fn a_clock_that_was_set_back_takes_no_revocation_back() {
        let mut state = State::default();
        state.add("ada", 1000.0);
        state.add("ada", 10.0);
        assert_eq!(state.names.get("ada"), Some(&1000.0));
        for number in 0..2 * MAX_NAMES {
            state.add(&number.to_string(), 10.0);
        }
        assert_eq!(state.floor, Some(1000.0));
    }

    #[test]
    fn more_names_than_the_limit_refuse_the_old_tokens_of_all() {
        let revocations = Revocations::default();
        for number in 0..=MAX_NAMES {
            revocations.add(&number.to_string());
        }
        assert!(revocations.refuses("0", Some(1.0), LEEWAY));
        assert!(revocations.refuses("another", Some(1.0), LEEWAY));
        assert!(!revocations.refuses("another", Some(soon()), LEEWAY));
        let state = revocations.0.into_inner().unwrap_or_default();
        assert_eq!((state.names.len(), state.order.len()), (MAX_NAMES, MAX_NAMES));
    }
}
