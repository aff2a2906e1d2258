//! Old and new consumers with old and new owners: each difference is reported by its name, when it was promised.

mod new;
mod old;

use gm_runtime::access::Principal;
use gm_runtime::manager::{Manager, Operation};
use gm_runtime::{Error, GeneralManager, Gm, GmBuilder};
use gm_tests::conformance::Running;
use gm_tests::log;

use crate::schemas::mismatch;

/// A service with this manager in memory.
async fn serve(builder: GmBuilder) -> Running {
    Running::start(builder).await.unwrap()
}

async fn old_owner() -> Running {
    serve(Gm::builder().in_memory::<old::Ticket>().expose::<old::Ticket>()).await
}

async fn new_owner() -> Running {
    serve(Gm::builder().in_memory::<new::Ticket>().expose::<new::Ticket>()).await
}

async fn consumer(owner: &Running) -> Gm {
    let url = format!("http://{}", owner.address);
    let builder = Gm::builder().base_url("http://owner.test", url);
    builder.build().await.unwrap()
}

async fn differences<M: Manager>(owner: &Running) -> Vec<String> {
    let found = consumer(owner).await.compare_schema::<M>().await.unwrap();
    found
        .iter()
        .map(|found| format!("{:?} {}: {found}", found.breaks, found.always))
        .collect()
}

#[tokio::test]
async fn a_consumer_of_the_same_version_differs_in_nothing() {
    let owner = old_owner().await;
    assert_eq!(
        differences::<old::RemoteTicket>(&owner).await,
        Vec::<String>::new()
    );
    let gm = consumer(&owner).await;
    let ticket = old::RemoteTicket::create(old::example()).exec(&gm).await.unwrap();
    assert_eq!(old::RemoteTicket::query().all(&gm).await.unwrap()[0], ticket);
    ticket.update().votes(3).exec(&gm).await.unwrap();
    owner.stop().await.unwrap();
    let owner = new_owner().await;
    assert_eq!(
        differences::<new::RemoteTicket>(&owner).await,
        Vec::<String>::new()
    );
    let gm = consumer(&owner).await;
    let ticket = new::RemoteTicket::create(new::example()).exec(&gm).await.unwrap();
    assert_eq!(new::RemoteTicket::query().all(&gm).await.unwrap()[0], ticket);
    owner.stop().await.unwrap();
}

#[tokio::test]
async fn an_old_consumer_and_a_new_owner() {
    let owner = new_owner().await;
    let expected = [
        "Writers true: `RemoteTicket` has the operation `delete` here and not at the owner",
        "Writers false: `RemoteTicket` has the extension \"version\" here and not at the owner",
        "Readers false: `RemoteTicket` announces its changes on a websocket here and not at the owner",
        "Writers false: `RemoteTicket.code` has the maximum length 20 here and the maximum length 10 at the owner",
        "Writers false: `RemoteTicket.code` may be empty here and not at the owner",
        "Readers true: `RemoteTicket.title` is a field here and not at the owner, or the owner does not let this service read it",
        "Readers true: `RemoteTicket.priority` is an integer here and text at the owner",
        "Readers false: `RemoteTicket.state` has the value \"waiting\" at the owner and not here",
        "Readers false: `RemoteTicket.points` holds integers from -2147483648 to 2147483647 here and any integer of 64 bits \
         at the owner",
        "Nobody false: `RemoteTicket.due` may be null here and not at the owner",
        "Writers false: `RemoteTicket.due` is needed by a create at the owner and not here",
        "Readers false: `RemoteTicket.note` may be null at the owner and not here",
        "Writers false: `RemoteTicket.price` has 10 digits with 2 after the point here and 8 digits with 2 after the point at \
         the owner",
        "Writers true: `RemoteTicket.votes` can be given in a create here and not at the owner",
        "Writers true: `RemoteTicket.votes` can be changed by an update here and not at the owner",
        "Writers false: `RemoteTicket.hours` has the maximum \"24\" here and the maximum \"12\" at the owner",
        "Readers true: `RemoteTicket.version` is a field here and not at the owner, or the owner does not let this service read it",
        "Writers true: `RemoteTicket.area` is a field that a create needs at the owner and not here",
        "Nobody false: `RemoteTicket.label` is a field at the owner and not here",
    ];
    assert_eq!(differences::<old::RemoteTicket>(&owner).await, expected);
    // No row is there that could show it.
    let gm = consumer(&owner).await;
    let error = old::RemoteTicket::query().all(&gm).await.unwrap_err();
    let of_reads: Vec<_> = expected
        .iter()
        .filter_map(|text| text.strip_prefix("Readers true: "))
        .collect();
    assert_eq!(mismatch(&error, Operation::Filter), of_reads);
    let error = old::RemoteTicket::create(old::example())
        .exec(&gm)
        .await
        .unwrap_err();
    let create = mismatch(&error, Operation::Create);
    assert!(create.iter().any(|text| text.contains(".area")), "{create:?}");
    assert_eq!(new::Ticket::query().count(&owner.gm).await.unwrap(), 0);
    owner.stop().await.unwrap();
}

#[tokio::test]
async fn a_new_consumer_and_an_old_owner() {
    let owner = old_owner().await;
    let expected = [
        "Nobody false: `RemoteTicket` has the operation `delete` at the owner and not here",
        "Nobody false: `RemoteTicket` announces its changes on a websocket at the owner and not here",
        "Readers true: `RemoteTicket.priority` is text here and an integer at the owner",
        "Writers false: `RemoteTicket.state` has the value \"waiting\" here and not at the owner",
        "Writers false: `RemoteTicket.points` holds any integer of 64 bits here and integers from -2147483648 to 2147483647 \
         at the owner",
        "Readers false: `RemoteTicket.due` may be null at the owner and not here",
        "Nobody false: `RemoteTicket.note` may be null here and not at the owner",
        "Writers false: `RemoteTicket.note` is needed by a create at the owner and not here",
        "Writers true: `RemoteTicket.votes` is needed by a create at the owner and not here",
        "Readers true: `RemoteTicket.area` is a field here and not at the owner, or the owner does not let this service read it",
        "Writers true: `RemoteTicket.label` is a field here and not at the owner, or the owner does not let this service read it",
        "Writers true: `RemoteTicket.title` is a field that a create needs at the owner and not here",
        "Nobody false: `RemoteTicket.version` is a field at the owner and not here",
    ];
    assert_eq!(differences::<new::RemoteTicket>(&owner).await, expected);
    let gm = consumer(&owner).await;
    let error = new::RemoteTicket::get(&gm, 1).await.unwrap_err();
    // The row is missing, and the owner says that better.
    assert!(error.is_not_found(), "{error}");
    let error = new::RemoteTicket::query().first(&gm).await.unwrap_err();
    assert_eq!(mismatch(&error, Operation::Filter).len(), 2);
    owner.stop().await.unwrap();
}

/// What an old consumer reads of a new owner.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    resource = "tickets",
    operations(filter, detail, update)
)]
struct Lenient {
    #[field(id)]
    id: i64,
    state: old::State,
    note: String,
    missing: Option<String>,
}

#[tokio::test]
async fn rows_that_fit_are_read_and_the_others_are_decode_errors_after_a_warning() {
    log::keep();
    let owner = new_owner().await;
    let row = new::Ticket::create(new::own_example(new::State::Open)).note("a".to_owned());
    row.exec(&owner.gm).await.unwrap();
    let gm = consumer(&owner).await;
    let rows = Lenient::query().all(&gm).await.unwrap();
    assert_eq!((rows[0].note.as_str(), rows[0].missing.as_deref()), ("a", None));
    let warning = &log::lines(&["the schema of the owner breaks reads", "Lenient"])[0];
    assert!(
        warning.contains("`Lenient.state` has the value \"waiting\" at the owner and not here"),
        "{warning}"
    );
    assert!(
        warning.contains("`Lenient.note` may be null at the owner and not here"),
        "{warning}"
    );
    assert!(
        !warning.contains("missing") && !warning.contains("area"),
        "{warning}"
    );
    let row = new::Ticket::create(new::own_example(new::State::Waiting)).note("b".to_owned());
    row.exec(&owner.gm).await.unwrap();
    let error = Lenient::query().all(&gm).fresh().await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error}");
    assert_eq!(
        Lenient::filter(|ticket| ticket.id.eq(1))
            .all(&gm)
            .await
            .unwrap()
            .len(),
        1
    );
    owner.stop().await.unwrap();
}

mod staff {
    use super::GeneralManager;

    /// Only a part of the callers may read the price.
    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "products")]
    #[permission(read = public)]
    #[remote_api(resource = "products", allow_filter, allow_detail)]
    pub(super) struct Product {
        #[field(id)]
        pub(super) id: i64,
        #[field(read = group("staff"))]
        pub(super) price: i64,
    }
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    resource = "products",
    operations(filter, detail)
)]
struct RemoteProduct {
    #[field(id)]
    id: i64,
    price: i64,
}

#[tokio::test]
async fn the_schema_is_that_of_the_credentials() {
    let builder = Gm::builder()
        .in_memory::<staff::Product>()
        .expose::<staff::Product>()
        .accept_bearer_token("of-ada", Principal::named("ada").with_group("staff"))
        .accept_bearer_token("of-bob", Principal::named("bob"));
    let owner = serve(builder).await;
    let with_token = async |token: &str| {
        let url = format!("http://{}", owner.address);
        let builder = Gm::builder()
            .base_url("http://owner.test", url)
            .bearer_token(token);
        builder.build().await.unwrap()
    };
    let ada = with_token("of-ada").await;
    assert_eq!(RemoteProduct::query().all(&ada).await.unwrap().len(), 0);
    assert!(ada.compare_schema::<RemoteProduct>().await.unwrap().is_empty());
    let error = RemoteProduct::query()
        .all(&with_token("of-bob").await)
        .await
        .unwrap_err();
    let expected = [
        "`RemoteProduct.price` is a field here and not at the owner, or the owner does not let this service read it",
    ];
    assert_eq!(mismatch(&error, Operation::Filter), expected);
    owner.stop().await.unwrap();
}
