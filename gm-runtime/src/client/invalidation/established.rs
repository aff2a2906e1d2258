//! An established websocket: its frames, its pings, and the renewal of its credential.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix_http::ws::{CloseCode, CloseReason, Frame, Item, Message};
use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};
use tracing::info_span;

use super::InvalidationEvent;
use super::codec::MAX_MESSAGE;
use super::handshake::{Opened, Received, Socket};
use super::renewal::{Renewal, Step};
use super::subscription::Subscription;
use crate::client::cache::LiveSubscription;
use crate::client::{ActiveCredential, Disconnect, SubscriptionState};
use crate::error::Refusal;
use crate::protocol::close_code;
use crate::trace::Traced;

/// The time limit of sending a close frame.
const CLOSE_TIME: Duration = Duration::from_secs(1);
/// The most pings without a pong.
const MAX_UNANSWERED_PINGS: usize = 2;

pub(super) struct Connection<'a> {
    subscription: &'a Arc<Subscription>,
    pub(super) socket: Socket,
    guaranteed: bool,
    /// When the last answered ping was sent, or when connecting began.
    last_sign_of_life: Duration,
    pub(super) live: Vec<LiveSubscription>,
    /// The unanswered pings: their numbers, and when they were sent.
    pings: VecDeque<(u64, Duration)>,
    /// The number of the last ping.
    ping_number: u64,
    /// The frames so far of a fragmented message.
    message: BytesMut,
    pub(super) was_stable: bool,
    /// The credential that opened the websocket.
    pub(super) credential: Option<Arc<ActiveCredential>>,
    pub(super) renewal: Renewal,
}

impl<'a> Connection<'a> {
    pub(super) fn new(subscription: &'a Arc<Subscription>, opened: Opened) -> Self {
        Self {
            subscription,
            socket: opened.socket,
            guaranteed: opened.guaranteed,
            last_sign_of_life: opened.began,
            live: Vec::new(),
            pings: VecDeque::new(),
            ping_number: 0,
            message: BytesMut::new(),
            was_stable: false,
            credential: opened.credential,
            renewal: Renewal::new(subscription),
        }
    }

    /// Handles `first` and then each frame until the connection ends. `None` when this side ends it.
    pub(super) async fn listen(
        &mut self,
        first: Option<Received>,
        remaining_lease: Duration,
        stop: &mut oneshot::Receiver<Infallible>,
    ) -> Option<Disconnect> {
        let interval = self.subscription.context.ping_interval;
        let mut ticks = interval_at(Instant::now() + interval, interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        if let Some(first) = first
            && let Err(reason) = self.received(first).await
        {
            return Some(reason);
        }
        let mut lease_end = pin!(sleep(remaining_lease));
        loop {
            let outcome = tokio::select! {
                _ = &mut *stop => return None,
                () = self.subscription.joined.notified() => self.admit_members(),
                received = self.socket.next() => self.received(received).await,
                step = self.renewal.next(self.subscription, self.credential.as_deref()) => self.renew(step).await,
                _ = ticks.tick() => self.ping().await,
                () = &mut lease_end => {
                    let remaining = self.remaining_lease();
                    lease_end.as_mut().reset(Instant::now() + remaining);
                    self.check_lease()
                }
            };
            if let Err(reason) = outcome {
                return Some(reason);
            }
        }
    }

    /// Makes new members live, as the connection is. An error if the credentials stand for another identity by now.
    pub(super) fn admit_members(&mut self) -> Result<(), Disconnect> {
        let identity = self
            .credential
            .as_ref()
            .map_or(0, |credential| credential.identity);
        for member in self.subscription.members() {
            if !self.live.iter().any(|live| Arc::ptr_eq(live.cache(), &member)) {
                let live = member
                    .live(self.last_sign_of_life, self.guaranteed, identity)
                    .ok_or(Disconnect::OldCredential)?;
                self.live.push(live);
                let live = SubscriptionState::Live {
                    guaranteed: self.guaranteed,
                };
                member.set_subscription(self.subscription.number, live);
            }
        }
        Ok(())
    }

    /// Goes on with the renewal of the credential. The next websocket is attached before the former one is closed.
    async fn renew(&mut self, step: Step) -> Result<(), Disconnect> {
        match step {
            Step::OutOfDate => return Err(Disconnect::OldCredential),
            Step::Attached => {
                let identity =
                    |credential: &Option<Arc<ActiveCredential>>| credential.as_ref().map(|c| c.identity);
                let fits = self.renewal.attached().is_some_and(|next| {
                    next.guaranteed == self.guaranteed
                        && identity(&next.credential) == identity(&self.credential)
                });
                if !fits {
                    return Err(Disconnect::OldCredential);
                }
                // The owner sends the answer to this ping behind all events from before the next websocket was attached.
                let ping = self.send_ping().await?;
                self.renewal.drain(ping);
            }
            Step::Received(received) => {
                let is_open = self.received_ahead(received).await;
                if !is_open {
                    self.renewal.abandon();
                }
            }
        }
        Ok(())
    }

    /// Handles a frame of the next websocket. False if it has ended.
    async fn received_ahead(&mut self, received: Received) -> bool {
        let limit = self.subscription.context.ping_interval;
        match received {
            Some(Ok(Frame::Text(text))) => self.apply(&text),
            Some(Ok(Frame::Ping(payload))) => return self.renewal.send(Message::Pong(payload), limit).await,
            Some(Ok(Frame::Pong(_))) => {}
            // A message in several frames, or one that the contract lacks: any row may have changed.
            Some(Ok(Frame::Binary(_) | Frame::Continuation(_))) => self.refresh(),
            Some(Ok(Frame::Close(_)) | Err(_)) | None => return false,
        }
        true
    }

    /// The next websocket replaces this one, whose events were all handled. The caches stay as they are.
    fn switch(&mut self, next: Opened) {
        let former = std::mem::replace(&mut self.socket, next.socket);
        self.credential = next.credential;
        self.pings.clear();
        self.message.clear();
        self.renewal = Renewal::new(self.subscription);
        tracing::info!(url = %self.subscription.url, "subscribed with a new credential");
        actix_rt::spawn(close(former));
    }

    async fn received(&mut self, received: Received) -> Result<(), Disconnect> {
        match received {
            Some(Ok(frame)) => self.frame(frame).await,
            Some(Err(error)) => Err(Disconnect::ConnectionLost(error.to_string().into())),
            None => Err(Disconnect::ConnectionLost("the connection was closed".into())),
        }
    }

    async fn frame(&mut self, frame: Frame) -> Result<(), Disconnect> {
        match frame {
            Frame::Text(text) => self.apply(&text),
            // The wire contract has no binary frames, so any row may have changed.
            Frame::Binary(_) => self.refresh(),
            Frame::Continuation(item) => return self.continuation(item),
            Frame::Ping(payload) => return self.send(Message::Pong(payload)).await,
            Frame::Pong(payload) => self.pong(&payload),
            Frame::Close(reason) => return Err(closed(reason.as_ref())),
        }
        Ok(())
    }

    fn continuation(&mut self, item: Item) -> Result<(), Disconnect> {
        let (piece, is_last) = match item {
            Item::FirstText(piece) | Item::FirstBinary(piece) | Item::Continue(piece) => (piece, false),
            Item::Last(piece) => (piece, true),
        };
        if self.message.len().saturating_add(piece.len()) > MAX_MESSAGE {
            return Err(Disconnect::ConnectionLost("a message exceeds 64 KiB".into()));
        }
        self.message.extend_from_slice(&piece);
        if is_last {
            let message = self.message.split().freeze();
            self.apply(&message);
        }
        Ok(())
    }

    /// Applies an event to all members. A message that is no event is a refresh.
    fn apply(&self, text: &[u8]) {
        let event = std::str::from_utf8(text)
            .ok()
            .and_then(|text| InvalidationEvent::parse(text).ok());
        let Some(event) = event else {
            tracing::warn!(url = %self.subscription.url, "received a message that is no event, and invalidated all rows");
            self.refresh();
            return;
        };
        let span = info_span!(
            target: "gm::trace",
            "event",
            otel.name = format!("receive {}", event.resource()),
            otel.kind = "consumer",
            gm.resource = event.resource(),
            gm.action = event.action().name(),
        );
        Traced::caused_by(span, event.trace()).run_now(|| self.apply_event(&event));
    }

    fn apply_event(&self, event: &InvalidationEvent) {
        for member in self.live.iter().map(LiveSubscription::cache) {
            // An event of another resource does not belong on this websocket, so any row may have changed.
            if member.is_target_of(event) {
                member.apply(event);
            } else {
                member.refresh();
            }
        }
        self.subscription.notify_listeners(event);
    }

    fn refresh(&self) {
        for member in self.live.iter().map(LiveSubscription::cache) {
            member.refresh();
            self.subscription.notify_listeners(&member.refresh_event());
        }
    }

    /// How long the caches still serve entries if no further ping is answered. At most a year.
    pub(super) fn remaining_lease(&self) -> Duration {
        let age = self.subscription.now().saturating_sub(self.last_sign_of_life);
        let remaining = self.subscription.context.max_staleness.saturating_sub(age);
        remaining.min(Duration::from_secs(365 * 24 * 60 * 60))
    }

    /// Ends the connection when the caches do not serve entries any more.
    fn check_lease(&self) -> Result<(), Disconnect> {
        if self.remaining_lease().is_zero() {
            return Err(Disconnect::PingTimeout);
        }
        Ok(())
    }

    async fn ping(&mut self) -> Result<(), Disconnect> {
        if self.pings.len() >= MAX_UNANSWERED_PINGS {
            return Err(Disconnect::PingTimeout);
        }
        self.send_ping().await.map(drop)
    }

    /// Sends a ping, and returns its number.
    async fn send_ping(&mut self) -> Result<u64, Disconnect> {
        self.ping_number = self.ping_number.wrapping_add(1);
        let ping = Bytes::copy_from_slice(&self.ping_number.to_be_bytes());
        self.pings.push_back((self.ping_number, self.subscription.now()));
        self.send(Message::Ping(ping)).await?;
        Ok(self.ping_number)
    }

    /// The owner answered a ping. It sent all events from before the ping ahead of the pong.
    fn pong(&mut self, payload: &[u8]) {
        let answered = |(number, _): &(u64, Duration)| number.to_be_bytes() == payload;
        let Some(index) = self.pings.iter().position(answered) else {
            return;
        };
        // Earlier pings will not be answered any more.
        let answered = self.pings.drain(..=index).next_back();
        if let Some((number, sent)) = answered {
            self.last_sign_of_life = sent;
            self.was_stable = true;
            for live in &self.live {
                live.ping_answered(sent);
            }
            if let Some(next) = self.renewal.drained(number) {
                self.switch(next);
            }
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), Disconnect> {
        match timeout(self.subscription.context.ping_interval, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Disconnect::ConnectionLost(error.to_string().into())),
            Err(_) => Err(Disconnect::PingTimeout),
        }
    }
}

/// Closes a websocket whose events are not needed any more.
pub(super) async fn close(mut socket: Socket) {
    let close = Message::Close(Some(CloseReason::from(CloseCode::Normal)));
    let _ = timeout(CLOSE_TIME, socket.send(close)).await;
}

/// The reason for which the owner closed the websocket.
pub(super) fn closed(reason: Option<&CloseReason>) -> Disconnect {
    let code = reason.map(|reason| u16::from(reason.code));
    match code.and_then(refusal_of_code) {
        Some(refusal) => Disconnect::Refused(refusal),
        None => Disconnect::Closed(code),
    }
}

fn refusal_of_code(code: u16) -> Option<Refusal> {
    match code {
        close_code::UNAUTHORIZED => Some(Refusal::Unauthorized),
        close_code::UNKNOWN_RESOURCE => Some(Refusal::UnknownResource),
        close_code::WRONG_VERSION => Some(Refusal::WrongVersion),
        _ => None,
    }
}
