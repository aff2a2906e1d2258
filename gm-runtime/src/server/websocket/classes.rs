//! The subscribers of a resource, in classes that receive the same events.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::ThreadId;

use slab::Slab;

use super::class_index::{ClassIndex, Entry};
use super::shard::Shard;
use crate::access::Readable;
use crate::change::{Action, Change};
use crate::manager::Description;

/// The subscribers of a class, in a shard for each thread.
pub(super) type Shards = HashMap<ThreadId, Arc<Shard>>;

/// The classes of a resource's subscribers. The subscribers of a class may read the same rows and fields, so they
/// receive the same events. A class exists as long as it has subscribers.
#[derive(Default)]
pub(super) struct Classes {
    /// The class of the subscribers that may read everything.
    everything: Shards,
    parts: Slab<Class>,
    by_readable: HashMap<Arc<Readable>, usize>,
    index: ClassIndex,
}

/// The subscribers that may read the same part of the rows.
struct Class {
    readable: Arc<Readable>,
    entry: Entry,
    shards: Shards,
}

/// The name of a class in its hub. After the class has ended, another one may get the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClassKey {
    Everything,
    Part(usize),
}

impl Classes {
    /// The shards of the subscribers that may read this. `None` for callers that may read no row.
    pub(super) fn enter(&mut self, readable: &Readable) -> Option<(ClassKey, &mut Shards)> {
        if readable.is_nothing() {
            return None;
        }
        if readable.is_everything() {
            return Some((ClassKey::Everything, &mut self.everything));
        }
        let number = match self.by_readable.get(readable) {
            Some(number) => *number,
            None => {
                let vacant = self.parts.vacant_entry();
                let number = vacant.key();
                let readable = Arc::new(readable.clone());
                vacant.insert(Class {
                    readable: Arc::clone(&readable),
                    entry: self.index.add(number, readable.condition()),
                    shards: Shards::new(),
                });
                self.by_readable.insert(readable, number);
                number
            }
        };
        let class = self.parts.get_mut(number)?;
        Some((ClassKey::Part(number), &mut class.shards))
    }

    /// Removes a shard that has ended. Returns false if it is not in the class.
    pub(super) fn remove(
        &mut self,
        key: ClassKey,
        thread: ThreadId,
        is_ended: impl Fn(&Arc<Shard>) -> bool,
    ) -> bool {
        let shards = match key {
            ClassKey::Everything => Some(&mut self.everything),
            ClassKey::Part(number) => self.parts.get_mut(number).map(|class| &mut class.shards),
        };
        let Some(shards) = shards.filter(|shards| shards.get(&thread).is_some_and(is_ended)) else {
            return false;
        };
        shards.remove(&thread);
        if shards.is_empty()
            && let ClassKey::Part(number) = key
        {
            self.end(number);
        }
        true
    }

    fn end(&mut self, number: usize) {
        if let Some(class) = self.parts.try_remove(number) {
            self.by_readable.remove(&class.readable);
            self.index.remove(number, &class.entry);
        }
        if self.parts.is_empty() {
            // Releases the memory of the tables.
            *self = Self {
                everything: std::mem::take(&mut self.everything),
                ..Self::default()
            };
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.everything.is_empty() && self.parts.is_empty()
    }

    /// Gives each class that receives an event for this change to `send`, with the event's action.
    pub(super) fn for_each_receiver(
        &self,
        change: &Change,
        description: &'static Description,
        mut send: impl FnMut(Action, &Shards),
    ) {
        if !self.everything.is_empty() {
            send(change.action(), &self.everything);
        }
        if self.parts.is_empty() {
            return;
        }
        let mut judge = |class: &Class| {
            if let Some(action) = class.readable.received_action(change, description) {
                send(action, &class.shards);
            }
        };
        // Without a row, each class is judged.
        match change.images(description).filter(|images| images.has_rows()) {
            Some(images) => {
                let candidates = self.index.candidates(images.rows());
                candidates
                    .into_iter()
                    .filter_map(|number| self.parts.get(number))
                    .for_each(judge);
            }
            None => self.parts.iter().for_each(|(_, class)| judge(class)),
        }
    }

    /// All shards.
    pub(super) fn shards(&self) -> impl Iterator<Item = &Arc<Shard>> {
        let parts = self.parts.iter().flat_map(|(_, class)| class.shards.values());
        self.everything.values().chain(parts)
    }

    /// The number of classes.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.parts.len() + usize::from(!self.everything.is_empty())
    }
}
