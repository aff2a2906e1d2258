//! The claims of a verified token, and the check of its times.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value as Json;

use super::token::Payload;
use crate::json::{INEXACT_NUMBER, JsonError, MemoryBudget, View};
use crate::server::Rejected;

/// The memory that the claims of one token may take, in bytes.
const MAX_MEMORY: usize = 256 * 1024;
/// The memory of a claim besides its name and what its value contains.
const CLAIM: usize = 128;

/// The claims of a token, and its times.
pub(super) struct Claims {
    pub(super) all: BTreeMap<Arc<str>, Json>,
    /// The claims with a number that would lose digits. They are absent from `all`.
    pub(super) inexact: BTreeSet<Arc<str>>,
    /// When the token ends, with the leeway.
    pub(super) ends_at: SystemTime,
    /// When the token was issued, in seconds since 1970.
    pub(super) issued_at: Option<f64>,
    /// About how much memory the claims take, in bytes.
    pub(super) memory: usize,
}

impl Claims {
    /// Reads the claims of a verified token, and checks its times (RFC 7519, 4.1.4 and 4.1.5).
    pub(super) fn read(payload: &Payload<'_>, leeway: Duration) -> Result<Self, Rejected> {
        let wrong = |name: &str| Rejected::new(format!("the claim `{name}` is no time"));
        let mut budget = MemoryBudget::new(MAX_MEMORY);
        let (mut all, mut inexact) = (BTreeMap::new(), BTreeSet::new());
        let (mut end, mut start, mut issued_at) = (None, None, None);
        for (name, value) in payload.claims() {
            let time = match name {
                "exp" => Some(&mut end),
                "nbf" => Some(&mut start),
                "iat" => Some(&mut issued_at),
                _ => None,
            };
            if let Some(time) = time {
                let View::Number(Some(number)) = value.view() else {
                    return Err(wrong(name));
                };
                *time = Some(number.as_f64());
            }
            // The claims after a large one must not be absent: `!group(..)` would accept the caller.
            let too_large = || Rejected::new("the claims of the token take too much memory");
            if !budget.try_take(CLAIM.saturating_add(name.len())) {
                return Err(too_large());
            }
            let name: Arc<str> = name.into();
            match value.to_value(&mut budget) {
                Ok(value) => {
                    inexact.remove(&name);
                    all.insert(name, value);
                }
                Err(JsonError(INEXACT_NUMBER)) => {
                    all.remove(&name);
                    inexact.insert(name);
                }
                Err(_) => return Err(too_large()),
            }
        }
        let now = SystemTime::now();
        let end = end.ok_or_else(|| Rejected::new("the claim `exp` is missing"))?;
        let ends_at = time(end).and_then(|end| end.checked_add(leeway));
        let ends_at = ends_at.ok_or_else(|| wrong("exp"))?;
        if ends_at <= now {
            return Err(Rejected::new("the token has expired"));
        }
        if let Some(start) = start {
            let start = time(start).ok_or_else(|| wrong("nbf"))?;
            let latest = now.checked_add(leeway).unwrap_or(now);
            if start > latest {
                return Err(Rejected::new("the token is not valid yet"));
            }
        }
        Ok(Self {
            all,
            inexact,
            ends_at,
            issued_at,
            memory: MAX_MEMORY.saturating_sub(budget.left()),
        })
    }
}

/// The time of a number of seconds since 1970. `None` for a number out of range.
fn time(seconds: f64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
}
