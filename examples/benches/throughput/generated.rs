//! The service of the derive.

use std::path::Path;

use actix_web::{App, HttpServer};
use gm_examples::{Project, ProjectCreate};
use gm_runtime::Gm;

use crate::process::announce;
use crate::service::Synchronous;

async fn open(database: &Path, synchronous: Synchronous) -> Gm {
    Gm::builder()
        .database(format!("sqlite://{}", database.display()))
        .database_synchronous(match synchronous {
            Synchronous::Full => gm_runtime::interface::Synchronous::Full,
            Synchronous::Normal => gm_runtime::interface::Synchronous::Normal,
        })
        .expose::<Project>()
        .build()
        .await
        .expect("the database opens")
}

pub(crate) fn serve(database: &Path, synchronous: Synchronous) {
    actix_web::rt::System::new().block_on(async {
        let gm = open(database, synchronous).await;
        let server = HttpServer::new(move || App::new().configure(gm.services()))
            .tcp_nodelay(true)
            .bind(("127.0.0.1", 0))
            .expect("a free port");
        announce(server.addrs()[0]);
        server.run().await.expect("the server runs");
    });
}

/// Creates the table and its rows, of which every second one is active.
pub(crate) fn fill(database: &Path, rows: i64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let gm = open(database, Synchronous::Normal).await;
        let creates = (1..=rows).map(|row| {
            let status = if row % 2 == 0 { "active" } else { "archived" };
            Project::create(ProjectCreate {
                name: format!("Project {row:05}"),
                status: status.into(),
            })
            .exec(&gm)
        });
        for created in creates {
            created.await.expect("the row is created");
        }
        gm.close().await;
    });
}
