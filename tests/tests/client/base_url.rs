//! Base URLs, and the tokens that are sent to them.

use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::log;

use crate::managers::RemoteProject;
use crate::server::{Server, rows};

#[tokio::test]
async fn a_path_prefix_precedes_the_base_path() {
    for prefix in ["/a/b", "/a/b/"] {
        let server = Server::start(|_, _| rows("[]"));
        let gm = Gm::builder()
            // The same URL in another spelling.
            .base_url("HTTP://Owner.Test:80/", format!("{}{prefix}", server.url()))
            .build()
            .await
            .unwrap();
        RemoteProject::query().all(&gm).await.unwrap();
        assert_eq!(server.requests()[0].path, "/a/b/internal/gm/projects/query");
        let host = server.url().replace("http://", "");
        assert_eq!(server.requests()[0].header("host"), Some(host.as_str()));
    }
}

#[tokio::test]
async fn the_log_shows_the_url_of_a_manager_and_whether_a_token_is_sent() {
    log::keep();
    let server = Server::start(|_, _| rows("[]"));
    let builder = || Gm::builder().base_url("http://owner.test", format!("{}/logged", server.url()));
    // The second names a service that no manager declares.
    for (declared, token) in [
        ("http://owner.test", "token=true"),
        ("http://owner.tset", "token=false"),
    ] {
        let gm = builder()
            .bearer_token_for(declared, "secret")
            .build()
            .await
            .unwrap();
        RemoteProject::query().all(&gm).await.unwrap();
        let address = format!("{}/logged", server.url());
        let lines = log::lines(&["INFO", "\"RemoteProject\"", &address, token]);
        assert_eq!(lines.len(), 1, "{lines:?}");
    }
    assert_eq!(log::lines(&["secret"]), [""; 0]);
}

#[tokio::test]
async fn an_ipv6_address() {
    let server = Server::start_at("[::1]:0", |_, _| rows("[]"));
    RemoteProject::query().all(&server.gm().await).await.unwrap();
    let host = server.url().replace("http://", "");
    assert_eq!(server.requests()[0].header("host"), Some(host.as_str()));
}

#[tokio::test]
async fn an_invalid_url_is_refused_without_showing_its_password() {
    for (actual, part) in [
        ("ftp://owner.test", "neither http nor https"),
        ("owner.test", "not a URL"),
        ("", "not a URL"),
        ("http://", "not a URL"),
        ("http://owner.test?a=b", "a query"),
        ("http://owner.test/#a", "a fragment"),
        ("http://user:hunter2@owner.test", "credentials"),
        ("http://user:hunter2@[owner", "not a URL"),
    ] {
        let error = Gm::builder()
            .base_url("http://owner.test", actual)
            .build()
            .await
            .unwrap_err();
        let Error::Configuration(text) = error else {
            panic!("{error:?}")
        };
        assert!(text.contains(part) && !text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn zero_limits_are_refused() {
    use gm_runtime::client::Timeouts;
    let zero = std::time::Duration::ZERO;
    for builder in [
        Gm::builder().timeouts(Timeouts::new().body(zero)),
        Gm::builder().max_received_bytes(0),
        Gm::builder().max_connections(0),
        Gm::builder().max_rows(0),
        Gm::builder().bearer_token(""),
        Gm::builder().bearer_token("token\n"),
        Gm::builder().bearer_token("tökén"),
        Gm::builder().bearer_token_for("owner.test", "token"),
        Gm::builder().bearer_token_for("http://owner.test", "token\n"),
        Gm::builder()
            .bearer_token_for("http://owner.test", "one")
            .bearer_token_for("http://owner.test/", "another"),
        Gm::builder()
            .base_url("http://owner.test", "http://a.test")
            .base_url("http://owner.test/", "http://b.test"),
    ] {
        let error = builder.build().await.unwrap_err();
        assert!(matches!(error, Error::Configuration(_)), "{error:?}");
    }
}

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://rooms.test", resource = "rooms")]
struct RemoteRoom {
    #[field(id)]
    id: i64,
}

/// A service that receives a token can use it.
#[tokio::test]
async fn the_token_of_one_service_is_sent_to_no_other() {
    let general = "Bearer general";
    for (general, of_rooms) in [(Some(general), Some(general)), (None, None)] {
        let (owner, rooms) = (Server::start(|_, _| rows("[]")), Server::start(|_, _| rows("[]")));
        let mut builder = Gm::builder()
            .base_url("http://owner.test", owner.url())
            .base_url("http://rooms.test", rooms.url())
            // The same service in another spelling.
            .bearer_token_for("HTTP://Owner.Test:80/", "own");
        if general.is_some() {
            builder = builder.bearer_token("general");
        }
        let gm = builder.build().await.unwrap();
        RemoteProject::query().all(&gm).await.unwrap();
        RemoteRoom::query().all(&gm).await.unwrap();
        assert_eq!(owner.requests()[0].header("authorization"), Some("Bearer own"));
        assert_eq!(rooms.requests()[0].header("authorization"), of_rooms);
    }
}
