//! Durability: a row with the response 201 before `kill -9` exists after a restart.

use std::collections::HashSet;
use std::net::SocketAddr;

use gm_examples::{RemoteProject, RemoteProjectCreate};
use gm_runtime::Gm;
use rustix::process::Signal;
use tokio::sync::mpsc;

use crate::service::Service;

const WRITERS: usize = 16;
const KILLS: usize = 3;
const ACKNOWLEDGED_BEFORE_A_KILL: usize = 150;

async fn consumer(address: SocketAddr) -> Gm {
    Gm::builder()
        .base_url("https://project-service.example.com", format!("http://{address}"))
        .build()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_create_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("projects.db");
    let mut acknowledged = HashSet::new();
    for kill in 0..KILLS {
        let (service, address) = Service::start(&database);
        let gm = consumer(address).await;
        let (acknowledge, mut created) = mpsc::unbounded_channel();
        for writer in 0..WRITERS {
            let (gm, acknowledge) = (gm.clone(), acknowledge.clone());
            tokio::spawn(async move {
                for number in 0.. {
                    let project = RemoteProjectCreate {
                        name: format!("{kill}/{writer}/{number}"),
                        status: "active".into(),
                    };
                    // The outcome of the first failed create is unknown, since the kill interrupted it.
                    let Ok(project) = RemoteProject::create(project).exec(&gm).await else {
                        break;
                    };
                    acknowledge.send((project.id, project.name)).unwrap();
                }
            });
        }
        drop(acknowledge);
        for _ in 0..ACKNOWLEDGED_BEFORE_A_KILL {
            acknowledged.insert(created.recv().await.expect("the service runs"));
        }
        // The writers are still writing.
        service.signal(Signal::KILL);
        while let Some(project) = created.recv().await {
            acknowledged.insert(project);
        }
        assert!(!service.ended().success());
    }

    let (_service, address) = Service::start(&database);
    let gm = consumer(address).await;
    let stored = RemoteProject::query().page_size(100).all(&gm).await.unwrap();
    let stored: HashSet<_> = stored
        .into_iter()
        .map(|project| (project.id, project.name))
        .collect();
    assert!(acknowledged.len() >= KILLS * ACKNOWLEDGED_BEFORE_A_KILL);
    let lost: Vec<_> = acknowledged.difference(&stored).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
}
