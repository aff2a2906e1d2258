//! Rows that are written past the framework: their changes are published, and events are suspended while changes are missed.

use std::sync::{Arc, Mutex};

use gm_runtime::access::Principal;
use gm_runtime::change::{Action, Change, Event};
use gm_runtime::client::{Disconnect, SubscriptionState};
use gm_runtime::field::Value;
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::websocket::{Socket, handshake};
use tokio::sync::watch;

/// Storage that another program writes, too.
#[derive(Clone)]
struct Warehouse(Arc<Mutex<Vec<Part>>>);

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[manager(interface = Warehouse)]
#[permission(read = public, update = authenticated)]
#[remote_api(
    resource = "parts",
    allow_filter,
    allow_detail,
    allow_update,
    websocket_invalidation
)]
#[remote_manager(base_url = "http://owner.test", websocket_invalidation)]
struct Part {
    #[field(id)]
    id: String,
    stock: i64,
}

impl Warehouse {
    fn new() -> Self {
        let part = |id: &str| Part {
            id: id.to_owned(),
            stock: 1,
        };
        Self(Arc::new(Mutex::new(vec![part("bolt"), part("nut")])))
    }

    /// A write of the other program.
    fn count(&self, id: &str, stock: i64) {
        let mut parts = self.0.lock().unwrap();
        parts.iter_mut().find(|part| part.id == id).unwrap().stock = stock;
    }
}

impl Interface<Part> for Warehouse {
    async fn query(&self, select: &Select) -> Result<Page<Part>, Error> {
        Ok(select.page_of(self.0.lock().unwrap().iter()))
    }

    async fn get(&self, id: &String) -> Result<Option<Part>, Error> {
        Ok(self.0.lock().unwrap().iter().find(|part| part.id == *id).cloned())
    }

    async fn create(&self, values: &Values) -> Result<Part, Error> {
        values.to_row()
    }

    async fn update(&self, id: &String, values: &Values) -> Result<Option<Updated<Part>>, Error> {
        let mut parts = self.0.lock().unwrap();
        let Some(part) = parts.iter_mut().find(|part| part.id == *id) else {
            return Ok(None);
        };
        let updated = values.applied_to(part)?;
        *part = updated.row.clone();
        Ok(Some(updated))
    }

    async fn delete(&self, _: &String) -> Result<bool, Error> {
        Ok(false)
    }
}

/// The owner, and a consumer whose cache relies on its events.
struct Scene {
    warehouse: Warehouse,
    owner: Running,
    consumer: Gm,
    state: watch::Receiver<SubscriptionState>,
}

impl Scene {
    async fn live() -> Self {
        let warehouse = Warehouse::new();
        let builder = Gm::builder()
            .interface::<Part>(warehouse.clone())
            .expose::<Part>();
        let owner = Running::start(builder).await.unwrap();
        let consumer = Gm::builder().base_url("http://owner.test", format!("http://{}", owner.address));
        let consumer = consumer.build().await.unwrap();
        let state = consumer.subscription::<RemotePart>().unwrap();
        let mut scene = Self {
            warehouse,
            owner,
            consumer,
            state,
        };
        scene.is_live().await;
        scene
    }

    async fn is_live(&mut self) {
        self.state.wait_for(SubscriptionState::is_live).await.unwrap();
    }

    async fn stock(&self, id: &str) -> i64 {
        RemotePart::get(&self.consumer, id).await.unwrap().stock
    }

    /// The number of hits in the cache.
    fn hits(&self) -> u64 {
        self.consumer.cache_stats::<RemotePart>().unwrap().unwrap().hits
    }

    /// Reads until the cache returns this.
    async fn serves(&self, id: &str, stock: i64) {
        let hits = self.hits();
        while self.hits() == hits {
            assert_eq!(self.stock(id).await, stock);
        }
    }
}

fn text(id: &str) -> Value {
    Value::Text(id.to_owned())
}

#[tokio::test]
async fn a_published_event_reaches_hooks_sockets_and_caches() {
    let scene = Scene::live().await;
    let received: Arc<Mutex<Vec<Change>>> = Arc::default();
    let hook = Arc::clone(&received);
    let _here = scene
        .owner
        .gm
        .on_change::<Part>(move |change| hook.lock().unwrap().push(change.clone()));
    let (sender, mut there) = tokio::sync::mpsc::unbounded_channel();
    let _there = scene.consumer.on_change::<RemotePart>(move |change| {
        let _ = sender.send((change.action(), change.id().cloned()));
    });
    let request = handshake("/gm/ws/parts");
    let (response, mut socket) = Socket::open(scene.owner.address, &request).await.unwrap();
    assert_eq!(response.status, 101);
    scene.serves("bolt", 1).await;
    scene.serves("nut", 1).await;

    scene.warehouse.count("bolt", 2);
    scene
        .owner
        .gm
        .publish::<Part>(Event::Update("bolt".to_owned()))
        .unwrap();
    let event = socket.receive().await.unwrap().json();
    assert_eq!(
        (&event["action"], &event["identification"]["id"]),
        (&"update".into(), &"bolt".into())
    );
    assert_eq!(there.recv().await, Some((Action::Update, Some(text("bolt")))));
    assert_eq!(
        *received.lock().unwrap(),
        [Change::row(Action::Update, text("bolt"))]
    );
    scene.serves("bolt", 2).await;
    // The other row is still cached.
    let hits = scene.hits();
    assert_eq!((scene.stock("nut").await, scene.hits()), (1, hits + 1));

    for event in [Event::Create("cog".to_owned()), Event::Delete("nut".to_owned())] {
        scene.owner.gm.publish::<Part>(event.clone()).unwrap();
        assert_eq!(
            socket.receive().await.unwrap().json()["action"],
            event.action().name()
        );
    }
    scene.owner.stop().await.unwrap();
}

#[tokio::test]
async fn events_of_another_services_rows_invalidate_the_cache() {
    let scene = Scene::live().await;
    scene.serves("bolt", 1).await;
    // The owner sends no event.
    scene.warehouse.count("bolt", 2);
    scene.serves("bolt", 1).await;
    let received: Arc<Mutex<Vec<Change>>> = Arc::default();
    let hook = Arc::clone(&received);
    let _here = scene
        .consumer
        .on_change::<RemotePart>(move |change| hook.lock().unwrap().push(change.clone()));
    scene
        .consumer
        .publish::<RemotePart>(Event::Update("bolt".to_owned()))
        .unwrap();
    assert_eq!(scene.stock("bolt").await, 2);
    assert_eq!(
        *received.lock().unwrap(),
        [Change::row(Action::Update, text("bolt"))]
    );
    scene.owner.stop().await.unwrap();
}

#[tokio::test]
async fn suspended_events_end_the_guarantee_for_caches() {
    let mut scene = Scene::live().await;
    let owner = scene.owner.gm.clone();
    let received: Arc<Mutex<Vec<Action>>> = Arc::default();
    let hook = Arc::clone(&received);
    let _here = owner.on_change::<Part>(move |change| hook.lock().unwrap().push(change.action()));
    let request = handshake("/gm/ws/parts");
    let (_, mut socket) = Socket::open(scene.owner.address, &request).await.unwrap();
    scene.serves("bolt", 1).await;

    owner.suspend_events::<Part>().unwrap();
    owner.suspend_events::<Part>().unwrap();
    assert_eq!(socket.receive().await.unwrap().close_code(), Some(1013));
    let closed = scene
        .state
        .wait_for(|state| !state.is_live())
        .await
        .unwrap()
        .clone();
    let reason = Disconnect::Closed(Some(1013));
    assert_eq!(closed, SubscriptionState::Waiting { reason });
    // There is no event, and no cache serves the old row.
    scene.warehouse.count("bolt", 2);
    assert_eq!(scene.stock("bolt").await, 2);
    scene.warehouse.count("bolt", 3);
    assert_eq!(scene.stock("bolt").await, 3);
    let (response, _) = Socket::open(scene.owner.address, &request).await.unwrap();
    assert_eq!(response.status, 503);
    // Within the process, events of the framework's writes still arrive.
    Part::by_id("nut").update().stock(5).exec(&owner).await.unwrap();
    assert_eq!(*received.lock().unwrap(), [Action::Update]);

    owner.resume_events::<Part>().unwrap();
    owner.resume_events::<Part>().unwrap();
    assert_eq!(*received.lock().unwrap(), [Action::Update, Action::Refresh]);
    scene.is_live().await;
    scene.serves("bolt", 3).await;
    scene.owner.stop().await.unwrap();
}

#[tokio::test]
async fn a_caller_publishes_what_it_may_refresh() {
    let scene = Scene::live().await;
    let event = || Event::Update("bolt".to_owned());
    let each = |gm: &Gm| {
        [
            gm.publish::<Part>(event()),
            gm.suspend_events::<Part>(),
            gm.resume_events::<Part>(),
            gm.refresh::<Part>(),
        ]
    };
    let anonymous = scene.owner.gm.acting_as(Principal::anonymous());
    for denied in each(&anonymous) {
        assert!(
            matches!(denied, Err(Error::PermissionDenied { .. })),
            "{denied:?}"
        );
    }
    let named = scene.owner.gm.acting_as(Principal::named("stocktaking"));
    for done in each(&named) {
        done.unwrap();
    }
    let odd = scene.owner.gm.publish::<Part>(Event::Update("\0".to_owned()));
    assert_eq!(
        odd.unwrap_err().to_string(),
        "`Part`.`id`: expected text without U+0000"
    );
    let unknown = Gm::builder().build().await.unwrap();
    let unknown = unknown.publish::<Part>(event()).unwrap_err();
    assert!(matches!(unknown, Error::NotRegistered { .. }), "{unknown:?}");
    scene.owner.stop().await.unwrap();
}
