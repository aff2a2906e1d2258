//! The handshake of a websocket.

use std::sync::Arc;
use std::time::Duration;

use actix_codec::Framed;
use awc::BoxedSocket;
use awc::error::WsClientError;
use awc::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use futures_util::Stream;
use tokio::time::timeout;

use super::codec::{Bounded, MAX_MESSAGE};
use super::subscription::Subscription;
use crate::client::transport::{for_websocket, without_tls};
use crate::client::{ActiveCredential, Disconnect};
use crate::error::Refusal;
use crate::protocol::names::EVENTS_SUBPROTOCOL;

pub(super) type Socket = Framed<BoxedSocket, Bounded>;

/// An item of the socket: a frame, an error, or `None` at the end.
pub(super) type Received = Option<<Socket as Stream>::Item>;

/// A websocket that the owner accepted.
pub(super) struct Opened {
    pub(super) socket: Socket,
    /// Whether the owner guarantees its events.
    pub(super) guaranteed: bool,
    /// When connecting began.
    pub(super) began: Duration,
    /// The credential that was sent.
    pub(super) credential: Option<Arc<ActiveCredential>>,
}

/// Why a websocket could not be opened, and the credential that was sent.
pub(super) struct Failed {
    pub(super) reason: Disconnect,
    pub(super) credential: Option<Arc<ActiveCredential>>,
}

/// Opens the websocket with the present credential.
pub(super) async fn open(subscription: &Subscription) -> Result<Opened, Failed> {
    let credential = match &subscription.credentials {
        None => None,
        Some(source) => Some(source.current().await.map_err(|error| Failed {
            reason: Disconnect::NoCredential(error.to_string().into()),
            credential: None,
        })?),
    };
    let began = subscription.now();
    match connect(subscription, credential.as_deref()).await {
        Ok((socket, guaranteed)) => Ok(Opened {
            socket,
            guaranteed,
            began,
            credential,
        }),
        Err(reason) => Err(Failed { reason, credential }),
    }
}

/// Sends the handshake. The flag says whether the owner guarantees its events.
async fn connect(
    subscription: &Subscription,
    credential: Option<&ActiveCredential>,
) -> Result<(Socket, bool), Disconnect> {
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
    if let Some(credential) = credential {
        request = request.header(AUTHORIZATION, credential.authorization());
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
