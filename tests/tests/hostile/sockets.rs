//! Hostile websockets.

use gm_tests::conformance::Project;
use gm_tests::memory::growth;
use gm_tests::websocket::{Socket, TEXT, frame, handshake};

use crate::{assert_alive, serve};

const PROJECTS: &str = "/internal/gm/ws/projects";

#[tokio::test]
async fn a_frame_of_sixteen_megabytes_closes_the_socket_and_is_not_stored() {
    let service = serve().await;
    let payload = vec![b'x'; 16 << 20];
    let bytes = frame(0x80 | TEXT, payload.len() as u64, &payload);
    let mut sockets = Vec::new();
    let grown = growth(async {
        for _ in 0..8 {
            let (_, mut socket) = Socket::open(service.address, &handshake(PROJECTS)).await.unwrap();
            // The service closes before it has read everything.
            let _ = socket.send_bytes(&bytes).await;
            sockets.push(socket);
        }
    })
    .await;
    assert!(grown < 16 * 1024, "{grown} KiB");
    assert_alive(service).await;
}

/// An idle socket takes at most 16 KiB in the service, and a little more together with this test's client.
#[tokio::test]
async fn a_thousand_idle_sockets_take_little_memory_and_all_receive_events() {
    let service = serve().await;
    let mut sockets = Vec::new();
    let grown = growth(async {
        for _ in 0..1000 {
            let (response, socket) = Socket::open(service.address, &handshake(PROJECTS)).await.unwrap();
            assert_eq!(response.status, 101);
            sockets.push(socket);
        }
    })
    .await;
    assert!(grown < 24 * 1000, "{grown} KiB");
    service.gm.refresh::<Project>().unwrap();
    for socket in &mut sockets {
        assert_eq!(socket.receive().await.unwrap().json()["action"], "refresh");
    }
    assert_alive(service).await;
}

#[tokio::test]
async fn sockets_that_end_within_a_frame_are_released() {
    let service = serve().await;
    for _ in 0..200 {
        let (_, mut socket) = Socket::open(service.address, &handshake(PROJECTS)).await.unwrap();
        socket.send_bytes(&frame(0x80 | TEXT, 100, b"x")).await.unwrap();
    }
    service.gm.refresh::<Project>().unwrap();
    assert_alive(service).await;
}
