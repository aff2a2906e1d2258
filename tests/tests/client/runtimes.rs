//! The client from whatever runs futures.

use crate::managers::RemoteProject;
use crate::server::{Server, rows};

const ONE: &str = r#"[{"id": 1, "name": "Alpha", "status": "active"}]"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn multi_thread() {
    let server = Server::start(|_, _| rows(ONE));
    let gm = server.gm().await;
    let project = RemoteProject::get(&gm, 1).await.unwrap();
    assert_eq!(project.name, "Alpha");
}
