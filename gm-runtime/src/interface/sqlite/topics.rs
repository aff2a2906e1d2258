//! Which managers a change concerns, and what the subscribers of each are told of it.

use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use rusqlite::Connection;

use super::row_sources::Source;
use crate::change::{Change, Coverage, Topic};
use crate::manager::Description;

/// The managers of a database.
#[derive(Default)]
pub(super) struct Topics(RwLock<Vec<Arc<Shown>>>);

/// A manager whose rows are in the database, as what changes them knows it.
pub(super) struct Shown {
    description: &'static Description,
    table: &'static str,
    topic: Arc<Topic>,
    source: RwLock<Source>,
    /// The other managers that show what this one writes.
    others: RwLock<Vec<Other>>,
}

/// A manager that shows what another one writes.
struct Other {
    topic: Arc<Topic>,
    /// Whether its id of a row is the same as that of the manager that writes. Any other id of the row is not known here,
    /// and to read it would cost every write a query.
    same_id: bool,
}

/// The managers of which anything may be different after a transaction, each once.
#[derive(Default)]
pub(super) struct Refreshed(Vec<Arc<Topic>>);

impl Topics {
    /// Adds a manager.
    pub(super) fn add(
        &self,
        description: &'static Description,
        table: &'static str,
        topic: Arc<Topic>,
        source: Source,
    ) -> Arc<Shown> {
        let shown = Arc::new(Shown {
            description,
            table,
            topic,
            source: RwLock::new(source),
            others: RwLock::default(),
        });
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for known in all.iter() {
            known.others_mut().extend(known.told_to(&shown));
            shown.others_mut().extend(shown.told_to(known));
        }
        all.push(Arc::clone(&shown));
        drop(all);
        shown
    }

    /// Asks SQLite what each manager's rows are read from: for a schema that is another one than before.
    pub(super) fn look(&self, connection: &mut Connection) {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for shown in all.iter() {
            let source = Source::of(connection, shown.table);
            *shown.source.write().unwrap_or_else(PoisonError::into_inner) = source;
        }
        for writer in all.iter() {
            let others = all.iter().filter(|other| !Arc::ptr_eq(writer, other));
            *writer.others_mut() = others.filter_map(|other| writer.told_to(other)).collect();
        }
    }

    /// Rows of this table were changed, by whatever changed them.
    pub(super) fn changed(&self, table: &str, refreshed: &mut Refreshed) {
        for shown in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            if shown.shows(table) {
                refreshed.add(&shown.topic);
            }
        }
    }

    /// Any row may have changed.
    pub(super) fn changed_anywhere(&self, refreshed: &mut Refreshed) {
        for shown in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            refreshed.add(&shown.topic);
        }
    }

    /// Publishes to every subscriber that anything may have changed.
    pub(super) fn refresh(&self) {
        let mut refreshed = Refreshed::default();
        self.changed_anywhere(&mut refreshed);
        refreshed.publish();
    }

    /// Says that no change is told any more: the rows are lost. Who reads again is told so.
    pub(super) fn lose(&self) {
        self.refresh();
        for shown in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            shown.topic.cover(Coverage::Nothing);
        }
    }
}

impl Shown {
    pub(super) fn table(&self) -> &'static str {
        self.table
    }

    /// Publishes a change that was made through this manager, to its own subscribers and to those of others that show
    /// the row under the same id; those that show it otherwise are to be refreshed.
    pub(super) fn publish(&self, change: &Change, refreshed: &mut Refreshed) {
        self.topic.publish(change);
        for other in self.others.read().unwrap_or_else(PoisonError::into_inner).iter() {
            if other.same_id {
                other.topic.publish(change);
            } else {
                refreshed.add(&other.topic);
            }
        }
    }

    /// Whether rows of this table are rows of the manager's, or may become parts of them.
    fn shows(&self, table: &str) -> bool {
        self.is_of(table)
            || self
                .source
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .reads(table)
    }

    /// Whether this is the manager's own table. SQLite's names ignore the case of ASCII letters.
    fn is_of(&self, table: &str) -> bool {
        self.table.eq_ignore_ascii_case(table)
    }

    fn others_mut(&self) -> RwLockWriteGuard<'_, Vec<Other>> {
        self.others.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the subscribers of another manager are told of what is written through this one, if they are.
    fn told_to(&self, other: &Self) -> Option<Other> {
        if !other.shows(self.table) {
            return None;
        }
        let (own, others) = (self.description.id_field(), other.description.id_field());
        Some(Other {
            topic: Arc::clone(&other.topic),
            same_id: other.is_of(self.table)
                && others.column().eq_ignore_ascii_case(own.column())
                && others.value_type() == own.value_type(),
        })
    }
}

impl Refreshed {
    fn add(&mut self, topic: &Arc<Topic>) {
        if !self.0.iter().any(|known| Arc::ptr_eq(known, topic)) {
            self.0.push(Arc::clone(topic));
        }
    }

    pub(super) fn publish(self) {
        for topic in self.0 {
            topic.publish(&Change::refresh());
        }
    }
}
