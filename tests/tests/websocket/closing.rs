//! The end of websockets.

use std::time::Duration;

use gm_tests::conformance::Project;
use gm_tests::websocket::{CLOSE, PING, PONG, Socket, handshake};

use super::{PROJECTS, serve, subscribe};

#[tokio::test]
async fn a_stopping_service_closes_with_1001_and_accepts_no_more() {
    let service = serve(|builder| builder).await;
    let mut sockets = Vec::new();
    for _ in 0..10 {
        sockets.push(subscribe(&service, PROJECTS).await);
    }
    service.gm.close().await;
    for socket in &mut sockets {
        assert_eq!(socket.receive().await.unwrap().close_code(), Some(1001));
        socket.ended().await.unwrap();
    }
    let (response, _) = Socket::open(service.address, &handshake(PROJECTS)).await.unwrap();
    assert_eq!(response.status, 503);
    service.stop().await.unwrap();
}

/// Subscribers that neither read nor respond, and idle connections, do not delay the shutdown.
#[tokio::test]
async fn a_service_stops_within_two_seconds() {
    let service = serve(|builder| builder).await;
    let mut silent = Vec::new();
    for _ in 0..10 {
        silent.push(subscribe(&service, PROJECTS).await);
    }
    let idle = tokio::net::TcpStream::connect(service.address).await.unwrap();
    let stopped = tokio::time::timeout(Duration::from_secs(2), service.stop());
    stopped.await.expect("two seconds at most").unwrap();
    drop(idle);
}

#[tokio::test]
async fn a_subscriber_without_pongs_is_closed() {
    let interval = Duration::from_millis(250);
    let service = serve(|builder| builder.subscriber_ping_interval(interval)).await;
    let mut socket = subscribe(&service, PROJECTS).await;
    for _ in 0..6 {
        assert_eq!(socket.receive().await.unwrap().opcode, PING);
        socket.send(PONG, b"").await.unwrap();
    }
    assert_eq!(socket.receive().await.unwrap().opcode, PING);
    assert_eq!(socket.receive().await.unwrap().opcode, PING);
    assert_eq!(socket.receive().await.unwrap().close_code(), Some(1011));
    socket.ended().await.unwrap();
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_close_frame_is_answered() {
    let service = serve(|builder| builder).await;
    let mut socket = subscribe(&service, PROJECTS).await;
    socket.send(CLOSE, &1000_u16.to_be_bytes()).await.unwrap();
    assert_eq!(socket.receive().await.unwrap().close_code(), Some(1000));
    socket.ended().await.unwrap();
    service.stop().await.unwrap();
}

/// A subscriber that reads nothing, with all buffers on the way full, does not delay the shutdown.
#[tokio::test]
async fn a_service_with_a_stalled_subscriber_stops_within_two_seconds() {
    let service = serve(|builder| builder).await;
    let (response, stalled) = Socket::open_narrow(service.address, &handshake(PROJECTS))
        .await
        .unwrap();
    assert_eq!(response.status, 101);
    let mut reading = subscribe(&service, PROJECTS).await;
    // More events than the buffers hold, and no faster than they fill.
    for _ in 0..400 {
        for _ in 0..100 {
            service.gm.refresh::<Project>().unwrap();
        }
        reading.pending().await.unwrap();
    }
    let stopped = tokio::time::timeout(Duration::from_secs(2), service.stop());
    stopped.await.expect("two seconds at most").unwrap();
    drop(stalled);
}
