//! Measures a hit in the cache for 50 rows, compared with a plain `get` of moka.

use std::hash::{BuildHasherDefault, Hasher};
use std::hint::black_box;
use std::sync::Arc;

use futures_util::FutureExt as _;
use gm_examples::RemoteProject;
use gm_runtime::Gm;
use moka::sync::Cache;
use tokio::runtime::Runtime;

use crate::owner;
use crate::rounds::{Contestant, Unit, compare};

const ROWS: usize = 50;
const READS: u64 = 50_000;
const ROUNDS: usize = 31;

pub(crate) fn run(runtime: &Runtime) -> String {
    let owner = owner::start(ROWS);
    let gm = runtime.block_on(owner::consumer(owner, Gm::builder()));
    let active = || {
        RemoteProject::filter(|p| p.status.eq("active"))
            .page(1)
            .page_size(50)
    };
    let query = active();
    let rows = runtime.block_on(query.all(&gm)).expect("the owner answers");
    assert_eq!(rows.len(), ROWS);
    let id = rows[0].id;
    runtime
        .block_on(RemoteProject::get(&gm, id).into_future())
        .expect("the owner answers");

    // Built like the store of a handle.
    let bare: Cache<u128, Arc<Vec<RemoteProject>>, BuildHasherDefault<AsIs>> = Cache::builder()
        .max_capacity(64 * 1024 * 1024)
        .weigher(|_, _| 10_000)
        .build_with_hasher(BuildHasherDefault::default());
    let key = 0x1234_5678_9abc_def0_0fed_cba9_8765_4321;
    bare.insert(key, Arc::new(rows.to_vec()));

    let read = |query: &gm_runtime::Query<RemoteProject>| {
        let again = query
            .all(&gm)
            .now_or_never()
            .expect("the cache answers at once")
            .expect("rows");
        // The rows share their memory with the first read, so none is copied.
        assert!(std::ptr::eq(again.as_ptr(), rows.as_ptr()));
        again
    };
    compare(
        &format!("a cached read of {ROWS} rows"),
        Unit::NANOSECONDS,
        ROUNDS,
        vec![
            Contestant::new("bare moka get", || {
                for _ in 0..READS {
                    black_box(bare.get(black_box(&key)));
                }
                READS
            }),
            Contestant::new("query reused", || {
                for _ in 0..READS {
                    black_box(read(black_box(&query)));
                }
                READS
            }),
            Contestant::new("query built each time", || {
                for _ in 0..READS {
                    black_box(read(&black_box(active())));
                }
                READS
            }),
            Contestant::new("one row, by id", || {
                for _ in 0..READS {
                    let row = RemoteProject::get(&gm, black_box(id));
                    black_box(row.into_future().now_or_never().expect("at once")).expect("a row");
                }
                READS
            }),
        ],
    )
}

/// A hasher for keys that are hashes.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are 128-bit integers")
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
