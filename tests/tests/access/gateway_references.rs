//! References that the callers of a gateway write, and deletions that the owner refuses: neither tells of a row that the gateway hides.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gm_runtime::access::Principal;
use gm_runtime::server::{Authenticator, Presented, Rejected};
use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;
use serde_json::{Value as Json, json};

use super::service::{AGENT, BOB, Headers, STRANGER, Service, TIM, refusal};
use super::shelf::Shelf;

/// The owner lets the gateway do everything.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "cases")]
#[permission(read = public, delete = public)]
#[remote_api(resource = "cases", allow_filter, allow_detail, allow_delete)]
struct Case {
    #[field(id)]
    id: i64,
    tenant: i64,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "remarks")]
#[permission(read = public, create = public, update = public)]
#[remote_api(resource = "remarks", allow_filter, allow_detail, allow_create, allow_update)]
struct Remark {
    #[field(id)]
    id: i64,
    text: String,
    #[field(references = Case)]
    case_id: i64,
    #[field(version)]
    version: i64,
}

/// The managers of a gateway: cases of tenants, remarks with this rule, and the same remarks without the reference.
macro_rules! gateway {
    ($case:ident [$($operations:tt)*], $remark:ident [$($read:tt)*], $second:ident) => {
        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        #[remote_manager(base_url = "http://owner.test", resource = "cases", operations($($operations)*))]
        #[permission(read = group("agents") | tenant == caller.claim("tenant"), delete = public)]
        #[remote_api(resource = "cases", allow_delete)]
        struct $case {
            #[field(id)]
            id: i64,
            tenant: i64,
        }

        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        #[remote_manager(base_url = "http://owner.test", resource = "remarks")]
        #[permission(read = $($read)*, create = public, update = public)]
        #[remote_api(resource = "remarks", allow_filter, allow_detail, allow_create, allow_update)]
        struct $remark {
            #[field(id)]
            id: i64,
            text: String,
            #[field(references = $case)]
            case_id: i64,
            #[field(version)]
            version: i64,
        }

        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        #[remote_manager(base_url = "http://owner.test", resource = "remarks")]
        #[permission(read = $($read)*, create = public, update = public)]
        #[remote_api(resource = "second-remarks", allow_filter, allow_create, allow_update)]
        struct $second {
            #[field(id)]
            id: i64,
            text: String,
            case_id: i64,
        }
    };
}

gateway!(OpenCase [filter, delete], OpenRemark [public], OpenSecond);
gateway!(RuledCase [detail, delete], RuledRemark [text != "hidden"], RuledSecond);

/// Counts the requests that the owner receives.
#[derive(Clone, Default)]
struct Requests(Arc<AtomicUsize>);

impl Authenticator for Requests {
    async fn authenticate(&self, _: &Presented<'_>) -> Result<Option<Principal>, Rejected> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(None)
    }
}

struct Services {
    owner: Running,
    gateway: Service,
    requests: Requests,
}

impl Services {
    /// Case 1 is Tim's, and 2 is Bob's. Remark 1 is about case 1, and 2 about case 2.
    async fn start(managers: impl FnOnce(GmBuilder) -> GmBuilder) -> Self {
        let requests = Requests::default();
        let owner = Gm::builder().database("sqlite::memory:").expose::<Case>();
        let owner = owner.expose::<Remark>().authenticator(requests.clone());
        let owner = Running::start(owner).await.unwrap();
        for number in 1..=2 {
            let case = Case::create(CaseCreate { tenant: number });
            case.exec(&owner.gm).await.unwrap();
            let remark = RemarkCreate {
                text: "x".to_owned(),
                case_id: number,
            };
            Remark::create(remark).exec(&owner.gm).await.unwrap();
        }
        // The requests are counted.
        let builder = Gm::builder()
            .base_url("http://owner.test", format!("http://{}", owner.address))
            .check_schemas(false);
        let gateway = Service::start("gateway", managers(builder)).await;
        let services = Self {
            owner,
            gateway,
            requests,
        };
        // The gateway knows from now on what the owner announces.
        services
            .send(TIM, "PATCH", "remarks/1", &json!({"text": "y"}))
            .await;
        services
    }

    async fn open() -> Self {
        let managers = |builder: GmBuilder| builder.expose::<OpenCase>().expose::<OpenRemark>();
        Self::start(|builder| managers(builder).expose::<OpenSecond>()).await
    }

    async fn ruled() -> Self {
        let managers = |builder: GmBuilder| builder.expose::<RuledCase>().expose::<RuledRemark>();
        Self::start(|builder| managers(builder).expose::<RuledSecond>()).await
    }

    async fn send(&self, caller: Headers, method: &str, path: &str, body: &Json) -> (u16, Json) {
        let path = format!("/gm/{path}");
        self.gateway.send(caller, method, &path, body).await
    }

    /// A request of Tim with a key: its status, whether the answer is a stored one, and what else it says of a refusal.
    async fn keyed(&self, method: &str, path: &str, body: &Json, key: &str) -> (u16, bool, Json) {
        let mut request = Request::new(method, &format!("/gm/{path}")).header("Idempotency-Key", key);
        for (name, value) in TIM {
            request = request.header(name, value);
        }
        if !body.is_null() {
            request = request.json(&body.to_string());
        }
        let response = request.send(self.gateway.address()).await.unwrap();
        let is_replayed = response.header("idempotency-replayed").is_some();
        let answer = response.json();
        let refusal = json!([answer["error_code"], answer["details"]]);
        (response.status, is_replayed, refusal)
    }

    /// A create and an update that refer to this case, and the requests that the owner received for them.
    async fn refer(&self, caller: Headers, resource: &str, case: i64) -> ([(u16, Json); 2], usize) {
        let before = self.requests.0.load(Ordering::SeqCst);
        let body = json!({"text": "z", "case_id": case});
        let answers = [
            self.send(caller, "POST", resource, &body).await,
            self.send(caller, "PATCH", &format!("{resource}/1"), &body).await,
        ];
        (answers, self.requests.0.load(Ordering::SeqCst) - before)
    }

    /// The cases that the owner's remarks are about.
    async fn stored(&self) -> Vec<i64> {
        let remarks = Remark::query().order_by(|remark| remark.id.asc());
        let remarks = remarks.all(&self.owner.gm).await.unwrap();
        remarks.iter().map(|remark| remark.case_id).collect()
    }

    async fn move_case(&self, id: i64, tenant: i64) {
        let moved = Case::by_id(id).update().tenant(tenant);
        moved.exec(&self.owner.gm).await.unwrap();
    }

    async fn stop(self) {
        self.gateway.stop().await;
        self.owner.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_reference_to_a_hidden_row_is_answered_like_one_to_a_missing_row() {
    for services in [Services::open().await, Services::ruled().await] {
        for resource in ["remarks", "second-remarks"] {
            for caller in [TIM, STRANGER] {
                let hidden = services.refer(caller, resource, 2).await;
                let missing = services.refer(caller, resource, 99).await;
                assert_eq!(hidden, missing, "{resource}");
                for answer in &hidden.0 {
                    assert_eq!(refusal(answer), (409, "conflict"), "{resource}");
                }
                // The owner's own answer to a caller that sees every case.
                let (of_owner, _) = services.refer(AGENT, resource, 99).await;
                assert_eq!(of_owner, missing.0, "{resource}");
            }
        }
        assert_eq!(services.stored().await, [1, 2]);
        services.stop().await;
    }
}

#[tokio::test]
async fn a_reference_to_a_row_in_sight_is_written() {
    for services in [Services::open().await, Services::ruled().await] {
        for (caller, case) in [(TIM, 1), (BOB, 2), (AGENT, 1)] {
            for resource in ["remarks", "second-remarks"] {
                let ([created, updated], _) = services.refer(caller, resource, case).await;
                assert_eq!(
                    (created.0, updated.0),
                    (201, 200),
                    "{case} {created:?} {updated:?}"
                );
            }
        }
        // The caller reads the value that the row has.
        let stored = json!({"text": "z", "case_id": 2});
        let updated = services.send(TIM, "PATCH", "remarks/2", &stored).await;
        assert_eq!(updated.0, 200, "{updated:?}");
        services.stop().await;
    }
}

#[tokio::test]
async fn a_missing_row_and_a_stale_version_are_refused_before_a_hidden_reference() {
    let services = Services::ruled().await;
    let refused = services
        .send(TIM, "PATCH", "remarks/99", &json!({"case_id": 2}))
        .await;
    assert_eq!(refusal(&refused), (404, "not_found"));
    let tim = Principal::named("tim").with_claim("tenant", 1);
    let tim = services.gateway.gm().acting_as(tim);
    let remark = RuledRemark::get(&tim, 1).await.unwrap();
    let changed = Remark::by_id(1).update().text("changed");
    changed.exec(&services.owner.gm).await.unwrap();
    let stale = remark.update().case_id(2).exec(&tim).await.unwrap_err();
    assert!(stale.is_stale(), "{stale}");
    services.stop().await;
}

#[tokio::test]
async fn a_handle_that_acts_as_a_caller_refers_to_rows_in_sight_alone() {
    let services = Services::open().await;
    let gm = services.gateway.gm();
    let tim = gm.acting_as(Principal::named("tim").with_claim("tenant", 1));
    let mut refused = Vec::new();
    for case_id in [2, 99] {
        let remark = OpenRemarkCreate {
            text: "z".to_owned(),
            case_id,
        };
        let created = OpenRemark::create(remark).exec(&tim).await.unwrap_err();
        let updated = OpenRemark::by_id(1).update().case_id(case_id);
        let updated = updated.exec(&tim).await.unwrap_err();
        assert!(
            created.is_conflict() && updated.is_conflict(),
            "{created} {updated}"
        );
        refused.push([created.to_string(), updated.to_string()]);
    }
    assert_eq!(refused[0], refused[1]);
    // The service's own code sees every row.
    let updated = OpenRemark::by_id(1).update().case_id(2).exec(gm).await;
    assert_eq!(updated.unwrap().case_id, 2);
    services.stop().await;
}

#[tokio::test]
async fn a_key_tells_no_hidden_reference_from_a_missing_one_and_leaves_no_trace() {
    for services in [Services::open().await, Services::ruled().await] {
        for (method, path) in [("POST", "remarks"), ("PATCH", "remarks/1")] {
            let mut refused = Vec::new();
            for case in [2, 99] {
                let body = json!({"text": "z", "case_id": case});
                for _ in 0..2 {
                    let key = format!("{method} {case}");
                    refused.push(services.keyed(method, path, &body, &key).await);
                }
            }
            assert_eq!((refused[0].0, refused[0].1), (409, false), "{method}");
            assert!(refused.iter().all(|other| *other == refused[0]), "{refused:?}");
        }
        assert_eq!(services.stored().await, [1, 2]);
        // In sight by now, so that the same request is carried out.
        services.move_case(2, 1).await;
        let body = json!({"text": "z", "case_id": 2});
        let (status, is_replayed, _) = services.keyed("PATCH", "remarks/1", &body, "PATCH 2").await;
        assert_eq!((status, is_replayed), (200, false));
        assert_eq!(services.stored().await, [2, 2]);
        services.stop().await;
    }
}

#[tokio::test]
async fn an_update_that_was_carried_out_is_replayed_once_its_reference_is_hidden() {
    for services in [Services::open().await, Services::ruled().await] {
        let body = json!({"text": "z", "case_id": 1});
        let first = services.keyed("PATCH", "remarks/2", &body, "k").await;
        assert_eq!((first.0, first.1), (200, false), "{first:?}");
        // Out of sight, and not the value of the row any more.
        services.move_case(1, 2).await;
        let other = Remark::by_id(2).update().case_id(2);
        other.exec(&services.owner.gm).await.unwrap();
        let again = services.keyed("PATCH", "remarks/2", &body, "k").await;
        assert_eq!((again.0, again.1), (200, true), "{again:?}");
        assert_eq!(services.stored().await, [1, 2]);
        services.stop().await;
    }
}

#[tokio::test]
async fn a_restricted_deletion_at_the_owner_names_no_manager_to_callers_of_a_gateway() {
    let services = Services::open().await;
    let of_owner = Case::by_id(1).delete(&services.owner.gm).await.unwrap_err();
    assert!(of_owner.to_string().contains("`Remark`"), "{of_owner}");
    // A caller that does not see every case is not informed whether the conflict is one with a hidden case.
    let of_agent = json!({"message": "other rows refer to this row"});
    for (caller, details) in [(TIM, Json::Null), (AGENT, of_agent)] {
        let refused = services.send(caller, "DELETE", "cases/1", &Json::Null).await;
        assert_eq!(refusal(&refused), (409, "conflict"));
        assert_eq!(refused.1["details"], details, "{refused:?}");
    }
    for _ in 0..2 {
        let (status, _, refusal) = services.keyed("DELETE", "cases/1", &Json::Null, "k").await;
        assert_eq!((status, refusal), (409, json!(["conflict", null])));
    }
    let agent = Principal::named("ada").with_group("agents");
    let agent = services.gateway.gm().acting_as(agent);
    let refused = OpenCase::by_id(1).delete(&agent).await.unwrap_err();
    assert!(
        refused.is_conflict() && !refused.to_string().contains("Remark"),
        "{refused}"
    );
    services.stop().await;
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[manager(interface = Shelf<ShelfCase>)]
#[permission(read = tenant == caller.claim("tenant"))]
#[remote_api(resource = "cases", allow_filter)]
struct ShelfCase {
    #[field(id)]
    id: i64,
    tenant: i64,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[manager(interface = Shelf<ShelfRemark>)]
#[permission(read = public, create = public, update = public)]
#[remote_api(resource = "remarks", allow_filter, allow_create, allow_update)]
struct ShelfRemark {
    #[field(id)]
    id: i64,
    text: String,
    #[field(references = ShelfCase)]
    case_id: i64,
}

/// Storage of the application may forward its writes, or have foreign keys of its own.
#[tokio::test]
async fn own_storage_refers_to_rows_in_sight_alone() {
    let builder = Gm::builder().expose::<ShelfCase>().expose::<ShelfRemark>();
    let service = Service::start("own storage", builder).await;
    let gm = service.gm();
    for tenant in [1, 2] {
        let case = ShelfCase::create(ShelfCaseCreate { tenant });
        case.exec(gm).await.unwrap();
    }
    let send = async |caller, method, path: &str, case: i64| {
        let body = json!({"text": "z", "case_id": case});
        service.send(caller, method, &format!("/gm/{path}"), &body).await
    };
    assert_eq!(send(TIM, "POST", "remarks", 1).await.0, 201);
    for (method, path) in [("POST", "remarks"), ("PATCH", "remarks/1")] {
        let hidden = send(TIM, method, path, 2).await;
        assert_eq!(refusal(&hidden), (409, "conflict"), "{method}");
        assert_eq!(hidden, send(TIM, method, path, 99).await, "{method}");
    }
    assert_eq!(send(BOB, "PATCH", "remarks/1", 2).await.0, 200);
    // The service's own code decides itself.
    let elsewhere = ShelfRemarkCreate {
        text: "z".to_owned(),
        case_id: 99,
    };
    ShelfRemark::create(elsewhere).exec(gm).await.unwrap();
    service.stop().await;
}
