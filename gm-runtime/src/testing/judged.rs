//! Steps by a caller with rules: what the caller sees, and which writes are allowed.

use std::sync::Arc;

use super::case::Step;
use super::failure::Mismatch;
use super::oracle::Ending;
use super::rule;
use super::run::Run;
use super::words;
use crate::condition::ConditionTree;
use crate::field::Value;
use crate::interface::{Answer, ErasedInterface, Guard, Read, Representation, Target, Write};
use crate::manager::{Manager, Operation, Record};
use crate::query::Select;

impl<M: Manager> Run<'_, M> {
    /// A step by a caller with these rules. Another service judges by rules of its own, and storage that applies no conditions
    /// gets none.
    pub(super) async fn judged(&mut self, step: &Step, guard: &Guard) -> Result<(), Mismatch> {
        if self.description.remote().is_some() {
            return Ok(());
        }
        let mut guard = guard.clone();
        if self.description.id_assigned() {
            rule::resolve(&mut guard, &|value| self.resolve(value));
        }
        if let Some(write) = self.write_of(step) {
            guard.operation = match write {
                Write::Create(_) => Operation::Create,
                Write::Update(..) => Operation::Update,
                Write::Delete(..) => Operation::Delete,
            };
            return self.write(write, Some(&guard)).await;
        }
        let interface = Arc::clone(self.subject.interface());
        let Some(sight) = guard.sight.filter(|_| interface.applies_conditions()) else {
            return Ok(());
        };
        match step {
            Step::Get(row) => self.get_in_sight(&*interface, &self.id(*row), sight).await,
            Step::Query(select) => {
                let mut select = self.resolved(select);
                (select.condition, select.count) = (Some(sight), true);
                self.query_in_sight(&*interface, select).await
            }
            _ => Ok(()),
        }
    }

    async fn get_in_sight(
        &self,
        interface: &dyn ErasedInterface,
        id: &Value,
        sight: Arc<ConditionTree>,
    ) -> Result<(), Mismatch> {
        let asked = format!("get id {}, by a caller that sees {sight:?}", words::value(id));
        let row = self.oracle.row(id).filter(|row| sight.accepts(row));
        let expected = row.map_or(Ending::Missing, |row| Ending::Row(row.clone()));
        let read = Read {
            target: Target::Row {
                id,
                condition: Some(sight),
            },
            representation: Representation::Records,
            fresh: true,
        };
        let came = match interface.read(read).await {
            Ok(Answer::Record(row)) => Ending::Row(row),
            Ok(_) => Ending::Missing,
            Err(error) => Ending::of(&error),
        };
        if came == expected {
            return Ok(());
        }
        Err(self.mismatch(asked, &self.ending(&expected), &self.ending(&came)))
    }

    async fn query_in_sight(
        &self,
        interface: &dyn ErasedInterface,
        mut select: Select,
    ) -> Result<(), Mismatch> {
        if let Err(error) = interface.fill_page(&mut select) {
            let asked = words::select(self.description, &select);
            return Err(self.mismatch(asked, "a page", &error.to_string()));
        }
        let query = words::select(self.description, &select);
        let asked = format!("{query}, by a caller that sees {:?}", select.condition());
        let (expected, total) = self.oracle.answer(&select);
        let read = Read {
            target: Target::Page(select),
            representation: Representation::Records,
            fresh: true,
        };
        let (came, came_total) = match interface.read(read).await {
            Ok(Answer::Records(page)) => {
                let rows = page.rows.iter().map(|values| Record::new(values.to_vec()));
                (rows.collect::<Vec<_>>(), page.total_count)
            }
            Ok(_) => (Vec::new(), None),
            Err(error) => {
                let expected = words::rows(self.description, &expected);
                return Err(self.mismatch(asked, &expected, &error.to_string()));
            }
        };
        if came != expected {
            let rows = |rows: &[Record]| words::rows(self.description, rows);
            return Err(self.mismatch(asked, &rows(&expected), &rows(&came)));
        }
        if came_total != total {
            let asked = format!("total_count of {asked}");
            return Err(self.mismatch(asked, &format!("{total:?}"), &format!("{came_total:?}")));
        }
        Ok(())
    }
}
