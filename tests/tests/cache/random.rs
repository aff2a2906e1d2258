//! Random schedules through the client: delayed requests and replies, late events, a websocket that breaks, and time that
//! passes. Each read is checked.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gm_runtime::client::{HttpRequest, HttpResponse, Method, SubscriptionState, Transport, TransportFuture};
use gm_runtime::error::TransportError;
use gm_runtime::{Error, Gm};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::json;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use gm_tests::clock::TestClock;

use crate::owner::Thing;
use crate::peer::{Listener, Peer};

const ROWS: i64 = 2;
const MAX_STALENESS: Duration = Duration::from_secs(20);

#[derive(Clone, Debug)]
enum Step {
    /// Another process changes a row.
    Change(i64),
    /// The next event is handled.
    Hear,
    Read(i64),
    ReadAll,
    ReadFresh(i64),
    Write(i64),
    /// A delayed request arrives at the owner.
    Arrive(usize),
    /// A delayed reply arrives at the consumer.
    Land(usize),
    /// The websocket ends, or is opened again.
    Flip,
    Wait,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..=ROWS).prop_map(Step::Change),
        5 => Just(Step::Hear),
        6 => (1..=ROWS).prop_map(Step::Read),
        3 => Just(Step::ReadAll),
        1 => (1..=ROWS).prop_map(Step::ReadFresh),
        2 => (1..=ROWS).prop_map(Step::Write),
        8 => (0..8_usize).prop_map(Step::Arrive),
        8 => (0..8_usize).prop_map(Step::Land),
        1 => Just(Step::Flip),
        1 => Just(Step::Wait),
    ]
}

#[derive(Default)]
struct Owner {
    rows: BTreeMap<i64, i64>,
    attached: bool,
    events: VecDeque<(i64, i64)>,
    requests: Vec<oneshot::Sender<()>>,
    replies: Vec<oneshot::Sender<()>>,
}

impl Owner {
    fn change(&mut self, id: i64) -> i64 {
        let rev = self.rows.entry(id).or_insert(0);
        *rev += 1;
        if self.attached {
            self.events.push_back((id, *rev));
        }
        *rev
    }
}

struct Held(Arc<Mutex<Owner>>);

impl Transport for Held {
    fn send(&self, request: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>> {
        let owner = Arc::clone(&self.0);
        Box::pin(async move {
            let (arrive, arrived) = oneshot::channel();
            owner.lock().unwrap().requests.push(arrive);
            arrived.await.unwrap();
            let last = request.url().rsplit('/').next().unwrap().parse::<i64>().ok();
            let (items, landed) = {
                let mut owner = owner.lock().unwrap();
                if let (Method::Patch, Some(id)) = (request.method(), last) {
                    owner.change(id);
                }
                let wanted = owner
                    .rows
                    .iter()
                    .filter(|(id, _)| last.is_none_or(|last| last == **id));
                let items: Vec<_> = wanted.map(|(id, rev)| json!({"id": id, "rev": rev})).collect();
                let (land, landed) = oneshot::channel();
                owner.replies.push(land);
                (items, landed)
            };
            landed.await.unwrap();
            let metadata = json!({"protocol_version": "v1", "page": null, "page_size": null});
            let body = json!({"items": items, "metadata": metadata});
            Ok(HttpResponse::new(200, [], body.to_string()))
        })
    }
}

/// The least `rev` that a read must see, by row.
type Floors = HashMap<i64, i64>;

struct Run {
    owner: Arc<Mutex<Owner>>,
    gm: Gm,
    clock: Arc<TestClock>,
    listener: Listener,
    peer: Option<Peer>,
    state: watch::Receiver<SubscriptionState>,
    received: mpsc::UnboundedReceiver<()>,
    _told: gm_runtime::change::Subscription,
    known: Arc<Mutex<Floors>>,
    /// The committed rows at each time.
    history: Vec<(Duration, Floors)>,
    now: Duration,
    tasks: Vec<JoinHandle<Result<(), Error>>>,
}

impl Run {
    async fn new() -> Self {
        let owner = Arc::new(Mutex::new(Owner {
            rows: (1..=ROWS).map(|id| (id, 1)).collect(),
            ..Owner::default()
        }));
        let (listener, clock) = (Listener::open().await, Arc::new(TestClock::default()));
        let builder = Gm::builder()
            .base_url("http://owner.test", listener.url())
            .transport(Held(Arc::clone(&owner)))
            .subscription_ping_interval(MAX_STALENESS)
            .max_staleness(MAX_STALENESS)
            .cache_clock(clock.clone());
        let gm = builder.build().await.unwrap();
        let (sender, received) = mpsc::unbounded_channel();
        let _told = gm
            .on_change::<Thing>(move |_| {
                let _ = sender.send(());
            })
            .unwrap();
        let mut run = Self {
            owner,
            state: gm.subscription::<Thing>().unwrap(),
            gm,
            clock,
            listener,
            peer: None,
            received,
            _told,
            known: Arc::default(),
            history: Vec::new(),
            now: Duration::ZERO,
            tasks: Vec::new(),
        };
        run.connect().await;
        run
    }

    fn committed(&self) -> Floors {
        let owner = self.owner.lock().unwrap();
        owner.rows.iter().map(|(id, rev)| (*id, *rev)).collect()
    }

    async fn connect(&mut self) {
        self.owner.lock().unwrap().attached = true;
        let peer = self.listener.accept().await;
        self.state.wait_for(SubscriptionState::is_live).await.unwrap();
        // Becoming live notifies the subscriber.
        self.received.recv().await.unwrap();
        self.peer = Some(peer);
        self.know(&self.committed());
    }

    async fn disconnect(&mut self, peer: Peer) {
        {
            let mut owner = self.owner.lock().unwrap();
            owner.attached = false;
            owner.events.clear();
        }
        peer.close(1011).await;
        self.state.wait_for(|state| !state.is_live()).await.unwrap();
    }

    async fn handle_event(&mut self) {
        let Some(peer) = &self.peer else { return };
        let event = self.owner.lock().unwrap().events.pop_front();
        if let Some((id, rev)) = event {
            peer.event("update", Some(id)).await;
            self.received.recv().await.unwrap();
            self.know(&Floors::from([(id, rev)]));
        }
    }

    /// The least revs for a read that begins now.
    fn floors(&self) -> Floors {
        if self.peer.is_none() {
            return self.committed();
        }
        let mut floors = self.known.lock().unwrap().clone();
        // The lease began when the websocket was opened, since no ping was sent.
        let is_old = |time: Duration| time + MAX_STALENESS < self.now;
        for (_, committed) in self.history.iter().filter(|(time, _)| is_old(*time)) {
            raise(&mut floors, committed);
        }
        floors
    }

    fn know(&self, floors: &Floors) {
        raise(&mut self.known.lock().unwrap(), floors);
    }

    fn read(&mut self, id: Option<i64>, fresh: bool) {
        let (gm, mut floors) = (self.gm.clone(), self.floors());
        if fresh {
            floors = self.committed();
        }
        self.tasks.push(tokio::spawn(async move {
            let rows = match id {
                Some(id) if fresh => vec![Thing::get(&gm, id).fresh().await?],
                Some(id) => vec![Thing::get(&gm, id).await?],
                None => Thing::query().all(&gm).await?.into_vec(),
            };
            for row in rows {
                let floor = floors.get(&row.id).copied().unwrap_or(0);
                assert!(
                    row.rev >= floor,
                    "row {}: saw {}, and had to see {floor}",
                    row.id,
                    row.rev
                );
            }
            Ok(())
        }));
    }

    fn write(&mut self, id: i64) {
        let (gm, known) = (self.gm.clone(), Arc::clone(&self.known));
        self.tasks.push(tokio::spawn(async move {
            let written = Thing::by_id(id).update().rev(0).exec(&gm).await?;
            raise(&mut known.lock().unwrap(), &Floors::from([(id, written.rev)]));
            Ok(())
        }));
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Change(id) => {
                self.owner.lock().unwrap().change(id);
            }
            Step::Hear => self.handle_event().await,
            Step::Read(id) => self.read(Some(id), false),
            Step::ReadFresh(id) => self.read(Some(id), true),
            Step::ReadAll => self.read(None, false),
            Step::Write(id) => self.write(id),
            Step::Arrive(place) => release(&mut self.owner.lock().unwrap().requests, place),
            Step::Land(place) => release(&mut self.owner.lock().unwrap().replies, place),
            Step::Flip => match self.peer.take() {
                Some(peer) => self.disconnect(peer).await,
                None => self.connect().await,
            },
            Step::Wait => {
                self.history.push((self.now, self.committed()));
                let wait = Duration::from_secs(15);
                self.clock.advance(wait);
                self.now += wait;
            }
        }
        // All tasks wait only for steps, so a few turns of the runtime are enough.
        for _ in 0..32 {
            tokio::task::yield_now().await;
        }
    }

    fn release_all(&self) {
        let mut owner = self.owner.lock().unwrap();
        release(&mut owner.requests, 0);
        release(&mut owner.replies, 0);
    }

    /// Everything arrives, and a read returns the committed rows.
    async fn calm(mut self) {
        loop {
            self.release_all();
            if self.tasks.iter().all(JoinHandle::is_finished) {
                break;
            }
            tokio::task::yield_now().await;
        }
        while !self.owner.lock().unwrap().events.is_empty() {
            self.handle_event().await;
        }
        self.know(&self.committed());
        for id in 1..=ROWS {
            self.read(Some(id), false);
        }
        self.read(None, false);
        for task in std::mem::take(&mut self.tasks) {
            while !task.is_finished() {
                self.release_all();
                tokio::task::yield_now().await;
            }
            task.await.unwrap().unwrap();
        }
    }
}

fn raise(known: &mut Floors, floors: &Floors) {
    for (id, rev) in floors {
        let floor = known.entry(*id).or_default();
        *floor = (*floor).max(*rev);
    }
}

fn release(held: &mut Vec<oneshot::Sender<()>>, place: usize) {
    if !held.is_empty() {
        let place = place % held.len();
        // The waiting caller may be cancelled.
        let _ = held.remove(place).send(());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        rng_seed: RngSeed::Fixed(gm_tests::random::seed(0x6d6f_6b61)),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_read_sees_what_it_must(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut run = Run::new().await;
            for step in steps {
                run.step(step).await;
            }
            run.calm().await;
        });
    }
}
