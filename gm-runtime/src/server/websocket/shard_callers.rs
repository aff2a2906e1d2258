//! The authenticated callers of a shard's sockets, and when their credentials end.

use std::collections::{BTreeSet, HashMap};
use std::time::SystemTime;

use tokio::time::Instant;

use crate::access::Principal;

/// The callers of a shard's sockets. Anonymous callers are not in it, since their sockets neither end nor are revoked.
#[derive(Debug, Default)]
pub(super) struct ShardCallers {
    by_socket: HashMap<usize, Caller>,
    /// When the credentials end, the earliest first.
    ends: BTreeSet<(Instant, usize)>,
}

#[derive(Debug)]
struct Caller {
    principal: Principal,
    end: Option<Instant>,
}

impl ShardCallers {
    /// Adds a socket. Returns when its credential ends.
    pub(super) fn add(&mut self, socket: usize, principal: &Principal) -> Option<Instant> {
        if !principal.is_authenticated() {
            return None;
        }
        let end = principal.ends_at().and_then(instant);
        self.ends.extend(end.map(|end| (end, socket)));
        let principal = principal.clone();
        self.by_socket.insert(socket, Caller { principal, end });
        end
    }

    pub(super) fn remove(&mut self, socket: usize) {
        let caller = self.by_socket.remove(&socket);
        if let Some(end) = caller.and_then(|caller| caller.end) {
            self.ends.remove(&(end, socket));
        }
    }

    /// When the next credential ends.
    pub(super) fn next_end(&self) -> Option<Instant> {
        self.ends.first().map(|(end, _)| *end)
    }

    /// Takes the next socket whose credential has ended.
    pub(super) fn take_ended(&mut self, now: Instant) -> Option<usize> {
        let (_, socket) = self.ends.first().copied().filter(|(end, _)| *end <= now)?;
        self.ends.pop_first();
        Some(socket)
    }

    /// Whether the credential of this socket has ended by the system's clock. The instant of its end comes later if the
    /// machine was suspended, or if its clock was set forward.
    pub(super) fn has_ended(&self, socket: usize, now: SystemTime) -> bool {
        let end = self
            .by_socket
            .get(&socket)
            .map(|caller| caller.principal.ends_at());
        end.flatten().is_some_and(|end| end <= now)
    }

    /// The sockets of the callers with this name.
    pub(super) fn named(&self, name: &str) -> Vec<usize> {
        let named = self.by_socket.iter();
        let named = named.filter(|(_, caller)| caller.principal.name() == Some(name));
        named.map(|(socket, _)| *socket).collect()
    }
}

/// The instant of this time. `None` beyond the range of the clock.
fn instant(time: SystemTime) -> Option<Instant> {
    let left = time.duration_since(SystemTime::now()).unwrap_or_default();
    Instant::now().checked_add(left)
}
