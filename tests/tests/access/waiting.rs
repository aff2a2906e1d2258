//! A write that waits for another one of its row: the wait must not tell of a row that the caller may not see.

use std::sync::Arc;
use std::time::Duration;

use gm_runtime::access::Principal;
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, GeneralManager, Gm, Manager};
use gm_tests::conformance::Running;
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;

use super::shelf::Shelf;

/// A write that waits for the gate never ends. So the test fails after this time.
const LIMIT: Duration = Duration::from_secs(30);

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "documents")]
#[permission(read = owner == caller.name, update = public, delete = public)]
struct Document {
    #[field(id)]
    id: i64,
    owner: String,
    text: String,
}

/// The documents of the owner behind the gateway.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "owned_documents")]
#[permission(read = public, update = public, delete = public)]
#[remote_api(
    base_path = "/owner",
    resource = "documents",
    allow_filter,
    allow_detail,
    allow_update,
    allow_delete
)]
struct OwnedDocument {
    #[field(id)]
    id: i64,
    owner: String,
    text: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", base_path = "/owner", resource = "documents")]
#[permission(read = owner == caller.name, update = public, delete = public)]
struct GatewayDocument {
    #[field(id)]
    id: i64,
    owner: String,
    text: String,
}

/// The gate through which each update goes.
struct Gate {
    arrived: Notify,
    opened: Semaphore,
}

/// Rows whose updates wait at a gate.
struct Gated<M: Manager> {
    rows: Shelf<M>,
    gate: Arc<Gate>,
}

impl<M: Manager<Id = i64>> Gated<M> {
    fn new() -> (Self, Arc<Gate>) {
        let gate = Arc::new(Gate {
            arrived: Notify::new(),
            opened: Semaphore::new(0),
        });
        let rows = Shelf::default();
        let of_rows = Arc::clone(&gate);
        (Self { rows, gate: of_rows }, gate)
    }
}

impl<M: Manager<Id = i64>> Interface<M> for Gated<M> {
    async fn query(&self, select: &Select) -> Result<Page<M>, Error> {
        self.rows.query(select).await
    }

    async fn get(&self, id: &i64) -> Result<Option<M>, Error> {
        self.rows.get(id).await
    }

    async fn create(&self, values: &Values) -> Result<M, Error> {
        self.rows.create(values).await
    }

    async fn update(&self, id: &i64, values: &Values) -> Result<Option<Updated<M>>, Error> {
        self.gate.arrived.notify_one();
        let _open = self.gate.opened.acquire().await.unwrap();
        self.rows.update(id, values).await
    }

    async fn delete(&self, id: &i64) -> Result<bool, Error> {
        self.rows.delete(id).await
    }
}

/// While an update of the row is under way, a caller that does not see the row is answered as if there were none.
macro_rules! is_missing_while_it_is_written {
    ($document:ident, $gm:expr, $gate:expr, $id:expr) => {{
        let (gm, gate, id): (Gm, Arc<Gate>, i64) = ($gm, $gate, $id);
        let eva = gm.acting_as(Principal::named("eva"));
        let update = tokio::spawn(async move { $document::by_id(id).update().text("new").exec(&eva).await });
        gate.arrived.notified().await;
        let tim = gm.acting_as(Principal::named("tim"));
        let updated = $document::by_id(id).update().text("stolen").exec(&tim);
        let refused = timeout(LIMIT, updated)
            .await
            .expect("it does not wait")
            .unwrap_err();
        assert!(refused.is_not_found(), "{refused:?}");
        let deleted = $document::by_id(id).delete(&tim);
        let refused = timeout(LIMIT, deleted)
            .await
            .expect("it does not wait")
            .unwrap_err();
        assert!(refused.is_not_found(), "{refused:?}");
        gate.opened.add_permits(1);
        assert_eq!(update.await.unwrap().unwrap().text, "new");
    }};
}

#[tokio::test]
async fn a_row_of_own_storage_out_of_sight_is_missing_while_it_is_written() {
    let (rows, gate) = Gated::new();
    let builder = Gm::builder().interface::<Document>(rows);
    let gm = builder.build().await.unwrap();
    let create = DocumentCreate {
        owner: "eva".to_owned(),
        text: "old".to_owned(),
    };
    let document = Document::create(create).exec(&gm).await.unwrap();
    is_missing_while_it_is_written!(Document, gm, gate, document.id);
}

#[tokio::test]
async fn a_row_behind_a_gateway_out_of_sight_is_missing_while_it_is_written() {
    let (rows, gate) = Gated::new();
    let builder = Gm::builder().interface::<OwnedDocument>(rows);
    let owner = Running::start(builder.expose::<OwnedDocument>()).await.unwrap();
    let create = OwnedDocumentCreate {
        owner: "eva".to_owned(),
        text: "old".to_owned(),
    };
    let document = OwnedDocument::create(create).exec(&owner.gm).await.unwrap();
    let gm = Gm::builder()
        .base_url("http://owner.test", format!("http://{}", owner.address))
        .build()
        .await
        .unwrap();
    is_missing_while_it_is_written!(GatewayDocument, gm, gate, document.id);
}
