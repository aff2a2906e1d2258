//! Rows that a caller may write and not read: no write tells what is stored.

use gm_runtime::access::Principal;
use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::conformance::Running;
use gm_tests::postgres::Database;
use gm_tests::raw::Request;
use serde_json::{Value as Json, json};

use super::service::{ADMIN, Service, TIM, refusal};
use super::shelf::Shelf;

/// The fields of a ballot, which its voters hand in and do not see again.
macro_rules! ballot {
    ($(#[$attribute:meta])* $name:ident) => {
        #[derive(Clone, Debug, PartialEq, GeneralManager, garde::Validate)]
        $(#[$attribute])*
        #[permission(
            read = admin,
            update(before = !changed(vote) | admin, after = public),
            delete = public,
        )]
        #[remote_api(resource = "ballots", allow_filter, allow_detail, allow_update, allow_delete)]
        struct $name {
            #[field(id)]
            #[garde(skip)]
            id: i64,
            #[garde(skip)]
            vote: String,
            #[garde(length(max = 3))]
            remark: String,
            #[field(version)]
            #[garde(skip)]
            version: i64,
        }

        impl $name {
            fn handed_in() -> $name {
                Self { id: 1, vote: "yes".to_owned(), remark: "no".to_owned(), version: 1 }
            }
        }
    };
}

ballot!(
    #[database(table = "ballots")]
    #[manager(validate)]
    Ballot
);
ballot!(
    #[manager(interface = Shelf<ShelfBallot>, validate)]
    ShelfBallot
);

async fn with_ballot(storage: &'static str, builder: GmBuilder) -> Service {
    let service = Service::start(storage, builder.expose::<Ballot>()).await;
    let Ballot { vote, remark, .. } = Ballot::handed_in();
    let create = Ballot::create(BallotCreate { vote, remark });
    create.exec(service.gm()).await.unwrap();
    service
}

async fn services() -> Vec<Service> {
    let shelf = Service::start("own storage", Gm::builder().expose::<ShelfBallot>()).await;
    let ShelfBallot { vote, remark, .. } = ShelfBallot::handed_in();
    let create = ShelfBallot::create(ShelfBallotCreate { vote, remark });
    create.exec(shelf.gm()).await.unwrap();
    vec![
        with_ballot("memory", Gm::builder().in_memory::<Ballot>()).await,
        with_ballot("SQLite", Gm::builder().database("sqlite::memory:")).await,
        shelf,
    ]
}

#[tokio::test]
async fn writes_tell_nothing_of_rows_that_may_not_be_read() {
    write(services().await).await;
}

#[tokio::test]
async fn writes_tell_nothing_of_rows_that_may_not_be_read_in_postgres() {
    let database = Database::create().await;
    write(vec![
        with_ballot("Postgres", Gm::builder().database(database.url())).await,
    ])
    .await;
}

async fn write(services: Vec<Service>) {
    for service in services {
        let storage = service.storage;
        let patch = async |body: Json| service.send(TIM, "PATCH", "/gm/ballots/1", &body).await;
        // `changed(vote)` would be false for the right guess.
        for guess in ["no", "yes"] {
            let refused = patch(json!({ "vote": guess })).await;
            assert_eq!(refusal(&refused), (403, "permission_denied"), "{storage} {guess}");
        }
        // An unchanged row is not validated otherwise, and has no new version.
        for (number, remark) in (2..).zip(["no", "yes", "yes"]) {
            let answer = patch(json!({ "remark": remark })).await;
            assert_eq!((answer.0, &answer.1["items"]), (200, &json!([])), "{storage}");
            let stored = service.send(ADMIN, "GET", "/gm/ballots/1", &Json::Null).await;
            assert_eq!(
                stored.1["items"][0]["version"],
                json!(number),
                "{storage} {remark}"
            );
        }
        // The caller could find out the version by trying all.
        for method in ["PATCH", "DELETE"] {
            for version in ["\"4\"", "\"7\""] {
                let request = Request::new(method, "/gm/ballots/1").header("x-user", "tim");
                let request = request.header("If-Match", version).json("{}");
                let answer = request.send(service.address()).await.unwrap();
                let found = (answer.status, &answer.json()["error_code"]);
                assert_eq!(found, (403, &json!("permission_denied")), "{storage} {version}");
            }
        }
        // An error names a field that the caller sent, and no other one.
        let invalid = patch(json!({ "remark": "perhaps" })).await;
        assert_eq!(refusal(&invalid), (400, "validation_error"), "{storage}");
        assert_eq!(
            invalid.1["details"]["field"],
            json!("remark"),
            "{storage} {invalid:?}"
        );
        service.stop().await;
    }
}

/// A route of the application may pass the version of a form on.
#[tokio::test]
async fn a_handle_that_acts_as_a_caller_compares_no_version_that_the_caller_may_not_read() {
    let service = with_ballot("SQLite", Gm::builder().database("sqlite::memory:")).await;
    let tim = service.gm().acting_as(Principal::named("tim"));
    for version in [1, 7] {
        let ballot = Ballot::by_id(1).if_version(version);
        let refused = ballot.update().remark("x").exec(&tim).await.unwrap_err();
        assert!(refused.is_permission_denied(), "{version}: {refused}");
        let refused = ballot.delete(&tim).await.unwrap_err();
        assert!(refused.is_permission_denied(), "{version}: {refused}");
    }
    service.stop().await;
}

/// The owner's form. It holds a row with a remark that is too long by now.
#[derive(Clone, Debug, PartialEq, GeneralManager, garde::Validate)]
#[database(table = "owned_forms")]
#[manager(validate)]
#[permission(read = public, update = public)]
#[remote_api(base_path = "/owner", resource = "forms", allow_update)]
struct OwnedForm {
    #[field(id)]
    #[garde(skip)]
    id: i64,
    #[garde(skip)]
    vote: String,
    #[garde(length(max = 3))]
    remark: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/owner",
    resource = "forms",
    operations(update)
)]
#[permission(read = admin, update = public)]
#[remote_api(resource = "forms", allow_update)]
struct GatewayForm {
    #[field(id)]
    id: i64,
    vote: String,
    remark: String,
}

/// The owner's refusal names what is wrong with the stored row, and knows nothing of the gateway's callers.
#[tokio::test]
async fn a_gateway_forwards_nothing_that_its_owner_says_of_a_row_that_may_not_be_read() {
    let form = OwnedForm {
        id: 1,
        vote: "no".to_owned(),
        remark: "far too long".to_owned(),
    };
    let owner = Gm::builder().in_memory_with([form]).expose::<OwnedForm>();
    let owner = Running::start(owner).await.unwrap();
    let builder = Gm::builder().base_url("http://owner.test", format!("http://{}", owner.address));
    let service = Service::start("gateway", builder.expose::<GatewayForm>()).await;
    let patch = async |caller, body: Json| service.send(caller, "PATCH", "/gm/forms/1", &body).await;
    for (caller, body, field) in [
        (TIM, json!({"vote": "yes"}), Json::Null),
        (TIM, json!({"remark": "long, too"}), json!("remark")),
        (ADMIN, json!({"vote": "yes"}), json!("remark")),
    ] {
        let refused = patch(caller, body.clone()).await;
        assert_eq!(refusal(&refused), (400, "validation_error"), "{body}");
        assert_eq!(refused.1["details"]["field"], field, "{body} {refused:?}");
    }
    service.stop().await;
    owner.stop().await.unwrap();
}
