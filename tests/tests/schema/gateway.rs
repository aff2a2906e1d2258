//! A gateway serves the schema of its own struct and rules, and sends its owner nothing for it.

use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;
use serde_json::json;

/// The gateway knows three fields of the news, and shows two of them.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/owner",
    resource = "news",
    operations(filter, detail)
)]
#[permission(read = public)]
#[remote_api(resource = "news", allow_filter, allow_detail)]
pub(crate) struct News {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) title: String,
    #[field(read = nobody)]
    pub(crate) source: Option<String>,
}

mod owner {
    use gm_runtime::GeneralManager;

    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "news")]
    #[permission(read = public, create = public)]
    #[remote_api(
        base_path = "/owner",
        resource = "news",
        allow_filter,
        allow_detail,
        allow_create
    )]
    pub(crate) struct News {
        #[field(id)]
        pub(crate) id: i64,
        pub(crate) title: String,
        pub(crate) source: Option<String>,
        pub(crate) draft: Option<String>,
    }
}

async fn gateway(owner: std::net::SocketAddr) -> Running {
    let gateway = Gm::builder()
        .base_url("http://owner.test", format!("http://{owner}"))
        .expose::<News>();
    Running::start(gateway).await.unwrap()
}

#[tokio::test]
async fn a_gateway_serves_what_it_serves_itself() {
    let owner = Gm::builder().in_memory::<owner::News>().expose::<owner::News>();
    let owner = Running::start(owner).await.unwrap();
    let gateway = gateway(owner.address).await;
    let schema = async || {
        let reply = Request::new("GET", "/gm/_schema")
            .send(gateway.address)
            .await
            .unwrap();
        assert_eq!(reply.status, 200);
        reply.json()["resources"][0].clone()
    };
    let before = schema().await;
    let names: Vec<_> = before["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| &field["name"])
        .collect();
    assert_eq!(names, ["id", "title"]);
    assert_eq!(before["operations"], json!(["filter", "detail"]));
    let query = Request::new("POST", "/gm/news/query").json("{}");
    let read = query.send(gateway.address).await.unwrap();
    assert_eq!(read.status, 200);
    assert_eq!(read.header("x-general-manager-schema"), before["hash"].as_str());
    // The extensions of the owner are known now, and do not change the hash.
    let after = schema().await;
    assert_eq!(before["features"], json!(["schema"]));
    assert_eq!(after["features"], json!(["cursor", "idempotency", "schema"]));
    assert_eq!(after["hash"], before["hash"]);
    gateway.stop().await.unwrap();
    owner.stop().await.unwrap();
}

#[tokio::test]
async fn a_gateway_whose_owner_is_away_serves_its_schema() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gateway = gateway(nobody.local_addr().unwrap()).await;
    let reply = Request::new("GET", "/gm/_schema")
        .send(gateway.address)
        .await
        .unwrap();
    assert_eq!(reply.status, 200);
    gateway.stop().await.unwrap();
}
