//! Slow subscribers, which do not read.

use std::time::Duration;

use gm_tests::conformance::{self, Project, ProjectCreate, Running};
use gm_tests::keep_alive::KeepAlive;
use gm_tests::raw::Request;
use gm_tests::websocket::{Socket, handshake};

use super::{PROJECTS, serve, subscribe};

/// More than the sockets' own buffers hold.
const CHANGES: i64 = 40_000;

/// Each change reaches a stalled subscriber, as an event of its own or as part of a later refresh. The subscriber delays neither
/// the writer nor the other subscribers.
#[tokio::test]
async fn a_full_queue_becomes_one_refresh() {
    let builder = conformance::builder()
        .database("sqlite::memory:")
        .in_memory::<Project>()
        .subscriber_queue(64);
    let service = Running::start(builder).await.unwrap();
    let (response, mut stalled) = Socket::open_narrow(service.address, &handshake(PROJECTS))
        .await
        .unwrap();
    assert_eq!(response.status, 101);
    let mut reading = subscribe(&service, PROJECTS).await;
    for _ in 0..CHANGES {
        let row = ProjectCreate {
            name: "n".into(),
            status: "s".into(),
        };
        Project::create(row).exec(&service.gm).await.unwrap();
    }
    reading.pending().await.unwrap();

    let frames = stalled.pending().await.unwrap();
    assert!((frames.len() as i64) < CHANGES, "nothing was coalesced");
    let mut next = 1;
    let mut refreshed = false;
    for frame in frames {
        let event = frame.json();
        if event["action"] == "refresh" {
            refreshed = true;
            continue;
        }
        let id = event["identification"]["id"].as_i64().unwrap();
        assert!(
            id == next || (refreshed && id > next),
            "{next} was lost before {id}"
        );
        next = id + 1;
        refreshed = false;
    }
    assert!(
        refreshed || next == CHANGES + 1,
        "the changes since {next} were lost"
    );
    service.stop().await.unwrap();
}

/// A subscriber that reads nothing, with all buffers on the way full, is closed after four ping intervals, and another one gets its
/// slot.
#[tokio::test]
async fn a_stalled_subscriber_loses_its_slot() {
    let service = serve(|builder| {
        builder
            .max_subscribers(1)
            .subscriber_ping_interval(Duration::from_secs(1))
    })
    .await;
    let (response, _stalled) = Socket::open_narrow(service.address, &handshake(PROJECTS))
        .await
        .unwrap();
    assert_eq!(response.status, 101);
    let query = Request::new("POST", "/internal/gm/projects/query").json("{}");
    let mut caller = KeepAlive::new(service.address);
    // More events than the buffers hold, and no faster than they fill.
    for _ in 0..400 {
        for _ in 0..100 {
            service.gm.refresh::<Project>().unwrap();
        }
        assert_eq!(caller.send(&query).await.unwrap().status, 200);
    }
    let mut another = loop {
        let (response, socket) = Socket::open(service.address, &handshake(PROJECTS)).await.unwrap();
        match response.status {
            101 => break socket,
            status => assert_eq!(status, 503),
        }
    };
    service.gm.refresh::<Project>().unwrap();
    assert_eq!(
        another.receive_past_pings().await.unwrap().json()["action"],
        "refresh"
    );
    service.stop().await.unwrap();
}
