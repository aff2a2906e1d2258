//! The request of each verb, without the values of its body.

use crate::managers::{RemoteProject, RemoteProjectCreate};
use crate::server::{Server, rows};

#[tokio::test]
async fn each_verb_is_one_request() {
    let server = Server::start(|_, _| rows(r#"[{"id": 1, "name": "a", "status": "b"}]"#));
    let gm = server.builder().bearer_token("secret").build().await.unwrap();
    RemoteProject::query().all(&gm).await.unwrap();
    let project = RemoteProject::get(&gm, 1).await.unwrap();
    let new = RemoteProjectCreate {
        name: "a".to_owned(),
        status: "b".to_owned(),
    };
    RemoteProject::create(new).exec(&gm).await.unwrap();
    project.update().status("c").exec(&gm).await.unwrap();
    project.delete(&gm).await.unwrap();
    project.delete(&gm).history_comment("why").await.unwrap();

    let item = "/internal/gm/projects/1";
    let expected = [
        ("POST", "/internal/gm/projects/query", "query", true),
        ("GET", item, "detail", false),
        ("POST", "/internal/gm/projects", "create", true),
        ("PATCH", item, "update", true),
        ("DELETE", item, "delete", false),
        ("DELETE", item, "delete", true),
    ];
    let requests = server.requests();
    assert_eq!(requests.len(), expected.len());
    for (request, (method, path, verb, has_body)) in requests.iter().zip(expected) {
        assert_eq!((request.method.as_str(), request.path.as_str()), (method, path));
        assert_eq!(request.header("x-general-manager-protocol-version"), Some("v1"));
        assert_eq!(request.header("authorization"), Some("Bearer secret"));
        assert_eq!(request.header("accept"), Some("application/json"));
        assert_eq!(
            request.header("content-type"),
            has_body.then_some("application/json")
        );
        assert_eq!(!request.body.is_empty(), has_body);
        let id = request.header("x-request-id").unwrap();
        assert!(id.starts_with(&format!("gm-{verb}-")), "{id}");
    }
}
