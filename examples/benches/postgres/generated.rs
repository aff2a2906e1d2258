//! The service of the derive.

use actix_web::{App, HttpServer};
use gm_examples::Project;
use gm_runtime::Gm;
use gm_runtime::interface::SqlDialect;

use crate::process::announce;

pub(crate) fn serve(url: &str) {
    actix_web::rt::System::new().block_on(async {
        let gm = Gm::builder()
            .database(url)
            .expose::<Project>()
            .build()
            .await
            .expect("the database opens");
        let server = HttpServer::new(move || App::new().configure(gm.services()))
            .tcp_nodelay(true)
            .bind(("127.0.0.1", 0))
            .expect("a free port");
        announce(server.addrs()[0]);
        server.run().await.expect("the server runs");
    });
}

/// The statements that create the table and its rows, of which every second one is active.
pub(crate) fn filled(rows: i64) -> String {
    let table = Gm::builder().expose::<Project>().schema(SqlDialect::Postgres);
    format!(
        "{} INSERT INTO projects (name, status) \
         SELECT 'Project ' || lpad(n::text, 5, '0'), CASE WHEN n % 2 = 0 THEN 'active' ELSE 'archived' END \
         FROM generate_series(1, {rows}) AS n ORDER BY n; \
         ANALYZE projects",
        table.expect("a table")
    )
}
