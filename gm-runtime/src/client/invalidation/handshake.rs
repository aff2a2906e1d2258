//! The handshake of a websocket.

use actix_codec::Framed;
use awc::BoxedSocket;
use awc::error::WsClientError;
use awc::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use tokio::time::timeout;

use super::codec::{Bounded, MAX_MESSAGE};
use super::subscription::Subscription;
use crate::client::Disconnect;
use crate::client::transport::{for_websocket, without_tls};
use crate::error::Refusal;
use crate::protocol::names::EVENTS_SUBPROTOCOL;

pub(super) type Socket = Framed<BoxedSocket, Bounded>;

/// Opens the websocket. The flag says whether the owner guarantees its events.
pub(super) async fn open(subscription: &Subscription) -> Result<(Socket, bool), Disconnect> {
    let context = &subscription.context;
    let unreachable = |error: String| Disconnect::Unreachable(error.into());
    let (url, has_tls) = without_tls(&subscription.url);
    let tls = if has_tls {
        Some(
            timeout(context.timeouts.connect, context.tls.config())
                .await
                .map_err(|_| unreachable("loading the system's root certificates took too long".to_owned()))?
                .map_err(|error| unreachable(error.to_string()))?,
        )
    } else {
        None
    };
    let client = for_websocket(context.timeouts.connect, tls);
    let mut request = client
        .ws(&*url)
        .protocols([EVENTS_SUBPROTOCOL])
        .max_frame_size(MAX_MESSAGE);
    if let Some(credentials) = &subscription.credentials {
        request = request.header(AUTHORIZATION, credentials.authorization());
    }
    let opened = timeout(context.timeouts.response, request.connect())
        .await
        .map_err(|_| unreachable("the handshake took too long".to_owned()))?;
    let (response, socket) = opened.map_err(|error| match &error {
        WsClientError::InvalidResponseStatus(status) => match refusal_of_status(status.as_u16()) {
            Some(refusal) => Disconnect::Refused(refusal),
            None => unreachable(format!(
                "the handshake was answered with HTTP {}",
                status.as_u16()
            )),
        },
        _ => unreachable(error.to_string()),
    })?;
    let guaranteed = response
        .headers()
        .get(SEC_WEBSOCKET_PROTOCOL)
        .is_some_and(|selected| selected == EVENTS_SUBPROTOCOL);
    Ok((socket.into_map_codec(Bounded), guaranteed))
}

fn refusal_of_status(status: u16) -> Option<Refusal> {
    matches!(status, 401 | 403 | 404).then_some(Refusal::Handshake { status })
}
