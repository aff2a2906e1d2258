//! The states of the model, and the steps between them.

use std::collections::BTreeMap;

use super::guard::Guard;

/// The bounds of the model.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    pub(super) removed: Option<Guard>,
    pub(super) changes: u8,
    pub(super) reads: u8,
    pub(super) writes: u8,
    pub(super) breaks: u8,
    pub(super) ticks: u8,
    pub(super) renewals: u8,
    pub(super) identities: u8,
    /// Whether credentials end.
    pub(super) ends: bool,
    /// Whether the reads are of lists that look through a reference.
    pub(super) through: bool,
    /// How many events the owner's queue holds.
    pub(super) queue: usize,
}

pub(super) const NOT_LIVE: u8 = u8::MAX;
/// In ticks.
pub(super) const MAX_STALENESS: u8 = 1;
/// The life of a credential, in ticks.
pub(super) const LIFE: u8 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    List,
    Row,
    /// A list of another resource that looks through a reference to the row. Its own rows never change.
    Through,
}

/// A frame that the owner's websocket has not delivered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Frame {
    Row(u8),
    Refresh(u8),
    /// The answer to the ping that was sent at this time.
    Pong(u8),
    /// The answer to the ping that was sent once the next websocket was accepted.
    Drained,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Flight {
    pub(super) key: Key,
    pub(super) epoch: u8,
    /// The epoch in the key of a list that looks through a reference.
    pub(super) behind: Option<u8>,
    /// The identity of the request's credential.
    pub(super) identity: u8,
    /// Whether the request is sent. Until then, every caller can join.
    pub(super) sent: bool,
    /// The owner's response.
    pub(super) reply: Option<u8>,
    /// The least `rev` for each caller, and the identity when it came.
    pub(super) waiters: Vec<(u8, u8)>,
    /// Whether other callers can join.
    pub(super) listed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Write {
    Sent,
    Committed(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Socket {
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
pub(super) struct Next {
    pub(super) attached: bool,
    pub(super) accepted: bool,
    pub(super) began: u8,
    pub(super) frames: Vec<Frame>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    /// The committed `rev` now, and at the beginning of each tick.
    pub(super) rev: u8,
    pub(super) rev_at: Vec<u8>,
    /// Without `PublishAfterTheCommit`: whether a change is published and not committed yet.
    pub(super) announced: bool,
    pub(super) frames: Vec<Frame>,
    pub(super) socket: Socket,
    /// The identity of the websocket, live or connecting.
    pub(super) subscribed_as: u8,
    pub(super) next: Option<Next>,
    /// The identity of the credentials, and when the present one ends.
    pub(super) identity: u8,
    pub(super) credential_ends: u8,
    pub(super) time: u8,
    pub(super) renewed: u8,
    // `Validity`.
    pub(super) epoch: u8,
    pub(super) row: u8,
    pub(super) any: u8,
    pub(super) all: u8,
    pub(super) open: u8,
    /// The epoch, the `rev` and the identity of each answer.
    pub(super) cached: [Option<(u8, u8, u8)>; 2],
    /// The `rev` of each list that looks through a reference, by the epoch in its key.
    pub(super) lists_through: BTreeMap<Option<u8>, u8>,
    pub(super) flights: Vec<Flight>,
    pub(super) write: Option<(Write, bool)>,
    /// The least `rev` for a read that begins now.
    pub(super) known: u8,
    pub(super) left: [u8; 7],
    pub(super) broken_promise: bool,
    pub(super) hit: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
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

pub(super) const CHANGES: usize = 0;
pub(super) const READS: usize = 1;
pub(super) const WRITES: usize = 2;
pub(super) const BREAKS: usize = 3;
pub(super) const TICKS: usize = 4;
pub(super) const RENEWALS: usize = 5;
pub(super) const IDENTITIES: usize = 6;
