//! The subscribers of a resource, in classes that receive the same events.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::ThreadId;

use slab::Slab;

use super::class_index::{ClassIndex, Entry};
use super::shard::Shard;
use crate::access::{Access, received_action};
use crate::change::{Action, Change};
use crate::condition::ConditionTree;
use crate::manager::Description;

/// The subscribers of a class, in a shard for each thread.
pub(super) type Shards = HashMap<ThreadId, Arc<Shard>>;

/// The classes of a resource's subscribers. The subscribers of a class may read the same rows, so they receive the same
/// events. A class exists as long as it has subscribers.
#[derive(Default)]
pub(super) struct Classes {
    /// The class of the subscribers that may read every row.
    every_row: Shards,
    some_rows: Slab<Class>,
    by_condition: HashMap<Arc<ConditionTree>, usize>,
    index: ClassIndex,
}

/// The subscribers that may read the rows of a condition.
struct Class {
    condition: Arc<ConditionTree>,
    entry: Entry,
    shards: Shards,
}

/// The name of a class in its hub. After the class has ended, another one may get the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClassKey {
    EveryRow,
    SomeRows(usize),
}

impl Classes {
    /// The shards of the subscribers with this access. `None` for callers that may read no row.
    pub(super) fn enter(&mut self, access: &Access) -> Option<(ClassKey, &mut Shards)> {
        let condition = match access {
            Access::Never => return None,
            Access::Always => return Some((ClassKey::EveryRow, &mut self.every_row)),
            Access::Rows(condition) => condition,
        };
        let number = match self.by_condition.get(condition) {
            Some(number) => *number,
            None => {
                let vacant = self.some_rows.vacant_entry();
                let number = vacant.key();
                vacant.insert(Class {
                    condition: Arc::clone(condition),
                    entry: self.index.add(number, condition),
                    shards: Shards::new(),
                });
                self.by_condition.insert(Arc::clone(condition), number);
                number
            }
        };
        let class = self.some_rows.get_mut(number)?;
        Some((ClassKey::SomeRows(number), &mut class.shards))
    }

    /// Removes a shard that has ended. Returns false if it is not in the class.
    pub(super) fn remove(
        &mut self,
        key: ClassKey,
        thread: ThreadId,
        is_ended: impl Fn(&Arc<Shard>) -> bool,
    ) -> bool {
        let shards = match key {
            ClassKey::EveryRow => Some(&mut self.every_row),
            ClassKey::SomeRows(number) => self.some_rows.get_mut(number).map(|class| &mut class.shards),
        };
        let Some(shards) = shards.filter(|shards| shards.get(&thread).is_some_and(is_ended)) else {
            return false;
        };
        shards.remove(&thread);
        if shards.is_empty()
            && let ClassKey::SomeRows(number) = key
        {
            self.end(number);
        }
        true
    }

    fn end(&mut self, number: usize) {
        if let Some(class) = self.some_rows.try_remove(number) {
            self.by_condition.remove(&class.condition);
            self.index.remove(number, &class.entry);
        }
        if self.some_rows.is_empty() {
            // Releases the memory of the tables.
            *self = Self {
                every_row: std::mem::take(&mut self.every_row),
                ..Self::default()
            };
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.every_row.is_empty() && self.some_rows.is_empty()
    }

    /// Gives each class that receives an event for this change to `send`, with the event's action.
    pub(super) fn for_each_receiver(
        &self,
        change: &Change,
        description: &'static Description,
        mut send: impl FnMut(Action, &Shards),
    ) {
        if !self.every_row.is_empty() {
            send(change.action(), &self.every_row);
        }
        if self.some_rows.is_empty() {
            return;
        }
        let mut judge = |class: &Class| {
            if let Some(action) = received_action(&class.condition, change, description) {
                send(action, &class.shards);
            }
        };
        match change.images(description) {
            Some(images) => {
                let candidates = self.index.candidates(images.rows());
                candidates
                    .into_iter()
                    .filter_map(|number| self.some_rows.get(number))
                    .for_each(judge);
            }
            None => self.some_rows.iter().for_each(|(_, class)| judge(class)),
        }
    }

    /// All shards.
    pub(super) fn shards(&self) -> impl Iterator<Item = &Arc<Shard>> {
        let some_rows = self.some_rows.iter().flat_map(|(_, class)| class.shards.values());
        self.every_row.values().chain(some_rows)
    }

    /// The number of classes.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.some_rows.len() + usize::from(!self.every_row.is_empty())
    }
}
