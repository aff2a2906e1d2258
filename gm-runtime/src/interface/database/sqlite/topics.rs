//! Who is told of the changes of a table.

use std::sync::{Arc, PoisonError, RwLock};

use crate::change::{Change, Topic};

/// The managers of a table. Mostly one: two structs may show the same rows in two ways.
#[derive(Debug, Default)]
pub(super) struct TableTopics(RwLock<Vec<Arc<Topic>>>);

impl TableTopics {
    /// Tells the subscribers of every manager of this table.
    pub(super) fn publish(&self, change: &Change) {
        for topic in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            topic.publish(change);
        }
    }
}

/// The tables of a database.
#[derive(Debug, Default)]
pub(super) struct Topics(RwLock<Vec<(&'static str, Arc<TableTopics>)>>);

impl Topics {
    /// Adds a manager's topic to those of its table.
    pub(super) fn add(&self, table: &'static str, topic: Arc<Topic>) -> Arc<TableTopics> {
        let mut tables = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known = find(&tables, table);
        let topics = known.unwrap_or_else(|| {
            let topics = Arc::new(TableTopics::default());
            tables.push((table, Arc::clone(&topics)));
            topics
        });
        topics
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(topic);
        topics
    }

    /// Tells the subscribers of a table, where any manager has it, that anything in it may have changed.
    pub(super) fn refresh_table(&self, table: &str) {
        let topics = find(&self.0.read().unwrap_or_else(PoisonError::into_inner), table);
        if let Some(topics) = topics {
            topics.publish(&Change::refresh());
        }
    }

    /// Tells everybody that anything may have changed.
    pub(super) fn refresh(&self) {
        for (_, topics) in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            topics.publish(&Change::refresh());
        }
    }
}

fn find(tables: &[(&'static str, Arc<TableTopics>)], table: &str) -> Option<Arc<TableTopics>> {
    tables
        .iter()
        // SQLite's names ignore the case of ASCII letters.
        .find(|(name, _)| name.eq_ignore_ascii_case(table))
        .map(|(_, topics)| Arc::clone(topics))
}
