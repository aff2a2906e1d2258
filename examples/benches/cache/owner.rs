//! An owner of projects on a thread of this process, and handles of consumers.

use std::net::{SocketAddr, TcpListener};

use actix_web::{App, HttpServer};
use gm_examples::{Project, ProjectCreate, RemoteProject};
use gm_runtime::client::SubscriptionState;
use gm_runtime::{Gm, GmBuilder};

/// Serves this many active projects until the process ends.
pub(crate) fn start(rows: usize) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async {
            let gm = Gm::builder()
                .in_memory::<Project>()
                .expose::<Project>()
                .build()
                .await
                .expect("a handle");
            for row in 0..rows {
                Project::create(ProjectCreate {
                    name: format!("Project {row:05}"),
                    status: "active".into(),
                })
                .exec(&gm)
                .await
                .expect("the row is created");
            }
            HttpServer::new(move || App::new().configure(gm.services()))
                .workers(1)
                .disable_signals()
                .listen(listener)
                .expect("a listener")
                .run()
                .await
                .expect("the server runs");
        });
    });
    address
}

/// The handle of a consumer with an open websocket.
pub(crate) async fn consumer(owner: SocketAddr, builder: GmBuilder) -> Gm {
    let gm = builder
        .base_url("https://project-service.example.com", format!("http://{owner}"))
        .build()
        .await
        .expect("a handle");
    gm.subscription::<RemoteProject>()
        .expect("a consumer's manager")
        .wait_for(SubscriptionState::is_live)
        .await
        .expect("the owner accepts");
    gm
}
