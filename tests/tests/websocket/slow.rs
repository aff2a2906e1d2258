//! Subscribers that do not read.

use gm_tests::conformance::{self, Project, ProjectCreate, Running};
use gm_tests::websocket::{Socket, handshake};

use super::{PROJECTS, subscribe};

/// More than the sockets' own buffers hold.
const CHANGES: i64 = 40_000;

/// Every change reaches a stalled subscriber as its own event or folded into a later refresh, and a stalled one
/// neither holds up the writer nor the others.
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
    assert!((frames.len() as i64) < CHANGES, "nothing was folded");
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
