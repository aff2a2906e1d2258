//! The callers whose earlier tokens are refused.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

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
        let now = now.as_secs_f64();
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.names.insert(name.to_owned(), now);
        state.order.push_back((name.to_owned(), now));
        while state.order.len() > MAX_NAMES {
            let Some((oldest, time)) = state.order.pop_front() else {
                break;
            };
            if state.names.get(&oldest) == Some(&time) {
                state.names.remove(&oldest);
                state.floor = Some(time);
            }
        }
    }

    /// Whether a token of this name, issued at this time, is refused. `iat` has whole seconds in most tokens. One that was
    /// issued in the second of the revocation is refused, and so is one without `iat`.
    pub(super) fn refuses(&self, name: &str, issued_at: Option<f64>) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let revoked = state.names.get(name).copied();
        let latest = match (revoked, state.floor) {
            (Some(one), Some(other)) => one.max(other),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return false,
        };
        issued_at.is_none_or(|issued_at| issued_at <= latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_a_revoked_name_is_refused_if_it_is_older_or_has_no_time() {
        let revocations = Revocations::default();
        assert!(!revocations.refuses("ada", None));
        revocations.add("ada");
        assert!(revocations.refuses("ada", None));
        assert!(revocations.refuses("ada", Some(1.0)));
        assert!(!revocations.refuses("ada", Some(f64::MAX)));
        assert!(!revocations.refuses("grace", Some(1.0)));
    }

    #[test]
    fn more_names_than_the_limit_refuse_the_old_tokens_of_all() {
        let revocations = Revocations::default();
        for number in 0..=MAX_NAMES {
            revocations.add(&number.to_string());
        }
        assert!(revocations.refuses("0", Some(1.0)));
        assert!(revocations.refuses("another", Some(1.0)));
        assert!(!revocations.refuses("another", Some(f64::MAX)));
        let state = revocations.0.into_inner().unwrap_or_default();
        assert_eq!((state.names.len(), state.order.len()), (MAX_NAMES, MAX_NAMES));
    }
}
