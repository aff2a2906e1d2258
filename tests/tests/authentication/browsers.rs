//! The token of a browser's websocket, in a subprotocol.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use gm_tests::conformance::TOKEN;
use gm_tests::log;
use gm_tests::raw::Response;
use gm_tests::websocket::{PING, Socket, handshake};
use tracing_subscriber::filter::LevelFilter;

use super::{PRIVATE, PRIVATE_EVENTS, read, serve, with};

fn subprotocol(token: &str) -> String {
    format!("gm-token.{}", URL_SAFE_NO_PAD.encode(token))
}

/// The response to a handshake, and the code with which the socket is closed at once.
async fn open(service: &gm_tests::conformance::Running, headers: &[(&str, &str)]) -> (Response, Option<u16>) {
    let request = with(handshake(PRIVATE_EVENTS), headers);
    let (response, mut socket) = Socket::open(service.address, &request).await.unwrap();
    assert_eq!(response.status, 101);
    socket.send(PING, b"").await.unwrap();
    let code = socket.receive().await.unwrap().close_code();
    (response, code)
}

const PROTOCOL: &str = "Sec-WebSocket-Protocol";

#[tokio::test]
async fn a_token_in_a_subprotocol_is_accepted_and_never_selected() {
    log::keep_from(LevelFilter::TRACE);
    let service = serve(|builder| builder).await;
    let token = subprotocol(TOKEN);
    let offers = [
        format!("gm-events-1, {token}"),
        format!("{token}, gm-events-1"),
        format!("{token},gm-events-1,other"),
    ];
    for offered in offers {
        let (response, code) = open(&service, &[(PROTOCOL, &offered)]).await;
        assert_eq!(
            (response.header("sec-websocket-protocol"), code),
            (Some("gm-events-1"), None)
        );
    }
    let (response, code) = open(&service, &[(PROTOCOL, "gm-events-1"), (PROTOCOL, &token)]).await;
    assert_eq!(
        (response.header("sec-websocket-protocol"), code),
        (Some("gm-events-1"), None)
    );
    // Alone it authenticates, too, and no subprotocol is selected.
    let (response, code) = open(&service, &[(PROTOCOL, &token)]).await;
    assert_eq!((response.header("sec-websocket-protocol"), code), (None, None));
    assert_eq!(
        log::lines(&[&URL_SAFE_NO_PAD.encode(TOKEN)]),
        Vec::<String>::new()
    );
    service.stop().await.unwrap();
}

/// A server that skips what it can't read would take the caller for an anonymous one.
#[tokio::test]
async fn a_token_beside_a_subprotocol_that_is_no_ascii_is_read() {
    let service = serve(|builder| builder).await;
    for (token, expected) in [(TOKEN, None), ("wrong", Some(4401))] {
        let offered = format!("\u{e4}, {}", subprotocol(token));
        let (_, code) = open(&service, &[(PROTOCOL, &offered)]).await;
        assert_eq!(code, expected);
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_wrong_token_in_a_subprotocol_is_closed_with_4401() {
    let service = serve(|builder| builder).await;
    let wrong = [
        subprotocol("someone-else"),
        "gm-token.".to_owned(),
        "gm-token.!".to_owned(),
        format!("gm-token.{TOKEN}"),
        subprotocol("\u{e4}"),
        subprotocol("two words"),
        subprotocol("line\r\nbreak"),
        format!("gm-token.{}", STANDARD.encode("conformance-use")) + "=",
        format!("gm-token.{}", URL_SAFE_NO_PAD.encode([0xff, 0xfe])),
        format!("{0}, {0}", subprotocol(TOKEN)),
    ];
    for token in wrong {
        let (response, code) = open(&service, &[(PROTOCOL, &format!("gm-events-1, {token}"))]).await;
        assert_eq!(code, Some(4401), "{token}");
        let selected = response.header("sec-websocket-protocol");
        assert!(
            selected.is_none_or(|selected| selected == "gm-events-1"),
            "{token}"
        );
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_token_in_a_subprotocol_and_in_a_header_is_closed_with_4401() {
    let service = serve(|builder| builder).await;
    let (protocol, token) = (subprotocol(TOKEN), format!("Bearer {TOKEN}"));
    let (_, code) = open(&service, &[(PROTOCOL, &protocol), ("Authorization", &token)]).await;
    assert_eq!(code, Some(4401));
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_token_in_a_subprotocol_counts_for_websockets_alone() {
    let service = serve(|builder| builder).await;
    let response = read(&service, PRIVATE, &[(PROTOCOL, &subprotocol(TOKEN))]).await;
    assert_eq!(response.status, 403);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_token_in_the_url_is_ignored() {
    let service = serve(|builder| builder).await;
    for name in ["token", "access_token", "authorization"] {
        let path = format!("{PRIVATE_EVENTS}?{name}={TOKEN}");
        let (_, mut socket) = Socket::open(service.address, &handshake(&path)).await.unwrap();
        assert_eq!(socket.receive().await.unwrap().close_code(), Some(4401));
    }
    service.stop().await.unwrap();
}
