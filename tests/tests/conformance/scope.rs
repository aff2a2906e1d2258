//! The routes in an actix-web scope.

use std::net::SocketAddr;

use actix_web::{App, HttpServer, web};
use gm_runtime::{GeneralManager, Gm};
use gm_tests::log;
use gm_tests::raw::Request;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "things")]
#[permission(read = public)]
#[remote_api(base_path = "/in-a-scope", resource = "things", allow_filter)]
struct Thing {
    #[field(id)]
    id: i64,
}

async fn serve(gm: &Gm, scope: &'static str) -> SocketAddr {
    let services = gm.services();
    let server = HttpServer::new(move || {
        App::new().service(
            web::scope(scope)
                .configure(services.clone())
                .route("/in-a-scope/other", web::get().to(async || "the application's")),
        )
    })
    .workers(1)
    .disable_signals()
    .bind(("127.0.0.1", 0))
    .unwrap();
    let address = server.addrs()[0];
    tokio::spawn(server.run());
    address
}

#[tokio::test]
async fn routes_in_a_scope_are_not_found_and_the_reason_is_logged() {
    log::keep();
    let gm = Gm::builder().in_memory::<Thing>().expose::<Thing>().build();
    let gm = gm.await.unwrap();
    let query = |path: &str| Request::new("POST", path).json("{}");
    let logged = || log::lines(&["ERROR", "gm.services()", "in-a-scope"]);

    // A scope without a path has no effect.
    let plain = serve(&gm, "").await;
    let reply = query("/in-a-scope/things/query").send(plain).await.unwrap();
    assert_eq!(reply.status, 200);
    let reply = query("/in-a-scope/thing/query").send(plain).await.unwrap();
    assert_eq!((reply.status, logged()), (404, vec![]));

    let scoped = serve(&gm, "/api").await;
    for _ in 0..2 {
        let reply = query("/api/in-a-scope/things/query").send(scoped).await.unwrap();
        assert_eq!(reply.status, 404);
    }
    let logged = logged();
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert!(logged[0].contains("the scope `/api`"), "{logged:?}");
    // Other paths belong to the application.
    let other = Request::new("GET", "/api/in-a-scope/other")
        .send(scoped)
        .await
        .unwrap();
    assert_eq!(
        (other.status, other.body.as_slice()),
        (200, &b"the application's"[..])
    );
}
