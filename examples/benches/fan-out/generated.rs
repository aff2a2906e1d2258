//! The owners of the derive.

use std::io::stdin;
use std::time::Duration;

use actix_web::{App, HttpServer};
use gm_examples::{Project, ProjectCreate};
use gm_runtime::{Gm, GmBuilder};

use crate::process::announce;

/// Serves projects that every caller may read.
pub(crate) fn serve_projects() {
    let builder = Gm::builder().in_memory::<Project>().expose::<Project>();
    serve(builder, async |gm| {
        let create = ProjectCreate {
            name: "Alpha".into(),
            status: "active".into(),
        };
        let created = Project::create(create).exec(&gm).await;
        let project = created.expect("the row is created");
        async move |event| {
            let change = project.update().name(format!("Alpha {event}"));
            change.exec(&gm).await.expect("the row is changed");
        }
    });
}

/// Serves until the process is stopped. `prepare` makes the rows, and returns a function that changes one of them. It is called with
/// the number of the event for each line on stdin, since an update without a change causes no event.
pub(crate) fn serve<C>(builder: GmBuilder, prepare: impl AsyncFnOnce(Gm) -> C)
where
    C: AsyncFn(usize) + Send + 'static,
{
    actix_web::rt::System::new().block_on(async {
        let gm = builder
            .max_subscribers(100_000)
            .max_subscribers_per_principal(100_000)
            // The benchmark measures idle sockets, and sockets that only receive events.
            .subscriber_ping_interval(Duration::from_secs(600))
            .build()
            .await
            .expect("a handle");
        let change = prepare(gm.clone()).await;
        let server = HttpServer::new(move || App::new().configure(gm.services()))
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
                runtime.block_on(change(event));
            }
        });
        server.run().await.expect("the server runs");
    });
}
