//! Frames from a subscriber.

use gm_tests::conformance::{Project, Running};
use gm_tests::websocket::{CLOSE, PING, PONG, TEXT, frame};

use super::{PROJECTS, serve, subscribe};

async fn closed_with(service: &Running, bytes: &[u8]) -> Option<u16> {
    let mut socket = subscribe(service, PROJECTS).await;
    socket.send_bytes(bytes).await.unwrap();
    socket.receive().await.unwrap().close_code()
}

/// The header of the frame is enough. The owner does not wait for the payload.
#[tokio::test]
async fn a_frame_over_64_kib_closes() {
    let service = serve(|builder| builder).await;
    assert_eq!(
        closed_with(&service, &frame(0x80 | TEXT, 64 * 1024 + 1, b"")).await,
        Some(1009)
    );
    assert_eq!(
        closed_with(&service, &frame(0x80 | TEXT, 16 << 20, b"")).await,
        Some(1009)
    );
    assert_eq!(
        closed_with(&service, &frame(0x80 | TEXT, u64::MAX, b"")).await,
        Some(1009)
    );
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_message_over_64_kib_in_pieces_closes() {
    let service = serve(|builder| builder).await;
    let piece = vec![b'x'; 40 * 1024];
    let mut bytes = frame(TEXT, piece.len() as u64, &piece);
    bytes.extend(frame(0x80, piece.len() as u64, &piece));
    assert_eq!(closed_with(&service, &bytes).await, Some(1009));
    service.stop().await.unwrap();
}

#[tokio::test]
async fn an_invalid_frame_closes_the_websocket() {
    let service = serve(|builder| builder).await;
    let unmasked = [0x80 | TEXT, 1, b'x'];
    let reserved = frame(0xc0 | TEXT, 0, b"");
    let unknown = frame(0x80 | 0x3, 0, b"");
    let long_ping = frame(0x80 | PING, 126, &[0; 126]);
    let split_ping = frame(PING, 0, b"");
    let nothing_to_continue = frame(0x80, 0, b"");
    let mut twice_begun = frame(TEXT, 0, b"");
    twice_begun.extend(frame(TEXT, 0, b""));
    for bytes in [
        &unmasked[..],
        &reserved,
        &unknown,
        &long_ping,
        &split_ping,
        &nothing_to_continue,
        &twice_begun,
    ] {
        assert_eq!(closed_with(&service, bytes).await, Some(1002), "{bytes:?}");
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn data_is_ignored() {
    let service = serve(|builder| builder).await;
    let mut socket = subscribe(&service, PROJECTS).await;
    socket.send(TEXT, &vec![b'x'; 64 * 1024]).await.unwrap();
    let mut pieces = frame(TEXT, 1, b"a");
    pieces.extend(frame(0x80 | PING, 4, b"ping"));
    pieces.extend(frame(0x80, 1, b"b"));
    socket.send_bytes(&pieces).await.unwrap();
    let pong = socket.receive().await.unwrap();
    assert_eq!((pong.opcode, pong.payload.as_slice()), (PONG, &b"ping"[..]));
    service.gm.refresh::<Project>().unwrap();
    assert_eq!(socket.receive().await.unwrap().json()["action"], "refresh");
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_frame_that_arrives_byte_by_byte_is_read() {
    let service = serve(|builder| builder).await;
    let mut socket = subscribe(&service, PROJECTS).await;
    let payload = vec![7; 125];
    for byte in frame(0x80 | PING, 125, &payload) {
        socket.send_bytes(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(socket.receive().await.unwrap().payload, payload);
    socket.send(CLOSE, b"").await.unwrap();
    assert_eq!(socket.receive().await.unwrap().close_code(), Some(1000));
    service.stop().await.unwrap();
}
