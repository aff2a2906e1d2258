//! The pipelined session of a worker thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::{Handle, Id};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::connector::Connector;
use super::job_queue::CLOSED;
use super::purpose::Purpose;
use super::session::Session;
use crate::error::Error;

/// The pipelined session of a worker thread, or of several. One caller opens it, and the others wait.
pub(super) struct SessionSlot {
    purpose: Purpose,
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    session: SlotSession,
    /// The task of a session that was given up, until it has ended. A slot has two connections at most.
    ending: Option<AbortHandle>,
    is_closed: bool,
}

#[derive(Default)]
enum SlotSession {
    #[default]
    Closed,
    Opening(Opening, AbortHandle),
    Open(Arc<Session>, Driving),
}

/// The task that drives a session, and its runtime.
struct Driving {
    task: AbortHandle,
    runtime: Id,
}

/// A session that is being opened. The result follows.
pub(super) type Opening = watch::Receiver<Option<Result<Arc<Session>, Error>>>;

/// What a slot has for a read.
pub(super) enum Acquired {
    Session(Arc<Session>),
    Opening(Opening),
    /// Nothing: the last session was given up, and has not ended yet.
    Nothing,
}

impl SessionSlot {
    pub(super) fn new(purpose: Purpose) -> Self {
        Self {
            purpose,
            slot: Mutex::default(),
        }
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session, or the one that is being opened. It is driven by the caller's runtime, so that no thread has to be woken
    /// for an answer. Without one, it is driven by the other runtime.
    pub(super) fn acquire(self: &Arc<Self>, connector: &Arc<Connector>, other: &Handle) -> Acquired {
        let mut slot = self.slot();
        match &slot.session {
            SlotSession::Open(session, _) if !session.is_closed() => {
                return Acquired::Session(Arc::clone(session));
            }
            SlotSession::Opening(opening, task) if !task.is_finished() => {
                return Acquired::Opening(opening.clone());
            }
            _ => {}
        }
        if slot.ending.as_ref().is_some_and(|task| !task.is_finished()) {
            return Acquired::Nothing;
        }
        slot.ending = None;
        let (sender, opening) = watch::channel(None);
        // An opening whose runtime has ended, or has no input and output, is repeated on the other one.
        let runtime = match &slot.session {
            SlotSession::Opening(..) => other.clone(),
            _ => Handle::try_current().unwrap_or_else(|_| other.clone()),
        };
        let (this, connector) = (Arc::clone(self), Arc::clone(connector));
        let task = runtime.spawn(async move {
            let opened = this.open(&connector).await;
            let _ = sender.send(Some(opened));
        });
        slot.session = SlotSession::Opening(opening.clone(), task.abort_handle());
        Acquired::Opening(opening)
    }

    async fn open(&self, connector: &Connector) -> Result<Arc<Session>, Error> {
        let opened = connector.open(self.purpose).await;
        let mut slot = self.slot();
        match opened {
            Ok(_) if slot.is_closed => Err(CLOSED),
            Ok((session, driver)) => {
                let task = tokio::spawn(driver).abort_handle();
                session.driven_by(task.clone());
                let runtime = Handle::current().id();
                slot.session = SlotSession::Open(Arc::clone(&session), Driving { task, runtime });
                Ok(session)
            }
            Err(error) => {
                slot.session = SlotSession::Closed;
                Err(error)
            }
        }
    }

    /// The open session, if the caller's runtime drives it, and this runtime, which therefore has a timer. Otherwise a session
    /// may be opened for later callers.
    pub(super) fn acquire_here(
        self: &Arc<Self>,
        connector: &Arc<Connector>,
        other: &Handle,
    ) -> Option<(Arc<Session>, Handle)> {
        let runtime = Handle::try_current().ok()?;
        let is_open_elsewhere = match &self.slot().session {
            SlotSession::Open(session, driving) if !session.is_closed() => {
                if driving.runtime == runtime.id() {
                    return Some((Arc::clone(session), runtime));
                }
                true
            }
            _ => false,
        };
        if !is_open_elsewhere {
            self.acquire(connector, other);
        }
        None
    }

    /// Gives up this session, so that the next read opens another one.
    pub(super) fn give_up(&self, session: &Arc<Session>) {
        session.discard();
        self.forget(session);
    }

    /// Forgets this session, which ends by itself.
    pub(super) fn forget(&self, session: &Arc<Session>) {
        let mut slot = self.slot();
        if let SlotSession::Open(known, driving) = &slot.session
            && Arc::ptr_eq(known, session)
        {
            slot.ending = Some(driving.task.clone());
            slot.session = SlotSession::Closed;
        }
    }

    /// Gives up an opening that takes too long.
    pub(super) fn give_up_opening(&self, opening: &Opening) {
        let mut slot = self.slot();
        if let SlotSession::Opening(known, task) = &slot.session
            && known.same_channel(opening)
        {
            task.abort();
            slot.ending = Some(task.clone());
            slot.session = SlotSession::Closed;
        }
    }

    /// Closes the session. Its connection ends once its reads have ended.
    pub(super) fn close(&self) {
        let mut slot = self.slot();
        slot.is_closed = true;
        slot.session = SlotSession::Closed;
    }
}
