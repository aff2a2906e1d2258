//! Grants that change while notifications are lost: no caller is notified by grants that have ended.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gm_runtime::access::Principal;
use gm_runtime::change::{Action, Change, Event};
use gm_runtime::query::Condition;
use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::marker::{Marker, published};
use gm_tests::postgres::{Database, Mode, Proxy};
use gm_tests::websocket::{Socket, handshake};

use super::{Subscriber, as_caller, change, replica};

/// Whether a member may read the rows: what a rule of an application's own looks up.
struct Membership(AtomicBool);

impl Membership {
    const fn granted() -> Self {
        Self(AtomicBool::new(true))
    }

    fn condition<M>(&self) -> Condition<M> {
        match self.0.load(Ordering::SeqCst) {
            true => Condition::always(),
            false => Condition::never(),
        }
    }

    fn revoke(&self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

static BURST_MEMBERS: Membership = Membership::granted();
static CUT_MEMBERS: Membership = Membership::granted();
static SOCKET_MEMBERS: Membership = Membership::granted();

fn burst_members(_: &Principal) -> Condition<BurstNote> {
    BURST_MEMBERS.condition()
}

fn cut_members(_: &Principal) -> Condition<CutNote> {
    CUT_MEMBERS.condition()
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "burst_notes")]
#[permission(read = burst_members)]
struct BurstNote {
    #[field(id)]
    id: i64,
    text: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "cut_notes")]
#[permission(read = cut_members)]
struct CutNote {
    #[field(id)]
    id: i64,
    text: String,
}

fn socket_members(_: &Principal) -> Condition<SocketNote> {
    SOCKET_MEMBERS.condition()
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "socket_notes")]
#[permission(read = socket_members)]
#[remote_api(base_path = "/gm", resource = "notes", websocket_invalidation)]
struct SocketNote {
    #[field(id)]
    id: i64,
    text: String,
}

/// The changes of a burst are one refresh, which must not stand for the changed grants behind them.
#[tokio::test]
async fn grants_that_change_after_a_burst_of_changes_reach_every_replica() {
    let database = Database::create().await;
    let builder = || replica(&database).manager::<BurstNote>().manager::<Marker>();
    let one = builder().build().await.unwrap();
    let other = builder().build().await.unwrap();
    let (mut ada, mut all) = (
        Subscriber::of::<BurstNote>(&as_caller(&other, "ada")),
        Subscriber::of::<BurstNote>(&other),
    );
    for id in 0..50_000 {
        one.publish::<BurstNote>(Event::Update(id)).unwrap();
    }
    BURST_MEMBERS.revoke();
    one.grants_changed::<BurstNote>().unwrap();
    published(&one).await;
    published(&other).await;
    let text = "secret".to_owned();
    let row = BurstNote::create(BurstNoteCreate { text })
        .exec(&one)
        .await
        .unwrap();
    all.until(|last| *last == change(Action::Create, row.id)).await;
    let received = std::iter::from_fn(|| ada.changes.try_recv().ok());
    assert_eq!(
        received.last(),
        Some(Change::refresh()),
        "no row that ada may not read"
    );
}

/// A handle that acts as a caller stays subscribed while the feed is lost.
#[tokio::test]
async fn grants_that_changed_while_the_feed_was_lost_are_evaluated_when_it_is_back() {
    let database = Database::create().await;
    let proxy = Proxy::to(database.address());
    let one = replica(&database).manager::<CutNote>().build().await.unwrap();
    let cut = Gm::builder()
        .database(database.url_at(&proxy.address()))
        .database_heartbeat(Duration::from_secs(1));
    let cut = cut
        .manager::<CutNote>()
        .manager::<Marker>()
        .build()
        .await
        .unwrap();
    let mut ada = Subscriber::of::<CutNote>(&as_caller(&cut, "ada"));
    let mut own = Subscriber::of::<CutNote>(&cut);
    proxy.set(Mode::Refuse);
    proxy.cut().await;
    CUT_MEMBERS.revoke();
    // Received by no feed of the other handle.
    one.grants_changed::<CutNote>().unwrap();
    let mut of_one = Subscriber::of::<CutNote>(&one);
    of_one.received::<CutNote>(&one).await;
    proxy.set(Mode::Forward);
    assert_eq!(own.next().await, Change::refresh());
    assert_eq!(ada.next().await, Change::refresh());
    let text = "secret".to_owned();
    let row = CutNote::create(CutNoteCreate { text }).exec(&one).await.unwrap();
    own.until(|last| *last == change(Action::Create, row.id)).await;
    assert!(ada.changes.try_recv().is_err(), "no row that ada may not read");
}

/// A text that is not understood may announce changed grants, so the callers of websockets are judged anew.
#[tokio::test]
async fn grants_are_evaluated_for_websockets_when_everything_is_refreshed() {
    let database = Database::create().await;
    let service = Running::start(replica(&database).expose::<SocketNote>())
        .await
        .unwrap();
    let handshake = handshake("/gm/ws/notes?version=v1");
    let (response, mut socket) = Socket::open(service.address, &handshake).await.unwrap();
    assert_eq!(response.status, 101);
    SOCKET_MEMBERS.revoke();
    database.execute("SELECT pg_notify('gm', 'gm1 {')").await;
    let closed = socket.receive_past_pings().await.unwrap();
    assert_eq!(closed.close_code(), Some(4401));
}
