//! The owner of the derive.

use std::io::stdin;
use std::time::Duration;

use actix_web::{App, HttpServer};
use gm_examples::{Project, ProjectCreate};
use gm_runtime::Gm;

use crate::process::announce;

/// Serves, and changes a row for each line on stdin, until the process is stopped.
pub(crate) fn serve() {
    actix_web::rt::System::new().block_on(async {
        let gm = Gm::builder()
            .in_memory::<Project>()
            .expose::<Project>()
            .max_subscribers(100_000)
            .max_subscribers_per_principal(100_000)
            // The benchmark measures idle sockets, and sockets that only receive events.
            .subscriber_ping_interval(Duration::from_secs(600))
            .build()
            .await
            .expect("a handle");
        let create = ProjectCreate {
            name: "Alpha".into(),
            status: "active".into(),
        };
        let project = Project::create(create)
            .exec(&gm)
            .await
            .expect("the row is created");
        let server = HttpServer::new({
            let gm = gm.clone();
            move || App::new().configure(gm.services())
        })
        .workers(1)
        .backlog(8192)
        .tcp_nodelay(true)
        .bind(("127.0.0.1", 0))
        .expect("a free port");
        announce(server.addrs()[0]);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            let runtime = runtime.expect("a runtime");
            for (event, _) in stdin().lines().enumerate() {
                // An update without a change causes no event.
                let change = project.update().name(format!("Alpha {event}")).exec(&gm);
                runtime.block_on(change).expect("the row is changed");
            }
        });
        server.run().await.expect("the server runs");
    });
}
