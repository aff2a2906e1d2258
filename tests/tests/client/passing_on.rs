//! The parts of requests and responses that a gateway forwards.

use gm_runtime::error::QueryError;
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::{Request, Response};
use serde_json::{Value as Json, json};

use crate::chain::{Chain, Owned, Passed};
use crate::server::{Server, json as answer, rows};

/// A manager that only authenticated callers may write.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "projects")]
#[permission(read = public, update = authenticated)]
#[remote_api(resource = "projects", allow_detail, allow_update)]
struct Guarded {
    #[field(id)]
    id: i64,
    name: String,
}

/// An owner with rows named a to g, and a chain of gateways in front of it.
async fn owner(length: usize) -> (Running, Chain) {
    let owned = ('a'..='g').zip(1..).map(|(name, id)| Owned {
        id,
        name: name.to_string(),
        stars: i32::try_from(id % 3).unwrap(),
    });
    let builder = Gm::builder().in_memory_with(owned).expose::<Owned>();
    let owner = Running::start(builder).await.unwrap();
    let chain = Chain::start(format!("http://{}", owner.address), length).await;
    (owner, chain)
}

async fn query(address: std::net::SocketAddr, body: &str) -> Response {
    let request = Request::new("POST", "/gm/projects/query").json(body);
    request.send(address).await.unwrap()
}

/// A reply without its request id.
fn said(answer: &Response) -> Json {
    let mut said = answer.json();
    said["metadata"]["request_id"] = Json::Null;
    said
}

#[tokio::test]
async fn the_owners_defaults_apply_to_open_parameters() {
    let (owner, chain) = owner(2).await;
    for body in [
        "",
        "{}",
        r#"{"page": 2}"#,
        r#"{"page": 3}"#,
        r#"{"page": 9}"#,
        r#"{"page_size": 2}"#,
        r#"{"page_size": 5, "page": 2}"#,
        r#"{"page_size": 6}"#,
        r#"{"ordering": "-name"}"#,
        r#"{"ordering": []}"#,
        r#"{"ordering": ["-stars", "name"], "page": 2}"#,
        r#"{"count": false}"#,
        r#"{"count": false, "page": 2}"#,
        r#"{"filters": {"stars__gte": 1}, "excludes": {"name": "b"}}"#,
    ] {
        let (one, other) = (
            query(owner.address, body).await,
            query(chain.address(), body).await,
        );
        assert_eq!((other.status, said(&other)), (one.status, said(&one)), "{body}");
    }
    chain.stop().await;
    owner.stop().await.unwrap();
}

#[tokio::test]
async fn a_gateway_adds_no_parameters() {
    let owner = Server::start(|_, _| rows("[]"));
    let chain = Chain::start(owner.url(), 1).await;
    let bare = json!({"filters": {}, "excludes": {}});
    for (body, adds) in [
        (json!({}), json!({})),
        (json!({"page": 4}), json!({"page": 4})),
        (json!({"page_size": 4}), json!({"page_size": 4})),
        (json!({"count": false}), json!({"count": false})),
        (json!({"ordering": "name"}), json!({"ordering": "name"})),
        (
            json!({"page": null, "page_size": null, "ordering": null}),
            json!({}),
        ),
    ] {
        assert_eq!(query(chain.address(), &body.to_string()).await.status, 200);
        let mut expected = bare.clone();
        for (key, value) in adds.as_object().unwrap() {
            expected[key] = value.clone();
        }
        assert_eq!(owner.requests().last().unwrap().json(), expected, "{body}");
    }
    chain.stop().await;
}

/// As GeneralManager 0.75 does.
#[tokio::test]
async fn a_page_without_a_size_that_the_owner_ignores_is_an_error_of_the_caller() {
    let owner = Server::start(|_, _| {
        answer(
            200,
            r#"{"items": [{"id": 1, "name": "a", "stars": 0}], "metadata": {"page": null, "page_size": null}}"#,
        )
    });
    let chain = Chain::start(owner.url(), 1).await;
    let refused = query(chain.address(), r#"{"page": 2}"#).await;
    assert_eq!(
        (refused.status, &refused.json()["details"]["field"]),
        (400, &json!("page_size"))
    );
    let direct = owner.gm().await;
    let error = Passed::query().page(2).all(&direct).await.unwrap_err();
    assert!(
        matches!(error, Error::Query(QueryError::UnsizedPage { .. })),
        "{error:?}"
    );
    chain.stop().await;
}

/// In a JSON object the last of two equal keys replaces the first, so a condition would be lost.
#[tokio::test]
async fn a_query_without_a_form_on_the_wire_is_refused() {
    let (owner, chain) = owner(1).await;
    for (body, lookup) in [
        (r#"{"filters": {"name": "a", "name__exact": "b"}}"#, "name"),
        (r#"{"filters": {"name__exact": "b", "name": "a"}}"#, "name"),
        (r#"{"excludes": {"name": "a", "name__exact": "b"}}"#, "name"),
        (
            r#"{"filters": {"stars": 1, "name": "a", "stars__exact": 2}}"#,
            "stars",
        ),
        (r#"{"filters": {"name": null, "name__exact": "b"}}"#, "name"),
        (
            r#"{"filters": {"id": 1, "id__exact": 2}, "excludes": {"id": 1}}"#,
            "id",
        ),
    ] {
        assert_eq!(query(owner.address, body).await.status, 200, "{body}");
        let refused = query(chain.address(), body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(refused.json()["details"]["field"], lookup, "{body}");
    }
    // The same value twice is one condition.
    for body in [
        r#"{"filters": {"name": "a", "name__exact": "a"}}"#,
        r#"{"excludes": {"name": "a", "name__exact": "a"}}"#,
        r#"{"filters": {"name": "a"}, "excludes": {"name__exact": "a"}}"#,
        r#"{"filters": {"name__in": ["a", "b"], "name": "b", "name__gte": "a"}}"#,
    ] {
        let (one, other) = (
            query(owner.address, body).await,
            query(chain.address(), body).await,
        );
        assert_eq!((other.status, said(&other)), (200, said(&one)), "{body}");
    }
    let gm = chain.builder().build().await.unwrap();
    let twice = [
        Passed::filter(|p| p.name.eq("a") & p.name.eq("b")),
        Passed::filter(|p| p.name.eq("a")).filter(|p| p.name.eq("b")),
        Passed::filter(|p| (p.stars.gt(1) & p.name.eq("a")) & (p.stars.gt(2) & p.name.eq("a"))),
        Passed::query().exclude(|p| p.name.is_in(["a"]) & p.name.is_in(["b"])),
    ];
    for query in twice {
        let refused = [
            query.all(&gm).await.map(drop),
            query.count(&gm).await.map(drop),
            query.first(&gm).await.map(drop),
            query.exists(&gm).await.map(drop),
        ];
        for refused in refused {
            assert!(
                matches!(refused, Err(Error::Query(QueryError::Conflict { .. }))),
                "{refused:?}"
            );
        }
    }
    chain.stop().await;
    owner.stop().await.unwrap();
}

/// Callers of a gateway do not learn of fields that its manager does not have.
#[tokio::test]
async fn details_are_forwarded_if_the_manager_has_their_field() {
    let of = |field: &str| json!({"field": field, "message": format!("wrong {field}")});
    let known = [
        "name",
        "name__icontains",
        "-stars",
        "page_size",
        "ordering",
        "filters",
    ];
    let hidden = ["salary", "salary__gte", "-salary", "owner__name", "na", ""];
    for status in [400, 409] {
        for field in known.iter().chain(&hidden) {
            let detail = of(field);
            let sent = json!({"error_code": "validation_error", "details": detail}).to_string();
            let owner = Server::start(move |_, _| answer(status, &sent));
            let chain = Chain::start(owner.url(), 2).await;
            let patch = Request::new("PATCH", "/gm/projects/1").json("{}");
            let refused = patch.send(chain.address()).await.unwrap();
            assert_eq!(refused.status, status);
            let expected = if known.contains(field) { detail } else { Json::Null };
            assert_eq!(refused.json()["details"], expected, "{field}");
            chain.stop().await;
        }
    }
    let errors = ["salary", "name", "bonus", "stars"].map(of);
    let sent = json!({"details": {"field": "salary", "message": "secret", "errors": errors}}).to_string();
    let owner = Server::start(move |_, _| answer(400, &sent));
    let chain = Chain::start(owner.url(), 1).await;
    let patch = Request::new("PATCH", "/gm/projects/1").json("{}");
    let refused = patch.send(chain.address()).await.unwrap();
    assert_eq!(
        refused.json()["details"],
        json!({"field": "name", "message": "wrong name", "errors": [of("name"), of("stars")]})
    );
    chain.stop().await;
}

/// A manager of another service, with a field that the gateway does not expose.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "projects")]
struct Whole {
    #[field(id)]
    id: i64,
    name: String,
    salary: i64,
}

#[derive(Clone, Debug, GeneralManager)]
#[manager(interface = ByHand)]
#[permission(read = public, update = public)]
#[remote_api(resource = "projects", allow_update)]
struct Shown {
    #[field(id)]
    id: i64,
    name: String,
}

/// A gateway as an application writes it: its own storage, which reads another service.
struct ByHand(Gm);

impl Interface<Shown> for ByHand {
    async fn query(&self, select: &Select) -> Result<Page<Shown>, Error> {
        Ok(select.page_of(&[]))
    }

    async fn get(&self, _: &i64) -> Result<Option<Shown>, Error> {
        Ok(None)
    }

    async fn create(&self, values: &Values) -> Result<Shown, Error> {
        values.to_row_with_id(1)
    }

    async fn update(&self, id: &i64, _: &Values) -> Result<Option<Updated<Shown>>, Error> {
        let Whole { id, name, .. } = Whole::by_id(*id).update().name("b").exec(&self.0).await?;
        Ok(Some(Updated {
            row: Shown { id, name },
            changed: true,
        }))
    }

    async fn delete(&self, _: &i64) -> Result<bool, Error> {
        Ok(false)
    }
}

#[tokio::test]
async fn a_gateway_with_its_own_storage_forwards_as_much() {
    let errors = ["salary", "name"].map(|field| json!({"field": field, "message": "wrong"}));
    let refusal = json!({"error_code": "validation_error", "details": {"errors": errors}}).to_string();
    for (status, body, details) in [
        (
            400,
            refusal.as_str(),
            json!({"field": "name", "message": "wrong"}),
        ),
        (
            409,
            r#"{"details": {"field": "salary", "message": "taken"}}"#,
            Json::Null,
        ),
    ] {
        let body = body.to_owned();
        let owner = Server::start(move |_, _| answer(status, &body));
        let by_hand = ByHand(owner.gm().await);
        let builder = Gm::builder().interface::<Shown>(by_hand).expose::<Shown>();
        let gateway = Running::start(builder).await.unwrap();
        let patch = Request::new("PATCH", "/gm/projects/1").json(r#"{"name": "b"}"#);
        let refused = patch.send(gateway.address).await.unwrap();
        assert_eq!((refused.status, &refused.json()["details"]), (status, &details));
        gateway.stop().await.unwrap();
    }
    let owner = Server::start(|_, _| crate::server::Answer::Last(Vec::new()));
    let by_hand = ByHand(owner.gm().await);
    let builder = Gm::builder().interface::<Shown>(by_hand).expose::<Shown>();
    let gateway = Running::start(builder).await.unwrap();
    let patch = Request::new("PATCH", "/gm/projects/1").json(r#"{"name": "b"}"#);
    let refused = patch.send(gateway.address).await.unwrap();
    assert_eq!((refused.status, refused.header("retry-after")), (500, None));
    assert_eq!(owner.requests().len(), 1);
    gateway.stop().await.unwrap();
}

#[tokio::test]
async fn forwarded_details_have_a_limit() {
    let long = "\u{e9}".repeat(10_000);
    let one = json!({"field": "name", "message": long});
    let many: Vec<_> = (0..1_000)
        .map(|_| json!({"field": "name", "message": "wrong"}))
        .collect();
    for details in [
        one.clone(),
        json!({"message": long}),
        json!({"field": "name", "message": "wrong", "errors": many}),
        json!({"field": "name", "message": "wrong", "errors": [one.clone(), one]}),
    ] {
        let sent = json!({"error_code": "validation_error", "details": details}).to_string();
        assert!(sent.len() > 20_000);
        let owner = Server::start(move |_, _| answer(400, &sent));
        let chain = Chain::start(owner.url(), 1).await;
        let patch = Request::new("PATCH", "/gm/projects/1").json("{}");
        let refused = patch.send(chain.address()).await.unwrap();
        assert_eq!(refused.status, 400);
        let length = refused.body.len();
        assert!((100..12 * 1024).contains(&length), "{length}");
        assert!(!refused.json()["details"]["message"].is_null());
        chain.stop().await;
    }
}

#[tokio::test]
async fn a_missing_row_precedes_invalid_values() {
    let (owner, chain) = owner(2).await;
    for (path, body) in [
        ("/gm/projects/999", r#"{"name": 5}"#),
        ("/gm/projects/999", r#"{"nonsense": 5}"#),
        ("/gm/projects/999", r#"{"stars": 1099511627776}"#),
        ("/gm/projects/999", "{}"),
        ("/gm/projects/999", r#"{"ignore_permission": true}"#),
        ("/gm/projects/1", r#"{"name": 5}"#),
        ("/gm/projects/1", r#"{"nonsense": 5}"#),
        ("/gm/projects/1", r#"{"id": 5}"#),
        ("/gm/projects/x", r#"{"name": 5}"#),
        ("/gm/projects/99999999999999999999", r#"{"name": 5}"#),
    ] {
        let patch = Request::new("PATCH", path).json(body);
        let (one, other) = (
            patch.send(owner.address).await.unwrap(),
            patch.send(chain.address()).await.unwrap(),
        );
        let code = |answer: &Response| answer.json()["error_code"].clone();
        assert_eq!(
            (other.status, code(&other)),
            (one.status, code(&one)),
            "{path} {body}"
        );
    }
    chain.stop().await;
    owner.stop().await.unwrap();
}

/// The gateway checks its own permissions before it sends a request.
#[tokio::test]
async fn a_gateway_sends_no_request_for_a_caller_that_may_not_write() {
    let owner = Server::start(|_, _| answer(404, "{}"));
    let gateway = Running::start(owner.builder().expose::<Guarded>()).await.unwrap();
    let patch = Request::new("PATCH", "/gm/projects/999").json(r#"{"name": 5}"#);
    assert_eq!(patch.send(gateway.address).await.unwrap().status, 403);
    assert!(owner.requests().is_empty());
    gateway.stop().await.unwrap();
    // This process's own writes that can't be sent are refused without a request, too.
    let direct = owner.gm().await;
    let refused = Passed::by_id(999)
        .update()
        .name("\0")
        .exec(&direct)
        .await
        .unwrap_err();
    assert!(refused.is_invalid() && owner.requests().is_empty(), "{refused}");
}

/// The rows of another page must not be taken for those of the first one.
#[tokio::test]
async fn another_page_than_the_first_is_an_error() {
    let reply = json!({"items": [], "metadata": {"page": 2, "page_size": 2}});
    let owner = Server::start(move |_, _| answer(200, &reply.to_string()));
    let chain = Chain::start(owner.url(), 1).await;
    assert_eq!(query(chain.address(), "{}").await.status, 500);
    let error = Passed::query().all(&owner.gm().await).await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error:?}");
    chain.stop().await;
}
