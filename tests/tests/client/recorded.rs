//! The recorded calls of the Python client, repeated with this client against an owner of this project.

use std::pin::Pin;

use gm_runtime::{Error, GeneralManager, Gm};
use serde_json::{Value as Json, json};

use crate::managers::{RemoteProject, RemoteProjectCreate};
use crate::owner::{Owner, RecordedRequest};

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "projects",
    protocol_version = "v2"
)]
pub(crate) struct WrongVersionProject {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) status: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "hidden-things"
)]
pub(crate) struct HiddenProject {
    #[field(id)]
    pub(crate) id: i64,
}

/// The result of a recorded call.
type Made<'g> = Pin<Box<dyn Future<Output = Result<Json, Error>> + Send + 'g>>;

/// Rows in the format of the recording.
fn shown(rows: &[RemoteProject]) -> Json {
    rows.iter().map(|row| json!([row.id, row.name])).collect()
}

fn new(name: &str, status: &str) -> RemoteProjectCreate {
    RemoteProjectCreate {
        name: name.to_owned(),
        status: status.to_owned(),
    }
}

/// The call in Rust. `None` if it has no form in Rust: `unwritable` gives the reason.
#[rustfmt::skip]
fn made<'g>(call: &str, gm: &'g Gm) -> Option<Made<'g>> {
    macro_rules! all { ($query:expr) => { Box::pin(async move { Ok(shown(&*$query.all(gm).await?)) }) } }
    macro_rules! give { ($value:expr) => { Box::pin(async move { Ok(json!($value)) }) } }
    type P = RemoteProject;
    Some(match call {
        "list(filter(status=\"active\"))" => all!(P::filter(|p| p.status.eq("active"))),
        "list(filter(name__icontains=\"a\", status=\"active\"))" => all!(P::filter(|p| p.name.icontains("a") & p.status.eq("active"))),
        "list(filter(status=\"active\").filter(name__icontains=\"a\"))" => all!(P::filter(|p| p.status.eq("active")).filter(|p| p.name.icontains("a"))),
        "list(filter(status=\"active\").filter(status=\"inactive\"))" => all!(P::filter(|p| p.status.eq("active")).filter(|p| p.status.eq("inactive"))),
        "list(exclude(status=\"archived\"))" => all!(P::query().exclude(|p| p.status.eq("archived"))),
        "list(exclude(status=\"active\", name=\"Alpha\"))" => all!(P::query().exclude(|p| p.status.eq("active") & p.name.eq("Alpha"))),
        "list(exclude(status=\"active\").exclude(name=\"Alpha\"))" => all!(P::query().exclude(|p| p.status.eq("active")).exclude(|p| p.name.eq("Alpha"))),
        "list(filter(status=\"active\").exclude(name=\"Alpha\"))" => all!(P::filter(|p| p.status.eq("active")).exclude(|p| p.name.eq("Alpha"))),
        "list(filter(status__in=[\"active\", \"inactive\"]))" => all!(P::filter(|p| p.status.is_in(["active", "inactive"]))),
        "list(filter(id__in=(1, 2)))" => all!(P::filter(|p| p.id.is_in([1, 2]))),
        "list(filter(status__in=[]))" => all!(P::filter(|p| p.status.is_in(Vec::<String>::new()))),
        "list(filter(id=3))" => all!(P::filter(|p| p.id.eq(3))),
        "list(filter(ordering=\"-name\"))" => all!(P::query().order_by(|p| p.name.desc())),
        "list(filter(ordering=[\"status\", \"-name\"]))" => all!(P::query().order_by(|p| [p.status.asc(), p.name.desc()])),
        "list(filter(page=1, page_size=3))" => all!(P::query().page(1).page_size(3)),
        "list(filter(page_size=3))" => all!(P::query().page_size(3)),
        "list(filter(page=2))" => all!(P::query().page(2)),
        "list(filter(status=\"active\", ordering=\"-name\", page=2, page_size=2))" => all!(P::filter(|p| p.status.eq("active")).order_by(|p| p.name.desc()).page(2).page_size(2)),
        "list(filter(page_size=1000))" => all!(P::query().page(1).page_size(1000)),
        "list(all())" => all!(P::query()),
        "all().count()" | "len(all())" => give!(P::query().count(gm).await?),
        "filter(status=\"active\").count()" => give!(P::filter(|p| p.status.eq("active")).count(gm).await?),
        "filter(page=1, page_size=2).count()" => give!(P::query().page(1).page_size(2).all(gm).await?.len()),
        "all().first().name" => give!(P::query().first(gm).await?.unwrap().name),
        "all().last().name" => give!(P::query().all(gm).await?.last().unwrap().name.clone()),
        "all()[0].name" => give!(P::query().all(gm).await?[0].name.clone()),
        "list(all()[1:3])" => Box::pin(async move { Ok(shown(&P::query().all(gm).await?[1..3])) }),
        "filter(name=\"Gamma\").get().id" | "all().get(name=\"Gamma\").id" => give!(P::filter(|p| p.name.eq("Gamma")).one(gm).await?.id),
        "all().get(status=\"active\")" => give!(P::filter(|p| p.status.eq("active")).one(gm).await?.id),
        "all().get(name=\"nope\")" => give!(P::filter(|p| p.name.eq("nope")).one(gm).await?.id),
        "RemoteProject.get(id=3).name" => give!(P::filter(|p| p.id.eq(3)).one(gm).await?.name),
        "RemoteProject(id=3)  (no attribute read)" => give!(P::by_id(3).id().to_string()),
        "RemoteProject(id=3).name" => give!(P::get(gm, 3).await?.name),
        "p = RemoteProject(id=3); (p.name, p.status)" => Box::pin(async move { let p = P::get(gm, 3).await?; Ok(json!([p.name, p.status])) }),
        "dict(RemoteProject(id=3))" => Box::pin(async move { let p = P::get(gm, 3).await?; Ok(json!({"id": p.id, "name": p.name, "status": p.status})) }),
        "RemoteProject(id=999).name" => give!(P::get(gm, 999).await?.name),
        "create(name=\"Gamma2\", status=\"active\")" => Box::pin(async move { let p = P::create(new("Gamma2", "active")).exec(gm).await?; Ok(json!([p.id, p.name, p.status])) }),
        "OpenRemoteProject.create(name=..., status=...)  (client-side Permission public)" => give!(P::create(new("Gamma2", "active")).exec(gm).await?.id),
        "create(..., history_comment=\"why\")" => give!(P::create(new("Gamma2", "active")).history_comment("why").exec(gm).await?.id),
        "create(name=\"x\" * 201, status=\"active\")" => give!(P::create(new(&"x".repeat(201), "active")).exec(gm).await?.id),
        "create(name=\"日本 😀\", status=\"active\")" => give!(P::create(new("日本 😀", "active")).exec(gm).await?.name),
        "OpenRemoteProject(id=1).update(status=\"archived\")" => give!(P::by_id(1).update().status("archived").exec(gm).await?.status),
        "RemoteProject(id=1).update(status=\"archived\")" => Box::pin(async move { let p = P::by_id(1).update().status("archived").exec(gm).await?; Ok(json!([p.id, p.name, p.status])) }),
        "RemoteProject(id=1).update(status=\"archived\", history_comment=\"why\")" => give!(P::by_id(1).update().status("archived").history_comment("why").exec(gm).await?.status),
        "RemoteProject(id=999).update(status=\"archived\")" => give!(P::by_id(999).update().status("archived").exec(gm).await?.status),
        "OpenRemoteProject(id=1).delete()" | "RemoteProject(id=1).delete()" => give!(P::by_id(1).delete(gm).await?),
        "RemoteProject(id=1).delete(history_comment=\"bye\")" => give!(P::by_id(1).delete(gm).history_comment("bye").await?),
        "RemoteProject(id=999).delete()" => give!(P::by_id(999).delete(gm).await?),
        "WrongVersionProject: list(filter(status=\"active\"))" => give!(WrongVersionProject::filter(|p| p.status.eq("active")).all(gm).await?.len()),
        "HiddenProject: list(all())  (a resource that is not exposed)" => give!(HiddenProject::query().all(gm).await?.len()),
        _ => return None,
    })
}

/// Why a recorded call has no form in Rust.
fn unwritable(call: &str) -> Option<&'static str> {
    Some(match call {
        "Interface.get_websocket_invalidation_url()" => "no request; tested with the subscription",
        "list(filter(name=None))" => "`name` is not an `Option` here, so that `None` does not compile",
        "list(filter(bogus=1))" => "a field that is not there does not compile",
        "list(all().sort(\"-name\"))" | "list(all().sort(\"name\"))" => {
            "`Rows` is sorted by the standard library"
        }
        "list(all().sort(\"name\", reverse=True))" => "an error of Python's",
        "create(name=..., status=..., without ignore_permission)" => "a consumer checks no permissions",
        "create(..., creator_id=7)" => "a reserved key that Python drops does not compile",
        _ => return None,
    })
}

/// The recorded request of the operation itself, without the reads around it.
fn performing(recorded: &Json) -> Option<&Json> {
    let requests = recorded["requests"].as_array().unwrap();
    let write = requests.iter().find(|request| {
        let path = request["path"].as_str().unwrap();
        request["method"] != "GET" && !path.ends_with("/query")
    });
    write.or_else(|| requests.first())
}

fn assert_same_request(call: &str, sent: &RecordedRequest, recorded: &Json) {
    assert_eq!(sent.method, recorded["method"], "{call}");
    assert_eq!(sent.path, recorded["path"], "{call}");
    assert_eq!(
        sent.protocol_header.as_deref(),
        recorded["protocol_header"].as_str(),
        "{call}"
    );
    let Some(body) = recorded["body"].as_str() else {
        assert_eq!(sent.body, "", "{call}");
        return;
    };
    let mut sent: Json = serde_json::from_str(&sent.body).unwrap();
    let recorded: Json = serde_json::from_str(body).unwrap();
    if ["first()", "count()", "len(", "get(", "].name"]
        .iter()
        .any(|verb| call.contains(verb))
        && recorded.get("page").is_none()
    {
        // These may request less than the recorded call.
        for key in ["page", "page_size", "count"] {
            sent.as_object_mut().unwrap().remove(key);
        }
    }
    assert_eq!(sent, recorded, "{call}");
}

fn assert_same_result(call: &str, result: Result<Json, Error>, recorded: &Json) {
    match (result, recorded.get("error")) {
        (Ok(result), None) => match call {
            // The recorded client stops after the first page.
            "all().count()" | "len(all())" => assert_eq!(result, 12, "{call}"),
            "all().last().name" => assert_eq!(result, "Lambda", "{call}"),
            _ => match (&result, &recorded["result"]) {
                (Json::Array(rows), Json::Array(first_page)) => {
                    assert!(rows.starts_with(first_page), "{call}: {rows:?}");
                }
                (result, recorded) => assert_eq!(result, recorded, "{call}"),
            },
        },
        (Err(error), Some(recorded)) => {
            if let Some(status) = recorded[0]["status_code"].as_u64() {
                let remote = error.remote().unwrap_or_else(|| panic!("{call}: {error}"));
                assert_eq!(u64::from(remote.status()), status, "{call}");
                assert_eq!(remote.error_code(), recorded[0]["error_code"].as_str(), "{call}");
                assert!(remote.request_id().unwrap().starts_with("gm-"), "{call}");
            }
        }
        (result, _) => panic!("{call}: {result:?}"),
    }
}

#[tokio::test]
async fn every_recorded_call_sends_the_same_request() {
    let recorded: Vec<Json> =
        serde_json::from_str(include_str!("../../fixtures/wire/client_requests.json")).unwrap();
    let mut compared = 0;
    for recorded in &recorded {
        let call = recorded["call"].as_str().unwrap();
        let owner = Owner::start().await;
        let gm = owner.consumer().await;
        let Some(made) = made(call, &gm) else {
            assert!(
                unwritable(call).is_some(),
                "{call} is neither made nor known not to be"
            );
            continue;
        };
        let result = made.await;
        match (performing(recorded), owner.requests().first()) {
            // The recorded client reads the row before the change, and finds none.
            (Some(recorded), Some(sent)) if recorded["method"] == "GET" && sent.method == "PATCH" => {}
            (Some(recorded), Some(sent)) => assert_same_request(call, sent, recorded),
            (None, None) => {}
            (recorded, sent) => panic!("{call}: {recorded:?} recorded, {sent:?} sent"),
        }
        assert_same_result(call, result, recorded);
        owner.close().await;
        compared += 1;
    }
    assert_eq!(compared, 53);
}
