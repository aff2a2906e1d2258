//! Consumers whose cache the events hold true.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use gm_runtime::{GeneralManager, Gm};
use gm_tests::random::Random;

use super::Chaos;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "http://owner.test",
    base_path = "/internal/gm",
    resource = "projects",
    websocket_invalidation
)]
struct RemoteProject {
    #[field(id)]
    id: i64,
    name: String,
}

/// The rows that consumers read, few enough that answers are cached.
const ROWS: usize = 8;

/// What a consumer has seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) reads: u64,
    pub(crate) hits: u64,
    /// How long ago the oldest answer had been replaced.
    pub(crate) oldest: Duration,
}

/// Reads hot rows through the cache until the writes have ended, and the last values after them.
pub(crate) async fn read(chaos: Arc<Chaos>, number: usize) -> Seen {
    let replica = &chaos.replicas[number % chaos.replicas.len()];
    let builder = Gm::builder().base_url("http://owner.test", format!("http://{}", replica.address));
    let gm = builder.build().await.unwrap();
    let mut random = Random::new(chaos.seed ^ (10_000 + number as u64));
    let mut seen = Seen::default();
    while !chaos.writes_end.load(Ordering::SeqCst) {
        let row = chaos.ledger.hot(random.below(ROWS) as u64);
        let started = Instant::now();
        let read = tokio::time::timeout(super::STUCK, RemoteProject::get(&gm, row.id)).await;
        // The replica may be away.
        if let Ok(project) = read.expect("an answer") {
            let age = row.age(project.name.parse().unwrap(), started);
            seen.reads += 1;
            seen.oldest = seen.oldest.max(age);
            assert!(
                age <= super::OLDEST,
                "row {}: {} was replaced {age:?} before it was read",
                row.id,
                project.name
            );
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let stats = gm.cache_stats::<RemoteProject>().unwrap();
    seen.hits = stats.map_or(0, |stats| stats.hits);
    gm.close().await;
    seen
}
