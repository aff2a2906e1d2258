//! The cells of writes: requests and typed verbs.

use gm_runtime::Error;
use gm_runtime::manager::Operation;
use serde_json::Value as Json;

use super::bench::Bench;
use super::caller::Caller;
use super::cell::Cell;
use super::expected::Expected;
use super::failure::{Failure, compare, compare_typed, failure};
use super::items::Item;

impl<I: Item, S: Item> Bench<I, S> {
    pub(super) async fn check_write(&mut self, caller: &Caller, cell: &Cell) -> Result<(), Failure> {
        let (operation, id) = match cell {
            Cell::Create(_) => (Operation::Create, None),
            Cell::Update(id, _) => (Operation::Update, Some(*id)),
            Cell::Delete(id) => (Operation::Delete, Some(*id)),
            _ => panic!("{cell:?} is no write"),
        };
        let principal = caller.principal();
        let may = self.gm.may::<I>(&principal, operation, id).await.unwrap();
        let answer = self.send(caller, cell).await;
        let (expected, effect) = match cell {
            Cell::Create(body) => {
                let new_id = self.new_id().await;
                self.world.create(caller, body, new_id)
            }
            Cell::Update(id, body) => self.world.update(caller, *id, body),
            Cell::Delete(id) => self.world.delete(caller, *id),
            _ => panic!("{cell:?} is no write"),
        };
        compare(caller, cell, &expected, &answer)?;
        if !may && expected.status() < 300 {
            return Err(failure("`may`", may, expected));
        }
        self.settle(effect, &format!("{cell:?} of {caller:?}")).await;
        Ok(())
    }

    pub(super) async fn check_typed_write(&mut self, caller: &Caller, cell: &Cell) -> Result<(), Failure> {
        let gm = self.gm.acting_as(caller.principal());
        let (expected, effect) = match cell {
            Cell::TypedUpdate(id, title) => {
                let body = [("title".to_owned(), Json::from(title.as_str()))];
                let (expected, effect) = self.world.update(caller, *id, &body.into_iter().collect());
                let written = I::retitle(&gm, *id, title).await;
                let is_shown = !matches!(&expected, Expected::Items { items, .. } if items.is_empty());
                match &written {
                    Err(Error::UpdatedUnreadable { .. }) if expected.status() == 200 && !is_shown => {}
                    Ok(_) if !is_shown => return Err(failure("the reply of an update", "a row", expected)),
                    written => compare_typed(&expected, written.as_ref().map(|_| ()))?,
                }
                if let Ok(row) = written {
                    let rows = self.world.rows.iter();
                    let before = rows.clone().find(|row| row.id == *id).unwrap();
                    let after = effect.as_ref().and_then(|effect| effect.after.as_ref());
                    let expected = after.unwrap_or(before).typed_for(caller);
                    if row.plain() != expected {
                        return Err(failure("the reply of an update", row.plain(), expected));
                    }
                }
                (expected, effect)
            }
            Cell::TypedDelete(id) => {
                let (expected, effect) = self.world.delete(caller, *id);
                let deleted = I::remove(&gm, *id).await;
                compare_typed(&expected, deleted.as_ref().copied())?;
                (expected, effect)
            }
            _ => panic!("{cell:?} is no write"),
        };
        let what = format!(
            "{cell:?} of {caller:?}, which was expected to be {}",
            expected.status()
        );
        self.settle(effect, &what).await;
        Ok(())
    }
}
