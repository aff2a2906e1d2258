//! The client of the derive.

use std::hint::black_box;
use std::net::SocketAddr;

use gm_runtime::{GeneralManager, Gm};

use crate::{Question, REQUESTS};

/// A handle without a websocket, so that it caches nothing.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "https://project-service.example.com",
    base_path = "/internal/gm",
    resource = "projects"
)]
pub(crate) struct UncachedProject {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) status: String,
}

pub(crate) async fn handle(owner: SocketAddr) -> Gm {
    Gm::builder()
        .base_url("https://project-service.example.com", format!("http://{owner}"))
        .build()
        .await
        .expect("a handle")
}

/// The requests of one caller, one after the other.
pub(crate) async fn ask(gm: Gm, question: Question) {
    for _ in 0..REQUESTS {
        match question {
            Question::Row => {
                black_box(UncachedProject::get(&gm, 1).fresh().await.expect("a row"));
            }
            Question::Page => {
                let query = UncachedProject::filter(|p| p.status.eq("active"))
                    .page(1)
                    .page_size(50);
                black_box(query.all(&gm).fresh().await.expect("rows"));
            }
        }
    }
}
