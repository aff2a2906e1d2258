//! The renewal of a websocket's credential: the next websocket is opened before the former one is closed.

use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_http::ws::Message;
use futures_util::future::LocalBoxFuture;
use futures_util::{SinkExt, StreamExt};
use tokio::sync::watch;
use tokio::time::{Sleep, sleep, timeout};

use super::handshake::{Failed, Opened, Received, open};
use super::subscription::Subscription;
use crate::backoff::Backoff;
use crate::client::{ActiveCredential, CredentialSource, Renewing};

/// The longest sleep until a time of the cache's clock.
const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

/// The renewal of one websocket's credential. A credential that is never renewed costs nothing here.
pub(super) struct Renewal {
    source: Option<(Arc<Renewing>, watch::Receiver<u64>)>,
    phase: Phase,
    backoff: Backoff,
}

enum Phase {
    /// The websocket has the present credential.
    Current,
    /// The next websocket could not be opened. The former one is used meanwhile.
    Waiting(Pin<Box<Sleep>>),
    Opening(LocalBoxFuture<'static, Result<Opened, Failed>>),
    /// The next websocket is attached. `ping`: the one on the former websocket whose answer ends the former websocket.
    Attached {
        next: Opened,
        ping: Option<u64>,
    },
}

/// What the connection must do.
pub(super) enum Step {
    /// The credential of the websocket ended, or the credentials stand for another identity.
    OutOfDate,
    /// The next websocket is attached.
    Attached,
    /// An item of the next websocket.
    Received(Received),
}

impl Renewal {
    pub(super) fn new(subscription: &Subscription) -> Self {
        let source = subscription
            .credentials
            .as_ref()
            .and_then(CredentialSource::renewing);
        Self {
            source: source.map(|source| (Arc::clone(source), source.published())),
            phase: Phase::Current,
            backoff: Backoff::new(),
        }
    }

    /// Waits until the connection must do something. `credential`: the one of the present websocket. The future may be dropped and
    /// created anew. Each ping of the connection does so, and thereby looks at the cache's clock, which counts sleep.
    pub(super) async fn next(
        &mut self,
        subscription: &Arc<Subscription>,
        credential: Option<&ActiveCredential>,
    ) -> Step {
        let (Some((source, published)), Some(credential)) = (&mut self.source, credential) else {
            return pending().await;
        };
        loop {
            let ended = until(subscription, source.end_of(credential));
            tokio::pin!(ended);
            match &mut self.phase {
                Phase::Current => {
                    if *published.borrow_and_update() != credential.number {
                        if source.identity() != credential.identity {
                            return Step::OutOfDate;
                        }
                        let subscription = Arc::clone(subscription);
                        self.phase = Phase::Opening(Box::pin(async move { open(&subscription).await }));
                        continue;
                    }
                    let due = source.keep_fresh();
                    tokio::select! {
                        () = &mut ended => return Step::OutOfDate,
                        _ = published.changed() => {}
                        () = until(subscription, due) => {}
                    }
                }
                Phase::Waiting(backoff) => {
                    tokio::select! {
                        () = &mut ended => return Step::OutOfDate,
                        _ = published.changed() => {}
                        () = backoff => {}
                    }
                    self.phase = Phase::Current;
                }
                Phase::Opening(opening) => {
                    let opened = tokio::select! {
                        () = &mut ended => return Step::OutOfDate,
                        opened = opening => opened,
                    };
                    match opened {
                        Ok(next) => {
                            self.phase = Phase::Attached { next, ping: None };
                            return Step::Attached;
                        }
                        Err(Failed { reason, .. }) => {
                            tracing::warn!(url = %subscription.url, %reason, "could not open a websocket with the new credential");
                            self.phase = Phase::Waiting(Box::pin(sleep(self.backoff.next())));
                        }
                    }
                }
                Phase::Attached { next, .. } => {
                    tokio::select! {
                        () = &mut ended => return Step::OutOfDate,
                        received = next.socket.next() => return Step::Received(received),
                    }
                }
            }
        }
    }

    /// The next websocket, if it is attached.
    pub(super) fn attached(&self) -> Option<&Opened> {
        match &self.phase {
            Phase::Attached { next, .. } => Some(next),
            _ => None,
        }
    }

    /// The former websocket is not needed once this ping is answered.
    pub(super) fn drain(&mut self, number: u64) {
        if let Phase::Attached { ping, .. } = &mut self.phase {
            *ping = Some(number);
        }
    }

    /// The next websocket, if the answer to this ping ends the former one.
    pub(super) fn drained(&mut self, answered: u64) -> Option<Opened> {
        match &self.phase {
            Phase::Attached { ping: Some(ping), .. } if answered >= *ping => self.take(),
            _ => None,
        }
    }

    /// Takes the next websocket, if it is attached.
    pub(super) fn take(&mut self) -> Option<Opened> {
        match std::mem::replace(&mut self.phase, Phase::Current) {
            Phase::Attached { next, .. } => Some(next),
            phase => {
                self.phase = phase;
                None
            }
        }
    }

    /// The next websocket has ended. Another one is opened after a backoff.
    pub(super) fn abandon(&mut self) {
        self.phase = Phase::Waiting(Box::pin(sleep(self.backoff.next())));
    }

    /// Sends a message over the next websocket. False if that fails.
    pub(super) async fn send(&mut self, message: Message, limit: Duration) -> bool {
        match &mut self.phase {
            Phase::Attached { next, .. } => {
                let sent = timeout(limit, next.socket.send(message)).await;
                sent.is_ok_and(|sent| sent.is_ok())
            }
            _ => false,
        }
    }
}

/// Waits until this time of the cache's clock. Without a time it waits forever.
async fn until(subscription: &Subscription, time: Option<Duration>) {
    let Some(time) = time else {
        return pending().await;
    };
    loop {
        let left = time.saturating_sub(subscription.now());
        if left.is_zero() {
            return;
        }
        sleep(left.min(LONGEST_SLEEP)).await;
    }
}
