//! A service whose answers are compared with what the rules in plain Rust expect.

use std::marker::PhantomData;
use std::net::SocketAddr;

use gm_runtime::Gm;
use gm_tests::keep_alive::KeepAlive;
use gm_tests::marker;
use gm_tests::random::Random;
use gm_tests::raw::Request;
use serde_json::Value as Json;

use super::caller::{Caller, HEADER};
use super::cell::Cell;
use super::failure::Failure;
use super::items::Item;
use super::row::Row;
use super::rules;
use super::watcher::Watcher;
use super::world::{Effect, Storage, World};

/// A service and its rows. `I` is the manager that callers use, and `S` is the one that stores its rows.
pub(crate) struct Bench<I, S> {
    pub(super) seed: u64,
    /// The number of cells that were compared.
    pub(crate) cells: usize,
    pub(super) world: World,
    pub(super) gm: Gm,
    stored: Gm,
    address: SocketAddr,
    client: KeepAlive,
    watchers: Vec<Watcher>,
    /// For new unique values.
    number: usize,
    brand: PhantomData<(I, S)>,
}

impl<I: Item, S: Item> Bench<I, S> {
    pub(crate) fn new(seed: u64, storage: Storage, gm: &Gm, stored: &Gm, address: SocketAddr) -> Self {
        Self {
            seed,
            cells: 0,
            world: World {
                storage,
                family: I::FAMILY,
                rows: Vec::new(),
            },
            gm: gm.clone(),
            stored: stored.clone(),
            address,
            client: KeepAlive::new(address),
            watchers: Vec::new(),
            number: 10,
            brand: PhantomData,
        }
    }

    /// New rows and new callers, and this number of operations.
    pub(crate) async fn round(&mut self, random: &mut Random, operations: usize) {
        for row in I::list(&self.gm).await.unwrap() {
            I::remove(&self.gm, *row.id()).await.unwrap();
        }
        self.world.rows.clear();
        for number in 0..1 + random.below(6) {
            let row = Row::random(random, number);
            let added = I::add(&self.gm, &row).await.unwrap();
            self.world.rows.push(Row {
                id: *added.id(),
                ..row
            });
        }
        self.published().await;
        let callers: Vec<_> = (0..8).map(|_| Caller::random(random)).collect();
        self.watchers.clear();
        for caller in &callers[..4] {
            let watcher = Watcher::open(self.address, I::RESOURCE, caller, &self.world).await;
            self.watchers.extend(watcher);
            self.cells += 1;
        }
        // One question of every caller, which a cache must not confuse.
        let shared = Cell::Query(super::query::Query::default());
        for caller in &callers {
            self.check(caller, &shared).await;
        }
        for _ in 0..operations {
            self.number += 1;
            if random.one_in(12) {
                self.write_by_own_code(random).await;
                continue;
            }
            let ids = self.ids();
            let is_whole = self.world.storage == Storage::Gateway;
            let cell = Cell::random(random, &ids, self.number, is_whole);
            // The page sizes of the queries hold so many rows.
            if matches!(cell, Cell::Create(_)) && self.world.rows.len() > 12 {
                continue;
            }
            self.check(random.pick(&callers).unwrap(), &cell).await;
        }
        self.check_events(None, "the events after the last write").await;
    }

    /// Those of the rows, of a row that was, and of none.
    fn ids(&self) -> Vec<i64> {
        let ids = self.world.rows.iter().map(|row| row.id);
        ids.chain([1, 1_000_000_000]).collect()
    }

    async fn write_by_own_code(&mut self, random: &mut Random) {
        let Some(row) = random.pick(&self.world.rows).cloned() else {
            return;
        };
        let mut after = row.clone();
        after.tenant = random.below(3) as i64 + 1;
        let written = I::retenant(&self.gm, row.id, after.tenant).await.unwrap();
        assert_eq!(written.plain(), after);
        let effect = (after != row).then_some(Effect {
            before: Some(row),
            after: Some(after),
        });
        self.settle(effect, "a write of the service's own code").await;
    }

    /// Compares one cell.
    async fn check(&mut self, caller: &Caller, cell: &Cell) {
        self.cells += 1;
        let checked = match cell {
            Cell::Create(_) | Cell::Update(..) | Cell::Delete(_) => self.check_write(caller, cell).await,
            Cell::TypedUpdate(..) | Cell::TypedDelete(_) => self.check_typed_write(caller, cell).await,
            _ => self.check_read(caller, cell).await,
        };
        let Err(failure) = checked else {
            return;
        };
        let (caller, cell, failure) = self.shrink(caller.clone(), cell.clone(), failure).await;
        panic!("{}", self.report(&caller, &cell, &failure));
    }

    /// Smaller cells that fail too. Reads only, since a write has changed the rows.
    async fn shrink(
        &mut self,
        mut caller: Caller,
        mut cell: Cell,
        mut failure: Failure,
    ) -> (Caller, Cell, Failure) {
        if matches!(
            cell,
            Cell::Create(_)
                | Cell::Update(..)
                | Cell::Delete(_)
                | Cell::TypedUpdate(..)
                | Cell::TypedDelete(_)
        ) {
            return (caller, cell, failure);
        }
        'smaller: loop {
            let callers = caller.smaller().map(|smaller| (smaller, cell.clone()));
            let cells = cell
                .smaller()
                .into_iter()
                .map(|smaller| (caller.clone(), smaller));
            let all: Vec<_> = callers.chain(cells).collect();
            for (smaller, smaller_cell) in all {
                if let Err(found) = self.check_read(&smaller, &smaller_cell).await {
                    (caller, cell, failure) = (smaller, smaller_cell, found);
                    continue 'smaller;
                }
            }
            return (caller, cell, failure);
        }
    }

    pub(super) async fn send(&mut self, caller: &Caller, cell: &Cell) -> (u16, Json) {
        let (method, path, body) = cell.request().unwrap();
        self.send_body(caller, method, &path, &body).await
    }

    pub(super) async fn send_body(
        &mut self,
        caller: &Caller,
        method: &str,
        path: &str,
        body: &Json,
    ) -> (u16, Json) {
        let mut request = Request::new(method, &format!("{}{path}", I::RESOURCE));
        if !body.is_null() {
            request = request.json(&body.to_string());
        }
        if let Some(header) = caller.header() {
            request = request.header(HEADER, &header);
        }
        let response = self.client.send(&request).await.unwrap();
        let mut body = response.json();
        if let Some(metadata) = body["metadata"].as_object_mut() {
            metadata.remove("request_id");
        }
        (response.status, body)
    }

    pub(super) async fn stored_rows(&self) -> Vec<Row> {
        let rows = S::list(&self.stored).await.unwrap();
        rows.iter().map(Item::plain).collect()
    }

    /// The id of the row that was just created, if one was.
    pub(super) async fn new_id(&self) -> i64 {
        let rows = self.stored_rows().await;
        let is_new = |row: &&Row| self.world.rows.iter().all(|known| known.id != row.id);
        rows.iter().find(is_new).map_or(0, |row| row.id)
    }

    /// After a write, or a refused one: the rows that are stored, and the events.
    pub(super) async fn settle(&mut self, effect: Option<Effect>, what: &str) {
        if let Some(effect) = &effect {
            self.world.apply(effect);
        }
        self.world.rows.sort_by_key(|row| row.id);
        let stored = self.stored_rows().await;
        assert_eq!(
            stored, self.world.rows,
            "the stored rows after {what} (GM_SEED={}, {:?})",
            self.seed, self.world
        );
        if let Some(effect) = &effect {
            self.check_events(Some(effect), what).await;
        }
    }

    /// Waits until the events of the writes so far are published.
    async fn published(&self) {
        if self.world.storage == Storage::Postgres {
            marker::published(&self.gm).await;
        }
    }

    async fn check_events(&mut self, effect: Option<&Effect>, what: &str) {
        self.published().await;
        for watcher in &mut self.watchers {
            self.cells += 1;
            if let Some(wrong) = watcher.mismatch(&self.world, effect).await {
                panic!(
                    "the events after {what} are wrong: {wrong} (GM_SEED={})\n  subscriber: {:?}\n  read =\n        {}\n  {effect:?}",
                    self.seed,
                    watcher.caller,
                    rules::text(self.world.family.read(), &watcher.caller)
                );
            }
        }
    }
}
