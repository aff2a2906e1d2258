//! The websockets of callers, and the events that they must receive.

use std::net::SocketAddr;

use gm_tests::websocket::{Socket, handshake};
use serde_json::{Value as Json, json};

use super::caller::{Caller, HEADER};
use super::row::Row;
use super::world::{Effect, Storage, World};

pub(crate) struct Watcher {
    pub(crate) caller: Caller,
    socket: Socket,
}

impl Watcher {
    /// Opens the websocket of a caller. `None` for a caller that may read no row, whose websocket is closed.
    pub(crate) async fn open(
        address: SocketAddr,
        resource: &str,
        caller: &Caller,
        world: &World,
    ) -> Option<Self> {
        let path = resource.replace("/gm/", "/gm/ws/");
        let mut request = handshake(&path).header("Sec-WebSocket-Protocol", "gm-events-1");
        if let Some(header) = caller.header() {
            request = request.header(HEADER, &header);
        }
        let (response, mut socket) = Socket::open(address, &request).await.unwrap();
        assert_eq!(response.status, 101, "{caller:?}");
        if world.sight(caller).is_never() {
            let frame = socket.receive().await.unwrap();
            assert_eq!(frame.close_code(), Some(4401), "{caller:?}");
            return None;
        }
        Some(Self {
            caller: caller.clone(),
            socket,
        })
    }

    /// The events that were sent since the last call: action and id.
    async fn received(&mut self) -> Vec<Json> {
        let frames = self.socket.pending().await.unwrap();
        let events = frames.iter().map(|frame| {
            let event = frame.json();
            json!([event["action"], event["identification"]["id"]])
        });
        events.collect()
    }

    /// What is wrong with the events since a write. Without a write there are none.
    pub(crate) async fn mismatch(&mut self, world: &World, effect: Option<&Effect>) -> Option<String> {
        let received = self.received().await;
        if world.storage == Storage::Gateway {
            // The owner's events have no images, so a caller with a condition receives no id at all.
            let is_free = world.sight(&self.caller).is_always();
            let has_id = received.iter().any(|event| !event[1].is_null());
            return (has_id && !is_free).then(|| format!("{received:?}, and no id was expected"));
        }
        let expected: Vec<_> = effect
            .and_then(|effect| self.event_of(world, effect))
            .into_iter()
            .collect();
        (received != expected).then(|| format!("{received:?}, and expected {expected:?}"))
    }

    fn event_of(&self, world: &World, effect: &Effect) -> Option<Json> {
        let sees = |row: &Option<_>| row.as_ref().is_some_and(|row| world.sees(&self.caller, row));
        let row = effect.after.as_ref().or(effect.before.as_ref())?;
        let shown = |row: &Option<Row>| row.as_ref().map(|row| row.shown_to(&self.caller));
        let action = match (sees(&effect.before), sees(&effect.after)) {
            (false, false) => return None,
            (false, true) => "create",
            (true, false) => "delete",
            // The time of a change of hidden fields is hidden, too.
            (true, true) if shown(&effect.before) == shown(&effect.after) => return None,
            (true, true) => "update",
        };
        Some(json!([action, row.id]))
    }
}
