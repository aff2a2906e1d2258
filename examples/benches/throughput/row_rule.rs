//! A manager whose rule for reading depends on the row, and the same manager without rules, on one table with an index.

use std::path::Path;

use actix_web::{App, HttpServer};
use gm_runtime::manager::{Exposed, Manager};
use gm_runtime::{GeneralManager, Gm, GmBuilder};

use crate::process::announce;

/// The header of the caller, who owns every hundredth row.
pub(crate) const CREDENTIALS: &str = "Bearer of-ada";

macro_rules! owned_project {
    ($name:ident, $read:meta) => {
        #[derive(Clone, Debug, GeneralManager)]
        #[database(table = "owned_projects")]
        #[$read]
        #[remote_api(
            base_path = "/internal/gm",
            resource = "projects",
            allow_filter,
            allow_detail
        )]
        pub(crate) struct $name {
            #[field(id)]
            pub(crate) id: i64,
            #[field(max_length = 200)]
            pub(crate) name: String,
            #[field(max_length = 50, index)]
            pub(crate) owner: String,
        }
    };
}

owned_project!(PublicProject, permission(read = public));
owned_project!(OwnedProject, permission(read = owner == caller.name));

/// The callers that may read a row.
#[derive(Clone, Copy)]
pub(crate) enum Reader {
    Every,
    Owner,
}

fn builder(database: &Path) -> GmBuilder {
    Gm::builder()
        .database(format!("sqlite://{}", database.display()))
        .accept_bearer_token("of-ada", "ada")
}

pub(crate) fn serve(database: &Path, reader: Reader) {
    match reader {
        Reader::Every => serve_manager::<PublicProject>(database),
        Reader::Owner => serve_manager::<OwnedProject>(database),
    }
}

fn serve_manager<M: Manager + Exposed>(database: &Path) {
    actix_web::rt::System::new().block_on(async {
        let gm = builder(database).expose::<M>().build().await;
        let gm = gm.expect("the database opens");
        let server = HttpServer::new(move || App::new().configure(gm.services()))
            .tcp_nodelay(true)
            .bind(("127.0.0.1", 0))
            .expect("a free port");
        announce(server.addrs()[0]);
        server.run().await.expect("the server runs");
    });
}

/// The ids of the caller's rows.
pub(crate) fn owned(rows: i64) -> impl Iterator<Item = i64> {
    (1..=rows).filter(|row| row % 100 == 0)
}

/// Creates the table and its rows.
pub(crate) fn fill(database: &Path, rows: i64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let gm = builder(database).expose::<PublicProject>().build().await;
        let gm = gm.expect("the database opens");
        for row in 1..=rows {
            let owner = if row % 100 == 0 { "ada" } else { "bob" };
            PublicProject::create(PublicProjectCreate {
                name: format!("Project {row:05}"),
                owner: owner.into(),
            })
            .exec(&gm)
            .await
            .expect("the row is created");
        }
        gm.close().await;
    });
}
