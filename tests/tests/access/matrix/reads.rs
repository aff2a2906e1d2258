//! The cells of reads: requests, typed verbs, `Gm::may` and `Gm::explain`.

use gm_runtime::Error;
use gm_runtime::manager::Operation;

use super::bench::Bench;
use super::caller::Caller;
use super::cell::Cell;
use super::failure::{Failure, compare, compare_typed, failure};
use super::items::Item;
use super::query::without_hidden_names;
use super::row::Row;
use super::world::World;

impl<I: Item, S: Item> Bench<I, S> {
    pub(super) async fn check_read(&mut self, caller: &Caller, cell: &Cell) -> Result<(), Failure> {
        let gm = self.gm.acting_as(caller.principal());
        let world = &self.world;
        let typed_rows = |world: &World, keep: &dyn Fn(&Row) -> bool| -> Vec<Row> {
            let seen = world.seen_by(caller).filter(|row| keep(row));
            seen.map(|row| row.typed_for(caller)).collect()
        };
        match cell {
            Cell::Query(query) => {
                let expected = world.query(caller, query);
                let answer = self.send(caller, cell).await;
                compare(caller, cell, &expected, &answer)?;
                if let Some(unknown) = query.with_unknown_fields(caller) {
                    let unknown = self.send_body(caller, "POST", "/query", &unknown).await;
                    let hidden = without_hidden_names(&answer.1.to_string(), caller);
                    let unknown = unknown.1.to_string();
                    if hidden != unknown {
                        return Err(failure("the answer for a hidden field", hidden, unknown));
                    }
                }
            }
            Cell::Detail(id) => {
                let expected = world.detail(caller, *id);
                let answer = self.send(caller, cell).await;
                compare(caller, cell, &expected, &answer)?;
            }
            Cell::TypedList => {
                let expected = typed_rows(world, &|_| true);
                // The service's own code is never judged. A cache may have its answer now.
                let all = I::list(&self.gm).await.unwrap();
                assert!(
                    all.iter().map(Item::plain).eq(world.rows.iter().cloned()),
                    "{all:?}"
                );
                let rows = I::list(&gm).await;
                let rows = rows.map(|rows| rows.iter().map(Item::plain).collect::<Vec<_>>());
                if rows.as_ref().ok() != Some(&expected) {
                    return Err(failure("the typed list", rows, expected));
                }
            }
            Cell::TypedCount => {
                let expected = world.seen_by(caller).count() as u64;
                let total = I::total(&gm).await;
                if total.as_ref().ok() != Some(&expected) {
                    return Err(failure("the typed count", total, expected));
                }
            }
            Cell::TypedFilter(limit) => {
                let expected = typed_rows(world, &|row| row.secret.is_some_and(|secret| secret > *limit));
                let rows = I::with_secret_above(&gm, *limit).await;
                match (&rows, caller.reads_field("secret")) {
                    (Err(Error::FieldDenied { field: "secret", .. }), false) => {}
                    (Ok(rows), true) if rows.iter().map(Item::plain).eq(expected.iter().cloned()) => {}
                    _ => return Err(failure("the typed filter", rows.map(|rows| rows.len()), expected)),
                }
            }
            Cell::TypedDetail(id) => {
                let expected = world.detail(caller, *id);
                let own = I::fetch(&self.gm, *id).await;
                assert_eq!(own.is_ok(), world.rows.iter().any(|row| row.id == *id), "{own:?}");
                let row = I::fetch(&gm, *id).await;
                compare_typed(&expected, row.as_ref().map(|_| ()))?;
                if let Ok(row) = row {
                    let expected = typed_rows(world, &|row| row.id == *id);
                    if [row.plain()] != *expected {
                        return Err(failure("the typed row", row.plain(), expected));
                    }
                }
            }
            Cell::May(operation, id) => {
                let expected = match operation {
                    Operation::Detail => world.detail(caller, *id),
                    _ => world.delete(caller, *id).0,
                };
                let expected = expected.status() == 200;
                let principal = caller.principal();
                let may = self.gm.may::<I>(&principal, *operation, Some(*id)).await.unwrap();
                let explanation = self.gm.explain::<I>(&principal, *operation, Some(*id));
                let explanation = explanation.await.unwrap();
                if (may, explanation.is_allowed()) != (expected, expected) {
                    let got = (may, explanation.to_string());
                    return Err(failure("`may` or `explain`", got, expected));
                }
            }
            _ => panic!("{cell:?} is no read"),
        }
        Ok(())
    }
}
