//! Routes changes to the managers that show the changed rows.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use rusqlite::Connection;

use super::view_sources::Source;
use crate::change::{Action, Change, Delivery, Images, Topic};
use crate::manager::{Description, FieldSet};

/// The topics of the managers of one database.
#[derive(Default)]
pub(super) struct Topics(RwLock<Vec<Arc<TableTopic>>>);

/// The topic of one manager, with the table or view that its rows are in.
pub(super) struct TableTopic {
    description: &'static Description,
    table: &'static str,
    topic: Arc<Topic>,
    source: RwLock<Source>,
    /// Whether the source is the manager's own table. A GET checks it without a lock.
    is_table: AtomicBool,
    /// The other managers that show the rows that this manager writes. Shared, so that changes are published without the
    /// lock: a subscriber may publish a change itself.
    routes: RwLock<Arc<[Route]>>,
}

/// A route from the writes of one manager to the topic of another one.
#[derive(Clone)]
struct Route {
    writer: &'static Description,
    shown: &'static Description,
    topic: Arc<Topic>,
    /// Whether both managers have the same id of a row. Another id would cost every write a query, so its manager gets a
    /// refresh instead.
    same_id: bool,
    /// The fields of the writing manager whose columns the other one has too. `None` if that one shows the rows in another way.
    shared: Option<FieldSet>,
}

impl Route {
    /// Whether the other manager shows a change of these fields. An event would tell its subscribers when fields change that are
    /// not for them.
    fn shows(&self, changed_fields: Option<&[u16]>) -> bool {
        match (changed_fields, &self.shared) {
            (Some(changed), Some(shared)) => changed.iter().any(|field| shared.contains(*field)),
            _ => true,
        }
    }

    /// The change for a manager whose fields are for some callers and not for others, with the fields that an update changed.
    /// `None` for any other manager.
    fn judged(&self, change: &Change, changed_fields: Option<&[u16]>) -> Option<Change> {
        let changed = changed_fields.filter(|_| self.shown.has_hidden_fields())?;
        let is_changed = |shown: u16| {
            let column = self.shown.field(shown).column();
            let is_column = |field: &u16| self.writer.field(*field).column().eq_ignore_ascii_case(column);
            changed.iter().any(is_column)
        };
        Some(Images::add_changed_fields(
            change.as_action(change.action()),
            self.shown,
            FieldSet::of(self.shown, is_changed),
        ))
    }
}

/// The topics that a transaction refreshes, each once.
#[derive(Default)]
pub(super) struct Refreshes(Vec<Arc<Topic>>);

impl Topics {
    /// Adds a manager.
    pub(super) fn add(
        &self,
        description: &'static Description,
        table: &'static str,
        topic: Arc<Topic>,
        source: Source,
    ) -> Arc<TableTopic> {
        let added = Arc::new(TableTopic {
            description,
            table,
            topic,
            is_table: AtomicBool::new(source == Source::Table),
            source: RwLock::new(source),
            routes: RwLock::default(),
        });
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for known in all.iter() {
            known.add_route(known.route_to(&added));
            added.add_route(added.route_to(known));
        }
        all.push(Arc::clone(&added));
        drop(all);
        added
    }

    /// Determines the source of each manager's rows again, after the schema changed.
    pub(super) fn read_schema(&self, connection: &mut Connection) {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for topic in all.iter() {
            let source = Source::of(connection, topic.table);
            topic.is_table.store(source == Source::Table, Ordering::Relaxed);
            *topic.source.write().unwrap_or_else(PoisonError::into_inner) = source;
        }
        for writer in all.iter() {
            let others = all.iter().filter(|other| !Arc::ptr_eq(writer, other));
            *writer.routes_mut() = others.filter_map(|other| writer.route_to(other)).collect();
        }
    }

    /// Refreshes the managers that show rows of this table.
    pub(super) fn refresh_table(&self, table: &str, refreshes: &mut Refreshes) {
        for topic in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            if topic.shows(table) {
                refreshes.add(&topic.topic);
            }
        }
    }

    /// Refreshes every manager.
    pub(super) fn refresh_all(&self, refreshes: &mut Refreshes) {
        for topic in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            refreshes.add(&topic.topic);
        }
    }

    /// Publishes a refresh of every manager.
    pub(super) fn publish_refresh(&self) {
        let mut refreshes = Refreshes::default();
        self.refresh_all(&mut refreshes);
        refreshes.publish();
    }

    /// Ends the delivery of changes, because the database's file is lost. Every manager gets a last refresh.
    pub(super) fn end(&self) {
        self.publish_refresh();
        for topic in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            topic.topic.set_delivery(Delivery::None);
        }
    }
}

impl TableTopic {
    pub(super) fn table(&self) -> &'static str {
        self.table
    }

    /// Whether the rows are in a table, and not computed by a view or a virtual table.
    pub(super) fn is_table(&self) -> bool {
        self.is_table.load(Ordering::Relaxed)
    }

    /// Publishes a change by this manager to its own subscribers, and to those of managers that show the row under the
    /// same id. Managers that show the row in another way are added to the refreshes. `changed_fields`: those of an update, if they
    /// are known.
    pub(super) fn publish(&self, change: &Change, changed_fields: Option<&[u16]>, refreshes: &mut Refreshes) {
        let own = (change.action() == Action::Refresh).then(|| self.judged(change, changed_fields));
        self.topic.publish(own.flatten().as_ref().unwrap_or(change));
        let routes = Arc::clone(&self.routes.read().unwrap_or_else(PoisonError::into_inner));
        for route in routes.iter().filter(|route| route.shows(changed_fields)) {
            if route.same_id {
                let judged = route.judged(change, changed_fields);
                route.topic.publish(judged.as_ref().unwrap_or(change));
            } else {
                refreshes.add(&route.topic);
            }
        }
    }

    /// The refresh for the manager's own subscribers, with the fields that updates changed.
    fn judged(&self, refresh: &Change, changed_fields: Option<&[u16]>) -> Option<Change> {
        let changed = changed_fields?;
        let changed = FieldSet::of(self.description, |field| changed.contains(&field));
        Some(Images::add_changed_fields(
            refresh.clone(),
            self.description,
            changed,
        ))
    }

    /// Publishes a change that another program made, to the managers that a write would reach.
    pub(super) fn publish_foreign(&self, change: &Change) {
        let mut refreshes = Refreshes::default();
        self.publish(change, None, &mut refreshes);
        refreshes.publish();
    }

    /// Whether the manager's rows are in this table, or its view reads the table.
    fn shows(&self, table: &str) -> bool {
        self.is_of(table)
            || self
                .source
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .reads(table)
    }

    /// Whether this is the manager's own table. SQLite's names ignore ASCII case.
    fn is_of(&self, table: &str) -> bool {
        self.table.eq_ignore_ascii_case(table)
    }

    fn routes_mut(&self) -> RwLockWriteGuard<'_, Arc<[Route]>> {
        self.routes.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn add_route(&self, route: Option<Route>) {
        let mut routes = self.routes_mut();
        *routes = routes.iter().cloned().chain(route).collect();
    }

    /// The route from this manager's writes to another manager, if that one shows the rows.
    fn route_to(&self, other: &Self) -> Option<Route> {
        if !other.shows(self.table) {
            return None;
        }
        let (own_id, other_id) = (self.description.id_field(), other.description.id_field());
        let is_of_table = other.is_of(self.table);
        let is_shared = |field: u16| {
            let column = self.description.field(field).column();
            let mut others = other.description.fields().iter();
            others.any(|field| field.column().eq_ignore_ascii_case(column))
        };
        Some(Route {
            writer: self.description,
            shown: other.description,
            topic: Arc::clone(&other.topic),
            shared: is_of_table.then(|| FieldSet::of(self.description, is_shared)),
            same_id: is_of_table
                && other_id.column().eq_ignore_ascii_case(own_id.column())
                && other_id.value_type() == own_id.value_type(),
        })
    }
}

impl Refreshes {
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
