//! One websocket connection, from the handshake to its end.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix_http::ws::{CloseCode, CloseReason, Frame, Item, Message};
use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, SinkExt, Stream, StreamExt};
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use super::InvalidationEvent;
use super::codec::MAX_MESSAGE;
use super::handshake::{Socket, open};
use super::subscription::Subscription;
use crate::client::cache::LiveSubscription;
use crate::client::{Disconnect, SubscriptionState};
use crate::error::Refusal;
use crate::protocol::close_code;

/// The most pings without a pong.
const MAX_UNANSWERED_PINGS: usize = 2;

/// How a connection ended.
pub(super) enum End {
    /// The subscription has no holder any more.
    Stopped,
    /// The connection failed, or the owner closed it.
    Disconnected {
        reason: Disconnect,
        /// Whether the owner had answered a ping.
        was_stable: bool,
    },
}

/// An item of the socket: a frame, an error, or `None` at the end.
type Received = Option<<Socket as Stream>::Item>;

/// Opens the websocket, and applies its events until the connection ends or `stop` is dropped.
pub(super) async fn run(subscription: &Subscription, stop: &mut oneshot::Receiver<Infallible>) -> End {
    let began = subscription.now();
    let opened = tokio::select! {
        biased;
        _ = &mut *stop => return End::Stopped,
        opened = open(subscription) => opened,
    };
    let (mut socket, guaranteed) = match opened {
        Ok(opened) => opened,
        Err(reason) => {
            return End::Disconnected {
                reason,
                was_stable: false,
            };
        }
    };
    // An owner may refuse with a close frame right after its 101. The subscription is not announced as live then.
    let first = socket.next().now_or_never();
    if let Some(Some(Ok(Frame::Close(reason)))) = &first {
        return End::Disconnected {
            reason: closed(reason.as_ref()),
            was_stable: false,
        };
    }
    let mut connection = Connection {
        subscription,
        socket,
        guaranteed,
        last_sign_of_life: began,
        live: Vec::new(),
        pings: VecDeque::new(),
        ping_number: 0,
        message: BytesMut::new(),
        was_stable: false,
    };
    let remaining = connection.remaining_lease();
    // The caches are invalidated before they serve anything and before the state is announced.
    connection.admit_members();
    tracing::info!(url = %subscription.url, guaranteed, "subscribed");
    subscription.set_state(&SubscriptionState::Live { guaranteed });
    let end = connection.listen(first, remaining, stop).await;
    // The caches stop serving before the state is announced.
    connection.live.clear();
    match end {
        None => {
            let close = Message::Close(Some(CloseReason::from(CloseCode::Normal)));
            let _ = timeout(Duration::from_secs(1), connection.socket.send(close)).await;
            End::Stopped
        }
        Some(reason) => End::Disconnected {
            reason,
            was_stable: connection.was_stable,
        },
    }
}

/// The reason for which the owner closed the websocket.
fn closed(reason: Option<&CloseReason>) -> Disconnect {
    let code = reason.map(|reason| u16::from(reason.code));
    match code.and_then(refusal_of_code) {
        Some(refusal) => Disconnect::Refused(refusal),
        None => Disconnect::Closed(code),
    }
}

struct Connection<'a> {
    subscription: &'a Subscription,
    socket: Socket,
    guaranteed: bool,
    /// When the last answered ping was sent, or when connecting began.
    last_sign_of_life: Duration,
    live: Vec<LiveSubscription>,
    /// The unanswered pings: their numbers, and when they were sent.
    pings: VecDeque<(u64, Duration)>,
    /// The number of the last ping.
    ping_number: u64,
    /// The frames so far of a fragmented message.
    message: BytesMut,
    was_stable: bool,
}

impl Connection<'_> {
    /// Handles `first` and then each frame until the connection ends. `None` when this side ends it.
    async fn listen(
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
                () = self.subscription.joined.notified() => {
                    self.admit_members();
                    Ok(())
                }
                received = self.socket.next() => self.received(received).await,
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

    /// Makes new members live, as the connection is.
    fn admit_members(&mut self) {
        for member in self.subscription.members() {
            if !self.live.iter().any(|live| Arc::ptr_eq(live.cache(), &member)) {
                self.live
                    .push(member.live(self.last_sign_of_life, self.guaranteed));
                let live = SubscriptionState::Live {
                    guaranteed: self.guaranteed,
                };
                member.set_subscription(self.subscription.number, live);
            }
        }
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
        for member in self.live.iter().map(LiveSubscription::cache) {
            // An event of another resource does not belong on this websocket, so any row may have changed.
            if member.is_target_of(&event) {
                member.apply(&event);
            } else {
                member.refresh();
            }
        }
        self.subscription.notify_listeners(&event);
    }

    fn refresh(&self) {
        for member in self.live.iter().map(LiveSubscription::cache) {
            member.refresh();
            self.subscription.notify_listeners(&member.refresh_event());
        }
    }

    /// How long the caches still serve entries if no further ping is answered. At most a year.
    fn remaining_lease(&self) -> Duration {
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
        self.ping_number = self.ping_number.wrapping_add(1);
        let ping = Bytes::copy_from_slice(&self.ping_number.to_be_bytes());
        self.pings.push_back((self.ping_number, self.subscription.now()));
        self.send(Message::Ping(ping)).await
    }

    /// The owner answered a ping. It sent all events from before the ping ahead of the pong.
    fn pong(&mut self, payload: &[u8]) {
        let answered = |(number, _): &(u64, Duration)| number.to_be_bytes() == payload;
        let Some(index) = self.pings.iter().position(answered) else {
            return;
        };
        // Earlier pings will not be answered any more.
        if let Some((_, sent)) = self.pings.drain(..=index).next_back() {
            self.last_sign_of_life = sent;
            self.was_stable = true;
            for live in &self.live {
                live.ping_answered(sent);
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

fn refusal_of_code(code: u16) -> Option<Refusal> {
    match code {
        close_code::UNAUTHORIZED => Some(Refusal::Unauthorized),
        close_code::UNKNOWN_RESOURCE => Some(Refusal::UnknownResource),
        close_code::WRONG_VERSION => Some(Refusal::WrongVersion),
        _ => None,
    }
}
