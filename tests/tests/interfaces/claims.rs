//! Writes that a rule judges with the row that is there: no other write of the framework comes between, on any storage.

use futures_util::future::join_all;
use gm_runtime::access::Principal;
use gm_runtime::{Error, GeneralManager, Gm, GmBuilder};
use gm_tests::conformance::Running;

use super::storage::Shelf;

/// Each job has one worker: a caller claims a job that has none.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "jobs")]
#[permission(
    read = authenticated,
    create = nobody,
    update(before = is_null(worker), after = worker == caller.name),
    delete = is_null(worker)
)]
#[remote_api(resource = "jobs", allow_detail, allow_update, allow_delete)]
struct Job {
    #[field(id)]
    id: i64,
    worker: Option<String>,
}

/// The same job in a service without rules about rows, and a gateway to it that has the rules.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "jobs")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    resource = "open-jobs",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
struct OpenJob {
    #[field(id)]
    id: i64,
    worker: Option<String>,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "open-jobs")]
#[permission(
    read = authenticated,
    create = nobody,
    update(before = is_null(worker), after = worker == caller.name),
    delete = is_null(worker)
)]
#[remote_api(resource = "jobs", allow_detail, allow_update, allow_delete)]
struct GatewayJob {
    #[field(id)]
    id: i64,
    worker: Option<String>,
}

const CALLERS: usize = 16;

/// How many callers claimed a job at the same time. Every other caller was refused.
fn claims<T>(claims: Vec<Result<T, Error>>) -> usize {
    let all = claims.len();
    let claimed = claims.iter().filter(|claim| claim.is_ok()).count();
    let refused = claims
        .iter()
        .filter(|claim| claim.as_ref().is_err_and(Error::is_permission_denied));
    assert_eq!(claimed + refused.count(), all);
    claimed
}

async fn check(builder: GmBuilder) {
    let gm = builder.expose::<Job>().build().await.unwrap();
    Job::create(JobCreate {}).exec(&gm).await.unwrap();
    let claim = |caller: usize| {
        let name = format!("caller {caller}");
        let gm = gm.acting_as(Principal::named(name.as_str()));
        async move { Job::by_id(1).update().worker(Some(name)).exec(&gm).await }
    };
    assert_eq!(claims(join_all((0..CALLERS).map(claim)).await), 1);
    let ada = gm.acting_as(Principal::named("ada"));
    assert!(
        Job::by_id(1)
            .delete(&ada)
            .await
            .is_err_and(|error| error.is_permission_denied())
    );
}

#[tokio::test]
async fn one_of_several_callers_claims_a_row_in_memory_and_in_sqlite() {
    check(Gm::builder().in_memory::<Job>()).await;
    check(Gm::builder().database("sqlite::memory:")).await;
}

#[tokio::test]
async fn one_of_several_callers_claims_a_row_of_own_storage() {
    check(Gm::builder().interface::<Job>(Shelf::default())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_callers_claims_a_row_behind_a_gateway() {
    let owner = Gm::builder().database("sqlite::memory:").expose::<OpenJob>();
    let owner = Running::start(owner).await.unwrap();
    let url = format!("http://{}", owner.address);
    let gateway = Gm::builder()
        .base_url("http://owner.test", url)
        .expose::<GatewayJob>();
    let gm = gateway.build().await.unwrap();
    GatewayJob::create(GatewayJobCreate {}).exec(&gm).await.unwrap();
    let claim = |caller: usize| {
        let name = format!("caller {caller}");
        let gm = gm.acting_as(Principal::named(name.as_str()));
        async move { GatewayJob::by_id(1).update().worker(Some(name)).exec(&gm).await }
    };
    assert_eq!(claims(join_all((0..CALLERS).map(claim)).await), 1);
    let ada = gm.acting_as(Principal::named("ada"));
    let deleted = GatewayJob::by_id(1).delete(&ada).await;
    assert!(deleted.is_err_and(|error| error.is_permission_denied()));
}
