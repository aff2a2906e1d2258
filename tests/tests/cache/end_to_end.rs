//! The promise over real sockets: an owner with a database, and failures on the way to it.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gm_runtime::client::{Disconnect, SubscriptionState};
use gm_runtime::error::Refusal;
use gm_runtime::field::Value;
use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::{self, Project, ProjectCreate, Running};
use gm_tests::marker::{self, Marker};
use gm_tests::postgres::Database;
use tokio::sync::watch;

use crate::peer::{Handshake, Listener};
use crate::proxy::{Mode, Proxy};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "projects",
    websocket_invalidation
)]
pub(crate) struct RemoteProject {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) status: String,
}

/// Long enough for a busy machine.
const PING_INTERVAL: Duration = Duration::from_secs(1);

pub(crate) struct Consumer {
    pub(crate) gm: Gm,
    state: watch::Receiver<SubscriptionState>,
}

impl Consumer {
    pub(crate) async fn of(url: &str) -> Self {
        let builder = Gm::builder().base_url("http://owner.test", url);
        let gm = builder
            .subscription_ping_interval(PING_INTERVAL)
            .build()
            .await
            .unwrap();
        let state = gm.subscription::<RemoteProject>().unwrap();
        let mut consumer = Self { gm, state };
        consumer.live().await;
        consumer
    }

    async fn live(&mut self) {
        self.state.wait_for(SubscriptionState::is_live).await.unwrap();
    }

    async fn disconnected(&mut self) -> Disconnect {
        let state = self
            .state
            .wait_for(|state| matches!(state, SubscriptionState::Waiting { .. }));
        match state.await.unwrap().clone() {
            SubscriptionState::Waiting { reason } => reason,
            other => panic!("{other:?}"),
        }
    }

    async fn name(&self, id: i64) -> String {
        RemoteProject::get(&self.gm, id).await.unwrap().name
    }

    fn hits(&self) -> u64 {
        self.gm.cache_stats::<RemoteProject>().unwrap().unwrap().hits
    }

    /// Asserts that project 1 has this name, and that it is read from the cache. If a busy machine let the lease expire, after the
    /// next pong.
    async fn serves(&self, name: &str) {
        let hits = self.hits();
        while self.hits() == hits {
            assert_eq!(self.name(1).await, name);
        }
    }
}

/// An owner in this process, with the projects of the recorded cases.
pub(crate) struct Owner {
    pub(crate) running: Running,
    _folder: tempfile::TempDir,
    _database: Option<Database>,
}

impl Owner {
    /// With a file of SQLite.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("owner.db").display());
        Self::start_on(&url, folder, None).await
    }

    pub(crate) async fn in_postgres() -> Self {
        let database = Database::create().await;
        Self::start_on(&database.url(), tempfile::tempdir().unwrap(), Some(database)).await
    }

    async fn start_on(url: &str, folder: tempfile::TempDir, database: Option<Database>) -> Self {
        let builder = conformance::builder().database(url).manager::<Marker>();
        let running = Running::start(builder).await.unwrap();
        conformance::seed(&running.gm).await.unwrap();
        marker::published(&running.gm).await;
        Self {
            running,
            _folder: folder,
            _database: database,
        }
    }

    pub(crate) async fn rename(&self, id: i64, name: &str) {
        let renamed = Project::by_id(id).update().name(name);
        renamed.exec(&self.running.gm).await.unwrap();
    }
}

/// Makes a test of each function with an owner on SQLite, and one with an owner on Postgres.
macro_rules! on_each_database {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(super::Owner::start().await).await;
                }
            )*
        }

        mod on_postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(super::Owner::in_postgres().await).await;
                }
            )*
        }
    };
}

on_each_database! {
    a_change_of_the_owner_reaches_the_consumer,
    a_write_of_many_rows_reaches_a_cached_list,
    a_stalled_websocket_is_closed,
    a_half_closed_websocket_is_closed,
    an_owner_that_shuts_down_closes_with_1001,
    a_gateway_forwards_events_and_closes_when_its_own_subscription_ends,
    a_gateway_answers_from_its_cache,
}

async fn a_change_of_the_owner_reaches_the_consumer(owner: Owner) {
    let consumer = Consumer::of(&format!("http://{}", owner.running.address)).await;
    let first = consumer.name(1).await;
    consumer.serves(&first).await;
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let _told = consumer.gm.on_change::<RemoteProject>(move |change| {
        let _ = sender.send(change.id().cloned());
    });
    owner.rename(1, "changed").await;
    assert_eq!(received.recv().await.unwrap(), Some(Value::Integer(1)));
    consumer.serves("changed").await;
}

/// Few changes are single events, and many are a refresh. A cached list is true after either.
async fn a_write_of_many_rows_reaches_a_cached_list(owner: Owner) {
    let consumer = Consumer::of(&format!("http://{}", owner.running.address)).await;
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let _told = consumer.gm.on_change::<RemoteProject>(move |change| {
        let _ = sender.send(change.action());
    });
    let names = || async {
        let many = RemoteProject::filter(|p| p.name.startswith("many"));
        let rows = many.all(&consumer.gm).await.unwrap();
        rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>()
    };
    for rows in [3, 100] {
        assert_eq!(names().await, Vec::<String>::new());
        let project = ProjectCreate {
            name: "many".into(),
            status: "active".into(),
        };
        let projects = vec![project; rows];
        Project::create_many(projects)
            .exec(&owner.running.gm)
            .await
            .unwrap();
        received.recv().await.unwrap();
        while names().await.len() < rows {
            received.recv().await.unwrap();
        }
        assert_eq!(names().await, vec!["many"; rows]);
        let many = Project::filter(|p| p.name.startswith("many"));
        let renamed = many.update_all().name("many more").exec(&owner.running.gm).await;
        assert_eq!(renamed.unwrap(), rows as u64);
        while names().await != vec!["many more"; rows] {
            received.recv().await.unwrap();
        }
        assert_eq!(many.delete_all(&owner.running.gm).await.unwrap(), rows as u64);
        while !names().await.is_empty() {
            received.recv().await.unwrap();
        }
    }
}

/// An owner refuses with a close frame after its 101, and the subscription is not live between the two.
#[tokio::test]
async fn a_refused_subscription_is_never_live() {
    #[derive(Clone, Debug, GeneralManager)]
    #[remote_manager(
        base_url = "http://owner.test",
        base_path = "/internal/gm",
        resource = "private-things",
        websocket_invalidation
    )]
    pub(crate) struct RemotePrivateThing {
        #[field(id)]
        pub(crate) id: i64,
    }

    let owner = Owner::start().await;
    let url = format!("http://{}", owner.running.address);
    for _ in 0..20 {
        let gm = Gm::builder().base_url("http://owner.test", &url);
        let gm = gm.build().await.unwrap();
        let mut state = gm.subscription::<RemotePrivateThing>().unwrap();
        let refused = state.wait_for(|state| matches!(state, SubscriptionState::Waiting { .. }));
        let refused = refused.await.unwrap().clone();
        let reason = Disconnect::Refused(Refusal::Unauthorized);
        assert_eq!(refused, SubscriptionState::Waiting { reason });
        let stats = gm.cache_stats::<RemotePrivateThing>().unwrap();
        assert_eq!(stats.map(|stats| stats.opened), Some(0));
    }
}

async fn a_stalled_websocket_is_closed(owner: Owner) {
    let proxy = Proxy::to(owner.running.address).await;
    let mut consumer = Consumer::of(&proxy.url()).await;
    consumer.name(1).await;
    proxy.set(Mode::Stall);
    owner.rename(1, "while it stalls").await;
    assert_eq!(consumer.disconnected().await, Disconnect::PingTimeout);
    assert_eq!(consumer.name(1).await, "while it stalls");
    proxy.set(Mode::Delay(Duration::ZERO));
    consumer.live().await;
    consumer.serves("while it stalls").await;
}

async fn a_half_closed_websocket_is_closed(owner: Owner) {
    let proxy = Proxy::to(owner.running.address).await;
    let mut consumer = Consumer::of(&proxy.url()).await;
    consumer.name(1).await;
    proxy.set(Mode::HalfClose);
    assert!(matches!(
        consumer.disconnected().await,
        Disconnect::ConnectionLost(_)
    ));
    owner.rename(1, "meanwhile").await;
    assert_eq!(consumer.name(1).await, "meanwhile");
    proxy.set(Mode::Delay(Duration::ZERO));
    consumer.live().await;
    consumer.serves("meanwhile").await;
}

async fn an_owner_that_shuts_down_closes_with_1001(owner: Owner) {
    let mut consumer = Consumer::of(&format!("http://{}", owner.running.address)).await;
    consumer.name(1).await;
    let (stopped, reason) = tokio::join!(owner.running.stop(), consumer.disconnected());
    stopped.unwrap();
    assert_eq!(reason, Disconnect::Closed(Some(1001)));
    assert!(RemoteProject::get(&consumer.gm, 1).await.is_err());
}

/// The owner's projects, as a gateway serves them.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "projects",
    websocket_invalidation
)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "projects",
    allow_filter,
    allow_detail,
    websocket_invalidation
)]
#[permission(read = public)]
struct GatewayProject {
    #[field(id)]
    id: i64,
    name: String,
    status: String,
}

async fn a_gateway_forwards_events_and_closes_when_its_own_subscription_ends(owner: Owner) {
    let proxy = Proxy::to(owner.running.address).await;
    proxy.set(Mode::HalfClose);
    let gateway = Gm::builder()
        .base_url("http://owner.test", proxy.url())
        .subscription_ping_interval(PING_INTERVAL)
        .expose::<GatewayProject>();
    let gateway = Running::start(gateway).await.unwrap();
    let url = format!("http://{}", gateway.address);
    let builder = Gm::builder().base_url("http://owner.test", &url);
    let gm = builder.build().await.unwrap();
    let state = gm.subscription::<RemoteProject>().unwrap();
    let mut consumer = Consumer { gm, state };
    // The gateway has no subscription, so it accepts none.
    assert!(matches!(
        consumer.disconnected().await,
        Disconnect::Unreachable(_)
    ));
    proxy.set(Mode::Delay(Duration::ZERO));
    consumer.live().await;
    let first = consumer.name(1).await;
    consumer.serves(&first).await;
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let _told = consumer.gm.on_change::<RemoteProject>(move |change| {
        let _ = sender.send(change.id().cloned());
    });
    owner.rename(1, "through the gateway").await;
    while received.recv().await.unwrap() != Some(Value::Integer(1)) {}
    consumer.serves("through the gateway").await;
    proxy.set(Mode::HalfClose);
    assert_eq!(consumer.disconnected().await, Disconnect::Closed(Some(1013)));
    owner.rename(1, "behind its back").await;
    assert_eq!(consumer.name(1).await, "behind its back");
    proxy.set(Mode::Delay(Duration::ZERO));
    consumer.live().await;
    consumer.serves("behind its back").await;
}

/// A gateway serves rows and pages from its cache until an event invalidates them.
async fn a_gateway_answers_from_its_cache(owner: Owner) {
    let gateway = Gm::builder()
        .base_url("http://owner.test", format!("http://{}", owner.running.address))
        .expose::<GatewayProject>();
    let gateway = Running::start(gateway).await.unwrap();
    let stats = || gateway.gm.cache_stats::<GatewayProject>().unwrap().unwrap();
    let consumer = Consumer::of(&format!("http://{}", gateway.address)).await;
    // `fresh` skips the consumer's own cache.
    let name = || async { RemoteProject::get(&consumer.gm, 1).fresh().await.unwrap().name };
    let names = || async {
        let all = RemoteProject::filter(|p| p.id.lte(2));
        let rows = all.all(&consumer.gm).fresh().await.unwrap();
        (
            rows.total_count(),
            rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>(),
        )
    };
    let first = (name().await, names().await);
    // On a busy machine the lease may expire, which costs one request.
    let hits = stats().hits;
    while stats().hits == hits {
        assert_eq!(name().await, first.0);
    }
    let hits = stats().hits;
    while stats().hits == hits {
        assert_eq!(names().await, first.1);
    }
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let _told = consumer.gm.on_change::<RemoteProject>(move |change| {
        let _ = sender.send(change.id().cloned());
    });
    owner.rename(1, "changed").await;
    while received.recv().await.unwrap() != Some(Value::Integer(1)) {}
    assert_eq!(name().await, "changed");
    assert!(names().await.1.contains(&"changed".to_owned()));
    // The service's own code gets typed rows, although the cache holds JSON for others.
    assert_eq!(GatewayProject::get(&gateway.gm, 1).await.unwrap().name, "changed");
}

/// Python owners guarantee no events, so a gateway can't guarantee theirs.
#[tokio::test]
async fn a_gateway_guarantees_events_only_if_its_owner_does() {
    let listener = Listener::open().await;
    let gateway = Gm::builder()
        .base_url("http://owner.test", listener.url())
        .expose::<GatewayProject>();
    let gateway = Running::start(gateway).await.unwrap();
    let unpromised = listener
        .answer(Handshake::Accept { guaranteed: false })
        .await
        .unwrap();
    let mut consumer = Consumer::of(&format!("http://{}", gateway.address)).await;
    let state = consumer.state.borrow().clone();
    assert_eq!(state, SubscriptionState::Live { guaranteed: false });
    unpromised.close(1011).await;
    assert_eq!(consumer.disconnected().await, Disconnect::Closed(Some(1013)));
    let _promised = listener.accept().await;
    consumer.live().await;
    let state = consumer.state.borrow().clone();
    assert_eq!(state, SubscriptionState::Live { guaranteed: true });
}

/// An owner in a separate process.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_conformance-service"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().parse().unwrap();
        Self { child, address }
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_cache_recovers_after_the_owner_was_killed() {
    let mut process = Process::start();
    let proxy = Proxy::to(process.address).await;
    let mut consumer = Consumer::of(&proxy.url()).await;
    let name = consumer.name(1).await;
    process.child.kill().unwrap();
    process.child.wait().unwrap();
    assert!(matches!(
        consumer.disconnected().await,
        Disconnect::ConnectionLost(_)
    ));
    assert!(RemoteProject::get(&consumer.gm, 1).await.is_err());
    // On another port, since another process may use the old one.
    let back = Process::start();
    proxy.redirect_to(back.address);
    consumer.live().await;
    consumer.serves(&name).await;
}

#[tokio::test]
async fn the_websocket_of_an_owner_that_hangs_is_closed() {
    let process = Process::start();
    let mut consumer = Consumer::of(&format!("http://{}", process.address)).await;
    let name = consumer.name(1).await;
    process.signal("-STOP");
    assert_eq!(consumer.disconnected().await, Disconnect::PingTimeout);
    assert!(!consumer.gm.cache_stats::<RemoteProject>().unwrap().unwrap().live);
    process.signal("-CONT");
    consumer.live().await;
    consumer.serves(&name).await;
}

/// The least value of each project's name, which is a number.
#[derive(Default)]
struct Floors(HashMap<i64, AtomicI64>);

impl Floors {
    fn of(projects: std::ops::RangeInclusive<i64>) -> Arc<Self> {
        Arc::new(Self(projects.map(|id| (id, AtomicI64::new(0))).collect()))
    }

    fn raise(&self, id: i64, rev: i64) {
        self.0[&id].fetch_max(rev, Ordering::SeqCst);
    }

    fn now(&self) -> HashMap<i64, i64> {
        let floors = self.0.iter();
        floors
            .map(|(id, floor)| (*id, floor.load(Ordering::SeqCst)))
            .collect()
    }

    fn check(floors: &HashMap<i64, i64>, row: &RemoteProject) {
        if let Some(floor) = floors.get(&row.id) {
            let rev: i64 = row.name.parse().unwrap();
            assert!(
                rev >= *floor,
                "project {}: saw {rev}, and had to see {floor}",
                row.id
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reads_see_handled_events_and_returned_writes() {
    reads_see_what_was_handled(Owner::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reads_see_handled_events_and_returned_writes_in_postgres() {
    reads_see_what_was_handled(Owner::in_postgres().await).await;
}

/// With writers on both sides, readers, and a websocket that is slow and breaks now and then.
async fn reads_see_what_was_handled(owner: Owner) {
    const WRITES: i64 = 60;
    const OWNERS: i64 = 1;
    const CONSUMERS: i64 = 2;
    for id in 1..=4 {
        owner.rename(id, "0").await;
    }
    marker::published(&owner.running.gm).await;
    let proxy = Proxy::to(owner.running.address).await;
    proxy.set(Mode::Delay(Duration::from_millis(2)));
    let mut consumer = Consumer::of(&proxy.url()).await;
    let floors = Floors::of(1..=4);
    // The n-th event of a project is for its n-th change or a later one.
    let handled: Mutex<HashMap<i64, i64>> = Mutex::default();
    let known = Arc::clone(&floors);
    let _handled = consumer.gm.on_change::<RemoteProject>(move |change| {
        if let Some(Value::Integer(id)) = change.id() {
            let mut handled = handled.lock().unwrap();
            let events = handled.entry(*id).or_default();
            *events += 1;
            known.raise(*id, *events);
        }
    });

    let owner_gm = owner.running.gm.clone();
    let owners = tokio::spawn(async move {
        for rev in 1..=WRITES {
            let write = Project::by_id(OWNERS).update().name(rev.to_string());
            write.exec(&owner_gm).await.unwrap();
        }
    });
    let (gm, known) = (consumer.gm.clone(), Arc::clone(&floors));
    let consumers = tokio::spawn(async move {
        for rev in 1..=WRITES {
            let write = RemoteProject::by_id(CONSUMERS).update().name(rev.to_string());
            write.exec(&gm).await.unwrap();
            known.raise(CONSUMERS, rev);
        }
    });
    let breaker = tokio::spawn(async move {
        for _ in 0..5 {
            proxy.set(Mode::HalfClose);
            tokio::time::sleep(Duration::from_millis(5)).await;
            proxy.set(Mode::Delay(Duration::from_millis(2)));
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    });
    let readers: Vec<_> = (0..4)
        .map(|reader| {
            let (gm, floors) = (consumer.gm.clone(), Arc::clone(&floors));
            tokio::spawn(async move {
                for read in 0..200 {
                    let before = floors.now();
                    if (read + reader) % 3 == 0 {
                        for row in &RemoteProject::query().all(&gm).await.unwrap() {
                            Floors::check(&before, row);
                        }
                    } else {
                        let row = RemoteProject::get(&gm, (read + reader) % 4 + 1).await.unwrap();
                        Floors::check(&before, &row);
                    }
                }
            })
        })
        .collect();
    for task in readers.into_iter().chain([owners, consumers, breaker]) {
        task.await.unwrap();
    }
    // After all writes, a read returns the last committed value.
    consumer.live().await;
    let last = WRITES.to_string();
    while consumer.name(OWNERS).await != last || consumer.name(CONSUMERS).await != last {
        tokio::task::yield_now().await;
    }
    // A cache without hits would keep every promise, and fails here.
    while consumer.hits() == 0 {
        consumer.name(3).await;
    }
}
